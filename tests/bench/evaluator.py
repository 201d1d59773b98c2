"""What the evaluator's figures share: programs under measurement, evaluations, and wrk."""

import datetime
import http.server
import json
import os
import re
import subprocess
import threading
import time

from tests.bench.process_figures import cpu_seconds
from tests.e2e.product import PATIENCE_SECONDS, ProductTest

LIBRARY_DESK = "tests/data/library_desk_train.tsv"


class EvaluatorBench(ProductTest):
    """Borrows the tests' way to start programs; it is no test itself."""

    def runTest(self):
        pass

    def __enter__(self):
        self.setUp()
        return self

    def __exit__(self, *_):
        self.doCleanups()

    # --- What is asked ---------------------------------------------------------------------------

    def import_examples(self, count, name="desk"):
        """`count` different examples: the library desk's, numbered."""
        with open(LIBRARY_DESK, encoding="utf-8") as file:
            lines = file.read().splitlines()
        path = self.path(f"{name}.tsv", "".join(f"{lines[i % len(lines)]} (number {i})\n"
                                                for i in range(count)))
        if self.tunegate("task", "show", "tasks/desk", code=None).code != 0:
            self.tunegate("task", "create", "tests/data/library_desk.textproto", "--id", "desk")
        self.tunegate("dataset", "import", path, "--task", "desk", "--split", "validation",
                      "--headerless", "--columns", "1=assistant,2=user", "--id", name)

    def begin(self, name, connections, dataset="desk"):
        """Creates an evaluation of both arms."""
        self.tunegate("eval", "create", "--id", name, "--test", dataset,
                      "--baseline", "sandbox-keyword-1", "--candidate", "gpt-4o-mini",
                      "--concurrency", str(connections))

    def end(self, name):
        """Waits for its end; every call must have been answered."""
        evaluation = self.wait_long(f"evaluations/{name}")
        if evaluation["state"] != "STATE_SUCCEEDED":
            raise AssertionError(evaluation.get("failure", evaluation["state"]))
        for arm in ("baselineUsage", "candidateUsage"):
            if int(evaluation["report"][arm].get("failed", 0)):
                raise AssertionError(f"{arm}: calls failed")
        return evaluation

    def wait_long(self, name):
        """As wait_for_state, for evaluations that may take many times as long as a test. It follows
        one as people do: asking again and again would cost what is measured."""
        ended = ("STATE_SUCCEEDED", "STATE_FAILED", "STATE_BLOCKED", "STATE_CANCELLED")
        deadline = time.monotonic() + 20 * PATIENCE_SECONDS
        while time.monotonic() < deadline:
            self.tunegate("eval", "watch", name, code=None)
            evaluation = self.get(name)
            if evaluation["state"] in ended:
                return evaluation
        raise AssertionError(f"{name} did not end")

    def cpu_seconds(self):
        """CPU time so far: the evaluator's, the sandbox's."""
        return [cpu_seconds(program.process.pid) for program in (self.server, self.sandbox)]

    def evaluate(self, name, connections, dataset="desk"):
        """One evaluation; it and how long it took, from its creation to its report."""
        self.begin(name, connections, dataset)
        evaluation = self.end(name)
        return evaluation, seconds_between(evaluation["createTime"], evaluation["endTime"])

    # --- wrk -------------------------------------------------------------------------------------

    def wrk(self, script, connections, seconds):
        """wrk's requests a second."""
        done = subprocess.run(
            ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "-s", script,
             f"{self.sandbox.base_url}/chat/completions"],
            stdout=subprocess.PIPE, text=True, timeout=PATIENCE_SECONDS, check=True)
        if "Non-2xx" in done.stdout:
            raise AssertionError(f"wrk met errors:\n{done.stdout}")
        return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])

    def wrk_script(self, examples, connections):
        """A script for wrk that sends exactly what the evaluator sends about so many examples."""
        requests = record_requests(examples, connections)
        bodies = self.path("bodies.txt", "".join(body.decode() + "\n" for _, body in requests))
        headers = "\n".join(f'wrk.headers["{name}"] = [[{value}]]' for name, value in requests[0][0]
                            if name.lower() not in ("host", "content-length", "accept-encoding"))
        return self.path("wrk.lua", f"""
wrk.method = "POST"
{headers}
local bodies = {{}}
for line in io.lines("{bodies}") do bodies[#bodies + 1] = line end
local at = 0
request = function()
  at = at % #bodies + 1
  return wrk.format(nil, nil, nil, bodies[at])
end
""")


class _Recorder(http.server.BaseHTTPRequestHandler):
    """Stands in for the provider and keeps what it is sent."""

    protocol_version = "HTTP/1.1"
    requests = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.requests.append((self.headers.items(), body))
        answer = json.dumps({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "recorder",
            "choices": [{"index": 0, "finish_reason": "stop",
                         "message": {"role": "assistant", "content": "join"}}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def record_requests(examples, connections):
    """The chat requests of one whole evaluation: (headers, body) each."""
    _Recorder.requests.clear()
    recorder = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Recorder)
    threading.Thread(target=recorder.serve_forever, daemon=True).start()
    try:
        with EvaluatorBench() as other:
            other.start_server(f"http://127.0.0.1:{recorder.server_address[1]}/v1")
            other.import_examples(examples)
            other.evaluate("recorded", connections)
    finally:
        recorder.shutdown()
        recorder.server_close()
    return list(_Recorder.requests)


def seconds_between(begin, end):
    return (moment(end) - moment(begin)).total_seconds()


def moment(text):
    """protobuf's JSON timestamps have up to nine decimals; Python reads six."""
    return datetime.datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*Z$|Z$", r"\1+00:00", text))


def load():
    """The machine's load, which every figure is to be read with."""
    return f"load {os.getloadavg()[0]:.1f}"
