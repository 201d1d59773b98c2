"""One case of the crash matrix: a server dies at one point of a scenario, and what must hold after.

The server dies by SIGKILL (tests/crash/dying_server.py), is started again at once, and all must end as
if nothing had been.
"""

import collections
import time

from tests.crash import checks
from tests.crash.dying_server import DyingServer
from tests.crash.scenarios import SCENARIOS
from tests.crash.strangers import add_stranger
from tests.e2e.product import ProductTest, wait_until

ENDS = ("SUCCEEDED", "FAILED", "CANCELLED", "BLOCKED", "DELETED")

# Rules of the sandbox's, and how long the server searches a list for what it may have created: longer than
# the list is late, which is longer than a server takes to come back. A search looks once a second, so half
# of one is over after one look.
Trouble = collections.namedtuple("Trouble", "rules settle_time stranger",
                                 defaults=((), "{ nanos: 500000000 }", False))
# What the provider may do beside: its lists are late by seconds, ignore filters, answers are lost.
TROUBLES = {
    "healthy": Trouble(),
    "late listing": Trouble([{"on": on, "do": {"late_seconds": 4}}
                             for on in ("GET /fine_tuning/jobs", "GET /batches", "GET /files")],
                            "{ seconds: 6 }"),
    # The server sends no filter: it reads the whole list and compares. What ignoring one would let
    # through is there, then: a job of somebody else's, marked as one of another TuneGate's.
    "filter ignored": Trouble([{"on": "GET /fine_tuning/jobs", "do": {"ignore_query": ["metadata"]}}],
                              stranger=True),
    "answers lost": Trouble([{"on": on, "times": 1, "do": {"reset": "after"}}
                             for on in ("POST /fine_tuning/jobs", "POST /batches", "POST /files")]),
}

# What happens while the server dies: names of SCENARIOS and TROUBLES.
Setting = collections.namedtuple("Setting", "scenario trouble", defaults=("workflow", "healthy"))
# What a case came to, which is the same wherever the server dies; and what happened on the way.
Result = collections.namedtuple("Result", "outcome points deaths seconds")


def run_case(die="", setting=Setting(), store=""):
    """A scenario whose server dies at `die` ("" never), with folders and programs of its own, on SQLite
    or on the database `store`."""
    case = CrashTest()
    case.setUp()
    try:
        return case.run_case(die, setting, store)
    finally:
        case.doCleanups()


def ways_to_die(result):
    """Every point of an undisturbed run."""
    return [point.die for point in result.points]


class CrashTest(ProductTest):
    """Runs a case; borrowed by the sample in tests/e2e and by the whole matrix."""

    # Exit statuses of the CLI.
    ALREADY_EXISTS, FAILED_PRECONDITION, UNAVAILABLE = 64 + 6, 64 + 9, 64 + 14

    def runTest(self):
        pass

    def run_case(self, die, setting, store):
        start = time.monotonic()
        scenario, trouble = SCENARIOS[setting.scenario], TROUBLES[setting.trouble]
        self.sandbox.run(*scenario.sandbox_flags)
        self.strangers = add_stranger(self.sandbox) if trouble.stranger else set()
        self.sandbox.set_faults(*trouble.rules)
        self.launch_server(die, trouble, store)
        scenario.drive(self)
        self.sandbox.set_faults()  # a late list would show a quick machine nothing
        outcome = checks.check(self, scenario)
        points = self.server.points()
        if self.server.deaths:
            self.assertEqual(die, points[-1].die, "where it died")
        return Result(outcome, points, self.server.deaths, time.monotonic() - start)

    def launch_server(self, die, trouble, store):
        """The server, and a subscriber from the log's begin."""
        settings = {"default_concurrency": str(checks.CONCURRENCY), "job_settle_time": trouble.settle_time,
                    "job_poll_interval": "{ nanos: 200000000 }"}
        if store:
            # Where several servers may share a store, nobody knows a dead one: its leases run out.
            settings.update(store=f'"{store}"', postgres_connections="2", lease_duration="{ seconds: 3 }")
        self.server = DyingServer(self.folder, self.sandbox.base_url, die, **settings)
        self._programs.append(self.server)
        self.server.launch_once()
        self.subscriber = self.watch("--after", "0")
        # Only one that was there once comes back.
        self.wait(self.subscriber.responses, "the subscriber to be there")

    # --- What scenarios do -----------------------------------------------------------------------------

    def tunegate(self, *arguments, code=0):
        """As a patient client does it: again, when the server died meanwhile."""

        def answered():
            deaths = self.server.deaths
            answer = super(CrashTest, self).tunegate(*arguments, code=None)
            self.server.revive()
            lost = answer.code == self.UNAVAILABLE or (answer.code != 0 and self.server.deaths > deaths)
            return None if lost else answer

        answer = wait_until(answered, f"an answer to {arguments}")
        if code is not None:
            self.assertEqual(code, answer.code, f"{arguments}: {answer.out}{answer.err}")
        return answer

    def create(self, *arguments):
        """Creates something under a name of its own."""
        answer = self.tunegate(*arguments, code=None)
        # Its earlier try may have been carried out, and its answer lost.
        right = (0, self.ALREADY_EXISTS) if self.server.deaths else (0,)
        self.assertIn(answer.code, right, f"{arguments}: {answer.out}{answer.err}")

    def wait(self, condition, what):
        """Waits with an eye on the server, which may have died, and on the subscriber, which may not."""

        def look():
            self.server.revive()
            self.assertIsNone(self.subscriber.process.poll(), self.subscriber.errors())
            return condition()

        return wait_until(look, what)

    def wait_for_event(self, matches, what):
        return self.wait(lambda: any(matches(event) for event in self.subscriber.events()), what)

    def wait_for_end(self, name, state):
        """Waits until the subscriber has heard of the end of `name`, which must be `state`."""
        kind = name.split("/")[0].removesuffix("s")

        def told():
            mine = [event[kind] for event in self.subscriber.events() if event["resource"] == name]
            return mine and mine[-1]["state"].removeprefix("STATE_") in ENDS and mine[-1]

        ended = self.wait(told, f"the end of {name}")
        self.assertEqual(f"STATE_{state}", ended["state"], ended.get("failure"))
