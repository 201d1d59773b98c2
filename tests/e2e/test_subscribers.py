"""The example services of client/examples: killed and restarted, they act on every GO exactly once."""

import json
import os
import shutil
import signal
import subprocess
import unittest

from tests import programs
from tests.e2e.product import ProductTest, Program, wait_until

NODE_EXAMPLE = "client/examples/node"


class Service(Program):
    """An example service; what it did is its output over all its lives."""

    def __init__(self, name, folder, command):
        super().__init__(name, folder)
        self.state_file = os.path.join(folder, f"{name}.state.json")
        self._command = [*command, "--state", self.state_file]

    def run(self):
        self.launch(self._command)

    def switches(self):
        with open(self.log, encoding="utf-8") as log:
            return [line.strip() for line in log if " GO: serving " in line]

    def position(self):
        if not os.path.exists(self.state_file):
            return 0
        with open(self.state_file, encoding="utf-8") as file:
            return int(json.load(file)["position"])


class SubscriberTest(ProductTest):

    def setUp(self):
        super().setUp()
        self.start()
        with open("tests/data/library_desk_test.tsv", encoding="utf-8") as file:
            examples = self.path("desk.tsv", file.read())
        self.tunegate("task", "create", "tests/data/library_desk.textproto", "--id", "desk")
        self.tunegate("dataset", "import", examples, "--task", "desk", "--split", "test",
                      "--headerless", "--columns", "1=assistant,2=user", "--id", "desk")

    def service(self, name, command):
        service = Service(name, self.folder, [*command, "--server", self.server.address])
        self._programs.append(service)
        return service

    def decide(self, name):
        """A decision that a person turns into GO, so that the example has something to do."""
        self.tunegate("eval", "create", "--id", name, "--test", "desk", "--baseline", "sandbox-keyword-1",
                      "--candidate", "gpt-4o-mini")
        self.wait_for_state(f"evaluations/{name}", "SUCCEEDED")
        self.tunegate("decision", "create", f"evaluations/{name}", "--id", name, code=None)
        self.tunegate("decision", "override", f"decisions/{name}", "--verdict", "GO", "--reason", "for the test")

    def check(self, service):
        """Acts on what was there before it came, on what comes, and on what came while it was dead."""
        self.decide("before")
        service.run()
        wait_until(lambda: len(service.switches()) == 1, "the decision that was there")
        self.decide("live")
        wait_until(lambda: len(service.switches()) == 2, "the decision while it ran")

        service.process.send_signal(signal.SIGKILL)
        service.wait()
        self.decide("missed")
        service.run()
        wait_until(lambda: len(service.switches()) == 3, "the decision while it was dead")

        self.server.kill()
        self.server.run()
        self.decide("after")
        wait_until(lambda: len(service.switches()) == 4, "the decision after the server's restart")
        self.assertEqual(["before", "live", "missed", "after"],
                         [line.split()[0].removeprefix("decisions/") for line in service.switches()])
        wait_until(lambda: service.position() > 0, "its position to be kept")

    def test_service_in_cpp_acts_once_on_every_decision(self):
        self.check(self.service("cpp", [programs.path_of("//client/examples:model_switch")]))

    def test_service_in_typescript_acts_once_on_every_decision(self):
        packages = subprocess.run(["tests/npm_packages", NODE_EXAMPLE], stdout=subprocess.PIPE, text=True,
                                  check=True).stdout.strip()
        folder = os.path.join(self.folder, "node")
        shutil.copytree(NODE_EXAMPLE, folder,
                        ignore=shutil.ignore_patterns("node_modules", "generated", "dist"))
        os.symlink(os.path.join(packages, "node_modules"), os.path.join(folder, "node_modules"))
        subprocess.run([os.path.join(folder, "build")], check=True,
                       env={**os.environ, "PROTOS": os.path.abspath("proto")})
        self.check(self.service("typescript", [
            "node", os.path.join(folder, "dist/model_switch.js"),
            "--service-config", os.path.abspath("proto/tunegate/v1/service_config.json")]))


if __name__ == "__main__":
    unittest.main()
