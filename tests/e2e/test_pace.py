"""How an evaluation asks: within its limits, not again what was asked, and with confidences."""

import time

from tests.e2e.product import ProductTest, wait_until

CHAT = "POST /chat/completions"
SNAPSHOT = "gpt-4o-mini-2024-07-18"


class PaceTest(ProductTest):

    def setUp(self):
        super().setUp()
        self.start()
        self.tunegate("task", "create", "tests/data/library_desk.textproto", "--id", "desk")
        with open("tests/data/library_desk_train.tsv", encoding="utf-8") as file:
            lines = file.read().splitlines()
        text = "".join(f"{lines[i % len(lines)]} (number {i})\n" for i in range(30))
        self.tunegate("dataset", "import", self.path("desk.tsv", text), "--task", "desk", "--split",
                      "validation", "--headerless", "--columns", "1=assistant,2=user", "--id", "desk")

    def evaluate(self, name, *options):
        self.tunegate("eval", "create", "--id", name, "--test", "desk", *options)
        evaluation = self.wait_for_state(f"evaluations/{name}", "SUCCEEDED", "FAILED", "BLOCKED")
        self.assertEqual("STATE_SUCCEEDED", evaluation["state"], evaluation.get("failure"))
        return evaluation

    def test_answers_of_a_snapshot_are_not_asked_again(self):
        self.evaluate("first", "--baseline", SNAPSHOT)
        asked = self.sandbox.requests_to(CHAT)
        # The server's configuration is the same after a restart, and so is the endpoint.
        self.server.stop()
        self.server.run()
        second = self.evaluate("second", "--baseline", SNAPSHOT, "--candidate", "gpt-4o-mini",
                               "--reuse")
        self.assertEqual(30, self.sandbox.requests_to(CHAT) - asked)
        self.assertEqual(30, int(second["report"]["baselineUsage"]["reused"]))
        self.assertEqual(0, int(second["report"]["candidateUsage"].get("reused", 0)))
        self.assertEqual(30, second["progress"]["figures"]["reused_answers"])
        self.assertNotIn("latencyRatio", second["report"])
        warnings = "\n".join(second["report"]["warnings"])
        self.assertIn("30 answers of the baseline were taken from earlier evaluations", warnings)
        self.assertIn("gpt-4o-mini is no dated snapshot", warnings)

    def test_a_minute_has_no_more_requests_than_the_limit(self):
        self.tunegate("eval", "create", "--id", "slow", "--test", "desk", "--baseline", SNAPSHOT,
                      "--rpm", "10")
        wait_until(lambda: self.sandbox.requests_to(CHAT) >= 10, "the minute's requests")
        time.sleep(2)
        self.assertEqual(10, self.sandbox.requests_to(CHAT))
        # A restart does not begin a new minute.
        self.server.stop()
        self.server.run()
        wait_until(lambda: self.get("evaluations/slow")["state"] == "STATE_RUNNING", "the restart")
        time.sleep(2)
        self.assertEqual(10, self.sandbox.requests_to(CHAT))
        self.tunegate("eval", "cancel", "evaluations/slow")
        self.wait_for_state("evaluations/slow", "CANCELLED")

    def test_confidences_come_from_the_model_itself(self):
        evaluation = self.evaluate("sure", "--baseline", SNAPSHOT, "--logprobs")
        calibration = evaluation["report"]["calibrations"][0]
        self.assertEqual(30, int(calibration["count"]))
        self.assertTrue(0 <= calibration["expectedCalibrationError"] <= 1)
        first = self.tunegate("eval", "results", "evaluations/sure").message()["results"][0]
        self.assertTrue(0 < first["baseline"]["confidence"] <= 1)
