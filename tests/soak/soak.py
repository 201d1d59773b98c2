"""The soak; see tests/soak/run."""

import argparse
import os
import statistics
import sys
import time
import urllib.request

from tests import programs
from tests.e2e.product import Program, ProductTest, wait_until

WATCHERS = 3
# Events that are kept; a workflow has some dozens. Few, so that old ones are dropped all the time.
MAX_EVENTS = 2000
# The server keeps so many in memory (FeedOptions::max_tail_events): until then memory must grow.
TAIL_EVENTS = 10000
SAMPLE_SECONDS = 2
REPORT_SECONDS = 60
MOST_GROWTH = 1.10
MOST_MORE_FILES = 10
SMALL = ("--train-count", "40", "--validation-count", "10", "--test-count", "40", "--epochs", "1",
         "--batch", "8", "--train-if-infeasible", "--detach")


class Watchers(Program):
    """Subscribers in one process, each of which writes down every event."""

    def __init__(self, folder, server):
        super().__init__("watchers", folder)
        self._events_file = os.path.join(folder, "watched")
        self._read = [0] * WATCHERS
        self.positions = [0] * WATCHERS
        self.counts = [0] * WATCHERS
        self.lines = [[] for _ in range(WATCHERS)]  # those that not every watcher has told yet
        self.ended = set()
        self.problems = []
        self.launch([programs.path_of("//tests/drain:steady_callers"), "--server", server.address,
                     "--events", self._events_file, "--callers", "0", "--watchers", str(WATCHERS)])

    def look(self):
        """Reads what came since the last look and checks it."""
        for watcher in range(WATCHERS):
            for line in self._new_lines(watcher):
                self._take(watcher, line)
        together = min(len(lines) for lines in self.lines)
        for told in zip(*(lines[:together] for lines in self.lines)):
            if len(set(told)) > 1:
                self.problems.append(f"watchers were told differently: {told}")
        self.lines = [lines[together:] for lines in self.lines]

    def _new_lines(self, watcher):
        path = f"{self._events_file}.{watcher}"
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            file.seek(self._read[watcher])
            text = file.read()
        whole = text[:text.rfind("\n") + 1]
        self._read[watcher] += len(whole)
        return whole.splitlines()

    def _take(self, watcher, line):
        position, resource = line.split()[:2]
        # Gapless numbers of commits: one that is left out was lost, one that comes back came twice.
        if int(position) - self.positions[watcher] not in (0, 1):
            self.problems.append(f"watcher {watcher}: {position} after {self.positions[watcher]}")
        self.positions[watcher] = int(position)
        self.counts[watcher] += 1
        self.lines[watcher].append(line)
        if watcher == 0 and line.endswith(" end") and resource.startswith("workflows/"):
            if resource in self.ended:
                self.problems.append(f"{resource} ended twice")
            self.ended.add(resource)


