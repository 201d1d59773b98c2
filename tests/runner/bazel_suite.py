"""The unit tests: every cc_test, run by Bazel, counted case by case from GoogleTest's XML."""

import json
import os
import subprocess
import tempfile
import urllib.parse
import xml.etree.ElementTree

from tests import programs

# Not //...: Bazel would follow the bazel-* links of another output folder (TUNEGATE_CACHE).
PACKAGES = "//client/... + //common/... + //proto/... + //server/..."


def run(options, tally):
    targets = _test_targets(options)
    if not targets and options.config == "tsan":
        return
    # The programs are built in the same invocation: the end-to-end tests drive them.
    driven = [] if options.config == "tsan" else programs.LABELS
    events, status = _bazel_test(options, targets + driven, bool(targets))
    seen = _count(events, options, tally) if targets else set()
    for target in targets:
        if target not in seen:
            tally.add(target, "did not build, or did not run; the compiler's words stand above")
    if status != 0 and not tally.failed:
        tally.add("bazel", f"ended with {status}; its words stand above")


def _test_targets(options):
    query = f"tests({PACKAGES}) except attr(tags, manual, tests({PACKAGES}))"
    if options.config == "tsan":
        query = f"attr(tags, nogrpc, {query})"
    answer = subprocess.run(
        ["deploy/bazel", "query", query, "--output=label", "--noshow_progress"],
        stdout=subprocess.PIPE, text=True, check=True)
    targets = sorted(line for line in answer.stdout.split() if line.startswith("//"))
    if not options.filter or any(options.filter in target for target in targets):
        return [target for target in targets if options.filter in target]
    # No target is called so: perhaps a case is. GoogleTest knows, so all of them are asked, but for
    # names that only the other suites have.
    if options.filter.split(".")[0] in ("e2e", "architecture", "lint", "conformance"):
        return []
    return targets


def _bazel_test(options, targets, any_tests):
    """Runs Bazel; returns its build events and its exit status."""
    with tempfile.TemporaryDirectory() as scratch:
        log = os.path.join(scratch, "events.json")
        command = ["deploy/bazel", "test" if any_tests else "build", "--keep_going",
                   f"--jobs={options.jobs}", f"--build_event_json_file={log}",
                   "--test_summary=none" if any_tests else "--show_result=0"]
        if any_tests:
            command.append(f"--local_test_jobs={options.jobs}")
        if options.config:
            command.append(f"--config={options.config}")
        status = subprocess.run(command + targets, check=False).returncode
        if not os.path.exists(log):
            return [], status
        with open(log, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.strip()], status


def _count(events, options, tally):
    """Counts the cases of every target that ran; returns those targets."""
    seen = set()
    for event in events:
        identity = event.get("id", {}).get("testResult")
        # One without a result was broken off: its target is told as one that did not run.
        if not identity or identity.get("attempt", 1) != 1 or "testResult" not in event:
            continue
        target = identity["label"]
        seen.add(target)
        result = event["testResult"]
        outputs = {output["name"]: output.get("uri", "") for output in result.get("testActionOutput", [])}
        cases = list(_cases(outputs.get("test.xml", "")))
        wanted = [case for case in cases if _is_wanted(options.filter, target, case[0])]
        for name, problem, seconds in wanted:
            tally.add(f"{target} {name}", problem, seconds)
        # A crash or a time-out leaves no failed case behind, or no file at all.
        if result.get("status") != "PASSED" and not any(problem for _, problem, _ in cases):
            tally.add(target, f"ended as {result.get('status')}; its output stands above")
        elif not cases:
            tally.add(target, "passed without a single case")
    return seen


def _is_wanted(text, target, case):
    return text in target or text in case


def _cases(uri):
    """Name, problem ("" when there is none) and seconds of every case in GoogleTest's XML."""
    path = urllib.parse.unquote(urllib.parse.urlparse(uri).path)
    if not path or not os.path.exists(path):
        return
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        name = ".".join(part for part in (case.get("classname"), case.get("name")) if part)
        problems = [child.get("message") or child.text or child.tag
                    for child in case if child.tag in ("failure", "error", "skipped")]
        if case.get("status") == "notrun" or case.get("result") == "skipped":
            problems.append("skipped")
        yield name, "\n".join(problems), float(case.get("time") or 0)
