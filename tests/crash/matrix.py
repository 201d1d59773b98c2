"""The whole crash matrix; see tests/crash/run."""

import argparse
import concurrent.futures
import itertools
import os
import random
import statistics
import sys
import time
import traceback

from tests.crash.crash import TROUBLES, Setting, run_case, ways_to_die
from tests.crash.scenarios import SCENARIOS
from tests.e2e.product import Postgres

# How often a job is looked at and how many answers a commit takes along is a matter of time: a run may
# end a few points earlier than the undisturbed one, and then its last points are not reached.
LEAST_REACHED = 0.95


class Stores:
    """What each case keeps its records in: a file of its own, or a database of its own in one PostgreSQL."""

    def __init__(self, engine):
        self._postgres = Postgres() if engine == "postgres" else None
        self._numbers = itertools.count(1)

    def run_case(self, die, setting):
        if not self._postgres:
            return run_case(die, setting)
        name = f"case_{next(self._numbers)}"
        try:
            return run_case(die, setting, self._postgres.create_database(name))
        finally:
            self._postgres.ask(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self):
        if self._postgres:
            self._postgres.kill()


class Matrix:
    """Tries points and compares each with the undisturbed run."""

    def __init__(self, stores, setting):
        self._stores, self._setting = stores, setting
        self._undisturbed = stores.run_case("", setting)
        self.points = ways_to_die(self._undisturbed)
        self.seconds, self.reached, self.failed = [], 0, 0

    def outcome(self):
        return self._undisturbed.outcome

    def try_all(self, chosen, jobs):
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for tried, (die, result, error) in enumerate(pool.map(self._try, chosen), 1):
                self._count(die, result, error)
                if tried % 50 == 0:
                    print(f"{tried} tried, {self.failed} failed", file=sys.stderr, flush=True)

    def _try(self, die):
        try:
            return die, self._stores.run_case(die, self._setting), ""
        except Exception:  # whatever it is, it is this point's finding
            return die, None, traceback.format_exc(limit=-3)

    def _count(self, die, result, error):
        if result:
            self.reached += result.deaths
            self.seconds.append(result.seconds)
            if result.outcome != self.outcome():
                error = f"it came to {result.outcome}"
        if error:
            self.failed += 1
            print(f"{die}: {error}", flush=True)


def choose(points, every):
    """Every so many-th point from a random one, whose number is given, too; at least one."""
    if not points:
        sys.exit("the undisturbed run has no point to die at")
    first = random.SystemRandom().randrange(min(every, len(points)))
    return first, points[first::every]


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tests/crash/run", allow_abbrev=False)
    parser.add_argument("--every", type=int, default=1)
    # A case mostly waits.
    parser.add_argument("--jobs", type=int, default=3 * (os.cpu_count() or 1))
    parser.add_argument("--scenario", choices=list(SCENARIOS), default="workflow")
    parser.add_argument("--trouble", choices=list(TROUBLES), default="healthy")
    parser.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    return parser.parse_args()


def main():
    options = parse_arguments()
    start = time.monotonic()
    stores = Stores(options.store)
    try:
        matrix = Matrix(stores, Setting(options.scenario, options.trouble))
        first, chosen = choose(matrix.points, options.every)
        print(f"{len(matrix.points)} points; trying {len(chosen)} from number {first}; undisturbed: "
              f"{matrix.outcome()}", flush=True)
        matrix.try_all(chosen, options.jobs)
    finally:
        stores.close()
    print(f"a case took {statistics.mean(matrix.seconds or [0]):.1f} s on average, "
          f"{max(matrix.seconds, default=0):.1f} s at most")
    enough = matrix.reached + matrix.failed >= LEAST_REACHED * len(chosen)
    print(f"{len(chosen)} points, {matrix.reached} reached{'' if enough else ' (too few)'}, "
          f"{matrix.failed} failed; {time.monotonic() - start:.0f} s")
    sys.exit(0 if enough and not matrix.failed else 1)


if __name__ == "__main__":
    main()
