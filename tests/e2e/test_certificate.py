"""Certificates of decisions through the real programs: made by the server, checked without it."""

import base64
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess

from tests.e2e.product import CLI, PATIENCE_SECONDS, VERDICT_OF_EXIT, ProductTest


def read(path):
    with open(path, "rb") as file:
        return file.read()


class CertificateTest(ProductTest):

    def decide(self):
        """A whole workflow; returns its decision's name."""
        answer = self.tunegate("workflow", "run", "--id", "w", code=None)
        self.assertIn(answer.code, VERDICT_OF_EXIT, answer.err)
        return self.get("workflows/w")["decision"]

    def save(self, decision, name):
        """The decision's certificate as a file."""
        path = self.path(name)
        self.tunegate_text("decision", "certificate", decision, "-o", path)
        return path

    def save_key(self, name="key.pem"):
        path = self.path(name)
        self.tunegate_text("decision", "public-key", "-o", path)
        return path

    def verify(self, *arguments, code):
        """Runs `decision verify` as somebody does who knows no server."""
        done = subprocess.run(
            [CLI, "decision", "verify", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, timeout=PATIENCE_SECONDS, check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8", "TUNEGATE_SERVER": "127.0.0.1:1"})
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_certificate_is_verified_and_every_figure_made_again_without_the_server(self):
        self.start()
        decision = self.decide()
        first = self.save(decision, "first.json")
        again = self.tunegate("decision", "create", self.get(decision)["evaluation"]).message()
        second = self.save(again["decision"]["name"], "second.json")
        key = self.save_key()
        results = self.path("results.jsonl")
        self.tunegate_text("eval", "report", decision, "-o", results)
        self.server.stop()
        self.sandbox.stop()

        said = self.verify(first, "--public_key", key, "--results", results, code=0)
        payload = json.loads(read(first))["payload"]
        self.assertIn(payload["verdict"] + " follows from the results", said)
        self.assertRegex(said, r"figures +ok: \d+ examples, \d+ answers graded anew: \d{3,} figures")
        # What the certificate names is what any other tool finds.
        self.assertEqual(payload["evidence_sha256"], hashlib.sha256(read(results)).hexdigest())
        self.assertEqual(decision, payload["decision"])
        self.verify(second, "--public_key", key, "--results", results, "--previous", first, code=0)
        self.assertIn("the first of its chain",
                      self.verify(first, "--public_key", key, "--previous", second, code=1))
        self.assert_changed_answer_is_named(first, key, results)
        self.assert_changed_bytes_are_refused(first, key)

    def assert_changed_answer_is_named(self, certificate, key, results):
        """The first answer of the candidate's that was right becomes empty."""
        lines = read(results).decode().splitlines()
        for number in range(1, len(lines)):
            example = json.loads(lines[number])
            call = next(c for c in example["calls"] if c["arm"] == "ARM_CANDIDATE")
            if call["text"] != example["expected"]:
                continue
            call["text"] = "{}"
            lines[number] = json.dumps(example, ensure_ascii=False)
            break
        else:
            self.fail("the candidate got nothing right to the byte")
        changed = self.path("changed.jsonl", "\n".join(lines) + "\n")
        said = self.verify(certificate, "--public_key", key, "--results", changed, code=1)
        flat = " ".join(said.split())
        self.assertIn("evidence WRONG: these are not the results that were decided on", flat)
        self.assertRegex(flat, r"figures WRONG: [a-z_]+.*: the certificate says .*, the results give ")

    def assert_changed_bytes_are_refused(self, certificate, key):
        text = read(certificate)
        for _ in range(12):
            place = self.random.randrange(len(text))
            changed = bytearray(text)
            changed[place] ^= 1
            path = self.path("changed.json")
            with open(path, "wb") as file:
                file.write(changed)
            self.assertIn("NOT VALID", self.verify(path, "--public_key", key, code=1))
        self.verify(certificate, "--public_key", certificate, code=2)

    def test_key_is_made_once_kept_private_and_the_chain_goes_on(self):
        self.start()
        decision = self.decide()
        first = self.save(decision, "first.json")
        key = self.save_key()
        made = os.path.join(self.server.data_dir, "decision_key.pem")
        self.assertEqual(0o600, stat.S_IMODE(os.stat(made).st_mode))
        fingerprint = hashlib.sha256(subprocess.run(
            ["openssl", "pkey", "-pubin", "-in", key, "-outform", "DER"],
            stdout=subprocess.PIPE, check=True).stdout).hexdigest()
        self.assertIn(fingerprint[:12], self.tunegate_text("admin", "info").out)

        self.server.kill()
        self.server.run()
        self.assertEqual(read(key), read(self.save_key("later.pem")))
        evaluation = self.get(decision)["evaluation"]
        later = self.tunegate("decision", "create", evaluation).message()["decision"]
        self.assertEqual(self.get(decision)["certificateDigest"], later["previousCertificateDigest"])
        second = self.save(later["name"], "second.json")
        self.verify(second, "--public_key", key, "--previous", first, code=0)

        # A key that got lost is replaced, and the log says what that means.
        self.server.stop()
        os.remove(made)
        self.server.run()
        self.assertIn("the key that signed decisions is gone", self.server.output())
        self.assertNotEqual(read(key), read(self.save_key("new.pem")))
        last = self.tunegate("decision", "create", evaluation).message()["decision"]
        third = self.save(last["name"], "third.json")
        self.verify(third, "--public_key", key, code=1)
        said = self.verify(third, "--public_key", self.path("new.pem"), "--previous", second, code=0)
        self.assertIn("signed with another key", " ".join(said.split()))

    def test_decisions_at_once_make_one_chain_without_forks(self):
        self.start()
        evaluation = self.get(self.decide())["evaluation"]
        create = self.command("decision", "create", evaluation)
        running = [subprocess.Popen(create, stdout=subprocess.DEVNULL) for _ in range(8)]
        self.assertEqual([0] * 8, [process.wait(timeout=PATIENCE_SECONDS) for process in running])
        decisions = self.tunegate("decision", "list").message()["decisions"]
        self.assertEqual(9, len(decisions))
        followers = {d.get("previousCertificateDigest", ""): d["certificateDigest"] for d in decisions}
        self.assertEqual(9, len(followers), "two follow the same one")
        length, last = 0, ""
        while last in followers:
            length, last = length + 1, followers[last]
        self.assertEqual(9, length)

    def test_signature_is_one_that_openssl_believes(self):
        self.sandbox.run()
        secret = self.path("secret.pem")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", secret], check=True)
        os.chmod(secret, 0o640)
        self.start_server(self.sandbox.base_url, decision_key_file=f'"{secret}"')
        self.assertIn("others than its owner may use the key", self.server.output())
        certificate = self.save(self.decide(), "certificate.json")
        public = self.path("public.pem")
        subprocess.run(["openssl", "pkey", "-in", secret, "-pubout", "-out", public], check=True)
        self.assertEqual(read(public), read(self.save_key()))
        payload = re.search(rb'"payload":(\{.*\}),"signature":', read(certificate)).group(1)
        parts = json.loads(read(certificate))
        self.assertEqual(parts["digest"], hashlib.sha256(payload).hexdigest())
        for name, data in (("payload", payload), ("signature", base64.b64decode(parts["signature"]))):
            with open(self.path(name), "wb") as file:
                file.write(data)
        done = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin",
             "-in", self.path("payload"), "-sigfile", self.path("signature")],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(0, done.returncode, done.stdout)

    def test_key_file_that_is_no_such_key_is_told_at_start(self):
        self.sandbox.run()
        server = self.make_server(self.sandbox.base_url)
        for name, text, expected in (
                ("gone.pem", None, "No such file or directory"),
                ("text.pem", "my key\n", "no private key in PEM form"),
                ("rsa.pem", self.rsa_key(), "another kind than Ed25519")):
            path = self.path(name, text)
            server.settings["decision_key_file"] = f'"{path}"'
            said, status = server.refuses()
            self.assertNotEqual(0, status)
            self.assertIn("decision_key_file: " + path, said)
            self.assertIn(expected, said)
            self.assertIn("openssl genpkey -algorithm ed25519", said)

    @staticmethod
    def rsa_key():
        return subprocess.run(
            ["openssl", "genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:1024"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout


if __name__ == "__main__":
    import unittest

    unittest.main()
