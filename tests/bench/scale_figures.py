"""Much kept beside little kept; see tests/bench/scale/run."""

import argparse
import contextlib
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

FOLDER = os.environ.get("TUNEGATE_BIN", "bazel-bin")
SERVER = os.path.join(FOLDER, "server/tunegated")
FILL = os.path.join(FOLDER, "tests/bench/scale/fill_store")
ASK = os.path.join(FOLDER, "tests/bench/scale/ask_server")
POSTGRES = "server/store/postgres/testing/start_postgres"

LITTLE = 1000
MOST_START_SECONDS = 2.0
MOST_RATIO = 2.0
# Nobody looks for a sandbox that is named, so no start waits for a provider.
CONFIG = 'listen: "127.0.0.1:0" providers { name: "openai" base_url: "http://127.0.0.1:9/v1" sandbox: true }'


class Postgres:
    """A PostgreSQL of our own; it ends with its standard input."""

    def __enter__(self):
        self._process = subprocess.Popen([POSTGRES, "--durable"], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)
        ready, _, self._directory = self._process.stdout.readline().strip().partition(" ")
        if ready != "ready":
            raise SystemExit("scale: no PostgreSQL; its words stand above")
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()

    def new_database(self, name):
        program = subprocess.check_output(
            "printf '%s\\n' /usr/lib/postgresql/*/bin/createdb | sort -V | tail -n 1", shell=True,
            text=True).strip()
        subprocess.check_call([program, "-h", self._directory, "-U", "tunegate", name])
        return f"postgres://tunegate@/{name}?host={self._directory}"


class Kept:
    """A filled store, and a server on it whenever one is wanted."""

    def __init__(self, folder, url, resources, events):
        self.url = url
        self._data_dir = os.path.join(folder, "data")
        self._config = os.path.join(folder, "config.textproto")
        self._log = os.path.join(folder, "log")
        os.makedirs(folder)
        with open(self._config, "w", encoding="ascii") as file:
            file.write(CONFIG)
        subprocess.check_call([FILL, url, self._data_dir, str(resources), str(events)])
        self.start_seconds = []
        self.milliseconds = {}

    @contextlib.contextmanager
    def serving(self):
        """A server on it, which is stopped at the end; its address."""
        begin = time.monotonic()
        with open(self._log, "ab") as log:
            server = subprocess.Popen(
                [SERVER, "--config", self._config, "--data_dir", self._data_dir, "--store", self.url],
                stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            line = server.stdout.readline()
            self.start_seconds.append(time.monotonic() - begin)
            if not line.startswith("listening on "):
                raise SystemExit(f"scale: tunegated does not start; its log is {self._log}")
            yield line.removeprefix("listening on ").strip()
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def measure(one, other, calls):
    """Starts a server on each, asks both by turns, stops them."""
    with one.serving() as address, other.serving() as other_address:
        answers = subprocess.check_output([ASK, address, other_address, str(calls)], text=True)
    for name, of_one, of_other in map(str.split, answers.splitlines()):
        one.milliseconds.setdefault(name, []).append(float(of_one))
        other.milliseconds.setdefault(name, []).append(float(of_other))


def judge(what, value, holds):
    print(f"{what:<16} {value}{'' if holds else '   MISSED'}", flush=True)
    return holds


def compare(engine, little, much, options):
    """Rounds of both in turns; true when every figure holds."""
    for i in range(options.rounds):
        # Who goes first changes, so that no side always meets the warmer machine.
        measure(*((little, much) if i % 2 else (much, little)), options.calls)
    print(f"{engine}: {LITTLE:,} and {LITTLE:,} beside {options.resources:,} resources and "
          f"{options.events:,} events; medians of {options.rounds} rounds; "
          f"load {os.getloadavg()[0]:.1f}")
    few, many = (statistics.median(kept.start_seconds) for kept in (little, much))
    good = judge("start", f"{1000 * few:8.1f} ms {1000 * many:8.1f} ms   "
                 f"(under {MOST_START_SECONDS:g} s)", many < MOST_START_SECONDS)
    for name, few in little.milliseconds.items():
        few, many = statistics.median(few), statistics.median(much.milliseconds[name])
        good &= judge(name, f"{few:8.2f} ms {many:8.2f} ms   ratio {many / few:.2f} "
                      f"(at most {MOST_RATIO:g})", many <= MOST_RATIO * few)
    return good


def fill(engine, folder, new_place, options):
    """The store with little and the one with much."""
    print(f"{engine}: filling ...", file=sys.stderr, flush=True)
    begin = time.monotonic()
    little = Kept(os.path.join(folder, f"{engine}-little"), new_place("little"), LITTLE, LITTLE)
    much = Kept(os.path.join(folder, f"{engine}-much"), new_place("much"), options.resources,
                options.events)
    print(f"{engine}: filled in {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
    return little, much


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/scale/run")
    parser.add_argument("--engines", default="sqlite,postgres")
    parser.add_argument("--resources", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--directory", default="/tmp", help="where the files go")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="tunegate-scale-", dir=options.directory)
    good = True
    try:
        if "sqlite" in options.engines.split(","):
            little, much = fill("sqlite", folder, lambda _: "sqlite", options)
            good &= compare("sqlite", little, much, options)
        if "postgres" in options.engines.split(","):
            with Postgres() as postgres:
                little, much = fill("postgres", folder, postgres.new_database, options)
                good &= compare("postgres", little, much, options)
    finally:
        shutil.rmtree(folder)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
