"""A sample of the crash matrix (tests/crash/run is the whole): other points with every seed."""

import concurrent.futures
import os
import random
import unittest

from tests.crash import crash  # by the module: its case is no test of its own
from tests.crash.crash import Setting
from tests.e2e.product import Postgres

# A case mostly waits.
AT_ONCE = 2 * (os.cpu_count() or 1)


class CrashSampleTest(unittest.TestCase):

    def setUp(self):
        super().setUp()
        self.random = random.Random(f"{os.environ.get('TUNEGATE_TEST_SEED', '1')} {self.id()}")
        self.pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
        self.addCleanup(self.pool.shutdown)

    def assert_ends_the_same(self, setting, choose, store_of=lambda: ""):
        """Dies at each of the points that `choose(points)` takes of an undisturbed run's."""
        undisturbed = crash.run_case("", setting, store_of())
        chosen = [point.die for point in choose(undisturbed.points)]
        cases = [self.pool.submit(crash.run_case, die, setting, store_of()) for die in chosen]
        missed = []
        for die, case in zip(chosen, cases):
            with self.subTest(die=die, setting=setting):
                result = case.result()
                self.assertEqual(undisturbed.outcome, result.outcome)
                if result.deaths == 0:
                    missed.append(die)
        # How often the provider is asked, and so how far the numbers go, depends on the time it takes.
        self.assertLess(len(missed), max(1, len(chosen) / 2), f"not reached: {missed} of {chosen}")

    def any(self, points, count):
        """Without the last points, which a run may not reach; see tests/crash/matrix.py."""
        return self.random.sample(points[:-len(points) // 20], count)

    def one_of_each_kind(self, points):
        """A commit, a call, a claim and a blob, before or after."""
        kinds = {}
        for point in points[:-len(points) // 20]:
            kinds.setdefault(point.die.split(" ")[1], []).append(point)
        self.assertEqual({"commit", "call", "claim", "blob"}, set(kinds))
        return [self.random.choice(of_kind) for of_kind in kinds.values()]

    def test_workflow_ends_the_same_wherever_its_server_dies(self):
        def choose(points):
            self.assertGreater(len(points), 400, "a whole workflow's")
            return self.one_of_each_kind(points) + self.any(points, 4)

        self.assert_ends_the_same(Setting(), choose)

    def test_provider_is_charged_for_one_job_whatever_it_does_beside(self):
        def around_creation(points):
            uploads = [point for point in points if point.what == "UploadFile"]
            return [point for point in points if point.what == "CreateJob"] + [self.random.choice(uploads)]

        for trouble in crash.TROUBLES:
            if trouble != "healthy":
                self.assert_ends_the_same(Setting(trouble=trouble), around_creation)

    def test_cancelled_workflow_leaves_no_job_running(self):
        def around_cancel(points):
            cancel = next(i for i, point in enumerate(points) if point.what == "CancelJob")
            return self.random.sample(points[cancel - 3:cancel + 4], 3)

        self.assert_ends_the_same(Setting("cancel"), around_cancel)

    def test_batches_are_created_and_collected_once(self):
        def around_creation(points):
            return [self.random.choice([p for p in points if p.what == "CreateBatch"]),
                    *self.any(points, 2)]

        self.assert_ends_the_same(Setting("batch"), around_creation)

    def test_deleted_dataset_leaves_nothing_behind(self):
        def around_erasure(points):
            return [self.random.choice([p for p in points if p.what in ("delete", "DeleteFile")])]

        self.assert_ends_the_same(Setting("delete"), around_erasure)

    def test_workflow_on_postgres_ends_the_same(self):
        postgres = Postgres()
        self.addCleanup(postgres.kill)
        names = (f"case_{number}" for number in range(100))
        self.assert_ends_the_same(Setting(), lambda points: self.any(points, 3),
                                  lambda: postgres.create_database(next(names)))


if __name__ == "__main__":
    unittest.main()
