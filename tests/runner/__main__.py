"""Runs the suites one after the other; the last line is `N passed, N failed`."""

import argparse
import os
import random
import sys
import time

from tests.runner import bazel_suite
from tests.runner import command_suite
from tests.runner import python_suite
from tests.runner.result import Tally


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tests/run", allow_abbrev=False)
    parser.add_argument("--config", default="", choices=["", "asan", "ubsan", "tsan"])
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 2**31))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("filter", nargs="?", default="", metavar="FILTER")
    return parser.parse_args()


def main():
    options = parse_arguments()
    # The end-to-end tests take what they choose at random from it.
    os.environ["TUNEGATE_TEST_SEED"] = str(options.seed)
    # The quickstart's test builds again: with the same configuration there is nothing to build.
    os.environ["TUNEGATE_CONFIG"] = options.config
    print(f"seed {options.seed} (tests/run --seed={options.seed} makes the same choices)", flush=True)
    tally = Tally()
    start = time.monotonic()
    bazel_suite.run(options, tally)
    # The rest needs the whole product with gRPC, which ThreadSanitizer cannot judge.
    if options.config != "tsan":
        command_suite.run(options, tally)
        python_suite.run(options, tally)
    print(f"took {time.monotonic() - start:.0f} s")
    for name in tally.failed:
        print(f"failed: {name}")
    if tally.is_empty():
        tally.add("tests/run", f"no test has '{options.filter}' in its name")
    print(f"{tally.passed} passed, {len(tally.failed)} failed", flush=True)
    sys.exit(1 if tally.failed else 0)


if __name__ == "__main__":
    main()
