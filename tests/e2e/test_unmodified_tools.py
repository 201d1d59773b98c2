"""Tools that know nothing of us: buf calls the server by reflection, as the README shows."""

import json
import subprocess
import unittest

from tests.e2e.product import PATIENCE_SECONDS, ProductTest
from tests.runner.command_suite import buf_program


class UnmodifiedToolsTest(ProductTest):

    def call(self, method, request, *flags):
        """buf curl; returns the stream's messages."""
        done = subprocess.run(
            [buf_program(), "curl", "--protocol", "grpc", "--http2-prior-knowledge", *flags,
             "--data", json.dumps(request), f"http://{self.server.address}/{method}"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=PATIENCE_SECONDS,
            check=False)
        self.assertEqual(0, done.returncode, f"{done.stderr}\nserver:\n{self.server.output()}")
        decoder, messages, text = json.JSONDecoder(), [], done.stdout.strip()
        while text:
            message, end = decoder.raw_decode(text)
            messages.append(message)
            text = text[end:].lstrip()
        return messages

    def test_reflection_lists_every_service(self):
        self.start()
        done = subprocess.run(
            [buf_program(), "curl", "--protocol", "grpc", "--http2-prior-knowledge",
             "--list-services", f"http://{self.server.address}"],
            stdout=subprocess.PIPE, text=True, timeout=PATIENCE_SECONDS, check=True)
        services = set(done.stdout.split())
        self.assertLessEqual(
            {f"tunegate.v1.{kind}Service" for kind in ("Task", "Dataset", "Job", "Evaluation",
                                                       "Decision", "Workflow", "Event", "Admin")}
            | {"grpc.health.v1.Health", "grpc.channelz.v1.Channelz"}, services)

    def test_health_serves(self):
        self.start()
        self.assertEqual([{"status": "SERVING"}], self.call("grpc.health.v1.Health/Check", {}))

    def test_channelz_names_our_listening_server(self):
        self.start()
        servers = self.call("grpc.channelz.v1.Channelz/GetServers", {})[0]["server"]
        self.assertGreaterEqual(len(servers), 1)

    def test_workflow_is_run_and_watched(self):
        self.start()
        self.call("tunegate.v1.WorkflowService/CreateWorkflow", {"workflowId": "w", "workflow": {}})
        stream = self.call("tunegate.v1.EventService/WatchEvents",
                           {"resources": ["workflows/w"], "includeOwned": True, "snapshot": True,
                            "stopWhenTerminal": True})
        events = [event for message in stream for event in message.get("events", [])]
        last = [e for e in events if e["resource"] == "workflows/w"][-1]
        self.assertEqual("STATE_SUCCEEDED", last["workflow"]["state"])
        self.assertTrue(any(e["resource"].startswith("decisions/") for e in events))

    def test_malformed_request_is_refused_and_the_server_stays_up(self):
        self.start()
        done = subprocess.run(
            [buf_program(), "curl", "--protocol", "grpc", "--http2-prior-knowledge", "--data",
             '{"name": "no such name"}',
             f"http://{self.server.address}/tunegate.v1.JobService/GetJob"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=PATIENCE_SECONDS,
            check=False)
        self.assertNotEqual(0, done.returncode)
        self.assertIn("invalid_argument", done.stderr)
        self.assertEqual([{"status": "SERVING"}], self.call("grpc.health.v1.Health/Check", {}))


if __name__ == "__main__":
    unittest.main()
