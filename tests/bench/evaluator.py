"""Measures the evaluator beside wrk; see tests/bench/run."""

import argparse
import datetime
import http.server
import json
import os
import re
import statistics
import subprocess
import sys
import threading

from tests.e2e.product import PATIENCE_SECONDS, ProductTest

TARGET = 0.9


class EvaluatorBench(ProductTest):
    """Borrows the tests' way to start programs; it is no test itself."""

    def runTest(self):
        pass

    def prepare(self, options):
        self.options = options
        self.start("--chat_latency_ms", str(options.latency_ms))
        self.tunegate("task", "create", "tests/data/library_desk.textproto", "--id", "desk")
        self.tunegate("dataset", "import", self.examples(options.calls // 2), "--task", "desk",
                      "--split", "validation", "--headerless", "--columns", "1=assistant,2=user",
                      "--id", "desk")

    def examples(self, count):
        """`count` different examples: the library desk's, numbered."""
        with open("tests/data/library_desk_train.tsv", encoding="utf-8") as file:
            lines = file.read().splitlines()
        text = "".join(f"{lines[i % len(lines)]} (number {i})\n" for i in range(count))
        return self.path("desk.tsv", text)

    def evaluate(self, name):
        """One evaluation of both arms; its calls a second, from its creation to its report."""
        self.tunegate("eval", "create", "--id", name, "--test", "desk",
                      "--baseline", "sandbox-keyword-1", "--candidate", "gpt-4o-mini",
                      "--concurrency", str(self.options.connections))
        evaluation = self.wait_for_state(f"evaluations/{name}", "SUCCEEDED", "FAILED", "BLOCKED")
        if evaluation["state"] != "STATE_SUCCEEDED":
            raise AssertionError(evaluation["failure"])
        for arm in ("baselineUsage", "candidateUsage"):
            if int(evaluation["report"][arm].get("failed", 0)):
                raise AssertionError(f"{arm}: calls failed")
        took = moment(evaluation["endTime"]) - moment(evaluation["createTime"])
        return self.options.calls / took.total_seconds()

    def wrk(self, script):
        """wrk's requests a second with the same bodies, for as long as the calls ideally take."""
        seconds = max(3, self.options.calls * self.options.latency_ms
                      // (1000 * self.options.connections) + 1)
        done = subprocess.run(
            ["wrk", "-t2", f"-c{self.options.connections}", f"-d{seconds}s", "-s", script,
             f"{self.sandbox.base_url}/chat/completions"],
            stdout=subprocess.PIPE, text=True, timeout=PATIENCE_SECONDS, check=True)
        if "Non-2xx" in done.stdout:
            raise AssertionError(f"wrk met errors:\n{done.stdout}")
        return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])

    def wrk_script(self):
        """A script for wrk that sends exactly what the evaluator sends."""
        requests = record_requests(self)
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


def record_requests(bench):
    """The chat requests of one whole evaluation: (headers, body) each."""
    recorder = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Recorder)
    threading.Thread(target=recorder.serve_forever, daemon=True).start()
    try:
        other = EvaluatorBench()
        other.setUp()
        other.options = bench.options
        other.start_server(f"http://127.0.0.1:{recorder.server_address[1]}/v1")
        other.tunegate("task", "create", "tests/data/library_desk.textproto", "--id", "desk")
        other.tunegate("dataset", "import", bench.path("desk.tsv"), "--task", "desk", "--split",
                       "validation", "--headerless", "--columns", "1=assistant,2=user", "--id", "desk")
        other.evaluate("recorded")
        other.doCleanups()
    finally:
        recorder.shutdown()
        recorder.server_close()
    return list(_Recorder.requests)


def moment(text):
    """protobuf's JSON timestamps have up to nine decimals; Python reads six."""
    return datetime.datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*Z$|Z$", r"\1+00:00", text))


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--latency_ms", type=int, default=20)
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args()
    bench = EvaluatorBench()
    bench.setUp()
    try:
        bench.prepare(options)
        script = bench.wrk_script()
        print(f"{options.calls} calls of {options.latency_ms} ms, {options.connections} at a time, "
              f"{os.cpu_count()} cores; at most "
              f"{options.connections * 1000 / options.latency_ms:.0f} calls/s are possible")
        ratios = []
        for i in range(1, options.rounds + 1):
            # Who goes first changes, so that no side always meets the warmer machine.
            if i % 2:
                ours, theirs = bench.evaluate(f"round-{i}"), bench.wrk(script)
            else:
                theirs, ours = bench.wrk(script), bench.evaluate(f"round-{i}")
            ratios.append(ours / theirs)
            print(f"round {i}: evaluator {ours:7.1f} calls/s   wrk {theirs:7.1f} requests/s   "
                  f"ratio {ratios[-1]:.3f}", flush=True)
        ratio = statistics.median(ratios)
        print(f"median ratio {ratio:.3f} (at least {TARGET})")
    finally:
        bench.doCleanups()
    sys.exit(0 if ratio >= TARGET else 1)


if __name__ == "__main__":
    main()
