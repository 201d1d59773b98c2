"""The tests in Python: the architecture's rules and the end-to-end tests."""

import time
import traceback
import unittest

FOLDERS = ["tests/architecture", "tests/e2e"]


def run(options, tally):
    for folder in FOLDERS:
        suite = unittest.TestLoader().discover(folder, pattern="test_*.py", top_level_dir=".")
        cases = [case for case in _flattened(suite) if options.filter in name_of(case)]
        unittest.TestSuite(cases).run(_Result(tally))


def name_of(case):
    """tests.e2e.test_kill.KillTest.test_x as "e2e.test_kill.KillTest.test_x"."""
    return case.id().removeprefix("tests.")


def _flattened(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from _flattened(item)
        else:
            yield item


class _Result(unittest.TestResult):
    """Reports every case to the tally as it ends; what is skipped has failed."""

    def __init__(self, tally):
        super().__init__()
        self._tally = tally
        self._start = 0.0
        self._problems = []

    def startTest(self, test):
        super().startTest(test)
        self._start = time.monotonic()
        self._problems = []

    def stopTest(self, test):
        super().stopTest(test)
        self._tally.add(name_of(test), "\n".join(self._problems), time.monotonic() - self._start)

    def addFailure(self, test, err):
        self._note(test, "".join(traceback.format_exception(*err)))

    def addError(self, test, err):
        self._note(test, "".join(traceback.format_exception(*err)))

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self._note(test, f"{subtest}: " + "".join(traceback.format_exception(*err)))

    def addSkip(self, test, reason):
        self._note(test, f"skipped: {reason}")

    def addUnexpectedSuccess(self, test):
        self._note(test, "passed, but is marked as expected to fail")

    def _note(self, test, problem):
        # A class's or module's set-up that fails is reported without startTest.
        if isinstance(test, unittest.TestCase):
            self._problems.append(problem)
        else:
            self._tally.add(str(test), problem)
