"""tunegated that dies by SIGKILL at one of its points (tests/crash/dying_ports.h), and lives when it is
started again."""

import collections
import os
import signal

from tests import programs
from tests.e2e.product import Server, free_port, wait_until

PROGRAM = programs.path_of("//tests/crash:dying_tunegated")

# A point that was passed: "before commit 17", and what it was about: "jobs/x".
Point = collections.namedtuple("Point", "die what")


class DyingServer(Server):
    """Dies at `die` ("" never); whoever waits for it calls revive() now and then."""

    def __init__(self, folder, base_url, die, **settings):
        super().__init__(folder, base_url)
        self.settings.update(settings)
        self.address = f"127.0.0.1:{free_port()}"
        self.deaths = 0
        self._die = die

    def command(self, *flags):
        die = self._die if self.deaths == 0 else ""
        return [PROGRAM, self.config, self.address, die, self._log(self.deaths)]

    def _log(self, life):
        return os.path.join(self._folder, f"points-{life}.log")

    def launch_once(self):
        """Starts it; it may die before it listens."""
        self.write_config()
        self.launch(self.command())
        wait_until(lambda: self.process.poll() is not None or self._listening(), "the server to listen")
        self.revive()

    def revive(self):
        """Starts it again if it died as it was told to; no other end is right."""
        if self.process.poll() is None:
            return
        if self.process.returncode != -signal.SIGKILL or self.deaths > 0 or not self._die:
            raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.output()}")
        self.deaths += 1
        self.run()

    def points(self):
        """Every point that its first life passed, in order."""
        with open(self._log(0), encoding="utf-8") as log:
            lines = [line.rstrip("\n").split(" ", 3) for line in log]
        return [Point(" ".join(words[:3]), words[3]) for words in lines]
