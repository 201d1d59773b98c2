"""promptfoo on the same endpoint: installed on request, run with nothing that reports home."""

import json
import os
import resource
import subprocess
import time

VERSION = "0.121.20"
# Nothing is sent anywhere but to the endpoint under test, and nothing is kept between runs.
QUIET = {
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "PROMPTFOO_DISABLE_UPDATE": "1",
    "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
    "PROMPTFOO_DISABLE_SHARING": "1",
    "PROMPTFOO_DISABLE_DEBUG_LOG": "1",
    "PROMPTFOO_DISABLE_ERROR_LOG": "1",
    "PROMPTFOO_CACHE_ENABLED": "false",
    "PROMPTFOO_SELF_HOSTED": "1",
    "DO_NOT_TRACK": "1",
    "CI": "1",
}


def install():
    """The folder with promptfoo in its node_modules; installed at most once."""
    home = os.path.expanduser("~/.cache/tunegate")
    folder = os.path.join(os.environ.get("TUNEGATE_CACHE", home), f"promptfoo-{VERSION}")
    done = os.path.join(folder, "complete")
    if not os.path.exists(done):
        os.makedirs(folder, exist_ok=True)
        print(f"installing promptfoo {VERSION} into {folder}", flush=True)
        subprocess.run(["npm", "install", "--prefix", folder, "--ignore-scripts", "--no-audit",
                        "--no-fund", "--loglevel=error", f"promptfoo@{VERSION}"], check=True)
        with open(done, "w", encoding="ascii"):
            pass
    return folder


def measure(bench, calls, connections):
    """(requests a second, CPU seconds a call) of one evaluation of `calls` calls."""
    folder = install()
    home = bench.path("promptfoo-home")
    os.makedirs(home, exist_ok=True)
    tests = [{"vars": {"query": f"renew my loan (number {i})"},
              "assert": [{"type": "equals", "value": "renew"}]} for i in range(calls)]
    config = bench.path("promptfooconfig.json", json.dumps({
        "prompts": [json.dumps([{"role": "system", "content": "Say one of: join, renew, other"},
                                {"role": "user", "content": "{{query}}"}])],
        "providers": [{"id": "openai:chat:sandbox-keyword-1",
                       "config": {"apiBaseUrl": bench.sandbox.base_url, "apiKey": "test-key",
                                  "temperature": 0}}],
        "tests": tests}))
    command = ["node", os.path.join(folder, "node_modules", "promptfoo", "dist", "src", "main.js"),
               "eval", "--config", config, "--max-concurrency", str(connections), "--no-cache",
               "--no-progress-bar", "--no-table", "--no-write"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    asked = bench.sandbox.requests_to("POST /chat/completions")
    begin = time.monotonic()
    done = subprocess.run(command, env={**os.environ, **QUIET, "PROMPTFOO_CONFIG_DIR": home},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, cwd=home)
    took = time.monotonic() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    asked = bench.sandbox.requests_to("POST /chat/completions") - asked
    # It ends with 100 where an answer is wrong, which is all the same here.
    if done.returncode not in (0, 100) or asked < calls:
        raise AssertionError(f"promptfoo asked {asked} of {calls} calls and ended with "
                             f"{done.returncode}:\n{done.stdout[-3000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return calls / took, cpu / calls
