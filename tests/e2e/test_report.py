"""The reports of a real run: HTML in a real browser, JUnit XML through a real parser.

TUNEGATE_KEEP_TEST_DATA=1 keeps the pages and their pictures.
"""

import csv
import json
import os
import subprocess
import unittest
import xml.etree.ElementTree

from tests.e2e.browser import Browser
from tests import programs
from tests.e2e.product import PATIENCE_SECONDS, VERDICT_OF_EXIT, ProductTest

SAMPLE = programs.path_of("//server/evaluations:sample_report")
PHONE, DESK, PAPER = 390, 1280, 690
HOSTILE = "<img src=x onerror=\"document.body.dataset.owned='yes'\"><script>document.title='owned'</script>"
# What XML knows no way to write, what ends its sections, and what turns a line around.
HOSTILE_XML = "]]></failure>\x01\x1b[31m\u202e\ufffe & <testcase name='x'/>\n"


class PageTest(ProductTest):
    """What every page must be, whoever opens it with what."""

    def check(self, browser, path):
        """Phone and desk, light and dark; pictures are kept beside the page."""
        for width in (PHONE, DESK):
            for scheme in ("light", "dark"):
                with self.subTest(page=os.path.basename(path), width=width, scheme=scheme):
                    page = browser.open(path, width, scheme)
                    with open(f"{path}.{width}.{scheme}.png", "wb") as file:
                        file.write(page.picture())
                    self.assertEqual(page.audit(), [])
                    self.assertEqual(page.complaints(), [])
                    self.assertEqual(page.pictures_without_name(), [])
                    self.assertEqual(page.requests(), [f"file://{os.path.abspath(path)}"])

    def check_paper(self, browser, path):
        page = browser.open(path, PAPER, "dark", media="print")
        with open(f"{path}.print.png", "wb") as file:
            file.write(page.picture())
        self.assertEqual(page.audit(least_font=9), [])  # 7 points
        self.assertEqual(page.evaluate("getComputedStyle(document.querySelector('nav')).display"), "none")

    def check_keyboard(self, browser, path):
        """The first stop skips to the report; every stop can be seen."""
        page = browser.open(path, DESK)
        page.press("Tab")
        first = page.focus()
        self.assertEqual(first["text"], "Skip to the report")
        self.assertTrue(first["seen"], first)
        page.press("Enter")
        self.assertEqual(page.focus()["id"], "main")
        stops = 0
        while True:
            page.press("Tab")
            stop = page.focus()
            if stop["tag"] == "BODY":  # past the last one
                break
            stops += 1
            self.assertTrue(stop["seen"] and stop["ring"], stop)
        self.assertGreater(stops, 5)


