"""Bad input gets one clear error that names the thing and the remedy, and the server stays up."""

import http.server
import os
import re
import socket
import subprocess
import threading
import unittest

from tests.e2e.product import PATIENCE_SECONDS, SERVER, ProductTest, Program


class BadStartTest(ProductTest):
    """What keeps a server from starting."""

    def refusal(self, *flags, **settings):
        self.make_server("http://127.0.0.1:9/v1", **settings)
        output, status = self.server.refuses(*flags)
        self.assertEqual(1, status, output)
        self.assertLessEqual(len(output.strip().splitlines()), 4, output)
        return output

    def test_config_with_an_unknown_field_names_the_line(self):
        output = self.refusal(colour='"blue"')
        self.assertIn("colour", output)
        self.assertIn("server.textproto", output)

    def test_missing_config_is_named(self):
        missing = self.path("nowhere.textproto")
        program = Program("server", self.folder)
        self.addCleanup(program.kill)
        program.launch([SERVER, "--config", missing])
        self.assertEqual(1, program.wait())
        self.assertIn(missing, program.output())

    def test_port_in_use_is_named(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            address = f"127.0.0.1:{holder.getsockname()[1]}"
            self.assertIn(address, self.refusal("--listen", address))

    def test_port_of_another_server_is_not_shared(self):
        self.start()
        first = self.server.address
        second = self.make_server("http://127.0.0.1:9/v1", data_dir=f'"{self.path("other-data")}"')
        output, status = second.refuses("--listen", first)
        self.assertEqual(1, status, output)
        self.assertIn(first, output)

    def test_beyond_loopback_without_tls_is_refused(self):
        output = self.refusal("--listen", "0.0.0.0:0")
        self.assertIn("--insecure_public", output)

    def test_unknown_store_is_named(self):
        # Not what was typed: it may hold a password.
        self.assertIn("store: expected sqlite, or postgres://", self.refusal("--store", "oracle"))

    def test_data_directory_that_is_a_file_is_named(self):
        path = self.path("taken", "not a directory")
        self.assertIn(path, self.refusal("--data_dir", path))

    def test_read_only_data_directory_is_named(self):
        # Root may write everywhere but where nothing can be written at all.
        self.assertIn("/proc/tunegate", self.refusal("--data_dir", "/proc/tunegate"))

    def test_missing_key_file_is_named(self):
        missing = self.path("no.key")
        output = self.refusal(
            providers=f'{{ name: "p" base_url: "http://127.0.0.1:9/v1" api_key_file: "{missing}" }}')
        self.assertIn(missing, output)

    def test_second_server_on_the_same_data_is_refused(self):
        self.start()
        second = Program("second", self.folder)
        self.addCleanup(second.kill)
        second.launch(self.server.command("--listen", "127.0.0.1:0"))
        self.assertEqual(1, second.wait())
        self.assertIn(self.server.data_dir, second.output())


class BadCallTest(ProductTest):
    """What a caller can get wrong."""

    def assert_refused(self, code, reason, *arguments):
        error = self.tunegate(*arguments, code=64 + code).error()
        self.assertEqual(reason, error["reason"], error)
        self.assertTrue(error["message"])
        return error

    def test_unknown_names_are_not_found(self):
        self.start()
        for noun, kind in (("job", "jobs"), ("dataset", "datasets"), ("eval", "evaluations"),
                           ("decision", "decisions"), ("workflow", "workflows"), ("task", "tasks")):
            with self.subTest(noun=noun):
                error = self.tunegate(noun, "show", f"{kind}/nobody", code=64 + 5).error()
                self.assertIn("nobody", error["message"])
                self.assertTrue(error["reason"])

    def test_broken_dataset_says_every_line_and_stays_away_from_training(self):
        self.start()
        good = ('{"messages":[{"role":"user","content":"hola %d"},'
                '{"role":"assistant","content":"{}"}]}')
        lines = [good % i for i in range(12)]
        lines[2] = "{not json"
        lines[5] = '{"messages":[{"role":"king","content":"x"},{"role":"assistant","content":"{}"}]}'
        path = self.path("bad.jsonl", "\n".join(lines) + "\n")
        answer = self.tunegate("dataset", "import", path, "--task", "product_intent", "--split",
                               "train", "--id", "bad", code=1).message()
        self.assertEqual("STATE_INVALID", answer["dataset"]["state"])
        errors = [f for f in answer["findings"] if f["severity"] == "SEVERITY_ERROR"]
        self.assertLessEqual({"3", "6"}, {f["line"] for f in errors})
        for finding in errors:
            self.assertTrue(finding["message"] and finding["remedy"] and finding["rule"])
        self.assert_refused(9, "DATASET_INVALID", "job", "create", "--train", "bad")
        self.assertEqual([], self.sandbox.files())

    def test_usage_errors_exit_2_and_ask_no_server(self):
        self.make_server("http://127.0.0.1:9/v1").address = "127.0.0.1:9"
        answer = self.tunegate("workflow", "run", "--epochs", "many", code=2)
        self.assertIn("--epochs", answer.err)

    def test_unreachable_server_is_one_clear_error(self):
        self.make_server("http://127.0.0.1:9/v1").address = "127.0.0.1:9"
        answer = self.tunegate_text("job", "list", code=64 + 14)
        self.assertIn("127.0.0.1:9", answer.err)
        self.assertIn("remedy", answer.err)

    def test_id_that_is_taken_already_exists(self):
        self.start()
        self.tunegate("workflow", "run", "--id", "w", "--detach")
        self.tunegate("workflow", "run", "--id", "w", "--detach", code=64 + 6)


class BadBytesTest(ProductTest):
    """What no generated client sends."""

    def grpc_status(self, method, message):
        """The status that the server answers to the bytes of `message`."""
        path = self.path("request.bin")
        with open(path, "wb") as file:
            file.write(b"\0" + len(message).to_bytes(4, "big") + message)
        # gRPC resets the stream with its answer; curl shows nothing when that came before it had sent
        # everything. Then it asks again.
        for _ in range(20):
            done = self.curl(path, method)
            found = re.search(r"^grpc-status: (\d+)", done.stdout, re.MULTILINE)
            if found or "HTTP/2 framing layer" not in done.stderr:
                break
        self.assertTrue(found, done.stdout + done.stderr)
        return int(found[1])

    def curl(self, path, method):
        return subprocess.run(
            ["curl", "--silent", "--show-error", "--http2-prior-knowledge", "--dump-header", "-",
             "--output", os.devnull, "--header", "content-type: application/grpc",
             "--header", "te: trailers", "--data-binary", f"@{path}",
             f"http://{self.server.address}/{method}"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=PATIENCE_SECONDS,
            check=False)

    def assert_still_serves(self):
        self.assertTrue(self.tunegate("admin", "info").message()["version"])

    def test_malformed_message_is_refused(self):
        self.start()
        for method in ("JobService/GetJob", "WorkflowService/CreateWorkflow",
                       "EventService/WatchEvents", "DatasetService/ImportDataset"):
            with self.subTest(method=method):
                self.assertNotIn(self.grpc_status(f"tunegate.v1.{method}", b"\xff\xff\xff\xff"), (0, 2))
        self.assert_still_serves()

    def test_oversize_message_is_refused(self):
        self.start()
        # RESOURCE_EXHAUSTED: gRPC's limit of 4 MiB.
        self.assertEqual(8, self.grpc_status("tunegate.v1.JobService/GetJob", bytes(5 << 20)))
        self.assert_still_serves()

    def test_unknown_method_is_unimplemented(self):
        self.start()
        self.assertEqual(12, self.grpc_status("tunegate.v1.JobService/MakeCoffee", b""))
        self.assert_still_serves()


class _Liar(http.server.BaseHTTPRequestHandler):
    """Answers everything with a page for people."""

    def do_GET(self):
        body = b"<!DOCTYPE html><html><body>Welcome to the hotel's network</body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def log_message(self, *_):
        pass


class BadProviderTest(ProductTest):
    """What a provider can do."""

    def run_until_troubled(self):
        self.tunegate("workflow", "run", "--id", "w", "--detach")
        return self.wait_for_state("workflows/w", "BLOCKED", "FAILED", "SUCCEEDED")

    def assert_still_serves(self):
        self.assertTrue(self.tunegate("admin", "info").message()["version"])

    def test_html_instead_of_json_is_said(self):
        liar = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Liar)
        threading.Thread(target=liar.serve_forever, daemon=True).start()
        self.addCleanup(liar.server_close)
        self.addCleanup(liar.shutdown)
        self.start_server(f"http://127.0.0.1:{liar.server_address[1]}/v1")
        workflow = self.run_until_troubled()
        self.assertIn(workflow["state"], ("STATE_BLOCKED", "STATE_FAILED"))
        self.assertTrue(workflow["failure"]["remedy"], workflow["failure"])
        self.assert_still_serves()

    def test_wrong_key_blocks_with_a_remedy_and_goes_on_with_the_right_one(self):
        self.start("--api_key", "the-right-key-0123456789")
        workflow = self.run_until_troubled()
        self.assertEqual("STATE_BLOCKED", workflow["state"])
        self.assertIn("KEY", workflow["failure"]["reason"])
        self.assertTrue(workflow["failure"]["remedy"])
        self.assertEqual(0, self.server.stop())
        with open(self.path("provider.key"), "w", encoding="utf-8") as file:
            file.write("the-right-key-0123456789\n")
        self.server.run()
        self.tunegate("workflow", "resume", "w")
        self.wait_for_state("workflows/w", "SUCCEEDED")

    def test_quota_blocks_with_the_providers_words(self):
        self.sandbox.run()
        self.sandbox.set_faults({"on": "POST /fine_tuning/jobs", "do": {
            "status": 429, "error": {"message": "You exceeded your current quota",
                                     "type": "insufficient_quota", "code": "insufficient_quota"}}})
        self.start_server(self.sandbox.base_url)
        workflow = self.run_until_troubled()
        self.assertEqual("STATE_BLOCKED", workflow["state"])
        self.assertEqual("insufficient_quota", workflow["failure"]["providerCode"])
        self.assertEqual([], self.sandbox.jobs())
        self.sandbox.set_faults()
        self.tunegate("workflow", "resume", "w")
        self.wait_for_state("workflows/w", "SUCCEEDED")
        self.assertEqual(1, len(self.sandbox.jobs()))

    def test_key_never_reaches_a_log_or_an_answer(self):
        self.start("--api_key", "the-right-key-0123456789")
        self.run_until_troubled()
        shown = self.server.output() + self.tunegate("workflow", "show", "w").out
        self.assertNotIn("test-key-0123456789", shown)

    def test_storm_of_faults_is_survived(self):
        self.sandbox.run()
        self.sandbox.set_faults(
            {"on": "POST /chat/completions", "every": 10, "do": {"status": 503}},
            {"on": "POST /chat/completions", "every": 25,
             "do": {"status": 429, "headers": {"retry-after-ms": "20"}}},
            {"on": "POST /chat/completions", "every": 40, "do": {"reset": "before"}},
            {"on": "GET /fine_tuning/jobs/{id}", "every": 3, "do": {"status": 500}})
        self.start_server(self.sandbox.base_url)
        workflow = self.run_until_troubled()
        self.assertEqual("STATE_SUCCEEDED", workflow["state"], workflow.get("failure"))
        report = self.get(workflow["evaluation"])["report"]
        self.assertEqual(0, int(report["baselineUsage"].get("failed", 0)))
        self.assertGreater(int(report["baselineUsage"].get("retries", 0))
                           + int(report["candidateUsage"].get("retries", 0)), 0)

    def test_lost_answer_to_the_jobs_creation_makes_one_job(self):
        self.sandbox.run()
        # The job is made, the answer is lost, and the list shows it late and ignores its filter.
        self.sandbox.set_faults(
            {"on": "POST /fine_tuning/jobs", "times": 1, "do": {"reset": "after"}},
            {"on": "GET /fine_tuning/jobs", "times": 3, "do": {"late_seconds": 1}},
            {"on": "GET /fine_tuning/jobs", "do": {"ignore_query": ["metadata"]}})
        self.start_server(self.sandbox.base_url, job_settle_time="{ seconds: 5 }")
        workflow = self.run_until_troubled()
        self.assertEqual("STATE_SUCCEEDED", workflow["state"], workflow.get("failure"))
        self.assertEqual(1, len(self.sandbox.jobs()))


if __name__ == "__main__":
    unittest.main()
