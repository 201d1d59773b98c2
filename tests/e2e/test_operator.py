"""What an operator sees and uses: metrics, health, webhooks, logs, and the doctor."""

import base64
import hashlib
import hmac
import json
import os
import re
import ssl
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from tests.e2e.product import CLI, VERDICT_OF_EXIT, ProductTest, free_port, wait_until

SECRET_KEY = b"0123456789abcdef0123456789abcdef"
SECRET = "whsec_" + base64.b64encode(SECRET_KEY).decode()
SAMPLE = re.compile(r'^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)$')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


class OperatorTest(ProductTest):

    def start_with_http(self, *sandbox_flags, **settings):
        self.sandbox.run(*sandbox_flags)
        self.make_server(self.sandbox.base_url, **settings)
        self.run_server()

    def run_server(self, *flags, environment=None):
        self.server.run("--http_listen", "127.0.0.1:0", *flags, environment=environment)
        [self.http] = [line.removeprefix("metrics and webhooks on ")
                       for line in self.server.output().splitlines()
                       if line.startswith("metrics and webhooks on ")]

    def fetch(self, path, body=None, headers=None, scheme="http", context=None):
        """The answer's status and text."""
        request = urllib.request.Request(f"{scheme}://{self.http}{path}", data=body,
                                         headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=60, context=context) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metrics(self):
        """Every sample as {(name, ((label, value), ...)): number}; the text must be as Prometheus
        reads it."""
        status, text = self.fetch("/metrics")
        self.assertEqual(200, status, text)
        samples, types = {}, {}
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                self.assertNotIn(name, types, "a family stands twice")
                types[name] = kind
            if line.startswith("#"):
                continue
            match = SAMPLE.match(line)
            self.assertTrue(match, line)
            name, labels, value = match.groups()
            family = re.sub("_(bucket|sum|count)$", "", name)
            self.assertTrue(name in types or types.get(family) == "histogram", line)
            key = (name, tuple(LABEL.findall(labels or "")))
            self.assertNotIn(key, samples, "a sample stands twice")
            samples[key] = float(value)
        return samples

    def total(self, samples, name, **labels):
        """The sum over all samples with these labels."""
        return sum(value for (found, pairs), value in samples.items()
                   if found == name and all(dict(pairs).get(k) == v for k, v in labels.items()))


