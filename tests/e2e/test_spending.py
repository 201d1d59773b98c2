"""Nothing is spent that was not allowed: budgets, and the switch that stops all of it."""

import unittest

from tests.e2e.product import VERDICT_OF_EXIT, ProductTest, wait_until


class SpendingTest(ProductTest):

    def test_budget_blocks_and_a_larger_one_goes_on(self):
        self.start()
        self.tunegate("workflow", "run", "--id", "w", "--budget-calls", "40", "--detach")
        workflow = self.wait_for_state("workflows/w", "BLOCKED", "FAILED", "SUCCEEDED")
        self.assertEqual("STATE_BLOCKED", workflow["state"], workflow.get("failure"))
        self.assertIn("BUDGET", workflow["failure"]["reason"])
        self.assertIn("resume", workflow["failure"]["remedy"])
        self.assertLessEqual(self.sandbox.requests_to("POST /chat/completions"), 40)
        asked_before = self.sandbox.requests_to("POST /chat/completions")
        resumed = self.tunegate("workflow", "resume", "w", "--budget-calls", "5000", "--watch",
                                code=None)
        self.assertIn(resumed.code, VERDICT_OF_EXIT, resumed.err)
        # 100 for the baseline alone and 200 for both: none of the first 40 is asked again.
        self.assertLessEqual(self.sandbox.requests_to("POST /chat/completions"), 300)
        self.assertGreater(self.sandbox.requests_to("POST /chat/completions"), asked_before)

    def test_pause_stops_spending_over_a_restart_until_resume(self):
        self.start("--chat_latency_ms", "50")
        self.tunegate("workflow", "run", "--id", "w", "--detach")
        wait_until(lambda: self.sandbox.requests_to("POST /chat/completions") >= 5, "some calls")
        self.tunegate("admin", "pause", "--reason", "the provider bills wrongly")
        asked = self.quiet_count()
        self.assertLess(asked, 300)
        self.assertTrue(self.tunegate("admin", "info").message()["workPaused"])
        self.server.kill()
        self.server.run()
        info = self.tunegate("admin", "info").message()
        self.assertEqual("the provider bills wrongly", info["workPausedReason"])
        # Reads and new wishes work as before; only nothing is spent on them.
        self.tunegate("workflow", "run", "--id", "second", "--detach")
        self.assertEqual(asked, self.quiet_count())
        self.tunegate("admin", "resume")
        for name in ("workflows/w", "workflows/second"):
            ended = self.wait_for_state(name, "SUCCEEDED", "FAILED")
            self.assertEqual("STATE_SUCCEEDED", ended["state"], ended.get("failure"))

    def quiet_count(self):
        """The number of chat calls, once twenty looks in a row found no new one."""
        counts = []

        def quiet():
            counts.append(self.sandbox.requests_to("POST /chat/completions"))
            return len(counts) >= 20 and len(set(counts[-20:])) == 1

        wait_until(quiet, "the calls to stop")
        return counts[-1]


if __name__ == "__main__":
    unittest.main()
