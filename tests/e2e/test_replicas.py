"""Three servers on one PostgreSQL: any of them may die, stop for a while or have a wrong clock, and the
database may restart; workflows end well, and a watcher on any server sees every event of all."""

import datetime
import signal
import subprocess
import time
import unittest

from tests.e2e.product import VERDICT_OF_EXIT, ProductTest, wait_until

LEASE_SECONDS = 3


class ReplicasTest(ProductTest):

    def start_replicas(self, *sandbox_flags, environments=({}, {}, {})):
        """Sandbox, database, three servers, and a subscriber of each from the log's begin."""
        self.postgres = self.start_postgres()
        self.sandbox.run(*sandbox_flags)
        self.replicas = []
        for number, environment in enumerate(environments, start=1):
            server = self.make_server(self.sandbox.base_url, f"replica-{number}",
                                      store=f'"{self.postgres.url}"',
                                      lease_duration=f"{{ seconds: {LEASE_SECONDS} }}",
                                      job_settle_time="{ seconds: 10 }")
            server.run(environment=environment)
            self.replicas.append(server)
        self.subscribers = {}
        for replica in self.replicas:
            self.server = replica
            self.subscribers[replica.name] = self.watch("--after", "0")

    def start_workflow(self, *arguments):
        self.tunegate("workflow", "run", "--id", "w", "--seed", "1", "--epochs", "1", "--batch", "1",
                      "--detach", *arguments)

    def wait_for_evaluation(self):
        """Waits until a server asks models, which it does under one lease; returns (name, server)."""

        def look():
            rows = self.postgres.ask(
                "SELECT name, lease_owner FROM tunegate.work JOIN tunegate.rows ON parent = name "
                "WHERE kind = 'evaluations' AND lease_owner <> '' AND stream = 'calls' LIMIT 1")
            return rows[0] if rows else None

        name, owner = wait_until(look, "a server to hold an evaluation with answers")
        return name, self.replica_of(owner)

    def replica_of(self, owner):
        # HOST-PID-RANDOM
        process = int(owner.split("-")[-2])
        return next(replica for replica in self.replicas if replica.process.pid == process)

    def wait_for_takeover(self, name, dead):
        """Waits until another server holds `name`; by how many seconds that came after the lease's end,
        all by the database's clock."""
        expired = None

        def look():
            nonlocal expired
            row = self.postgres.ask(
                "SELECT lease_owner, extract(epoch FROM lease_expire_time), "
                f"extract(epoch FROM clock_timestamp()) FROM tunegate.work WHERE name = '{name}'")[0]
            if not row[0]:
                return None
            if self.replica_of(row[0]) is dead:
                expired = float(row[1])
                return None
            # Claimed for as long as a lease is, and perhaps renewed since.
            return min(float(row[1]) - LEASE_SECONDS, float(row[2]))

        taken = wait_until(look, f"another server to take over {name}")
        return taken - expired

    def use(self, replica):
        """The one that the CLI speaks to from here on."""
        self.server = replica

    def other_than(self, replica):
        return next(other for other in self.replicas if other is not replica)

    def assert_ends_well(self):
        """A verdict, one job at the provider, and every living server's watcher saw all, in order."""
        ended = self.wait_for_state("workflows/w", "SUCCEEDED", "FAILED")
        if ended["state"] != "STATE_SUCCEEDED":
            logs = "\n".join(f"{replica.name}:\n{replica.output()[-2000:]}" for replica in self.replicas)
            self.fail(f"{ended['failure']}\nprovider's jobs: {self.sandbox.jobs()}\n{logs}")
        self.assertIn(ended["verdict"], [f"VERDICT_{v}" for v in VERDICT_OF_EXIT.values()])
        self.assertEqual(["succeeded"], [job["status"] for job in self.sandbox.jobs()])
        self.assertEqual("100", self.get(ended["evaluation"])["report"]["exampleCount"])
        self.assert_streams_are_whole()

    def assert_streams_are_whole(self):
        stored = self.stored_events()
        positions = sorted({int(event["position"]) for event in stored})
        self.assertEqual(list(range(1, len(positions) + 1)), positions, "gapless")
        times = [event["time"] for event in stored]
        self.assertEqual(sorted(times), times, "one clock")
        for replica in self.replicas:
            if replica.process.poll() is not None:
                continue
            subscriber = self.subscribers[replica.name]
            wait_until(lambda s=subscriber: s.position() >= positions[-1],
                       f"the watcher on {replica.name}; it said:\n{subscriber.errors()}")
            seen = subscriber.events()[:len(stored)]
            self.assertEqual([key(event) for event in stored], [key(event) for event in seen])

    def stored_events(self):
        events, token = [], []
        while True:
            page = self.tunegate("event", "list", "--after", "0", "--limit", "1000", *token).message()
            events += page.get("events", [])
            if not page.get("nextPageToken"):
                return events
            token = ["--page-token", page["nextPageToken"]]

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


def key(event):
    """What tells events apart."""
    return (event["position"], event["resource"], event["type"], event.get("message", ""))


def moment(text):
    """Seconds of a timestamp of protobuf's JSON, or of the log's."""
    return datetime.datetime.fromisoformat(text.split(".")[0].rstrip("Z") + "+00:00").timestamp()


if __name__ == "__main__":
    unittest.main()
