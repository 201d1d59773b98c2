"""Graders: scores and right or wrong of two real models, against graders written anew in Python."""

import json
import re
import unittest

from tests.e2e.product import VERDICT_OF_EXIT, ProductTest

TASK = "deploy/examples/tickets.textproto"
THRESHOLDS = {"kind": 1, "tags": 0.7, "amount": 1, "code": 1, "channel": 1, "reply": 0.6, "details": 1}


def words(text):
    return re.findall(r"[a-z0-9]+", text.lower())


def rouge_l(right, answered):
    a, b = words(right), words(answered)
    if not a or not b:
        return float(right == answered)
    row = [0] * (len(b) + 1)
    for x in a:
        before, row = row, [0]
        for j, y in enumerate(b):
            row.append(before[j] + 1 if x == y else max(row[j], before[j + 1]))
    return 2 * row[-1] / (len(a) + len(b))


def set_f1(right, answered):
    a, b = set(right), set(answered)
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 1


def holds(whole, part):
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            key in whole and holds(whole[key], value) for key, value in part.items())
    return whole == part


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


GRADERS = {
    "kind": (str, lambda right, said: right == said),
    "tags": (list, set_f1),
    "amount": (float, lambda right, said: abs(right - said) <= max(0.5, 0.02 * right) + 1e-9),
    "code": (str, lambda right, said: re.search(r"^[A-Z]{2}-\d+$", said) is not None),
    "channel": (str, lambda right, said: right.lower() in said.lower()),
    "reply": (str, rouge_l),
    "details": (object, lambda right, said: holds(said, right)),
}


def scores_of(expected, text):
    """By field, as task.proto defines them."""
    try:
        answer = json.loads(text)
    except ValueError:
        return dict.fromkeys(GRADERS, 0)
    scores = {}
    for field, (kind, grade) in GRADERS.items():
        said = answer.get(field)
        fits = field in answer and (is_number(said) if kind is float else isinstance(said, kind))
        scores[field] = float(grade(expected[field], said)) if fits else 0
    return scores


class GradersTest(ProductTest):

    def evaluate(self):
        """Both models' answers to the test tickets, after training one of them."""
        self.start()
        self.tunegate("task", "create", TASK, "--id", "tickets")
        for split in ("train", "test"):
            answer = self.tunegate("dataset", "import", f"tests/data/tickets_{split}.csv", "--task",
                                   "tickets", "--split", split, "--id", f"tickets-{split}")
            self.assertEqual("STATE_READY", answer.message()["dataset"]["state"])
        done = self.tunegate("workflow", "run", "--id", "tickets", "--task", "tickets", "--train",
                             "tickets-train", "--test", "tickets-test", "--epochs", "10",
                             "--train-if-infeasible", code=None)
        self.assertIn(done.code, VERDICT_OF_EXIT, done.err)
        evaluation = self.get(self.get("workflows/tickets")["evaluation"])
        results = self.tunegate("eval", "results", evaluation["name"], "--limit", "1000").messages()
        return evaluation["report"], [r for page in results for r in page.get("results", [page])]

    def test_scores_and_right_or_wrong_are_what_the_graders_define(self):
        report, results = self.evaluate()
        self.assertEqual(27, len(results))
        sums = {"baseline": dict.fromkeys(GRADERS, 0), "candidate": dict.fromkeys(GRADERS, 0)}
        partial = right = 0
        for result in results:
            expected = json.loads(result["expected"])
            for arm, of_arm in sums.items():
                answer = result[arm]
                wanted = scores_of(expected, answer["text"])
                with self.subTest(example=result["exampleId"], arm=arm):
                    self.assertEqual(set(GRADERS), set(answer["scores"]))
                    for field, score in wanted.items():
                        self.assertAlmostEqual(score, answer["scores"][field], 6, field)
                        self.assertEqual(score >= THRESHOLDS[field], answer["right"][field], field)
                    self.assertEqual(all(answer["right"].values()), answer.get("overallRight", False))
                for field, score in wanted.items():
                    of_arm[field] += score
                    partial += 0 < score < 1
                right += answer.get("overallRight", False)
        # The data is such that every outcome occurs: otherwise this test would show little.
        self.assertGreater(partial, 0)
        self.assertGreater(right, 0)
        self.assertLess(right, 2 * len(results))
        self.check_means(report, sums, len(results))

    def check_means(self, report, sums, count):
        """Only graders that give more than right and wrong have a mean that says more."""
        self.assertEqual({"tags": "set_f1", "reply": "text_similarity"},
                         {mean["field"]: mean["grader"] for mean in report["scores"]})
        for mean in report["scores"]:
            for arm, of_arm in sums.items():
                self.assertAlmostEqual(of_arm[mean["field"]] / count, mean[arm].get("value", 0), 5)
        accuracy = {m["id"]: m["candidate"]["value"] for m in report["metrics"] if not m.get("slice")}
        self.assertGreater(accuracy["code.accuracy"], accuracy["amount.accuracy"])

    def test_every_fault_of_a_grader_is_told_before_anything_is_stored(self):
        self.start()
        bad = self.path("bad.textproto", """
            fields { id: "a" scored: true number {}
                     grader { numeric { absolute_tolerance: -1 } pass_threshold: 2 } }
            fields { id: "b" text {} grader { regular_expression { pattern: "x(" } } }
            fields { id: "c" text {} grader { openai_json: '{"type": "label_model"}' } }""")
        answer = self.tunegate("task", "create", bad, "--id", "bad", code=64 + 3)
        said = answer.err
        for part in ("task.fields[0].grader.numeric.absolute_tolerance",
                     "task.fields[0].grader.pass_threshold",
                     "task.fields[1].grader.regular_expression.pattern", "at character 2",
                     "task.fields[2].grader.openai_json", "'label_model', which is not run here"):
            self.assertIn(part, said)
        self.tunegate("task", "show", "bad", code=64 + 5)

    def test_the_table_of_a_number_field_is_checked_by_line_and_column(self):
        self.start()
        self.tunegate("task", "create", TASK, "--id", "tickets")
        table = self.path("bad.csv", "user,kind,tags,amount,code,channel,reply,details\n"
                                     "hello,refund,,\"12,50\",AB-1,mail,ok,{}\n"
                                     "hello,refund,,12.50,AB-1,mail,ok,{\n")
        answer = self.tunegate("dataset", "import", table, "--task", "tickets", "--split", "test",
                               "--id", "bad", code=None)
        self.assertNotEqual(0, answer.code)
        pages = self.tunegate("dataset", "findings", "bad").messages()
        found = {finding["rule"]: finding for page in pages for finding in page["findings"]}
        number, details = found["NOT_A_NUMBER"], found["CELL_NOT_JSON"]
        self.assertEqual(("2", 15, "amount"), (number["line"], number["column"], number["path"]))
        self.assertEqual(("3", 34, "details"), (details["line"], details["column"], details["path"]))
        self.assertIn("decimal point", number["remedy"])


if __name__ == "__main__":
    unittest.main()
