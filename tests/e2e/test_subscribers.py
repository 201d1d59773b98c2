"""The example services of client/examples: whatever dies, they act on every GO, and once."""

import json
import os
import shutil
import subprocess
import unittest

from tests import programs
from tests.e2e.product import ProductTest, Program, free_port, wait_until
from tests.e2e.replicas import ReplicasCase
from tests.e2e.test_watch import Line

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


class Subscribing(ProductTest):
    """Decisions to be told of, and services that are; it has no test of its own."""

    def add_questions(self):
        with open("tests/data/library_desk_test.tsv", encoding="utf-8") as file:
            examples = self.path("desk.tsv", file.read())
        self.tunegate("task", "create", "tests/data/library_desk.textproto", "--id", "desk")
        self.tunegate("dataset", "import", examples, "--task", "desk", "--split", "test",
                      "--headerless", "--columns", "1=assistant,2=user", "--id", "desk")

    def decide(self, name):
        """A decision that a person turns into GO, so that the example has something to do."""
        self.tunegate("eval", "create", "--id", name, "--test", "desk", "--baseline", "sandbox-keyword-1",
                      "--candidate", "gpt-4o-mini")
        self.wait_for_state(f"evaluations/{name}", "SUCCEEDED")
        self.tunegate("decision", "create", f"evaluations/{name}", "--id", name, code=None)
        self.tunegate("decision", "override", f"decisions/{name}", "--verdict", "GO", "--reason", "for the test")

    def cpp(self, addresses):
        return self._service("cpp", [programs.path_of("//client/examples:model_switch")], addresses)

    def typescript(self, addresses, *flags):
        packages = subprocess.run(["tests/npm_packages", NODE_EXAMPLE], stdout=subprocess.PIPE, text=True,
                                  check=True).stdout.strip()
        folder = os.path.join(self.folder, "node")
        shutil.copytree(NODE_EXAMPLE, folder,
                        ignore=shutil.ignore_patterns("node_modules", "generated", "dist"))
        os.symlink(os.path.join(packages, "node_modules"), os.path.join(folder, "node_modules"))
        subprocess.run([os.path.join(folder, "build")], check=True,
                       env={**os.environ, "PROTOS": os.path.abspath("proto")})
        return self._service("typescript", [
            "node", os.path.join(folder, "dist/model_switch.js"), *flags,
            "--service-config", os.path.abspath("proto/tunegate/v1/service_config.json")], addresses)

    def _service(self, name, command, addresses):
        service = Service(name, self.folder, [*command, "--server", addresses])
        self._programs.append(service)
        return service

    def await_switches(self, service, *names):
        """Waits until the service has acted on so many decisions, which must be these, in order."""
        wait_until(lambda: len(service.switches()) >= len(names), f"{names[-1]}; it said:\n{service.output()}")
        self.assertEqual(list(names),
                         [line.split()[0].removeprefix("decisions/") for line in service.switches()])


class SubscriberTest(Subscribing):

    def setUp(self):
        super().setUp()
        self.start()
        self.add_questions()

    def check(self, service):
        """Acts on what was there before it came, on what comes, and on what came while it was dead."""
        self.decide("before")
        service.run()
        self.await_switches(service, "before")
        self.decide("live")
        self.await_switches(service, "before", "live")

        service.kill()
        self.decide("missed")
        service.run()
        self.await_switches(service, "before", "live", "missed")

        self.server.kill()
        self.server.run()
        self.decide("after")
        self.await_switches(service, "before", "live", "missed", "after")
        wait_until(lambda: service.position() > 0, "its position to be kept")

    def check_another_log(self, service):
        """The positions of a log that took the place of the old one are lower."""
        service.run()
        self.decide("one")
        self.decide("two")
        self.await_switches(service, "one", "two")
        before = wait_until(service.position, "its position to be kept")
        self.server.kill()
        shutil.rmtree(self.server.data_dir)
        self.server.run()
        self.add_questions()
        self.decide("anew")
        self.await_switches(service, "one", "two", "anew")
        wait_until(lambda: 0 < service.position() < before, "its position in the new log to be kept")
        service.kill()
        service.run()
        self.decide("last")
        self.await_switches(service, "one", "two", "anew", "last")

    def check_start_before_the_server(self, service):
        self.server.kill()
        service.run()
        wait_until(lambda: "coming back" in service.output(), "its first attempt to fail")
        self.server.run()
        self.decide("first")
        self.await_switches(service, "first")

    def test_service_in_cpp_acts_once_on_every_decision(self):
        self.check(self.cpp(self.server.address))

    def test_service_in_typescript_acts_once_on_every_decision(self):
        self.check(self.typescript(self.server.address))

    def test_service_in_cpp_goes_on_in_a_log_that_took_the_place_of_the_old_one(self):
        self.check_another_log(self.cpp(self.server.address))

    def test_service_in_typescript_goes_on_in_a_log_that_took_the_place_of_the_old_one(self):
        self.check_another_log(self.typescript(self.server.address))

    def test_service_in_cpp_waits_for_its_server(self):
        self.check_start_before_the_server(self.cpp(self.server.address))

    def test_service_in_typescript_waits_for_its_server(self):
        self.check_start_before_the_server(self.typescript(self.server.address))

    def test_service_in_typescript_leaves_a_server_that_says_nothing_more(self):
        line, port = Line(self.server.address), free_port()
        self._programs.append(line)
        service = self.typescript(f"{line.address},127.0.0.1:{port}", "--silence-seconds", "2")
        service.run()
        self.decide("heard")
        self.await_switches(service, "heard")
        # Only now is there another way to the server.
        self._programs.append(Line(self.server.address, port))
        line.cut()
        self.decide("unheard")
        self.await_switches(service, "heard", "unheard")


class ReplicatedSubscriberTest(Subscribing, ReplicasCase):

    def test_service_goes_on_at_other_servers_when_its_own_are_killed(self):
        self.start_replicas()
        self.add_questions()
        service = self.cpp(self.all_addresses())
        service.run()
        names = []
        for replica in self.replicas:
            names.append(f"without-{replica.name}")
            replica.kill()
            self.use(self.other_than(replica))
            self.decide(names[-1])
            self.await_switches(service, *names)
            replica.run()


if __name__ == "__main__":
    unittest.main()
