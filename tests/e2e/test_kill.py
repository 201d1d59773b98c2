"""The server dies by SIGKILL in the middle of a workflow, is started again, and goes on."""

import unittest

from tests.e2e.product import VERDICT_OF_EXIT, ProductTest, event_key, free_port, wait_until


class KillTest(ProductTest):

    def start_workflow(self, *sandbox_flags, faults=()):
        """Sandbox, server on a port of its own, a subscriber from the log's begin, a workflow."""
        self.sandbox.run(*sandbox_flags)
        self.sandbox.set_faults(*faults)
        self.make_server(self.sandbox.base_url).run("--listen", f"127.0.0.1:{free_port()}")
        self.subscriber = self.watch("--after", "0")
        self.tunegate("workflow", "run", "--id", "w", "--seed", "1", "--epochs", "1", "--batch", "1",
                      "--detach")

    def wait_for_event(self, matches, what):
        return wait_until(lambda: next((e for e in self.subscriber.events() if matches(e)), None), what)

    def kill_and_restart(self):
        self.server.kill()
        self.server.run()

    def assert_ends_well(self):
        """A verdict, one job at the provider, every event once and in order."""
        ended = self.wait_for_state("workflows/w", "SUCCEEDED", "FAILED")
        if ended["state"] != "STATE_SUCCEEDED":
            self.fail(f"{ended['failure']}; its job: {self.get(ended['job']) if 'job' in ended else None};"
                      f"\nprovider's jobs: {self.sandbox.jobs()}\nserver:\n{self.server.output()}")
        self.assertIn(ended["verdict"], [f"VERDICT_{v}" for v in VERDICT_OF_EXIT.values()])
        self.assertEqual(["succeeded"], [job["status"] for job in self.sandbox.jobs()])
        report = self.get(ended["evaluation"])["report"]
        self.assertEqual("100", report["exampleCount"])
        self.assert_stream_is_whole(self.subscriber)

    def test_kill_during_upload(self):
        # The file is taken, and its answer is on its way when the server dies.
        self.start_workflow(faults=[{"on": "POST /files", "times": 1, "do": {"delay_ms": 2000}}])
        wait_until(lambda: self.sandbox.requests_to("POST /files") > 0, "the first upload")
        self.kill_and_restart()
        self.assert_ends_well()

    def test_kill_while_the_job_is_created(self):
        self.start_workflow(
            faults=[{"on": "POST /fine_tuning/jobs", "times": 1, "do": {"delay_ms": 2000}}])
        wait_until(lambda: self.sandbox.requests_to("POST /fine_tuning/jobs") > 0, "the creation")
        self.kill_and_restart()
        self.assert_ends_well()

    def test_kill_during_training(self):
        self.start_workflow("--train_ms_per_step", "20")
        steps = self.random.randrange(1, 200)
        self.wait_for_event(lambda e: int(e.get("job", {}).get("progress", {}).get("done", 0)) >= steps,
                            f"step {steps} of the training")
        self.kill_and_restart()
        self.assert_ends_well()

    def test_kill_during_evaluation(self):
        self.start_workflow("--chat_latency_ms", "100")
        answers = self.random.randrange(1, 150)
        self.wait_for_event(lambda e: "candidate" in e.get("evaluation", {})
                            and int(e["evaluation"].get("progress", {}).get("done", 0)) >= answers,
                            f"answer {answers} of the evaluation")
        before = self.sandbox.requests_to("POST /chat/completions")
        self.kill_and_restart()
        self.assert_ends_well()
        # A recorded answer is never asked for again; what was in flight may be, and is counted.
        evaluation = self.get(self.get("workflows/w")["evaluation"])
        repeated = int(evaluation["usage"].get("maybeRepeatedCalls", 0))
        asked = self.sandbox.requests_to("POST /chat/completions")
        self.assertLessEqual(asked, 300 + repeated)
        self.assertGreater(asked, before)

    def test_kill_twice_at_any_moment(self):
        self.start_workflow("--train_ms_per_step", "5", "--chat_latency_ms", "20")
        for _ in range(2):
            position = self.subscriber.position() + self.random.randrange(1, 20)
            wait_until(lambda p=position: self.subscriber.position() >= p, f"position {position}")
            self.kill_and_restart()
        self.assert_ends_well()

    def test_stopped_server_is_started_again(self):
        self.start_workflow("--train_ms_per_step", "20")
        self.wait_for_event(lambda e: int(e.get("job", {}).get("progress", {}).get("done", 0)) >= 1,
                            "the training to begin")
        self.assertEqual(0, self.server.stop())
        self.server.run()
        self.assert_ends_well()

    def test_subscriber_that_left_goes_on_at_its_position(self):
        self.start_workflow("--train_ms_per_step", "20")
        wait_until(lambda: len(self.subscriber.events()) >= 5, "five events")
        self.subscriber.kill()
        seen, position = self.subscriber.events(), self.subscriber.position()
        self.kill_and_restart()
        self.wait_for_state("workflows/w", "SUCCEEDED")
        last = int(self.stored_events()[-1]["position"])
        second = self.watch("--after", str(position))
        wait_until(lambda: second.position() >= last, "the second subscriber to catch up")
        self.assertEqual([event_key(event) for event in self.stored_events()],
                         [event_key(event) for event in seen + second.events()])


if __name__ == "__main__":
    unittest.main()
