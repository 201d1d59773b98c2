"""The whole crash matrix; see tests/crash/run."""

import argparse
import concurrent.futures
import os
import random
import sys
import time
import traceback

from tests.crash.crash import TROUBLES, CrashTest, points_of


def run_case(die, trouble):
    """(what it came to, its server's deaths, what went wrong)."""
    case = CrashTest()
    case.setUp()
    try:
        outcome = case.run_case(die, trouble)
        return outcome, case.server.deaths, ""
    except Exception:  # whatever it is, it is this point's finding
        return None, case.server.deaths if case.server else 0, traceback.format_exc(limit=-3)
    finally:
        case.doCleanups()


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tests/crash/run", allow_abbrev=False)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--trouble", choices=list(TROUBLES), default="healthy")
    return parser.parse_args()


def main():
    options = parse_arguments()
    start = time.monotonic()
    case = CrashTest()
    case.setUp()
    try:
        undisturbed = case.run_case("", options.trouble)
        points = points_of(case.server.points())
    finally:
        case.doCleanups()
    first = random.SystemRandom().randrange(options.every)
    chosen = points[first::options.every]
    print(f"{len(points)} points; trying {len(chosen)} from number {first}; undisturbed: {undisturbed}",
          flush=True)
    reached, failed = 0, 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda die: (die, run_case(die, options.trouble)), chosen)
        for tried, (die, (outcome, deaths, error)) in enumerate(results, 1):
            if tried % 50 == 0:
                print(f"{tried} tried, {failed} failed", file=sys.stderr, flush=True)
            reached += deaths > 0
            if error or outcome != undisturbed:
                failed += 1
                print(f"{die}: {error or outcome}", flush=True)
    print(f"{len(chosen)} points, {reached} reached, {failed} failed; {time.monotonic() - start:.0f} s")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