class MetricsTest(OperatorTest):

    def test_a_workflow_is_seen_in_the_metrics(self):
        self.start_with_http("--chat_latency_ms", "20")
        before = self.metrics()
        watcher = self.watch("--after", "0")
        self.tunegate("workflow", "run", "--id", "w", "--detach")
        wait_until(lambda: self.total(self.metrics(), "tunegate_evaluator_calls_in_flight") > 0,
                   "calls in flight to be seen")
        self.wait_for_state("workflows/w", "SUCCEEDED")
        wait_until(lambda: watcher.events() and watcher.events()[-1].get("terminal"), "the last event")
        after = self.metrics()

        def grown(name, **labels):
            return self.total(after, name, **labels) - self.total(before, name, **labels)

        self.assertEqual(1, grown("tunegate_rpc_requests_total", method="CreateWorkflow", code="OK"))
        self.assertGreaterEqual(grown("tunegate_rpc_duration_seconds_count", method="GetWorkflow"), 1)
        self.assertEqual(self.sandbox.requests_to("POST /chat/completions"),
                         grown("tunegate_provider_calls_total", operation="chat", code="OK"))
        self.assertEqual(1, grown("tunegate_provider_calls_total", operation="create_job"))
        self.assertGreater(grown("tunegate_tokens_total", kind="input"), 1000)
        self.assertGreater(grown("tunegate_tokens_total", kind="trained"), 1000)
        self.assertEqual(0, grown("tunegate_spend_micros_total"), "the sandbox costs nothing")
        for kind in ("datasets", "jobs", "evaluations", "workflows"):
            self.assertGreater(grown("tunegate_runner_steps_total", kind=kind, outcome="done"), 0, kind)
            self.assertGreater(grown("tunegate_runner_queue_age_seconds_count", kind=kind), 0, kind)
        self.assertEqual(0, grown("tunegate_runner_steps_total", outcome="failed"))
        self.assertEqual(int(self.tunegate("admin", "info").message()["newestPosition"]),
                         self.total(after, "tunegate_store_newest_position"))
        self.assertGreaterEqual(grown("tunegate_store_events_total"),
                                self.total(after, "tunegate_store_newest_position"))
        self.assertGreater(grown("tunegate_store_batches_total"), 10)
        self.assertEqual(0, grown("tunegate_store_transactions_total", outcome="failed"))
        self.assertEqual(1, self.total(after, "tunegate_watch_streams"))
        self.assertGreater(grown("tunegate_watch_messages_total"), 10)
        self.assertEqual(0, self.total(after, "tunegate_evaluator_calls_in_flight"))

    def test_every_metric_is_in_the_table_and_the_process_tells_of_itself(self):
        self.start_with_http()
        samples = self.metrics()
        with open("deploy/metrics.md", encoding="utf-8") as file:
            documented = set(re.findall(r"^\| `([a-z_]+)`", file.read(), re.MULTILINE))
        names = {re.sub("_(bucket|sum|count)$", "", name) if name not in documented else name
                 for name, _ in samples}
        self.assertEqual(set(), names - documented)
        self.assertEqual(1, self.total(samples, "tunegate_build_info"))
        self.assertGreater(self.total(samples, "process_resident_memory_bytes"), 1e6)
        self.assertLess(abs(time.time() - self.total(samples, "process_start_time_seconds")), 300)
        wait_until(lambda: self.total(self.metrics(), "tunegate_store_size_bytes") > 1000, "its size")

    def test_health_needs_no_store_and_other_paths_are_refused(self):
        self.start_with_http()
        self.assertEqual((200, "ok\n"), self.fetch("/healthz"))
        self.assertEqual(404, self.fetch("/")[0])
        self.assertEqual(405, self.fetch("/metrics", body=b"x")[0])
        self.assertEqual(413, self.fetch("/webhooks/sandbox", body=b"x" * 300_000)[0])

    def test_metrics_beyond_loopback_want_tls_and_a_callers_token(self):
        certificate, key = self.path("server.crt"), self.path("server.key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)
        token = self.path("token", "a-token-of-some-length\n")
        self.sandbox.run()
        self.make_server(self.sandbox.base_url)
        output, status = self.server.refuses("--http_listen", "0.0.0.0:0")
        self.assertEqual(1, status)
        self.assertIn("http_listen", output)
        self.server.settings["tls"] = (f'{{ certificate_file: "{certificate}" '
                                       f'key_file: "{key}" }}')
        self.server.settings["callers"] = f'{{ name: "ops" token_file: "{token}" }}'
        self.run_server()
        trust = ssl.create_default_context(cafile=certificate)
        trust.check_hostname = False
        self.assertEqual(200, self.fetch("/healthz", scheme="https", context=trust)[0])
        self.assertEqual(401, self.fetch("/metrics", scheme="https", context=trust)[0])
        status, text = self.fetch("/metrics", headers={"Authorization": "Bearer a-token-of-some-length"},
                                  scheme="https", context=trust)
        self.assertEqual(200, status)
        self.assertIn("tunegate_build_info", text)


class WebhookTest(OperatorTest):

    def start_polling_rarely(self, *sandbox_flags):
        """A server that would ask for its job again in ten minutes only."""
        secret = self.path("webhook.secret", SECRET + "\n")
        self.sandbox.run(*sandbox_flags)
        self.make_server(self.sandbox.base_url, job_poll_interval="{ seconds: 600 }")
        self.server.settings["providers"] = self.server.settings["providers"].replace(
            " sandbox: true", f' sandbox: true webhook_secret_file: "{secret}"')
        self.run_server("--listen", f"127.0.0.1:{free_port()}")

    def send(self, body, webhook_id="wh_1", timestamp=None, key=SECRET_KEY, provider="sandbox"):
        """Signs and sends as the provider does; the answer's status and text."""
        timestamp = str(int(time.time()) if timestamp is None else timestamp)
        mac = hmac.new(key, f"{webhook_id}.{timestamp}.{body}".encode(), hashlib.sha256)
        return self.fetch(f"/webhooks/{provider}", body.encode(), {
            "webhook-id": webhook_id, "webhook-timestamp": timestamp,
            "webhook-signature": "v1,AAAA v1," + base64.b64encode(mac.digest()).decode()})

    @staticmethod
    def event(kind, identifier):
        return json.dumps({"object": "event", "id": "evt_1", "type": kind, "data": {"id": identifier}})

    def test_signed_webhook_makes_the_next_look_immediate_and_counts_once(self):
        self.start_polling_rarely()
        generated = self.tunegate("dataset", "generate", "--id", "d", "--train", "200", "--validation",
                                  "20", "--test", "40", "--seed", "1").message()
        self.tunegate("job", "create", "--train", generated["train"]["name"], "--id", "j", "--epochs", "1")
        job = self.wait_for("jobs/j", lambda j: j.get("providerJob"), "its provider's id")
        wait_until(lambda: self.sandbox.jobs()[0]["status"] == "succeeded", "the sandbox to train")
        self.assertNotEqual("STATE_SUCCEEDED", self.get("jobs/j")["state"], "nobody asked yet")

        event = self.event("fine_tuning.job.succeeded", job["providerJob"])
        now = int(time.time())
        self.assertEqual(401, self.send(event, key=b"another key")[0])
        self.assertEqual(400, self.send(event, timestamp=now - 3600)[0])
        self.assertEqual(404, self.send(event, provider="nobody")[0])
        self.assertNotEqual("STATE_SUCCEEDED", self.get("jobs/j")["state"])
        self.assertEqual(200, self.send(event, timestamp=now)[0])
        self.wait_for_state("jobs/j", "SUCCEEDED")

        events = self.tunegate("event", "list", "jobs/j", "--after", "0").message()["events"]
        self.assertEqual(409, self.send(event, timestamp=now)[0], "a replay")
        self.assertEqual(200, self.send(event, timestamp=now + 1)[0], "sent again by its sender")
        self.server.kill()
        self.run_server()
        self.assertEqual(409, self.send(event, timestamp=now)[0], "also after a restart")
        self.assertEqual(
            events,
            self.tunegate("event", "list", "jobs/j", "--after", "0").message()["events"])
        self.assertNotIn(SECRET.removeprefix("whsec_"), self.server.output())

    def test_signed_webhook_of_a_batch_makes_the_next_look_immediate_and_counts_once(self):
        # The look that follows the second batch's creation must find it under way.
        self.start_polling_rarely("--batch_ms_per_line", "50")
        self.tunegate("dataset", "generate", "--id", "d", "--train", "60", "--validation", "20", "--test",
                      "40", "--seed", "1")
        self.tunegate("eval", "create", "--id", "e", "--test", "d-test", "--baseline", "sandbox-keyword-1",
                      "--candidate", "gpt-4o-mini", "--mode", "batch")

        def completed():
            batches = self.sandbox.ask("/batches?limit=100")["data"]
            return len(batches) == 2 and {b["status"] for b in batches} == {"completed"} and batches
        batches = wait_until(completed, "the sandbox to answer both arms' batches")
        self.assertEqual("STATE_RUNNING", self.get("evaluations/e")["state"], "nobody asked yet")

        event = self.event("batch.completed", batches[0]["id"])
        self.assertEqual(401, self.send(event, key=b"another key")[0])
        self.assertEqual("STATE_RUNNING", self.get("evaluations/e")["state"])
        now = int(time.time())
        # A look sees every batch of its evaluation, whichever was told of.
        self.assertEqual(200, self.send(event, timestamp=now)[0])
        ended = self.wait_for_state("evaluations/e", "SUCCEEDED", "FAILED", "BLOCKED")
        self.assertEqual("STATE_SUCCEEDED", ended["state"], ended)
        self.assertEqual("80", ended["usage"]["calls"])
        self.assertEqual(409, self.send(event, timestamp=now)[0], "a replay")
        second = self.event("batch.completed", batches[1]["id"])
        self.assertEqual(200, self.send(second, webhook_id="wh_2")[0], "of what has ended already")
        after = self.get("evaluations/e")
        self.assertEqual((ended["etag"], ended["usage"]), (after["etag"], after["usage"]))
        self.assertEqual(0, self.sandbox.requests_to("POST /chat/completions"))

    def test_what_means_nothing_here_is_taken_and_what_is_malformed_is_not(self):
        self.start_polling_rarely()
        self.assertEqual(200, self.send(self.event("fine_tuning.job.failed", "ftjob-other"), "wh_1")[0])
        self.assertEqual(200, self.send(self.event("response.completed", "resp_1"), "wh_2")[0])
        self.assertEqual(400, self.send("no JSON", "wh_3")[0])
        self.assertEqual(400, self.fetch("/webhooks/sandbox", b"{}")[0])
        samples = self.metrics()
        self.assertEqual(1, self.total(samples, "tunegate_webhooks_total", outcome="unknown"))
        self.assertEqual(1, self.total(samples, "tunegate_webhooks_total", outcome="ignored"))
        self.assertEqual(2, self.total(samples, "tunegate_webhooks_total", outcome="refused"))

    def test_secret_that_is_none_is_refused_at_the_start_and_not_shown(self):
        self.sandbox.run()
        self.make_server(self.sandbox.base_url)
        secret = self.path("webhook.secret", "hunter2hunter2hunter2")
        self.server.settings["providers"] = self.server.settings["providers"].replace(
            " sandbox: true", f' sandbox: true webhook_secret_file: "{secret}"')
        output, status = self.server.refuses("--http_listen", "127.0.0.1:0")
        self.assertEqual(1, status)
        self.assertIn("webhook_secret_file", output)
        self.assertNotIn("hunter2", output)


class DoctorTest(OperatorTest):

    def doctor(self, code):
        """The diagnoses, by what was looked at."""
        found = {}
        for each in self.tunegate("doctor", code=code).message()["diagnoses"]:
            found.setdefault(each["check"], []).append(each)
        return found

    def test_healthy_server_ends_with_zero(self):
        self.start()
        found = self.doctor(code=0)
        for check in ("config", "store.schema", "store.integrity", "store.size", "provider.key",
                      "clock.skew", "disk.space", "work.paused", "work.blocked"):
            self.assertEqual({"SEVERITY_OK"}, {each["severity"] for each in found[check]}, check)
        self.assertIn("all is well", self.tunegate_text("doctor").out)

    def test_whatever_needs_a_person_ends_with_one_and_a_remedy(self):
        self.start("--api_key", "test-key-0123456789")
        self.tunegate("admin", "pause", "--reason", "the provider bills wrongly")
        paused = self.doctor(code=1)["work.paused"][0]
        self.assertIn("bills wrongly", paused["message"])
        self.assertEqual("tunegate admin resume", paused["remedy"])
        self.tunegate("admin", "resume")

        self.tunegate("workflow", "run", "--id", "w", "--budget-calls", "20", "--detach")
        self.wait_for_state("workflows/w", "BLOCKED")
        blocked = self.doctor(code=1)["work.blocked"]
        self.assertTrue(any("workflows/w" in each["message"] and "BUDGET" in each["message"]
                            for each in blocked), blocked)
        self.assertTrue(all(each.get("remedy") for each in blocked), blocked)
        asked = self.sandbox.requests_to("POST /chat/completions")
        self.doctor(code=1)
        self.assertEqual(asked, self.sandbox.requests_to("POST /chat/completions"), "it spends nothing")

        with open(self.path("provider.key"), "w", encoding="utf-8") as key:
            key.write("another-key-0123456789\n")
        rejected = self.doctor(code=1)["provider.key"][0]
        self.assertEqual("SEVERITY_ERROR", rejected["severity"])
        self.assertIn("valid key", rejected["remedy"])
        self.assertNotIn("another-key", json.dumps(rejected))

        self.sandbox.kill()
        self.assertIn("network", self.doctor(code=1)["provider.key"][0]["remedy"])

    def test_server_that_is_down_is_said_to_be(self):
        self.start()
        self.server.stop()
        found = self.doctor(code=1)
        self.assertEqual(["server.answer"], list(found))
        self.assertIn("start it", found["server.answer"][0]["remedy"])
        text = subprocess.run([CLI, "doctor", "--server", self.server.address], stdout=subprocess.PIPE,
                              text=True, check=False)
        self.assertEqual(1, text.returncode)
        self.assertIn("no server answers", text.stdout)

    def test_sandbox_that_only_its_url_names_is_shown_as_one(self):
        self.sandbox.run()
        self.make_server(self.sandbox.base_url)
        del self.server.settings["providers"]
        self.server.run("--openai_base_url", self.sandbox.base_url,
                        environment={"OPENAI_API_KEY": "test-key-0123456789"})
        self.assertTrue(self.tunegate("admin", "info").message()["providerIsSandbox"])
        self.assertIn("the sandbox", self.tunegate_text("doctor").out)
        # It answers to the names of priced models, and what it does costs nothing.
        plan = self.tunegate("workflow", "run", "--model", "gpt-4o-mini-2024-07-18", "--dry-run")
        self.assertNotIn("quote", plan.message()["workflow"]["plan"])


class LogTest(OperatorTest):

    def test_json_lines_parse_and_name_request_and_resource(self):
        self.sandbox.run()
        self.make_server(self.sandbox.base_url).run("--log_format", "json")
        self.tunegate("job", "show", "nobody", code=64 + 5)
        self.tunegate("dataset", "list", "--filter", "nonsense", code=64 + 3)
        self.sandbox.set_faults({"on": "POST /fine_tuning/jobs", "times": 2, "do": {"status": 503}})
        self.tunegate("workflow", "run", "--id", "w", code=None)
        lines = [json.loads(line) for line in self.server.output().splitlines()
                 if not line.startswith("listening on ")]
        for line in lines:
            self.assertLessEqual({"time", "level", "message"}, set(line))
        failed = [line for line in lines if line["message"] == "call failed"]
        self.assertEqual(["GetJob", "ListDatasets"], [line["method"] for line in failed[:2]])
        self.assertEqual("jobs/nobody", failed[0]["resource"])
        self.assertEqual("RESOURCE_NOT_FOUND", failed[0]["reason"])
        ids = [line["request_id"] for line in failed]
        self.assertEqual(len(ids), len(set(ids)))
        doubted = [line for line in lines if "unknown outcome" in line["message"]]
        self.assertTrue(doubted)
        self.assertTrue(all(line["resource"].startswith("jobs/") and line["attempt"] > 0
                            for line in doubted), doubted)
        self.assertNotIn("test-key-0123456789", self.server.output())

    def test_unknown_format_is_refused(self):
        self.sandbox.run()
        self.make_server(self.sandbox.base_url)
        output, status = self.server.refuses("--log_format", "yaml")
        self.assertEqual(1, status)
        self.assertIn("log_format", output)


if __name__ == "__main__":
    unittest.main()
