"""One case of the crash matrix: a workflow whose server dies at one point, and what must hold after.

The server dies by SIGKILL right before or right after the n-th commit or the n-th call to the outside
(tests/crash/dying_ports.h), is started again at once, and the workflow must end as if nothing had been.
"""

import collections
import os

from tests import programs
from tests.e2e.product import ProductTest, Server, free_port, wait_until

DYING_SERVER = programs.path_of("//tests/crash:dying_tunegated")
CONCURRENCY = 4
# Calls whose intent is committed, and that may have been sent, before their answers are recorded: those
# that fit in flight and, where answers come faster than commits, at most sixteen times as many ahead
# (kMostAheadTimes in server/evaluations/run/evaluation_run.cc).
MOST_UNRECORDED = 17 * CONCURRENCY
# Response times differ from run to run, and with them a verdict that rests on them.
POLICY = """
criteria { id: "improvement" metric: "overall_accuracy" improvement { target: 0.10 } }
criteria { id: "absolute" metric: "overall_accuracy" at_least: 0.60 }
criteria { id: "structure" metric: "schema_valid_rate" no_worse_than: 0.05 }
"""
# What the provider may do beside: its list is late by seconds, ignores the filter, answers are lost.
TROUBLES = {
    "healthy": [],
    "late listing": [{"on": "GET /fine_tuning/jobs", "do": {"late_seconds": 2}}],
    "filter ignored": [{"on": "GET /fine_tuning/jobs", "do": {"ignore_query": ["metadata"]}}],
    "answers lost": [{"on": "POST /fine_tuning/jobs", "times": 1, "do": {"reset": "after"}},
                     {"on": "POST /files", "times": 1, "do": {"reset": "after"}}],
}


class DyingServer(Server):
    """tunegated that dies once, at `die`, and lives when it is started again."""

    def __init__(self, folder, base_url):
        super().__init__(folder, base_url)
        self.die = ""
        self.points_file = os.path.join(folder, "points.log")
        self.deaths = 0

    def command(self, *flags):
        die, self.die = self.die, ""
        return [DYING_SERVER, self.config, self.address or f"127.0.0.1:{free_port()}", die,
                f"{self.points_file}.{self.deaths}"]

    def revive(self):
        """Starts it again if it died."""
        if self.process.poll() is None:
            return
        self.deaths += 1
        self.run()

    def points(self):
        """Every point that its first life passed: ("commit", "1", "jobs/x")."""
        with open(f"{self.points_file}.0", encoding="utf-8") as log:
            return [tuple(line.rstrip("\n").split(" ", 2)) for line in log]


class CrashTest(ProductTest):
    """Runs cases; borrowed by the sample in tests/e2e and by the whole matrix."""

    def runTest(self):
        pass

    def run_case(self, die, trouble="healthy"):
        """A workflow whose server dies at `die` ("" never); returns what it came to."""
        self.sandbox.run()
        self.sandbox.set_faults(*TROUBLES[trouble])
        self.server = DyingServer(self.folder, self.sandbox.base_url)
        self.server.settings.update(default_concurrency=str(CONCURRENCY),
                                    job_settle_time="{ seconds: 3 }")
        self._programs.append(self.server)
        self.server.die = die
        self.launch_server()
        self.subscriber = self.watch("--after", "0")
        policy = self.path("policy.textproto", POLICY)
        self.create_workflow("--policy", policy, "--seed", "1", "--training-seed", "1", "--epochs", "1",
                             "--batch", "1", "--test-count", "50")
        ended = wait_until(self._ended, f"the workflow to end; {die}, {trouble};\n{self.server.output()}")
        self.assertEqual("STATE_SUCCEEDED", ended["state"], f"{die}, {trouble}: {ended.get('failure')}")
        return self.check(ended)

    def launch_server(self):
        """A server may die before it listens."""
        self.server.write_config()
        try:
            self.server.run()
        except AssertionError:
            self.server.revive()

    def create_workflow(self, *options):
        """As a client does it: again, with the same name, until it is there."""

        def created():
            answer = self.tunegate("workflow", "run", "--id", "w", "--detach", *options, code=None)
            self.server.revive()
            # Its own earlier try may have been carried out, and its answer lost.
            return answer.code in (0, 64 + 6)

        wait_until(created, "the workflow to be created")

    def _ended(self):
        self.server.revive()
        answer = self.tunegate("workflow", "show", "workflows/w", code=None)
        if answer.code != 0:
            return None  # it is dead just now
        workflow = answer.message()["workflow"]
        return workflow if workflow["state"] in ("STATE_SUCCEEDED", "STATE_FAILED", "STATE_CANCELLED",
                                                 "STATE_BLOCKED") else None

    def check(self, workflow):
        """What must hold whatever died; returns what must be the same in every case."""
        self.sandbox.set_faults()  # a late list would show a quick machine nothing
        self.assertEqual(["succeeded"], [job["status"] for job in self.sandbox.jobs()],
                         "the provider has one job")
        names = [file["filename"] for file in self.sandbox.files() if file["purpose"] == "fine-tune"]
        self.assertEqual(sorted(set(names)), sorted(names), "no file was left behind twice")
        self.assertEqual(2, len(names))
        self.check_calls(workflow)
        self.check_stream()
        decision = self.get(workflow["decision"])
        pairs = [metric["paired"] for metric in self.get(workflow["evaluation"])["report"]["metrics"]
                 if metric["id"] == "overall_accuracy" and not metric.get("slice")]
        return {"verdict": workflow["verdict"],
                "outcomes": [criterion["outcome"] for criterion in decision["criteria"]],
                "pairs": {key: pairs[0].get(key) for key in ("bothRight", "gained", "lost", "bothWrong")}}

    def check_calls(self, workflow):
        """No recorded answer is asked for again; what may have been is counted."""
        evaluations = [self.get(name) for name in {workflow.get("baselineEvaluation"),
                                                   workflow["evaluation"]} if name]
        expected = sum(int(e["progress"]["done"]) for e in evaluations)
        counted = sum(int(e["usage"].get("maybeRepeatedCalls", 0)) for e in evaluations)
        asked = self.sandbox.requests_to("POST /chat/completions")
        self.assertLessEqual(asked - expected, counted, "every call that was repeated is counted")
        self.assertLessEqual(counted, MOST_UNRECORDED * max(1, self.server.deaths),
                             "more than what was under way is counted")

    def check_stream(self):
        """The subscriber that came back has every event once and in order."""
        stored, token = [], []
        while True:
            page = self.tunegate("event", "list", "--after", "0", "--limit", "1000", *token).message()
            stored += page.get("events", [])
            if not page.get("nextPageToken"):
                break
            token = ["--page-token", page["nextPageToken"]]
        last = int(stored[-1]["position"])
        wait_until(lambda: self.subscriber.position() >= last,
                   f"the subscriber to come back; it said:\n{self.subscriber.errors()}")

        def key(event):
            return event["position"], event["resource"], event["type"], event.get("message", "")

        seen = [key(event) for event in self.subscriber.events() if int(event["position"]) <= last]
        self.assertEqual([key(event) for event in stored], seen)
        self.assertEqual(sorted(int(k[0]) for k in seen), [int(k[0]) for k in seen])


def points_of(passed):
    """Every way to die: before and after each point that was passed, as `die` names it."""
    counts = collections.Counter(kind for kind, _, _ in passed)
    return [f"{when} {kind} {number}" for kind in ("commit", "call")
            for number in range(1, counts[kind] + 1) for when in ("before", "after")]
