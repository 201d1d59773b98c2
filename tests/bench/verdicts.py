"""Verdicts of the built-in scenario over many seeds; see tests/bench/seeds."""

import argparse
import collections

from tests.e2e.product import VERDICT_OF_EXIT, ProductTest


class Verdicts(ProductTest):
    """Borrows the tests' way to start programs; it is no test itself."""

    def runTest(self):
        pass

    def row(self, seed, options):
        """One workflow; its verdict and the table's row."""
        answer = self.tunegate("workflow", "run", "--id", f"seed-{seed}", "--seed", str(seed),
                               *options, code=None)
        if answer.code not in VERDICT_OF_EXIT:
            raise AssertionError(f"seed {seed} came to no verdict: {answer.err}")
        verdict = VERDICT_OF_EXIT[answer.code]
        workflow = self.get(f"workflows/seed-{seed}")
        if "evaluation" not in workflow:
            return verdict, f"| {seed} | - | - | - | {verdict} |"
        overall = next(metric for metric in self.get(workflow["evaluation"])["report"]["metrics"]
                       if metric["id"] == "overall_accuracy" and not metric.get("slice"))
        points = overall["paired"]["points"]
        return verdict, (f"| {seed} | {percent(overall['baseline'])} | {percent(overall['candidate'])} "
                         f"| {signed(points, 'value')} ({signed(points, 'lower')} to "
                         f"{signed(points, 'upper')}) | {verdict} |")


def percent(estimate):
    return f"{estimate.get('value', 0) * 100:.0f} %"


def signed(estimate, bound):
    return f"{estimate.get(bound, 0) * 100:+.0f}"


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/seeds")
    parser.add_argument("--count", type=int, default=20)
    options, workflow_options = parser.parse_known_args()
    # As deploy/quickstart does it.
    workflow_options = workflow_options or ["--train-count", "2000", "--epochs", "3", "--batch", "1",
                                            "--lr", "2"]
    run = Verdicts()
    run.setUp()
    try:
        run.start("--chat_latency_ms", "20")
        print("| seed | baseline | candidate | points (95 %) | verdict |")
        print("|---|---|---|---|---|")
        verdicts = collections.Counter()
        for seed in range(1, options.count + 1):
            verdict, row = run.row(seed, workflow_options)
            verdicts[verdict] += 1
            print(row, flush=True)
        print("\n" + ", ".join(f"{verdict} {count}" for verdict, count in verdicts.most_common()))
    finally:
        run.doCleanups()


if __name__ == "__main__":
    main()
