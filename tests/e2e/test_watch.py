"""Subscribers in trouble and in crowds: who sleeps misses nothing, who is dead loses its place, and
what a crowd leaves is given back."""

import os
import selectors
import signal
import socket
import subprocess
import threading
import time
import unittest

from tests import programs
from tests.bench.process_figures import memory_kib
from tests.e2e.product import CLI, Subscriber, wait_until
from tests.e2e.test_operator import OperatorTest

# The server asks a silent subscriber for a sign of life after 20 s, and waits 10 s for it.
DEAD_AFTER_SECONDS = 30


class Line:
    """A connection between subscribers and server that can be cut: no byte comes through any more, and
    nobody is told."""

    def __init__(self, target, port=0):
        host, target_port = target.rsplit(":", 1)
        self._target = (host, int(target_port))
        self._listener = socket.create_server(("127.0.0.1", port))
        self._ends = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._cut = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def address(self):
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self):
        self._cut.set()
        self._thread.join()

    def kill(self):
        self.cut()
        for end in (self._listener, *self._ends):
            end.close()

    def _run(self):
        while not self._cut.is_set():
            for key, _ in self._selector.select(0.1):
                if key.fileobj is self._listener:
                    near, _ = self._listener.accept()
                    self._join(near, socket.create_connection(self._target))
                else:
                    self._pass_on(key.fileobj)

    def _join(self, near, far):
        for end, other in ((near, far), (far, near)):
            self._ends[end] = other
            self._selector.register(end, selectors.EVENT_READ)

    def _pass_on(self, end):
        data = end.recv(65536)
        if data:
            self._ends[end].sendall(data)
        else:
            self._selector.unregister(end)
            self._ends[end].shutdown(socket.SHUT_WR)


class Crowd:
    """Thousands of subscribers in one process."""

    def __init__(self, server, count):
        self.process = subprocess.Popen(
            [programs.path_of("//tests/bench/watch:subscribers"), server.address, "20"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(f"open {count}\n")
        self.process.stdin.flush()
        self.answer = self.process.stdout.readline()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class WatchTest(OperatorTest):

    def streams(self):
        return self.total(self.metrics(), "tunegate_watch_streams")

    def generate(self, name):
        self.tunegate("dataset", "generate", "--id", name, "--seed", "1", "--train", "60", "--validation", "20",
                      "--test", "40")

    def await_same(self, one, other):
        """Both have seen the same events, each once and in order."""
        newest = int(self.tunegate("admin", "info").message()["newestPosition"])
        for subscriber in (one, other):
            wait_until(lambda s=subscriber: s.position() >= newest, "a subscriber to catch up")
        positions = [int(event["position"]) for event in one.events()]
        self.assertEqual(sorted(positions), positions)
        self.assertEqual(other.events(), one.events())

    def test_who_sleeps_misses_nothing_and_who_comes_back_goes_on(self):
        self.start_with_http()
        sleeper, awake = self.watch("--after", "0"), self.watch("--after", "0")
        self.generate("first")
        wait_until(sleeper.events, "its first events")
        sleeper.process.send_signal(signal.SIGSTOP)
        for i in range(5):
            self.generate(f"asleep-{i}")
        sleeper.process.send_signal(signal.SIGCONT)
        self.await_same(sleeper, awake)

        # A server that is stopped says goodbye; both find it again and go on where they were.
        self.assertEqual(0, self.server.stop())
        self.run_server()
        self.generate("after")
        self.await_same(sleeper, awake)
        self.assertIn("datasets/after-test", {event["resource"] for event in sleeper.events()})

    def test_who_is_dead_loses_its_place(self):
        self.start_with_http()
        line = Line(self.server.address)
        self._programs.append(line)
        stopped = self.watch("--after", "0")
        cut_off = Subscriber([CLI, "event", "watch", "--after", "0", "--server", line.address, "--output",
                              "json"], self.path("cut-off.jsonl"))
        self._programs.append(cut_off)
        self.generate("d")
        for subscriber in (stopped, cut_off):
            wait_until(subscriber.events, "its first events")
        self.assertEqual(2, self.streams())
        stopped.process.send_signal(signal.SIGSTOP)
        line.cut()
        begin = time.monotonic()
        # One of them even has something to be sent.
        self.generate("e")
        wait_until(lambda: self.streams() == 0, "the dead to be noticed")
        # Twice the time: the machine may be slow, the figure must not be unbounded.
        self.assertLess(time.monotonic() - begin, 2 * DEAD_AFTER_SECONDS)
        stopped.process.send_signal(signal.SIGCONT)
        wait_until(lambda: self.streams() == 1, "who was only stopped to come back")
        wait_until(lambda: "datasets/e-test" in {event["resource"] for event in stopped.events()},
                   "what it has missed")

    def test_crowd_that_dies_at_once_gives_everything_back(self):
        self.start_with_http()
        pid = self.server.process.pid
        memory = []
        for _ in range(12):
            crowd = Crowd(self.server, 2000)
            self._programs.append(crowd)
            self.assertTrue(crowd.answer.startswith("opened 2000 "), crowd.answer)
            self.assertEqual(2000, self.streams())
            crowd.kill()
            self.generate(f"while-they-die-{len(memory)}")
            wait_until(lambda: self.streams() == 0, "the places of the dead")
            memory.append(memory_kib(pid)["Rss"])
            files = len(os.listdir(f"/proc/{pid}/fd"))
        # What the first crowds took serves the next ones; a stream that was kept would cost 20 KiB.
        # AddressSanitizer keeps what is freed, to tell who uses it: there this says nothing, and its
        # leak check does.
        if os.environ.get("TUNEGATE_CONFIG") != "asan":
            self.assertLess(memory[-1] - memory[5], 6 * 2000 // 2, memory)
        self.assertLess(files, 100)
        begin = time.monotonic()
        self.assertEqual(0, self.server.stop())
        self.assertLess(time.monotonic() - begin, 15, "the drain is as short as ever")

    def test_more_than_the_limit_is_refused_by_name(self):
        self.start_with_http(limits="{ max_watches_per_caller: 2 }")
        watches = [self.watch("--after", "0") for _ in range(2)]
        wait_until(lambda: self.streams() == 2, "two watches")
        refused = self.tunegate("event", "watch", code=64 + 8)
        self.assertIn("TOO_MANY_WATCHES", refused.err)
        watches[0].kill()
        wait_until(lambda: self.streams() == 1, "a place")
        self.watch("--after", "0")
        wait_until(lambda: self.streams() == 2, "the next watch")


if __name__ == "__main__":
    unittest.main()
