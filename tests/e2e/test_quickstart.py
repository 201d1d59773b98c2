"""deploy/quickstart, off a terminal and on one."""

import os
import pty
import shutil
import subprocess
import tempfile
import unittest

from tests.e2e.product import PATIENCE_SECONDS, VERDICT_OF_EXIT

# The build is up to date when it is called here; a slow machine may still take its time.
PATIENCE = PATIENCE_SECONDS * 3


class QuickstartTest(unittest.TestCase):

    def setUp(self):
        super().setUp()
        self.data = tempfile.mkdtemp(prefix="tunegate-quickstart-")
        self.environment = {**os.environ, "TUNEGATE_QUICKSTART_DATA": self.data, "TERM": "xterm"}
        self.addCleanup(shutil.rmtree, self.data, ignore_errors=True)
        self.addCleanup(self.quickstart, "--stop")

    def quickstart(self, *arguments):
        done = subprocess.run(
            ["deploy/quickstart", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, check=False, env=self.environment)
        return done.stdout, done.returncode

    def assert_verdict(self, output, status):
        self.assertIn(status, VERDICT_OF_EXIT, output)
        self.assertEqual(f"verdict: {VERDICT_OF_EXIT[status]}", output.rstrip("\n").split("\n")[-1])
        self.assertEqual(1, output.count("verdict: "), output)

    def test_ends_in_a_verdict_and_stops_what_it_started(self):
        output, status = self.quickstart("--no-install")
        self.assert_verdict(output, status)
        self.assertNotIn("\x1b", output)
        for step in ("[1/4] packages", "[2/4] build", "[3/4] start", "[4/4] workflow",
                     "what this shows"):
            self.assertEqual(1, output.count(step), output)
        with open(os.path.join(self.data, "report.html"), encoding="utf-8") as report:
            self.assertIn(VERDICT_OF_EXIT[status], report.read())
        self.assertEqual(("nothing is running\n", 0), self.quickstart("--stop"))

    def test_scenario_ends_in_no_go(self):
        output, status = self.quickstart("--no-install", "--scenario", "too_little_training")
        self.assert_verdict(output, status)
        self.assertEqual(3, status)

    def test_kept_server_compares_two_models_on_a_users_examples(self):
        output, status = self.quickstart("--no-install", "--keep")
        self.assert_verdict(output, status)
        with open(os.path.join(self.data, "server.address"), encoding="utf-8") as file:
            server = ("--server", file.read().strip())
        cli = "bazel-bin/client/tunegate"
        examples = os.path.join(self.data, "mine.jsonl")
        listed = subprocess.run([cli, "dataset", "list", *server], stdout=subprocess.PIPE, text=True,
                                check=True).stdout
        test_set = next(word for line in listed.splitlines() for word in line.split()[:1]
                        if word.endswith("-test"))
        subprocess.run([cli, "dataset", "export", test_set, "-o", examples, *server], check=True)
        output, status = self.quickstart("--compare", "sandbox-keyword-1", "jobs/quickstart",
                                         "--test", examples, "--sandbox")
        self.assert_verdict(output, status)
        self.assertEqual(0, self.quickstart("--stop")[1])

    def test_terminal_shows_the_same_and_ends_with_the_verdict(self):
        leader, follower = pty.openpty()
        with subprocess.Popen(["deploy/quickstart", "--no-install"], stdin=follower, stdout=follower,
                              stderr=follower, env=self.environment) as process:
            os.close(follower)
            shown = read_all(leader)
        lines = [line for line in shown.decode().replace("\r\n", "\n").split("\n") if line]
        self.assertIn(process.returncode, VERDICT_OF_EXIT, shown)
        self.assertEqual(f"verdict: {VERDICT_OF_EXIT[process.returncode]}", lines[-1])

    def test_usage_errors_exit_2(self):
        for arguments in (("--what",), ("--compare", "a", "b"), ("--seed", "x"), ("--sandbox",)):
            with self.subTest(arguments=arguments):
                self.assertEqual(2, self.quickstart(*arguments)[1])

    def test_compare_without_a_key_says_so(self):
        self.environment.pop("OPENAI_API_KEY", None)
        output, status = self.quickstart("--compare", "a", "b", "--test", "README.md")
        self.assertEqual(1, status)
        self.assertIn("OPENAI_API_KEY is not set", output)
        self.assertIn("remedy:", output)


def read_all(descriptor):
    """All that comes until the terminal's other side closes."""
    shown = b""
    while True:
        try:
            piece = os.read(descriptor, 65536)
        except OSError:  # EIO: nobody has the terminal open any more
            return shown
        if not piece:
            return shown
        shown += piece


if __name__ == "__main__":
    unittest.main()
