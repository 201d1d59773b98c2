"""Servers are told to stop while clients call and watch: nobody with the published service config loses
a call, every watcher sees every event once, and a server ends in bounded time whatever hangs."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from tests import programs
from tests.e2e.product import CLI, ProductTest, Program, wait_until
from tests.e2e.replicas import ReplicasCase

NODE_EXAMPLE = "client/examples/node"
DRAIN_SECONDS = 6
# Work that waits for no lease of a server that drained goes on long before this.
LONG_LEASE_SECONDS = 120
# What a busy machine may add to the drain.
SLACK_SECONDS = 15
UNAVAILABLE = 64 + 14


def fetch(server, path):
    """Status and text of what the operator's port answers."""
    prefix = "metrics and webhooks on "
    address = next(line.removeprefix(prefix) for line in server.output().splitlines()
                   if line.startswith(prefix))
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class SteadyCallers(Program):
    """Clients in a process of their own that call and watch until they are told to stop."""

    def __init__(self, name, folder, command):
        super().__init__(name, folder)
        self.events_file = os.path.join(folder, f"{name}.events")
        self._command = [*command, "--events", self.events_file]

    def run(self):
        self.launch(self._command)
        wait_until(lambda: self.process.poll() is not None or "steady" in self.output(),
                   f"{self.name} to call; it said:\n{self.output()}")
        return self

    def finish(self):
        """Stops it: what it did, as it says."""
        if self.stop() != 0:
            raise AssertionError(f"{self.name}:\n{self.output()}")
        return json.loads(self.output().splitlines()[-1])

    def events(self, watcher=0):
        """What a watcher was told: (position, resource) of every event, in order."""
        with open(f"{self.events_file}.{watcher}", encoding="utf-8") as lines:
            return [tuple(line.split()[:2]) for line in lines]

    def position(self, watcher):
        """Of the last event that a watcher has written down whole; 0 before the first."""
        with open(f"{self.events_file}.{watcher}", encoding="utf-8") as file:
            whole = file.read().split("\n")[:-1]
        return int(whole[-1].split()[0]) if whole else 0


class RollingRestartTest(ReplicasCase):

    def start_callers(self):
        """The two gRPCs: the C++ client library, and npm's @grpc/grpc-js."""
        packages = subprocess.run(["tests/npm_packages", NODE_EXAMPLE], stdout=subprocess.PIPE, text=True,
                                  check=True).stdout.strip()
        folder = self.path("node")
        os.mkdir(folder)
        shutil.copy("tests/drain/steady_callers.mjs", folder)
        os.symlink(os.path.join(packages, "node_modules"), os.path.join(folder, "node_modules"))
        server = ["--server", self.all_addresses()]
        self.callers = [
            SteadyCallers("cpp", self.folder, [programs.path_of("//tests/drain:steady_callers"), *server]),
            SteadyCallers("node", self.folder, ["node", os.path.join(folder, "steady_callers.mjs"), *server,
                                                "--protos", os.path.abspath("proto")])]
        for callers in self.callers:
            self._programs.append(callers)
            callers.run()

    def restart(self, replica):
        """As an operator does it, once the others have work to do; how long the drain took."""
        begin = time.monotonic()
        self.assertEqual(0, replica.stop(), replica.output())
        took = time.monotonic() - begin
        self.use(self.other_than(replica))
        self.wait_for_positions(100)
        replica.run()
        self.wait_for_positions(100)
        return took

    def newest_position(self):
        return int(self.postgres.ask("SELECT newest_position FROM tunegate.meta")[0][0])

    def wait_for_positions(self, count):
        """Until the log has grown by so many: the clients go on."""
        goal = self.newest_position() + count
        wait_until(lambda: self.newest_position() >= goal, f"position {goal}")

    def watchers(self):
        """Whoever watches, as (clients, number)."""
        return [(self.callers[0], 0), (self.callers[0], 1), (self.callers[1], 0)]

    def wait_for_watchers(self):
        """Until each has been told all that there is now: one that hangs has seen nothing wrong."""
        goal = self.newest_position()
        for callers, watcher in self.watchers():
            wait_until(lambda c=callers, w=watcher: c.position(w) >= goal,
                       f"watcher {watcher} of {callers.name} to be told of position {goal}")

    def test_no_client_loses_a_call_and_no_watcher_an_event(self):
        self.start_replicas("--train_ms_per_step", "5", "--chat_latency_ms", "50",
                            drain_time=f"{{ seconds: {DRAIN_SECONDS} }}")
        self.start_callers()
        self.start_workflow()
        drains = [self.restart(replica) for _ in range(2) for replica in self.replicas]
        self.use(self.replicas[0])
        self.wait_for_watchers()
        tallies = [callers.finish() for callers in self.callers]
        for tally in tallies:
            self.assertEqual([], tally["failures"])
            self.assertGreater(tally["streams_lost"], 0, "streams were ended by draining servers")
        self.assertGreater(tallies[1]["told_position"], 0, "and said where to go on")
        self.assertLess(max(drains), DRAIN_SECONDS + SLACK_SECONDS)
        # Whatever was repeated: one task each, beside the built-in one.
        made = self.postgres.ask("SELECT count(*) FROM tunegate.resources WHERE kind = 'tasks'")
        self.assertEqual(sum(tally["created"] for tally in tallies), int(made[0][0]))
        self.assert_ends_well()
        self.assert_watchers_saw_all()

    def assert_watchers_saw_all(self):
        stored = [(event["position"], event["resource"]) for event in self.stored_events()]
        for callers, watcher in self.watchers():
            seen = callers.events(watcher)
            self.assertGreater(len(seen), 100)
            self.assertEqual(stored[:len(seen)], seen)


