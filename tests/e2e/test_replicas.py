"""Three servers on one PostgreSQL: any of them may die, stop for a while or have a wrong clock, and the
database may restart; workflows end well, and a watcher on any server sees every event of all."""

import datetime
import signal
import subprocess
import time
import unittest

from tests.e2e.product import wait_until
from tests.e2e.replicas import ReplicasCase


class ReplicasTest(ReplicasCase):

    def test_workflow_that_three_servers_share_ends_well(self):
        self.start_replicas("--train_ms_per_step", "5")
        self.use(self.replicas[0])
        self.start_workflow()
        self.use(self.replicas[2])
        self.assert_ends_well()

    def test_another_takes_over_within_the_lease_and_a_second_when_the_worker_is_killed(self):
        self.start_replicas("--chat_latency_ms", "300")
        self.start_workflow()
        name, worker = self.wait_for_evaluation()
        worker.kill()
        self.use(self.other_than(worker))
        self.assertLessEqual(self.wait_for_takeover(name, worker), 1)
        self.assert_ends_well()

    def test_holder_that_was_stopped_and_revived_cannot_write(self):
        self.start_replicas("--chat_latency_ms", "300")
        self.start_workflow()
        name, stopped = self.wait_for_evaluation()
        stopped.process.send_signal(signal.SIGSTOP)
        self.addCleanup(stopped.process.send_signal, signal.SIGCONT)
        self.use(self.other_than(stopped))
        self.wait_for_takeover(name, stopped)
        self.wait_for_state("workflows/w", "SUCCEEDED", "FAILED")
        before = self.stored_events()
        stopped.process.send_signal(signal.SIGCONT)
        wait_until(lambda: "another holds its lease now" in stopped.output(),
                   "the stopped server to notice that it lost its lease")
        self.assertEqual(before, self.stored_events())
        self.assert_ends_well()

    def test_database_that_restarts_in_the_middle_delays_and_breaks_nothing(self):
        self.start_replicas("--train_ms_per_step", "10", "--chat_latency_ms", "50")
        self.start_workflow()
        wait_until(lambda: self.sandbox.jobs(), "the provider's job")
        self.postgres.restart()
        self.wait_for_evaluation()
        self.postgres.restart()
        self.assert_ends_well()

    def test_clocks_that_are_wrong_by_a_minute_do_no_harm(self):
        shim = self.path("skewed_clock.so")
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", shim, "tests/e2e/skewed_clock.c", "-ldl"],
                       check=True)
        # A sanitizer's library would want to be the first.
        skewed = {"LD_PRELOAD": shim, "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
        self.start_replicas(environments=({**skewed, "CLOCK_SKEW_SECONDS": "-60"}, {},
                                          {**skewed, "CLOCK_SKEW_SECONDS": "60"}))
        # Whoever believed that the settle time is over already would make a second job.
        self.sandbox.set_faults({"on": "POST /fine_tuning/jobs", "times": 1, "do": {"reset": "after"}},
                                {"on": "GET /fine_tuning/jobs", "do": {"late_seconds": 3}})
        self.start_workflow()
        self.assert_ends_well()
        now = time.time()
        for event in self.stored_events():
            self.assertLess(abs(moment(event["time"]) - now), 50, "no server's own clock shows")
        self.assert_logs_are_skewed()

    def assert_logs_are_skewed(self):
        """The lines of the log are by each machine's clock: so the clocks were wrong indeed."""
        first = [moment(replica.output().split()[0]) for replica in self.replicas]
        self.assertGreater(first[2] - first[0], 100)


def moment(text):
    """Seconds of a timestamp of protobuf's JSON, or of the log's."""
    return datetime.datetime.fromisoformat(text.split(".")[0].rstrip("Z") + "+00:00").timestamp()


if __name__ == "__main__":
    unittest.main()
