"""The same request_id makes one resource, however often, wherever and at once it is sent."""

import base64
import json
import subprocess
import unittest

from tests.e2e.product import PATIENCE_SECONDS, ProductTest
from tests.runner.command_suite import buf_program

# What is created with a request_id: method, body, another body, and where the answer has the name.
CREATIONS = {
    "DatasetService/GenerateDatasets": (
        {"spec": {"seed": "1", "trainCount": 60, "validationCount": 20, "testCount": 40}},
        {"spec": {"seed": "2", "trainCount": 60, "validationCount": 20, "testCount": 40}},
        lambda answer: answer["train"]["name"]),
    "JobService/CreateJob": (
        {"job": {"trainingDataset": "datasets/d-train", "baseModel": "sandbox-keyword-1"}},
        {"job": {"trainingDataset": "datasets/d-train", "displayName": "another"}},
        lambda answer: answer["job"]["name"]),
    "WorkflowService/CreateWorkflow": (
        {"workflow": {"displayName": "one"}},
        {"workflow": {"displayName": "another"}},
        lambda answer: answer["workflow"]["name"]),
}


class IdempotencyTest(ProductTest):

    def setUp(self):
        super().setUp()
        self.addresses = []

    def begin(self, method, body, address):
        """Calls as any gRPC client may, without waiting for the answer."""
        return subprocess.Popen(
            [buf_program(), "curl", "--protocol", "grpc", "--http2-prior-knowledge",
             "--data", json.dumps(body), f"http://{address}/tunegate.v1.{method}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self, process):
        """The answer, or the error, as JSON."""
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        text = out if process.returncode == 0 else err
        self.assertTrue(text.strip().startswith("{"), f"{text}\nserver:\n{self.server.output()}")
        return process.returncode, json.loads(text)

    def call(self, method, body, address=None):
        return self.finish(self.begin(method, body, address or self.addresses[0]))

    def start_here(self):
        self.start()
        self.addresses = [self.server.address]

    def start_replicas(self, count):
        postgres = self.start_postgres()
        self.sandbox.run()
        for i in range(count):
            self.make_server(self.sandbox.base_url, f"replica-{i}", store=f'"{postgres.url}"').run()
            self.addresses.append(self.server.address)

    def assert_each_is_made_once(self):
        """Twelve at once on all servers, and one more later."""
        self.tunegate("dataset", "generate", "--id", "d", "--seed", "1", "--train", "60",
                      "--validation", "20", "--test", "40")
        for method, (body, _, name_of) in CREATIONS.items():
            with self.subTest(method=method):
                request = {**body, "requestId": "order-17"}
                at_once = [self.begin(method, request, self.addresses[i % len(self.addresses)])
                           for i in range(12)]
                answers = [self.finish(process) for process in at_once]
                answers.append(self.call(method, request))
                self.assertEqual([0] * 13, [code for code, _ in answers], answers)
                self.assertEqual(1, len({name_of(answer) for _, answer in answers}))

    def assert_another_body_is_refused(self):
        for method, (body, other, name_of) in CREATIONS.items():
            with self.subTest(method=method):
                code, first = self.call(method, {**body, "requestId": "order-18"})
                self.assertEqual(0, code, first)
                code, refused = self.call(method, {**other, "requestId": "order-18"},
                                          self.addresses[-1])
                self.assertNotEqual(0, code, refused)
                self.assertEqual("already_exists", refused["code"])
                info = next(base64.b64decode(detail["value"] + "==") for detail in refused["details"]
                            if detail["type"] == "google.rpc.ErrorInfo")
                self.assertIn(b"REQUEST_ID_REUSED", info)
                self.assertIn(name_of(first).encode(), info, "it names what the first call made")

    def test_on_one_server(self):
        self.start_here()
        self.assert_each_is_made_once()
        self.assert_another_body_is_refused()

    def test_on_replicas(self):
        self.start_replicas(3)
        self.assert_each_is_made_once()
        self.assert_another_body_is_refused()

    def test_after_a_restart(self):
        self.start_here()
        body = {"workflow": {}, "requestId": "order-19"}
        _, first = self.call("WorkflowService/CreateWorkflow", body)
        self.server.kill()
        self.server.run()
        code, again = self.call("WorkflowService/CreateWorkflow", body, self.server.address)
        self.assertEqual(0, code, again)
        self.assertEqual(first["workflow"]["name"], again["workflow"]["name"])


if __name__ == "__main__":
    unittest.main()
