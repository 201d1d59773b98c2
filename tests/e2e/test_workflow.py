"""The main job: from nothing to a verdict with its evidence."""

import unittest

from tests.e2e.product import VERDICT_OF_EXIT, ProductTest


class WorkflowTest(ProductTest):

    def run_workflow(self, name, *options):
        """Runs a workflow to its verdict; returns it and the command's answer."""
        answer = self.tunegate("workflow", "run", "--id", name, *options, code=None)
        self.assertIn(answer.code, VERDICT_OF_EXIT, answer.err)
        return self.get(f"workflows/{name}"), answer

    def test_full_workflow_ends_in_a_verdict_with_evidence(self):
        self.start()
        workflow, answer = self.run_workflow("w", "--seed", "1", "--epochs", "3", "--batch", "1",
                                             "--lr", "2")
        self.assertEqual("STATE_SUCCEEDED", workflow["state"])
        decision = self.get(workflow["decision"])
        self.assertEqual("VERDICT_" + VERDICT_OF_EXIT[answer.code], decision["verdict"])
        self.assertEqual(decision["verdict"], workflow["verdict"])
        self.assertEqual(["overall_accuracy", "overall_accuracy", "schema_valid_rate", "latency_ratio"],
                         [criterion["metric"] for criterion in decision["criteria"]])
        for criterion in decision["criteria"]:
            self.assertTrue(criterion["explanation"])
        evaluation = self.get(workflow["evaluation"])
        self.assertEqual("200", evaluation["progress"]["done"])
        self.assertEqual("100", evaluation["report"]["exampleCount"])
        job = self.get(workflow["job"])
        self.assertEqual("STATE_SUCCEEDED", job["state"])
        self.assertEqual(1, len(self.sandbox.jobs()))
        self.assertEqual(job["providerJob"], self.sandbox.jobs()[0]["id"])

    def test_test_set_is_never_uploaded(self):
        self.start()
        workflow, _ = self.run_workflow("w")
        self.assertEqual(2, len([f for f in self.sandbox.files() if f["purpose"] == "fine-tune"]))
        test_set = self.get(workflow["testDataset"])
        self.assertNotIn("providerFiles", test_set)
        refused = self.tunegate("dataset", "upload", test_set["name"], code=64 + 9)
        self.assertEqual("TEST_NEVER_UPLOADED", refused.error()["reason"])

    def test_text_output_ends_with_the_verdict(self):
        self.start()
        answer = self.tunegate_text("workflow", "run", "--id", "w", code=None)
        self.assertEqual(f"verdict: {VERDICT_OF_EXIT.get(answer.code)}",
                         answer.out.splitlines()[-1])
        self.assertNotIn("\x1b", answer.out)

    def test_same_seed_gives_the_same_figures(self):
        self.start()
        first, _ = self.run_workflow("one", "--seed", "7", "--training-seed", "1")
        second, _ = self.run_workflow("two", "--seed", "7", "--training-seed", "1")
        for name in ("trainingDataset", "validationDataset", "testDataset"):
            self.assertEqual(self.get(first[name])["sha256"], self.get(second[name])["sha256"])

        def figures(workflow):
            # Counts and shares: the second workflow asks the same questions again, which is a second
            # look, whose intervals are wider.
            return [(metric["id"], metric.get("slice", ""), metric["baseline"].get("value"),
                     metric["candidate"].get("value"),
                     [metric["paired"].get(cell) for cell in ("bothRight", "gained", "lost", "bothWrong")])
                    for metric in self.get(workflow["evaluation"])["report"]["metrics"]]

        self.assertEqual(figures(first), figures(second))
        self.assertEqual([1, 2], [self.get(workflow["evaluation"])["look"] for workflow in (first, second)])

    def test_setup_measures_the_baseline_and_trains_nothing(self):
        self.start()
        self.tunegate("workflow", "run", "--id", "w", "--baseline-only")
        workflow = self.get("workflows/w")
        self.assertEqual("STATE_SUCCEEDED", workflow["state"])
        self.assertIn("baselineEvaluation", workflow)
        self.assertIn("forecast", workflow["plan"])
        self.assertEqual([], self.sandbox.jobs())

    def test_dry_run_spends_nothing(self):
        self.start()
        plan = self.tunegate("workflow", "run", "--dry-run").message()["workflow"]["plan"]
        self.assertIn("forecast", plan)
        self.assertEqual(0, self.sandbox.requests_to("POST /chat/completions"))
        self.assertEqual([], self.sandbox.files())
        self.assertEqual([], self.tunegate("workflow", "list").message().get("workflows", []))

    def test_compare_judges_a_given_model_and_trains_nothing(self):
        self.start()
        trained, _ = self.run_workflow("w")
        model = self.get(trained["job"])["fineTunedModel"]
        compared, _ = self.run_workflow("c", "--baseline", "sandbox-keyword-1", "--candidate", model,
                                        "--test", trained["testDataset"])
        self.assertEqual("STATE_SUCCEEDED", compared["state"])
        self.assertEqual(1, len(self.sandbox.jobs()))
        self.assertEqual(model, self.get(compared["decision"])["candidate"]["model"])

    def test_cancelled_workflow_cancels_its_job(self):
        self.start("--train_ms_per_step", "200")
        self.tunegate("workflow", "run", "--id", "w", "--detach")
        workflow = self.wait_for("workflows/w", lambda w: w.get("job"), "a job")
        self.wait_for_state(workflow["job"], "RUNNING")
        self.tunegate("workflow", "cancel", "w")
        self.wait_for_state("workflows/w", "CANCELLED")
        self.assertEqual("STATE_CANCELLED", self.get(workflow["job"])["state"])
        self.assertEqual(["cancelled"], [job["status"] for job in self.sandbox.jobs()])
        self.assertEqual(5, self.tunegate("workflow", "watch", "w", code=None).code)


if __name__ == "__main__":
    unittest.main()