class ReportTest(PageTest):

    def report(self, name, ending="html"):
        path = self.path(f"report.{ending}")
        self.tunegate_text("eval", "report", name, "--out", path)
        return path

    def run_workflow(self):
        answer = self.tunegate("workflow", "run", "--id", "w", code=None)
        return VERDICT_OF_EXIT[answer.code], self.get("workflows/w")["decision"]

    def test_report_of_a_run_is_a_page_for_everybody(self):
        self.start()
        verdict, decision = self.run_workflow()
        path = self.report(decision)
        with Browser() as browser:
            self.check(browser, path)
            self.check_paper(browser, path)
            self.check_keyboard(browser, path)
            dom = browser.open(path, DESK).html()
        for shown in (verdict, "intent_type", "GIFT", "sandbox-keyword-1", "Assured gain", "<svg"):
            self.assertIn(shown, dom)
        with open(path, encoding="utf-8") as file:
            page = file.read()
        for outside in ('src="http', 'href="http', "@import", "url(http", "<script"):
            self.assertNotIn(outside, page)

    def test_hostile_answer_is_only_text(self):
        self.sandbox.run()
        self.start_server(self.sandbox.base_url)
        self.tunegate("workflow", "run", "--id", "w", code=None)
        workflow = self.get("workflows/w")
        model = self.get(workflow["job"])["fineTunedModel"]
        self.sandbox.set_faults({"on": "POST /chat/completions", "every": 2, "do": {
            "set": {"/choices/0/message/content": HOSTILE, "/model": HOSTILE + HOSTILE_XML}}})
        self.tunegate("workflow", "run", "--id", "hostile", "--baseline", "sandbox-keyword-1",
                      "--candidate", model, "--test", workflow["testDataset"], code=None)
        evaluation = self.get("workflows/hostile")["evaluation"]
        with Browser() as browser:
            self.check(browser, self.report(evaluation))
            page = browser.open(self.path("report.html"), PHONE)
            dom = page.html()
            self.assertEqual(page.evaluate("document.images.length + document.scripts.length"), 0)
        self.assertIn("&lt;img src=x", dom)
        self.assertNotIn("data-owned", dom)
        self.assertNotIn("<title>owned</title>", dom)
        suite = self.junit_suite(self.report(evaluation, "xml"))
        self.assertIn("<img src=x onerror", suite.find("system-err").text)

    def test_junit_tells_a_ci_system_what_the_decision_says(self):
        self.start()
        verdict, decision = self.run_workflow()
        suite = self.junit_suite(self.report(decision, "xml"))
        criteria = self.get(decision)["criteria"]
        names = [case.get("name") for case in suite.iter("testcase")]
        self.assertEqual(names[:len(criteria)], [one["criterionId"] for one in criteria])
        properties = {one.get("name"): one.get("value") for one in suite.iter("property")}
        self.assertEqual(properties["verdict"], verdict)
        self.assertEqual(properties["decision"], decision)
        report = json.loads(self.tunegate_text("eval", "report", decision, "--format", "json").out)
        self.assertEqual(float(properties["assured_gain"]), report["decision"]["assuredGain"])
        passed = {"OUTCOME_PASS": None, "OUTCOME_SKIPPED": "skipped", "OUTCOME_INCONCLUSIVE": "error",
                  "OUTCOME_FAIL": "failure", "OUTCOME_INFEASIBLE": "failure"}
        for case, criterion in zip(suite.iter("testcase"), criteria):
            children = [child.tag for child in case]
            expected = passed[criterion["outcome"]]
            self.assertEqual(children, [expected] if expected else [], criterion)

    def test_csv_has_every_answer(self):
        self.start()
        _, decision = self.run_workflow()
        evaluation = self.get(self.get(decision)["evaluation"])
        with open(self.report(decision, "csv"), encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 2 * int(evaluation["report"]["exampleCount"]))
        for column in ("confidence", "reused_from", "slices", "intent_type_right", "intent_type_score"):
            self.assertIn(column, rows[0])

    def junit_suite(self, path):
        """The one suite of a document that holds to what readers of JUnit XML agree on."""
        root = xml.etree.ElementTree.parse(path).getroot()
        self.assertEqual((root.tag, len(root)), ("testsuites", 1))
        suite = root[0]
        order = [child.tag for child in suite]
        cases = order.count("testcase")
        self.assertEqual(order, ["properties", *["testcase"] * cases, "system-out", "system-err"])
        for tag, attribute in (("testcase", "tests"), ("failure", "failures"), ("error", "errors"),
                               ("skipped", "skipped")):
            self.assertEqual(len(list(suite.iter(tag))), int(suite.get(attribute)), tag)
        self.assertRegex(suite.get("timestamp"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$")
        self.assertGreaterEqual(float(suite.get("time")), 0)
        self.assertTrue(suite.get("name") and suite.get("hostname"))
        for case in suite.iter("testcase"):
            self.assertTrue(case.get("name") and case.get("classname"))
            self.assertEqual(case.get("time"), "0.000")
            for outcome in case:
                self.assertTrue(outcome.get("message"))
        return suite


class SampleTest(PageTest):
    """Pages that have everything that a report can show, each verdict and each way of asking."""

    def test_every_sample_is_a_page_for_everybody(self):
        with Browser() as browser:
            for kind in ("GO", "NO_GO", "INCONCLUSIVE", "BASELINE", "BATCH", "SECOND_LOOK"):
                path = self.path(f"{kind}.html")
                with open(path, "wb") as file:
                    subprocess.run([SAMPLE, kind], stdout=file, timeout=PATIENCE_SECONDS, check=True)
                self.check(browser, path)
                self.check_paper(browser, path)

    def test_names_without_end_do_not_widen_the_page(self):
        made = subprocess.run([SAMPLE, "GO"], stdout=subprocess.PIPE, timeout=PATIENCE_SECONDS, check=True).stdout
        for name in (b"PERSONAL_USE", b"missing_accents", b"ambiguous", b"B1x", b"product_intent"):
            self.assertIn(name, made)
            made = made.replace(name, b"x" * 100)
        path = self.path("long.html")
        with open(path, "wb") as file:
            file.write(made)
        with Browser() as browser:
            self.check(browser, path)
            self.check_paper(browser, path)


if __name__ == "__main__":
    unittest.main()