class Soak(ProductTest):
    """The programs, and what was seen of them."""

    def runTest(self):
        pass

    def begin(self):
        self.start(retention=f"{{ max_events: {MAX_EVENTS} }}", http_listen='"127.0.0.1:0"')
        self.metrics_address = wait_until(self._metrics_address, "the operator's port")
        self.watchers = Watchers(self.folder, self.server)
        self._programs.append(self.watchers)
        self.begun = 0
        self.samples = []  # (seconds, resident bytes, open files, warm)

    def _metrics_address(self):
        prefix = "metrics and webhooks on "
        lines = self.server.output().splitlines()
        return next((line.removeprefix(prefix) for line in lines if line.startswith(prefix)), "")

    def metric(self, name):
        with urllib.request.urlopen(f"http://{self.metrics_address}/metrics", timeout=30) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(name + " "):
                    return float(line.split()[1])
        raise AssertionError(f"no metric {name}")

    def begin_workflow(self):
        self.begun += 1
        self.tunegate("workflow", "run", "--id", f"w{self.begun}", "--seed", str(self.begun), *SMALL)

    def under_way(self):
        return self.begun - len(self.watchers.ended)

    def sample(self, seconds):
        # Old events go as new ones come, in the store and in memory.
        warm = (self.watchers.counts[0] > TAIL_EVENTS
                and self.metric("tunegate_store_oldest_position") > MAX_EVENTS / 2)
        self.samples.append((seconds, self.metric("process_resident_memory_bytes"),
                             self.metric("process_open_fds"), warm))

    def report(self, seconds):
        _, resident, files, _ = self.samples[-1]
        oldest = self.metric("tunegate_store_oldest_position")
        sandbox = resident_bytes(self.sandbox.process.pid)
        print(f"{seconds:6.0f} s: {self.begun} begun, {len(self.watchers.ended)} ended; "
              f"{resident / 2**20:.1f} MiB, {files:.0f} files; store "
              f"{self.metric('tunegate_store_size_bytes') / 2**20:.1f} MiB, positions {oldest:.0f} to "
              f"{self.metric('tunegate_store_newest_position'):.0f}; watched {self.watchers.counts}; "
              f"sandbox {sandbox / 2**20:.0f} MiB", flush=True)

    def run_for(self, seconds, rate, most):
        start = time.monotonic()
        next_begin, next_sample, next_report = 0.0, 0.0, REPORT_SECONDS
        while (now := time.monotonic() - start) < seconds:
            self.watchers.look()
            if now >= next_begin and self.under_way() < most:
                self.begin_workflow()
                # A second that was missed is not made up for.
                next_begin = max(next_begin + 1 / rate, now)
            if now >= next_sample:
                self.sample(now)
                next_sample = now + SAMPLE_SECONDS
            if now >= next_report:
                self.report(now)
                next_report += REPORT_SECONDS
            time.sleep(0.02)
        return time.monotonic() - start

    def finish(self):
        """Waits for what is under way; what was amiss."""
        def all_ended():
            self.watchers.look()
            return self.under_way() == 0
        wait_until(all_ended, "every workflow to end")
        newest = int(self.metric("tunegate_store_newest_position"))
        def all_seen():
            self.watchers.look()
            return min(self.watchers.positions) >= newest
        wait_until(all_seen, f"watchers to reach {newest}: {self.watchers.positions}")
        problems = list(self.watchers.problems)
        if len(set(self.watchers.counts)) > 1:
            problems.append(f"watchers counted differently: {self.watchers.counts}")
        succeeded = self.count("state = SUCCEEDED")
        if succeeded != self.begun:
            problems.append(f"{self.begun - succeeded} of {self.begun} workflows did not succeed")
        return problems

    def count(self, workflow_filter):
        found, token = 0, []
        while True:
            page = self.tunegate("workflow", "list", "--filter", workflow_filter, "--limit", "1000",
                                 *token).message()
            found += len(page.get("workflows", []))
            if not page.get("nextPageToken"):
                return found
            token = ["--page-token", page["nextPageToken"]]


def resident_bytes(process):
    with open(f"/proc/{process}/statm", encoding="utf-8") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def growth(samples, seconds):
    """What grew: problems, and the figures for people."""
    begin = next((at for at, _, _, warm in samples if warm), None)
    if begin is None or begin > seconds / 2:
        return ["old events did not go as new ones came in the first half: make the run longer"], ""
    warm = [sample for sample in samples if sample[0] >= max(begin, seconds / 6)]
    third = len(warm) // 3
    first, last = warm[:third], warm[-third:]
    before = statistics.mean(sample[1] for sample in first)
    after = statistics.mean(sample[1] for sample in last)
    slope = statistics.linear_regression([s[0] for s in warm], [s[1] for s in warm]).slope
    files_before, files_after = max(s[2] for s in first), max(s[2] for s in last)
    problems = []
    if after > before * MOST_GROWTH:
        problems.append("memory is not flat")
    if files_after > files_before + MOST_MORE_FILES:
        problems.append("open files are not flat")
    return problems, (f"memory {before / 2**20:.1f} -> {after / 2**20:.1f} MiB "
                      f"({100 * (after / before - 1):+.1f} %, slope {slope * 3600 / 2**20:+.2f} MiB/h), "
                      f"open files {files_before:.0f} -> {files_after:.0f}")


def main():
    parser = argparse.ArgumentParser(prog="tests/soak/run", allow_abbrev=False)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, default=1)
    parser.add_argument("--most", type=int, default=20)
    options = parser.parse_args()
    soak = Soak()
    soak.setUp()
    try:
        soak.begin()
        seconds = soak.run_for(options.minutes * 60, options.rate, options.most)
        problems = soak.finish()
        grown, figures = growth(soak.samples, seconds)
        problems += grown
        print(f"{soak.begun} workflows in {seconds:.0f} s ({soak.begun / seconds:.2f} a second), all ended; "
              f"{soak.watchers.counts[0]} events to each of {WATCHERS} watchers; {figures}")
    except AssertionError as error:
        problems = [str(error)]
    finally:
        soak.doCleanups()
    for problem in problems[:20]:
        print(problem)
    print(f"soak: {'failed' if problems else 'passed'}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
