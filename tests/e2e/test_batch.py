"""Evaluations in batch mode, through the real programs: the same figures as call by call, and one
batch an intent whatever dies."""

import collections
import unittest

from tests.e2e.product import ProductTest, wait_until

class BatchTest(ProductTest):

    candidate = "gpt-4o-mini"

    def make_test_set(self, count):
        self.tunegate("dataset", "generate", "--id", "d", "--seed", "1", "--train", "60",
                      "--validation", "20", "--test", str(count))
        return next(d["name"] for d in self.tunegate("dataset", "list").message()["datasets"]
                    if d["split"] == "SPLIT_TEST")

    def create(self, name, *options):
        self.tunegate("eval", "create", "--id", name, "--test", self.test_set, "--baseline",
                      "sandbox-keyword-1", "--candidate", self.candidate, "--seed", "3", *options)
        return f"evaluations/{name}"

    def batches(self):
        return self.sandbox.ask("/batches?limit=100")["data"]

    def results(self, name):
        """What each arm said to each example, and whether it was right."""
        listed = []
        token = []
        while True:
            page = self.tunegate("eval", "results", name, "--limit", "1000", *token).message()
            listed += page.get("results", [])
            if not page.get("nextPageToken"):
                return {r["exampleId"]: [(r[arm].get("text"), r[arm].get("overallRight", False))
                                         for arm in ("baseline", "candidate")] for r in listed}
            token = ["--page-token", page["nextPageToken"]]

    def assert_one_batch_an_intent(self, count):
        by_intent = collections.Counter(b["metadata"]["tunegate_intent"] for b in self.batches())
        self.assertEqual(count, len(by_intent), by_intent)
        self.assertEqual({1}, set(by_intent.values()), by_intent)

    def assert_no_files(self):
        self.assertEqual([], [f for f in self.sandbox.files() if f["purpose"].startswith("batch")])

    def assert_same_as_call_by_call(self, name):
        one_by_one = self.create("one-by-one")
        self.wait_for_state(one_by_one, "SUCCEEDED")
        self.assertEqual(self.results(one_by_one), self.results(name))

    def test_same_figures_as_call_by_call_and_no_response_times(self):
        self.start()
        self.test_set = self.make_test_set(80)
        self.tunegate("job", "create", "--id", "j", "--train", "d-train", "--epochs", "1", "--batch", "1")
        self.wait_for_state("jobs/j", "SUCCEEDED")
        self.candidate = "jobs/j"
        name = self.create("batched", "--mode", "batch")
        ended = self.wait_for_state(name, "SUCCEEDED", "FAILED", "BLOCKED")
        self.assertEqual("STATE_SUCCEEDED", ended["state"], ended)
        self.assertEqual("MODE_BATCH", ended["mode"])
        self.assertEqual("160", ended["usage"]["calls"])
        self.assertEqual(0, self.sandbox.requests_to("POST /chat/completions"))
        self.assert_one_batch_an_intent(2)
        self.assertEqual({"completed"}, {batch["status"] for batch in self.batches()})
        self.assert_no_files()
        self.assert_same_as_call_by_call(name)
        shown = self.tunegate_text("eval", "show", name).out
        self.assertIn("in batches", shown)
        self.assert_latency_is_skipped(name)

    def assert_latency_is_skipped(self, name):
        decision = self.tunegate("decision", "create", name, code=None).message()["decision"]
        latency = [c for c in decision["criteria"] if "latency" in c["criterionId"]]
        self.assertTrue(latency, decision["criteria"])
        for criterion in latency:
            self.assertEqual("OUTCOME_SKIPPED", criterion["outcome"], criterion)
            self.assertIn("came in batches", criterion["explanation"])

    def test_kill_at_any_moment_leaves_one_batch_an_intent(self):
        self.start("--batch_ms_per_line", "20")
        self.test_set = self.make_test_set(80)
        name = self.create("batched", "--mode", "batch")
        for _ in range(4):
            told = self.events_of(name) + self.random.randrange(1, 4)
            wait_until(lambda t=told: self.events_of(name) >= t
                       or self.get(name)["state"] == "STATE_SUCCEEDED", f"event {told}")
            self.server.kill()
            self.server.run()
        self.wait_for_state(name, "SUCCEEDED")
        self.assert_one_batch_an_intent(2)
        self.assert_no_files()
        evaluation = self.get(name)
        self.assertEqual("160", evaluation["usage"]["calls"])
        self.assertEqual("160", evaluation["progress"]["done"])
        self.assert_same_as_call_by_call(name)

    def events_of(self, name):
        return sum(event["resource"] == name for event in self.stored_events())

    def test_kill_while_a_batch_is_created(self):
        self.sandbox.run()
        self.sandbox.set_faults({"on": "POST /batches", "times": 1, "do": {"delay_ms": 2000}})
        self.start_server(self.sandbox.base_url)
        self.test_set = self.make_test_set(40)
        name = self.create("batched", "--mode", "batch")
        wait_until(lambda: self.sandbox.requests_to("POST /batches") > 0, "the creation")
        self.server.kill()
        self.server.run()
        self.wait_for_state(name, "SUCCEEDED")
        self.assert_one_batch_an_intent(2)

    def test_batch_whose_answer_was_lost_is_found_in_a_late_list(self):
        self.sandbox.run()
        self.sandbox.set_faults(
            {"on": "POST /batches", "times": 2, "do": {"reset": "after"}},
            {"on": "GET /batches", "do": {"late_seconds": 2}})
        self.start_server(self.sandbox.base_url, job_settle_time="{ seconds: 10 }")
        self.test_set = self.make_test_set(40)
        name = self.create("batched", "--mode", "batch")
        self.wait_for_state(name, "SUCCEEDED")
        self.sandbox.set_faults()
        self.assert_one_batch_an_intent(2)
        self.assertNotIn("maybeRepeatedCalls", self.get(name)["usage"])

    def test_lines_that_expire_or_vanish_are_asked_again(self):
        self.sandbox.run()
        self.sandbox.set_faults(
            {"on": "POST /batches", "times": 1, "do": {"batch": {"expire_after": 25}}},
            {"on": "POST /batches", "after": 1, "times": 1, "do": {"batch": {"drop_every": 4}}})
        self.start_server(self.sandbox.base_url)
        self.test_set = self.make_test_set(40)
        name = self.create("batched", "--mode", "batch")
        self.wait_for_state(name, "SUCCEEDED")
        lines = sorted(batch["request_counts"]["total"] for batch in self.batches())
        self.assertEqual([10, 15, 40, 40], lines)
        self.assertEqual("105", self.get(name)["usage"]["calls"])
        self.sandbox.set_faults()
        self.assert_same_as_call_by_call(name)

    def test_a_rejected_file_fails_in_the_providers_words(self):
        self.sandbox.run()
        self.sandbox.set_faults({"on": "POST /batches", "times": 1, "do": {"batch": {"fail": {
            "code": "invalid_custom_id", "message": "custom_id has a comma."}}}})
        self.start_server(self.sandbox.base_url)
        self.test_set = self.make_test_set(40)
        name = self.create("batched", "--mode", "batch")
        failed = self.wait_for_state(name, "FAILED", "SUCCEEDED")
        self.assertEqual("BATCH_REJECTED", failed["failure"]["reason"])
        self.assertIn("custom_id has a comma.", failed["failure"]["message"])
        self.assert_no_files()

    def test_cancel_calls_off_the_batches(self):
        self.start("--batch_ms_per_line", "100")
        self.test_set = self.make_test_set(80)
        name = self.create("batched", "--mode", "batch")
        wait_until(lambda: any(b["status"] == "in_progress" for b in self.batches()), "a batch")
        self.tunegate("eval", "cancel", name)
        ended = self.wait_for_state(name, "CANCELLED")
        self.assertEqual({"cancelled"}, {batch["status"] for batch in self.batches()})
        answered = sum(batch["request_counts"]["completed"] for batch in self.batches())
        self.assertEqual(answered, int(ended["progress"].get("done", 0)))
        self.assert_no_files()


if __name__ == "__main__":
    unittest.main()
