"""A second task is a textproto and two tables: no code knows it."""

import unittest

from tests.e2e.product import VERDICT_OF_EXIT, ProductTest


class SecondTaskTest(ProductTest):

    def import_library_desk(self):
        self.tunegate("task", "create", "tests/data/library_desk.textproto", "--id", "library_desk")
        for split in ("train", "test"):
            answer = self.tunegate(
                "dataset", "import", f"tests/data/library_desk_{split}.tsv", "--task", "library_desk",
                "--split", split, "--headerless", "--columns", "1=assistant,2=user",
                "--id", f"desk-{split}")
            self.assertEqual("STATE_READY", answer.message()["dataset"]["state"])

    def test_bare_label_task_is_imported_trained_evaluated_and_decided(self):
        self.start()
        self.import_library_desk()
        answer = self.tunegate("workflow", "run", "--id", "desk", "--task", "library_desk",
                               "--train", "desk-train", "--test", "desk-test", "--epochs", "20",
                               "--train-if-infeasible", code=None)
        self.assertIn(answer.code, VERDICT_OF_EXIT, answer.err)
        workflow = self.get("workflows/desk")
        report = self.get(workflow["evaluation"])["report"]
        self.assertEqual("32", report["exampleCount"])
        overall = next(m for m in report["metrics"]
                       if m["id"] == "overall_accuracy" and not m.get("slice"))
        # Eight labels: guessing gives 1 in 8. The candidate has learned something.
        self.assertGreater(overall["candidate"]["value"], 0.3)
        self.assertEqual(9 * 8, len(report["confusions"][0]["candidateCounts"]))

    def test_infer_drafts_a_task_that_the_server_takes(self):
        self.start()
        self.tunegate("workflow", "run", "--id", "w", "--baseline-only")
        examples = self.path("mine.jsonl")
        self.tunegate("dataset", "export", self.get("workflows/w")["testDataset"], "-o", examples)
        draft = self.tunegate_text("task", "infer", examples)
        self.assertIn("intent_type", draft.out)
        self.tunegate("task", "create", self.path("mine.textproto", draft.out), "--id", "mine")
        fields = {field["id"] for field in self.get("tasks/mine")["fields"]}
        self.assertLessEqual({"intent_type", "budget_tier"}, fields)
        imported = self.tunegate("dataset", "import", examples, "--task", "mine", "--split", "test")
        self.assertEqual("100", imported.message()["dataset"]["exampleCount"])


if __name__ == "__main__":
    unittest.main()