class StuckTest(ReplicasCase):
    """What hangs ends with the drain, and others go on with what was left."""

    def start_stuck(self, *sandbox_flags, faults=()):
        self.start_replicas(*sandbox_flags, drain_time=f"{{ seconds: {DRAIN_SECONDS} }}",
                            lease_duration=f"{{ seconds: {LONG_LEASE_SECONDS} }}",
                            http_listen='"127.0.0.1:0"')
        self.sandbox.set_faults(*faults)
        self.start_workflow()

    def wait_for_upload(self):
        """Waits until only the upload that hangs is under way; returns (name, server)."""
        def look():
            rows = self.postgres.ask("SELECT name, lease_owner FROM tunegate.work "
                                     "WHERE kind = 'datasets' AND lease_owner <> ''")
            return rows[0] if len(rows) == 1 else None
        wait_until(lambda: len(self.sandbox.files()) == 2, "both files to arrive")
        name, owner = wait_until(look, "the upload that hangs to be the only one")
        return name, self.replica_of(owner)

    def terminate(self, server):
        """SIGTERM, without waiting."""
        server.process.send_signal(signal.SIGTERM)
        return time.monotonic()

    def freeze(self, process):
        os.kill(process, signal.SIGSTOP)
        self.addCleanup(os.kill, process, signal.SIGCONT)

    def hang_a_call(self, server):
        """Freezes the whole database, so that no new connection helps either, and calls."""
        with open(os.path.join(self.postgres.directory, "data/postmaster.pid"), encoding="utf-8") as file:
            postmaster = int(file.readline())
        self.freeze(postmaster)
        with open(f"/proc/{postmaster}/task/{postmaster}/children", encoding="utf-8") as file:
            children = file.read().split()
        for child in children:
            self.freeze(int(child))
        call = subprocess.Popen([CLI, "workflow", "list", "--server", server.address],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(call.wait)
        self.addCleanup(call.kill)
        # Beside its subscriber's.
        wait_until(lambda: "tunegate_rpc_in_flight 2" in fetch(server, "/metrics")[1], "the call")

    def attempts(self, name):
        """How often a piece of work was claimed."""
        return int(self.postgres.ask(f"SELECT attempt FROM tunegate.work WHERE name = '{name}'")[0][0])

    def assert_taken_at_once(self, name, worker, attempts, begin):
        """Another server took it, long before the lease would have run out, and all ends well."""
        wait_until(lambda: self.attempts(name) > attempts, f"another server to take {name}")
        taken_after = time.monotonic() - begin
        self.assertLess(taken_after, DRAIN_SECONDS + SLACK_SECONDS)
        self.assertEqual(0, worker.wait(), worker.output())
        self.assertLess(time.monotonic() - begin, DRAIN_SECONDS + SLACK_SECONDS)
        self.use(self.other_than(worker))
        self.assert_ends_well()

    def test_evaluation_of_a_server_that_drains_is_taken_at_once(self):
        self.start_stuck("--chat_latency_ms", "300")
        name, worker = self.wait_for_evaluation()
        self.assert_taken_at_once(name, worker, self.attempts(name), self.terminate(worker))
        evaluation = self.get(self.get("workflows/w")["evaluation"])
        self.assertEqual("0", evaluation["usage"].get("maybeRepeatedCalls", "0"),
                         "calls in flight were waited for")

    def test_call_that_hangs_at_the_provider_is_broken_off_and_others_go_on_at_once(self):
        self.start_stuck(faults=[{"on": "POST /files", "times": 1,
                                  "do": {"delay_ms": 1000 * LONG_LEASE_SECONDS}}])
        name, worker = self.wait_for_upload()
        attempts = self.attempts(name)
        begin = self.terminate(worker)
        wait_until(lambda: fetch(worker, "/healthz")[0] == 503, "its health to say that it drains")
        self.assert_taken_at_once(name, worker, attempts, begin)

    def test_server_whose_store_hangs_ends_when_its_time_is_over(self):
        self.start_stuck("--train_ms_per_step", "20")
        server = self.replicas[0]
        self.hang_a_call(server)
        begin = self.terminate(server)
        self.assertEqual(1, server.wait(), server.output())
        took = time.monotonic() - begin
        self.assertGreater(took, DRAIN_SECONDS, "it was given its time")
        self.assertLess(took, DRAIN_SECONDS + SLACK_SECONDS)
        self.assertIn("cut off before the drain was over", server.output())

    def test_second_signal_ends_a_server_at_once(self):
        self.start_stuck("--train_ms_per_step", "20")
        server = self.replicas[1]
        self.hang_a_call(server)
        self.terminate(server)
        wait_until(lambda: "draining" in server.output(), "the drain to begin")
        begin = self.terminate(server)
        self.assertEqual(1, server.wait(), server.output())
        self.assertLess(time.monotonic() - begin, DRAIN_SECONDS)
        self.assertIn("told to stop again", server.output())


class CareTest(ProductTest):
    """What reads all that is kept does not keep a server that is told to stop."""

    # More than anybody waits for.
    LONG_DRAIN_SECONDS = 3600

    def start_with_much(self):
        """A server with so many events that reading them takes a while."""
        self.start(drain_time=f"{{ seconds: {self.LONG_DRAIN_SECONDS} }}", http_listen='"127.0.0.1:0"')
        self.server.stop()
        database = sqlite3.connect(os.path.join(self.server.data_dir, "tunegate.db"))
        with database:
            database.execute(
                "WITH RECURSIVE many(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM many WHERE i < 2000000) "
                "INSERT INTO events (position, event_index, resource, time, payload) "
                "SELECT newest_position + i, 0, 'tasks/many', ?, x'' FROM many, meta",
                (int(time.time() * 1e6),))
            database.execute("UPDATE meta SET newest_position = (SELECT max(position) FROM events)")
        database.close()
        self.server.run()

    def begin(self, *arguments):
        """A command that goes on by itself."""
        with open(self.path("client.err"), "wb") as err:
            client = subprocess.Popen(self.command(*arguments), stdout=subprocess.DEVNULL, stderr=err)
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        return client

    def terminate(self):
        self.server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "draining" in self.server.output(), "the drain to begin")

    def assert_ended(self, client):
        code = client.wait()
        with open(self.path("client.err"), encoding="utf-8") as err:
            said = err.read()
        self.assertEqual(UNAVAILABLE, code, said)
        self.assertEqual(0, self.server.wait(), self.server.output())
        return said

    def test_check_under_way_is_ended(self):
        self.start_with_much()
        client = self.begin("admin", "check")
        wait_until(lambda: "tunegate_rpc_in_flight 1" in fetch(self.server, "/metrics")[1], "the check")
        self.terminate()
        # The client asks the next server, of which there is none here.
        self.assert_ended(client)

    def test_backup_under_way_is_ended_and_leaves_nothing(self):
        self.start_with_much()
        os.mkdir(self.path("backups"))
        client = self.begin("admin", "backup", self.path("backups/b.tar"))
        part = os.path.join(self.server.data_dir, "backup.part")
        wait_until(lambda: os.path.exists(part) or client.poll() is not None, "the copy")
        # It takes nothing more until the drain has begun, so that there is more to take then.
        client.send_signal(signal.SIGSTOP)
        self.terminate()
        client.send_signal(signal.SIGCONT)
        self.assertIn("the server shuts down", self.assert_ended(client))
        self.assertFalse(os.path.exists(part))
        self.assertEqual([], os.listdir(self.path("backups")))


if __name__ == "__main__":
    unittest.main()
