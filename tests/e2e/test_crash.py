"""A sample of the crash matrix (tests/crash/run is the whole): other points with every seed."""

import os
import random
import unittest

from tests.crash import crash  # by the module: its case is no test of its own

SAMPLES = 6


class CrashSampleTest(unittest.TestCase):

    def case(self, die, trouble="healthy"):
        """A case with folders and programs of its own: what it came to, and the points it passed."""
        case = crash.CrashTest()
        case.setUp()
        try:
            return case.run_case(die, trouble), case.server.points()
        finally:
            case.doCleanups()

    def test_workflow_ends_the_same_wherever_its_server_dies(self):
        undisturbed, passed = self.case("")
        points = crash.points_of(passed)
        self.assertGreater(len(points), 200, "commits and calls of a whole workflow")
        chosen = random.Random(os.environ.get("TUNEGATE_TEST_SEED", "1")).sample(points, SAMPLES)
        for die in chosen:
            with self.subTest(die=die):
                self.assertEqual(undisturbed, self.case(die)[0])

    def test_provider_is_charged_for_one_job_whatever_it_does_beside(self):
        for trouble in crash.TROUBLES:
            if trouble == "healthy":
                continue
            _, passed = self.case("", trouble)
            creation = next(int(number) for kind, number, what in passed
                            if kind == "call" and what == "CreateJob")
            for die in (f"before call {creation}", f"after call {creation}"):
                with self.subTest(die=die, trouble=trouble):
                    self.case(die, trouble)


if __name__ == "__main__":
    unittest.main()
