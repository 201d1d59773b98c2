"""The evaluator's figures; see tests/bench/evaluation."""

import argparse
import csv
import io
import os
import statistics
import sys
import time

from tests.bench import promptfoo
from tests.bench.evaluator import EvaluatorBench, load, moment
from tests.bench.process_figures import cpu_seconds, peak_memory_mb

FAULTS = [
    {"on": "POST /chat/completions", "every": 10, "do": {"status": 503}},
    {"on": "POST /chat/completions", "every": 25,
     "do": {"status": 429, "headers": {"Retry-After": "1"}}},
    {"on": "POST /chat/completions", "every": 40, "do": {"reset": "before"}},
]
CHAT = "POST /chat/completions"


class Verdict:
    """Collects what was missed."""

    def __init__(self):
        self.missed = []

    def judge(self, what, value, holds, target):
        print(f"  {what}: {value} ({target}){'' if holds else '   MISSED'}", flush=True)
        if not holds:
            self.missed.append(what)


def against_wrk(options, latency_ms, calls, target, verdict):
    """Rounds of the evaluator and wrk in turns; the median of their ratios counts."""
    with EvaluatorBench() as bench:
        bench.start("--chat_latency_ms", str(latency_ms))
        bench.import_examples(calls // 2)
        script = bench.wrk_script(min(calls // 2, 2500), options.connections)
        seconds = max(3, calls * latency_ms // (1000 * options.connections) + 1)
        ratios, spent = [], []
        for i in range(1, options.rounds + 1):
            def ours():
                begin = bench.cpu_seconds()
                speed = calls / bench.evaluate(f"round-{i}", options.connections)[1]
                spent[:] = [(now - then) / calls * 1e6 for now, then in
                            zip(bench.cpu_seconds(), begin)]
                return speed

            def theirs():
                return bench.wrk(script, options.connections, seconds)

            # Who goes first changes, so that no side always meets the warmer machine.
            if i % 2:
                mine, other = ours(), theirs()
            else:
                other, mine = theirs(), ours()
            ratios.append(mine / other)
            print(f"  round {i}: evaluator {mine:7.1f} calls/s   wrk {other:7.1f} requests/s   "
                  f"ratio {ratios[-1]:.3f}   {load()}   CPU a call: evaluator {spent[0]:.1f} us, "
                  f"provider {spent[1]:.1f} us", flush=True)
        ratio = statistics.median(ratios)
        verdict.judge("median ratio", f"{ratio:.3f}", ratio >= target, f"at least {target}")


def throughput(options, verdict):
    possible = options.connections * 1000 / max(1, options.latency_ms)
    print(f"throughput: {options.calls} calls of {options.latency_ms} ms, {options.connections} at a "
          f"time, {os.cpu_count()} cores; at most {possible:.0f} calls/s are possible")
    against_wrk(options, options.latency_ms, options.calls, 0.95, verdict)


def zero(options, verdict):
    print(f"zero: {4 * options.calls} calls at zero latency, {options.connections} at a time")
    against_wrk(options, 0, 4 * options.calls, 0.5, verdict)


def ledger_lines(bench, name):
    """(example, repeat, arm) of every recorded call, by the CSV report."""
    text = bench.tunegate_text("eval", "report", f"evaluations/{name}", "--format", "csv").out
    rows = csv.reader(io.StringIO(text))
    header = next(rows)
    columns = [header.index(column) for column in ("example_id", "repeat", "variant")]
    return [tuple(row[column] for column in columns) for row in rows]


def faults(options, verdict):
    print(f"faults: {options.fault_calls} calls of {options.latency_ms} ms, {options.connections} at a "
          "time; every 10th answer a 503, every 25th a 429 with Retry-After: 1, every 40th a reset")
    with EvaluatorBench() as bench:
        bench.start("--chat_latency_ms", str(options.latency_ms))
        bench.import_examples(options.fault_calls // 2)
        _, clean = bench.evaluate("clean", options.connections)
        print(f"  clean: {clean:.1f} s   {load()}", flush=True)
        bench.sandbox.set_faults(*FAULTS, chat_latency_ms=options.latency_ms)
        evaluation, stormy = bench.evaluate("stormy", options.connections)
        sent = int(evaluation["usage"]["calls"])
        print(f"  with faults: {stormy:.1f} s, {sent} calls sent   {load()}", flush=True)
        lines = ledger_lines(bench, "stormy")
        verdict.judge("recorded calls", len(lines), len(lines) == options.fault_calls,
                      f"all {options.fault_calls}, none failed")
        verdict.judge("recorded twice", len(lines) - len(set(lines)), len(lines) == len(set(lines)),
                      "none")
        verdict.judge("time over the clean run's", f"{stormy / clean:.2f}", stormy / clean <= 2,
                      "at most 2")


def memory_of(examples, options):
    """An evaluation in a server process of its own: its figures."""
    with EvaluatorBench() as bench:
        bench.start()
        bench.import_examples(examples)
        # What an import takes is not what an evaluation takes: that one gets a fresh process.
        bench.server.stop()
        bench.server.run()
        begin = bench.sandbox.requests_to(CHAT)
        bench.begin("large", options.connections)
        while bench.sandbox.requests_to(CHAT) - begin < 2 * examples:
            time.sleep(0.05)
        last_answer = time.time()
        evaluation = bench.end("large")
        asked = peak_memory_mb(bench.server.process.pid)
        rendered = {}
        for form in ("html", "csv", "json"):
            start = time.monotonic()
            bench.tunegate_text("eval", "report", "evaluations/large", "--format", form,
                                "-o", bench.path(f"report.{form}"))
            rendered[form] = time.monotonic() - start
        peak = peak_memory_mb(bench.server.process.pid)
        reported = moment(evaluation["endTime"]).timestamp() - last_answer
        print(f"  {examples} examples: peak {asked:.1f} MiB at the end, {peak:.1f} MiB after rendering; "
              f"report {reported:.2f} s after the last answer; rendered in " +
              ", ".join(f"{form} {took:.2f} s" for form, took in rendered.items()) + f"   {load()}",
              flush=True)
        return peak, reported, max(rendered.values())


def memory(options, verdict):
    print(f"memory: {options.examples} examples beside {options.examples // 10}, "
          f"{options.connections} calls at a time")
    small, _, _ = memory_of(options.examples // 10, options)
    large, reported, rendered = memory_of(options.examples, options)
    verdict.judge("peak memory over that of a tenth", f"{large / small:.3f}", large / small <= 1.1,
                  "at most 1.1")
    verdict.judge("report after the last answer", f"{reported:.2f} s", reported < 5, "under 5 s")
    verdict.judge("rendering", f"{rendered:.2f} s", rendered < 5, "under 5 s")


def beside_promptfoo(options, verdict):
    calls = options.promptfoo_calls
    print(f"promptfoo: {calls} calls of {options.latency_ms} ms, {options.connections} at a time")
    with EvaluatorBench() as bench:
        bench.start("--chat_latency_ms", str(options.latency_ms))
        bench.import_examples(calls // 2)
        speeds, costs = [], []
        for i in range(1, options.rounds + 1):
            theirs, their_cpu = promptfoo.measure(bench, calls, options.connections)
            before = cpu_seconds(bench.server.process.pid)
            _, took = bench.evaluate(f"round-{i}", options.connections)
            our_cpu = (cpu_seconds(bench.server.process.pid) - before) / calls
            speeds.append(calls / took / theirs)
            costs.append(our_cpu / their_cpu)
            print(f"  round {i}: evaluator {calls / took:7.1f} requests/s, {our_cpu * 1e3:.3f} CPU ms "
                  f"a call   promptfoo {theirs:7.1f} requests/s, {their_cpu * 1e3:.3f} CPU ms a call   "
                  f"{load()}", flush=True)
        speed, cost = statistics.median(speeds), statistics.median(costs)
        verdict.judge("requests/s over promptfoo's", f"{speed:.1f}", speed >= 10, "at least 10")
        verdict.judge("CPU seconds a call over promptfoo's", f"1/{1 / cost:.0f}", cost <= 1 / 20,
                      "at most 1/20")


FIGURES = {"throughput": throughput, "zero": zero, "faults": faults, "memory": memory,
           "promptfoo": beside_promptfoo}


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/evaluation")
    parser.add_argument("figures", nargs="*", metavar="FIGURE", choices=[[], *FIGURES])
    parser.add_argument("--promptfoo", action="store_true", help="measure promptfoo as well")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=5_000)
    parser.add_argument("--latency_ms", type=int, default=20)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--fault_calls", type=int, default=50_000)
    parser.add_argument("--examples", type=int, default=100_000)
    parser.add_argument("--promptfoo_calls", type=int, default=2_000)
    parser.add_argument("--realtime", action="store_true", help="run before all other work")
    options = parser.parse_args()
    wanted = options.figures or [name for name in FIGURES if name != "promptfoo"]
    if options.promptfoo and "promptfoo" not in wanted:
        wanted.append("promptfoo")
    verdict = Verdict()
    for name in wanted:
        FIGURES[name](options, verdict)
    print(f"missed: {', '.join(verdict.missed)}" if verdict.missed else "every target was met")
    sys.exit(1 if verdict.missed else 0)


if __name__ == "__main__":
    main()
