"""A provider behind TLS is asked over HTTP/2 where it offers that, many calls on one connection."""

import json
import os
import ssl
import subprocess
import urllib.request

from tests.e2e.product import ProductTest, Program

EXAMPLES = 40


class Http2Test(ProductTest):

    def start_provider(self):
        """A provider with a certificate of its own."""
        self.key, self.certificate = self.path("key.pem"), self.path("certificate.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost", "-keyout", self.key, "-out", self.certificate],
            check=True, stderr=subprocess.DEVNULL)
        provider = Program("provider", self.folder)
        self.addCleanup(provider.kill)
        script = os.path.join(os.path.dirname(__file__), "http2_provider.mjs")
        provider.start(["node", script, self.key, self.certificate])
        return f"https://{provider.address}"

    def seen(self, address):
        context = ssl.create_default_context(cafile=self.certificate)
        with urllib.request.urlopen(f"{address}/seen", context=context, timeout=60) as answer:
            return json.load(answer)

    def test_chats_share_connections_over_http2(self):
        address = self.start_provider()
        server = self.make_server(f"{address}/v1")
        server.settings["providers"] = server.settings["providers"].replace(
            " sandbox: true", f' ca_file: "{self.certificate}"')
        server.run()
        self.tunegate("task", "create", "tests/data/library_desk.textproto", "--id", "desk")
        lines = "".join(f"join\tI want to join (number {i})\n" for i in range(EXAMPLES))
        self.tunegate("dataset", "import", self.path("desk.tsv", lines), "--task", "desk", "--split",
                      "validation", "--headerless", "--columns", "1=assistant,2=user", "--id", "desk")
        before = self.seen(address)
        self.tunegate("eval", "create", "--id", "remote", "--test", "desk", "--baseline", "remote-1",
                      "--concurrency", "16")
        evaluation = self.wait_for_state("evaluations/remote", "SUCCEEDED", "FAILED", "BLOCKED")
        self.assertEqual("STATE_SUCCEEDED", evaluation["state"], evaluation.get("failure"))
        after = self.seen(address)
        self.assertEqual(EXAMPLES, after["http2"] - before["http2"])
        self.assertEqual(0, after["http1"])
        # Those of this test's own two looks are among them.
        self.assertLessEqual(after["connections"] - before["connections"], 1 + 2)


if __name__ == "__main__":
    import unittest
    unittest.main()
