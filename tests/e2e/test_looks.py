"""Looks follow the questions: no copy of a test set, whatever it is called, has evidence of its own."""

import json
import random
import subprocess
import unittest

from tests.e2e.product import ProductTest

BASELINE = "sandbox-keyword-1"


class LooksTest(ProductTest):

    def setUp(self):
        super().setUp()
        self.start()
        self.tunegate("dataset", "generate", "--id", "nov", "--seed", "3")
        self.lines = self.export("nov-test")

    def export(self, dataset):
        path = self.path(f"{dataset}.jsonl")
        self.tunegate("dataset", "export", dataset, "-o", path)
        with open(path, encoding="utf-8") as file:
            return file.read().splitlines()

    def bring(self, name, lines, split="test"):
        path = self.path(f"{name}-file.jsonl", "".join(line + "\n" for line in lines))
        answer = self.tunegate("dataset", "import", path, "--task", "product_intent", "--split", split,
                               "--id", name)
        self.assertEqual("STATE_READY", answer.message()["dataset"]["state"])

    def evaluate(self, dataset, *options):
        """An evaluation of two prompts, run to its end."""
        self.tunegate("eval", "create", "--test", dataset, "--baseline", BASELINE, "--candidate", BASELINE,
                      "--id", f"e{self.random.randrange(10**9)}", *options, "--watch")
        return self.tunegate("eval", "list").message()["evaluations"][0]

    def look(self, dataset):
        evaluation = self.evaluate(dataset)
        return evaluation.get("look", 0), evaluation.get("relatedDatasets", [])

    def test_copy_extension_and_relabelling_are_further_looks(self):
        self.assertEqual((1, []), self.look("nov-test"))
        self.bring("copy", self.lines)
        self.assertEqual((2, ["datasets/nov-test"]), self.look("copy"))
        shuffled = list(self.lines)
        random.Random(1).shuffle(shuffled)
        self.bring("shuffled", shuffled)
        look, related = self.look("shuffled")
        self.assertEqual((3, {"datasets/nov-test", "datasets/copy"}), (look, set(related)))
        self.tunegate("dataset", "generate", "--id", "other", "--seed", "4")
        self.bring("extended", self.lines + self.export("other-test"))
        self.assertEqual(4, self.look("extended")[0])
        self.assertEqual(5, self.look("nov-test")[0])

    def test_looks_outlive_the_bytes_and_the_server(self):
        self.look("nov-test")
        self.tunegate("dataset", "delete", "nov-test", "--yes")
        self.server.stop()
        self.server.run()
        self.bring("again", self.lines)
        self.assertEqual((2, ["datasets/nov-test"]), self.look("again"))

    def test_unrelated_questions_begin_anew(self):
        self.look("nov-test")
        renamed = []
        for number, line in enumerate(self.lines):
            example = json.loads(line)
            example["messages"][-2]["content"] = f"pregunta {number} sin nada en común"
            renamed.append(json.dumps(example, ensure_ascii=False))
        self.bring("fresh", renamed)
        self.assertEqual((1, []), self.look("fresh"))

    def test_validation_data_choose_among_candidates_and_judge_none(self):
        first = self.evaluate("nov-validation")
        again = self.evaluate("nov-validation")
        self.assertEqual([0, 0], [first.get("look", 0), again.get("look", 0)])
        refused = self.tunegate("decision", "create", again["name"], code=64 + 9)
        self.assertEqual("NOT_A_TEST_SET", refused.error()["reason"])
        self.assertEqual(1, self.look("nov-test")[0])

    def test_later_look_is_told_wherever_a_verdict_is(self):
        self.look("nov-test")
        self.bring("copy", self.lines)
        evaluation = self.evaluate("copy")
        shown = self.tunegate_text("eval", "show", evaluation["name"]).out
        self.assertIn("look 2, alpha .025 in place of .05", " ".join(shown.split()))
        self.assertIn("datasets/nov-test asks the same", " ".join(shown.split()))
        decision = self.tunegate("decision", "create", evaluation["name"], "--id", "d").message()["decision"]
        self.assertIn("This is look 2 at the same questions (datasets/nov-test asks them as well)",
                      decision["explanation"])
        self.assertEqual(2, decision["look"])
        report = self.path("report.html")
        self.tunegate("eval", "report", "decisions/d", "-o", report)
        with open(report, encoding="utf-8") as file:
            page = file.read()
        self.assertIn("number 2 at these questions", page)
        self.assertIn("datasets/nov-test", page)

    def test_workflow_on_the_same_questions_says_so_before_and_after(self):
        # Generated data of one seed ask the same, whatever workflow they are made for.
        common = ("--seed", "3", "--epochs", "1", "--train-if-infeasible")
        self.look("nov-test")
        plan = self.tunegate("workflow", "run", "--dry-run", *common).message()["workflow"]["plan"]
        expected = ("look 2: datasets/nov-test asks 100 of these 100 questions; each look at the same "
                    "questions must show more")
        self.assertIn(expected, plan["warnings"])
        self.tunegate("workflow", "run", "--id", "w", *common, code=None)
        workflow = self.get("workflows/w")
        self.assertEqual("STATE_SUCCEEDED", workflow["state"])
        self.assertEqual([expected], [w for w in workflow["plan"]["warnings"] if w.startswith("look ")])
        self.assertEqual(2, self.get(workflow["evaluation"])["look"])

    def test_post_hoc_go_promotes_nothing(self):
        policy = self.path("lax.textproto", 'criteria { id: "lax" metric: "overall_accuracy" '
                                            "at_least: 0.01 } cluster_key: \"none\"\n")
        evaluation = self.evaluate("nov-test")
        made = self.tunegate("decision", "create", evaluation["name"], "--policy", policy, "--exit-status",
                             code=4).message()["decision"]
        self.assertEqual(["VERDICT_GO", "VERDICT_INCONCLUSIVE", True],
                         [made["verdict"], made["effectiveVerdict"], made["postHoc"]])

    # --- relabelling ---

    def disputes(self, evaluation, name):
        path = self.path(name)
        self.tunegate("eval", "disputed", evaluation["name"], "-o", path)
        return path

    def test_relabelled_version_is_made_blind_and_is_a_further_look(self):
        evaluation = self.evaluate("nov-test")
        path = self.disputes(evaluation, "disputed.jsonl")
        with open(path, encoding="utf-8") as file:
            disputed = [json.loads(line) for line in file]
        wrong = self.tunegate("eval", "results", evaluation["name"], "--limit", "1000", "--filter",
                              "baseline_right = false").message()["results"]
        self.assertEqual({result["exampleId"] for result in wrong}, {d["example"] for d in disputed})
        self.assertNotEqual(sorted(d["example"] for d in disputed), [d["example"] for d in disputed])
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for word in ("baseline", "candidate", BASELINE):
            self.assertNotIn(word, text)
        changed = 0
        for dispute in disputed:
            self.assertEqual("", dispute["right"])
            label = json.loads(json.loads(self.lines[int(dispute["example"]) - 1])["messages"][-1]["content"])
            self.assertIn(label, dispute["answers"])
            others = [i for i, answer in enumerate(dispute["answers"], 1) if answer != label]
            if others and changed < 5:
                dispute["right"] = f"#{others[0]}"
                changed += 1
        self.assertEqual(5, changed)
        answered = self.path("answered.jsonl", "".join(json.dumps(d) + "\n" for d in disputed))
        said = self.tunegate("dataset", "relabel", "nov-test", "--answers", answered, "--id", "nov-2")
        made = said.message()["dataset"]
        self.assertIn("judging by datasets/nov-2 is a further look", said.err)
        self.assertEqual("datasets/nov-test", made["labels"]["relabelled_from"])
        self.assertEqual(["datasets/nov-test with 5 of 100 labels changed by answered.jsonl"],
                         made["sources"])
        self.assertEqual(self.lines, self.export("nov-test"))
        self.assertEqual(5, sum(a != b for a, b in zip(self.lines, self.export("nov-2"))))
        self.assertEqual((2, ["datasets/nov-test"]), self.look("nov-2"))

    def test_table_goes_through_a_spreadsheet(self):
        path = self.disputes(self.evaluate("nov-test"), "disputed.tsv")
        with open(path, encoding="utf-8") as file:
            rows = file.read().splitlines()
        self.assertTrue(rows[0].startswith("example\tquery\tanswer #1\tanswer #2"))
        full = json.loads(json.loads(self.lines[0])["messages"][-1]["content"])
        full["intent_type"] = "GIFT" if full["intent_type"] != "GIFT" else "URGENT"
        cell = '"' + json.dumps(full, ensure_ascii=False).replace('"', '""') + '"'
        example = rows[1].split("\t")[0]
        answered = self.path("back.tsv", "\ufeff" + "\r\n".join(
            row.lstrip("0") + (cell if row.startswith(example + "\t") else "") for row in rows) + "\r\n")
        said = self.tunegate("dataset", "relabel", "nov-test", "--answers", answered, "--id", "nov-2")
        self.assertIn("1 label changed", said.err)

    def test_bad_answers_are_refused_with_every_line(self):
        answers = self.path("bad.jsonl", "\n".join([
            json.dumps({"example": "0000999", "query": "q", "answers": [], "right": "#1"}),
            json.dumps({"example": "0000001", "query": "other", "answers": [], "right": "#1"}),
            json.dumps({"example": "0000002", "answers": ["x"], "right": "pink",
                        "query": json.loads(self.lines[1])["messages"][-2]["content"]}),
            "nonsense"]))
        refused = self.tunegate("dataset", "relabel", "nov-test", "--answers", answers, "--id", "nov-2", code=1)
        self.assertEqual("ANSWERS_INVALID", refused.error()["reason"])
        self.assertEqual(["line 1", "line 2", "line 3", "line 4"],
                         sorted(v["field"] for v in refused.error()["fieldViolations"]))
        self.assertEqual(64 + 5, self.tunegate("dataset", "show", "nov-2", code=None).code)
        empty = self.path("empty.jsonl", "")
        nothing = self.tunegate("dataset", "relabel", "nov-test", "--answers", empty, code=1)
        self.assertEqual("NOTHING_CHANGED", nothing.error()["reason"])


