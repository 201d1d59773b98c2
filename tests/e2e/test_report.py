"""The HTML report in a real browser: it shows the verdict, and what a model said is only text."""

import os
import shutil
import subprocess
import unittest

from tests.e2e.product import PATIENCE_SECONDS, VERDICT_OF_EXIT, ProductTest

HOSTILE = "<img src=x onerror=\"document.body.dataset.owned='yes'\"><script>document.title='owned'</script>"


def rendered(path):
    """The page's DOM after a browser has run all that it would run."""
    browser = shutil.which("chromium")
    if not browser:
        raise AssertionError("chromium is not installed; remedy: deploy/install_packages --tests")
    done = subprocess.run(
        [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
         f"--user-data-dir={path}.profile", "--virtual-time-budget=2000", "--dump-dom",
         f"file://{os.path.abspath(path)}"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=PATIENCE_SECONDS, check=False)
    if done.returncode != 0:
        raise AssertionError(f"chromium ended with {done.returncode}: {done.stderr}")
    return done.stdout


class ReportTest(ProductTest):

    def report(self, name):
        path = self.path("report.html")
        self.tunegate_text("eval", "report", name, "-o", path)
        return path

    def test_report_shows_the_verdict_and_needs_nothing_else(self):
        self.start()
        answer = self.tunegate("workflow", "run", "--id", "w", code=None)
        path = self.report(self.get("workflows/w")["decision"])
        dom = rendered(path)
        self.assertIn(VERDICT_OF_EXIT[answer.code], dom)
        for shown in ("intent_type", "GIFT", "sandbox-keyword-1", "<svg"):
            self.assertIn(shown, dom)
        with open(path, encoding="utf-8") as file:
            page = file.read()
        for outside in ('src="http', 'href="http', "@import", "url(http"):
            self.assertNotIn(outside, page)

    def test_hostile_answer_is_only_text(self):
        self.sandbox.run()
        self.start_server(self.sandbox.base_url)
        self.tunegate("workflow", "run", "--id", "w", code=None)
        workflow = self.get("workflows/w")
        model = self.get(workflow["job"])["fineTunedModel"]
        self.sandbox.set_faults({"on": "POST /chat/completions", "every": 2, "do": {
            "set": {"/choices/0/message/content": HOSTILE, "/model": HOSTILE}}})
        self.tunegate("workflow", "run", "--id", "hostile", "--baseline", "sandbox-keyword-1",
                      "--candidate", model, "--test", workflow["testDataset"], code=None)
        evaluation = self.get("workflows/hostile")["evaluation"]
        dom = rendered(self.report(evaluation))
        self.assertIn("&lt;img src=x", dom)
        self.assertNotIn("<img src=x", dom)
        self.assertNotIn("data-owned", dom)
        self.assertNotIn("<title>owned</title>", dom)


if __name__ == "__main__":
    unittest.main()
