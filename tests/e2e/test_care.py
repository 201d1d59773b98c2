"""What is kept is looked after: checked, trimmed, compacted, while the server runs."""

import glob
import os
import unittest

from tests.e2e.product import ProductTest


class CareTest(ProductTest):

    def generate(self, name="d"):
        return self.tunegate("dataset", "generate", "--id", name, "--seed", "1", "--train", "60",
                             "--validation", "20", "--test", "40")

    def blobs(self):
        return sorted(glob.glob(os.path.join(self.server.data_dir, "blobs", "*", "*")))

    def test_damaged_bytes_are_found_and_named(self):
        self.start()
        self.generate()
        healthy = self.tunegate("admin", "check").message()
        self.assertNotIn("diagnoses", healthy)
        self.assertEqual(len(self.blobs()), int(healthy["blobCount"]))
        self.assertIn("all is well", self.tunegate_text("admin", "check").out)

        damaged = self.blobs()[0]
        with open(damaged, "ab") as file:
            file.write(b"more")
        found = self.tunegate("admin", "check", code=1).message()["diagnoses"]
        self.assertEqual(["store.blob"], [each["check"] for each in found])
        self.assertIn("datasets/", found[0]["message"])

    def test_compaction_drops_what_the_retention_does_not_keep(self):
        self.start(retention="{ max_events: 2 }")
        self.generate("d")
        self.generate("e")
        before = self.tunegate("admin", "info").message()
        dropped = int(self.tunegate("admin", "compact").message()["droppedEvents"])
        self.assertGreater(dropped, 0)
        after = self.tunegate("admin", "info").message()
        self.assertEqual(before["newestPosition"], after["newestPosition"])
        self.assertGreater(int(after["oldestPosition"]), 0)
        self.assertNotIn("diagnoses", self.tunegate("admin", "check").message())

        # Who stands before what is kept is told so; nothing that is kept has changed.
        late = self.tunegate("event", "list", "--after", "1", code=64 + 11)
        self.assertIn("POSITION_TOO_OLD", late.err)
        self.server.stop()
        self.server.run()
        again = self.tunegate("admin", "info").message()
        self.assertEqual(after["oldestPosition"], again["oldestPosition"])


if __name__ == "__main__":
    unittest.main()
