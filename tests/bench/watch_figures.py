"""Watching at scale; see tests/bench/watch/run."""

import argparse
import array
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

from tests.bench.evaluation_figures import Verdict
from tests.bench.evaluator import load
from tests.bench.process_figures import memory_kib
from tests.programs import FOLDER

PROGRAMS = os.path.join(FOLDER, "tests/bench/watch")
KINDS = ("watch", "bare")


class Obedient:
    """A program that does what it reads, one line at a time, and says so."""

    def __init__(self, log, *command):
        self._name = os.path.basename(command[0])
        self._log = log  # where its complaints go: of a server, a line for each subscriber that left
        with open(log, "wb") as errors:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=errors, text=True)

    def answer(self, expected):
        """The words after `expected` of the next line."""
        line = self.process.stdout.readline()
        if not line.startswith(expected):
            with open(self._log, encoding="utf-8", errors="replace") as errors:
                raise SystemExit(f"{self._name} said '{line.strip()}' where '{expected}' was expected:\n"
                                 f"{errors.read()[-2000:]}")
        return line.removeprefix(expected).split()

    def tell(self, command, expected):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.answer(expected)

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Side:
    """A server and its subscribers."""

    def __init__(self, kind, folder, channels, record=False):
        self.kind = kind
        self.file = os.path.join(folder, f"{kind}.deliveries")
        self.server = Obedient(os.path.join(folder, f"{kind}.server.log"), os.path.join(PROGRAMS, "watched_server"),
                               kind, os.path.join(folder, kind))
        address, = self.server.answer("listening on ")
        self.clients = Obedient(os.path.join(folder, f"{kind}.clients.log"), os.path.join(PROGRAMS, "subscribers"),
                                address, str(channels), *(["record"] if record else []))
        self.position = 0

    def open(self, count):
        self.position = int(self.clients.tell(f"open {count}", "opened ")[1])

    def publish(self, count, interval_us):
        """(when it began, when each event had happened, when the last delivery was), in ns."""
        self.position += count
        self.clients.tell(f"expect {self.position}", "expecting ")
        begin, *times = map(int, self.server.tell(f"publish {count} {interval_us}", "published "))
        reached, = map(int, self.clients.tell("await", "reached "))
        return begin, times, reached

    def deliveries(self):
        """(position, when) of every delivery so far."""
        self.clients.tell(f"deliveries {self.file}", "written ")
        pairs = array.array("q")
        with open(self.file, "rb") as file:
            pairs.frombytes(file.read())
        return zip(pairs[0::2], pairs[1::2])

    def memory(self):
        return memory_kib(self.server.process.pid)

    def end(self):
        self.clients.end()
        self.server.end()


class Sides:
    """Both, each in processes of its own, for a `with`."""

    def __init__(self, channels, record=False):
        self._arguments = (channels, record)
        self._folder = None
        self._sides = {}

    def __enter__(self):
        self._folder = tempfile.mkdtemp(prefix="tunegate-watch-bench-")
        for kind in KINDS:
            self._sides[kind] = Side(kind, self._folder, *self._arguments)
        return self._sides

    def __exit__(self, *_):
        for side in self._sides.values():
            side.end()
        shutil.rmtree(self._folder, ignore_errors=True)


def in_turns(round_number):
    """Who goes first changes, so that no side always meets the warmer machine."""
    return KINDS if round_number % 2 else KINDS[::-1]


def grown(memory, base, streams):
    """KiB a stream, by RSS and by PSS."""
    return {key: (memory[key] - base[key]) / streams for key in base}


def memory_of(side, options):
    """Opens all streams; KiB a stream, and what the server took before."""
    # What a connection takes is not what a stream takes: these make the connections.
    side.open(options.channels)
    base = side.memory()
    side.open(options.subscribers - options.channels)
    idle = grown(side.memory(), base, options.subscribers - options.channels)
    print(f"  {side.kind:5}: {base['Rss'] / 1024:.1f} MiB with {options.channels} streams; then "
          f"{idle['Rss']:.1f} KiB RSS, {idle['Pss']:.1f} KiB PSS a stream   {load()}", flush=True)
    return idle, base