class LooksOfTwoServersTest(ProductTest):

    def test_servers_that_share_a_database_give_no_number_twice(self):
        postgres = self.start_postgres()
        self.sandbox.run()
        servers = [self.make_server(self.sandbox.base_url, name, store=f'"{postgres.url}"').run()
                   for name in ("one", "two")]
        self.tunegate("dataset", "generate", "--id", "nov", "--seed", "3")
        path = self.path("nov.jsonl")
        self.tunegate("dataset", "export", "nov-test", "-o", path)
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        shorter = self.path("shorter.jsonl", "".join(line + "\n" for line in lines[:60]))
        self.tunegate("dataset", "import", shorter, "--task", "product_intent", "--split", "test",
                      "--id", "shorter")
        running = []
        for number in range(8):
            self.server = servers[number % 2]
            running.append(subprocess.Popen(
                self.command("eval", "create", "--test", ("nov-test", "shorter")[number // 2 % 2], "--baseline",
                             BASELINE, "--candidate", BASELINE, "--id", f"e{number}"),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL))
        self.assertEqual([0] * 8, [process.wait() for process in running])
        evaluations = self.tunegate("eval", "list").message()["evaluations"]
        self.assertEqual(list(range(1, 9)), sorted(evaluation["look"] for evaluation in evaluations))


if __name__ == "__main__":
    unittest.main()
