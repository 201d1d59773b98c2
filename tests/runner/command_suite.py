"""The suites that are commands of their own: buf's lint, and the official client's conformance."""

import glob
import os
import re
import subprocess
import time


def npm_packages(folder):
    """Installs the packages that `folder` pins, once; returns where its node_modules is."""
    answer = subprocess.run(["tests/npm_packages", folder], stdout=subprocess.PIPE, text=True,
                            check=True)
    return answer.stdout.strip()


def buf_program():
    """The path of buf, whose binary comes in an npm package."""
    packages = npm_packages("tests/lint")
    found = glob.glob(os.path.join(packages, "node_modules/@bufbuild/buf-linux-*/bin/buf"))
    if not found:
        raise FileNotFoundError("npm installed no buf for this machine's processor")
    return found[0]


def run(options, tally):
    for name, case in (("lint.buf_lint_is_clean", _lint), ("lint.protos_compile", _compile)):
        if options.filter in name:
            start = time.monotonic()
            tally.add(name, case(), time.monotonic() - start)
    if options.filter in "conformance" or options.filter.startswith("conformance"):
        _conformance(tally)


def _lint():
    return _buf_problem("lint")


def _compile():
    return _buf_problem("build", "-o", "/dev/null")


def _buf_problem(*arguments):
    try:
        command = [buf_program(), *arguments]
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        return f"buf is not there ({error}); npm's words stand above"
    answer = subprocess.run(command, cwd="proto", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, check=False)
    return answer.stdout or f"ended with {answer.returncode}" if answer.returncode else ""


def _conformance(tally):
    """tests/conformance/run prints a line a case, `ok NAME` or `failed NAME`."""
    start = time.monotonic()
    answer = subprocess.run(["tests/conformance/run"], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, check=False)
    cases = re.findall(r"^(ok|failed) +(.+)$", answer.stdout, re.MULTILINE)
    for outcome, name in cases:
        tally.add(f"conformance {name}", "" if outcome == "ok" else answer.stdout)
    failed = any(outcome == "failed" for outcome, _ in cases)
    if not cases or (answer.returncode != 0 and not failed):
        tally.add("conformance", f"ended with {answer.returncode}:\n{answer.stdout}",
                  time.monotonic() - start)