def judge_memory(idle, base, sides, options, verdict):
    for kind in KINDS:
        after = grown(sides[kind].memory(), base[kind], options.subscribers)
        print(f"  {kind:5}: {after['Rss']:.1f} KiB RSS a stream after what was sent", flush=True)
    for key in ("Rss", "Pss"):
        beyond = idle["watch"][key] - idle["bare"][key]
        verdict.judge(f"{key.upper()} a subscriber beyond a bare stream's", f"{beyond:.1f} KiB", beyond <= 24,
                      "at most 24 KiB")


def burst(side, options):
    """Messages a second."""
    begin, _, reached = side.publish(options.events, 0)
    return options.subscribers * options.events * 1e9 / (reached - begin)


def fan_out(wanted, options, verdict):
    print(f"{options.subscribers} subscribers on {options.channels} connections, bursts of "
          f"{options.events} events, {os.cpu_count()} cores", flush=True)
    with Sides(options.channels) as sides:
        idle, base = {}, {}
        for kind in KINDS:
            idle[kind], base[kind] = memory_of(sides[kind], options)
        ratios = []
        for i in range(options.rounds + 1) if "fanout" in wanted else ():
            rate = {kind: burst(sides[kind], options) for kind in in_turns(i)}
            if i == 0:
                continue  # the first one warms up
            ratios.append(rate["watch"] / rate["bare"])
            print(f"  round {i}: watch {rate['watch']:8.0f} messages/s   bare {rate['bare']:8.0f} messages/s   "
                  f"ratio {ratios[-1]:.3f}   {load()}", flush=True)
        if ratios:
            ratio = statistics.median(ratios)
            verdict.judge("median ratio", f"{ratio:.3f}", ratio >= 0.7, "at least 0.7")
        if "memory" in wanted:
            judge_memory(idle, base, sides, options, verdict)


def percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def delays_of(side, options):
    """ms from each event to each of its deliveries, sorted."""
    first = side.position + 1
    _, times, _ = side.publish(options.latency_events, 100_000)
    happened = {first + i: time for i, time in enumerate(times)}
    return sorted((time - happened[position]) / 1e6 for position, time in side.deliveries()
                  if position in happened)


def latency(options, verdict):
    print(f"{options.latency_subscribers} subscribers on {options.channels} connections, an event every "
          f"100 ms, {options.latency_events} a round", flush=True)
    with Sides(options.channels, record=True) as sides:
        for side in sides.values():
            side.open(options.latency_subscribers)
            side.publish(5, 100_000)  # warms up
        ratios = []
        for i in range(1, options.rounds + 1):
            delays = {kind: delays_of(sides[kind], options) for kind in in_turns(i)}
            p99 = {kind: percentile(delays[kind], 0.99) for kind in KINDS}
            ratios.append(p99["watch"] / p99["bare"])
            print(f"  round {i}: " + "   ".join(
                f"{kind} p50 {percentile(delays[kind], 0.5):6.2f} ms, p99 {p99[kind]:6.2f} ms"
                for kind in KINDS) + f"   ratio {ratios[-1]:.2f}   {load()}", flush=True)
        ratio = statistics.median(ratios)
        verdict.judge("median ratio of p99", f"{ratio:.2f}", ratio <= 3, "at most 3")


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/watch/run")
    parser.add_argument("figures", nargs="*", metavar="FIGURE", choices=[[], "fanout", "memory", "latency"])
    parser.add_argument("--subscribers", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=20)
    parser.add_argument("--channels", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--latency_subscribers", type=int, default=1_000)
    parser.add_argument("--latency_events", type=int, default=50)
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    wanted = options.figures or ["fanout", "memory", "latency"]
    verdict = Verdict()
    if "fanout" in wanted or "memory" in wanted:
        fan_out(wanted, options, verdict)
    if "latency" in wanted:
        latency(options, verdict)
    print(f"missed: {', '.join(verdict.missed)}" if verdict.missed else "every target was met")
    sys.exit(1 if verdict.missed else 0)


if __name__ == "__main__":
    main()
