"""Dependencies run one way: main -> server -> {services, stores, providers} -> cores -> common.

Asked of Bazel's own build graph, so that nothing that compiles can slip by.
"""

import functools
import re
import subprocess
import unittest
import xml.etree.ElementTree

from tests.runner.bazel_suite import PACKAGES

GRPC = ("//third_party:grpc", "//third_party:grpc_reflection", "//third_party:grpc_channelz")
ADAPTERS = ("//server/store/sqlite", "//server/store/postgres", "//server/providers/openai")
# The rooms of the domain, and what drives them: whatever is no service speaks no protocol.
CORE_ROOMS = ("datasets", "decisions", "evaluations", "events", "jobs", "runner", "tasks", "webhooks",
              "workflows")


@functools.lru_cache(maxsize=None)
def graph():
    """Every C++ target of the workspace, with what it names in srcs, hdrs and deps."""
    answer = subprocess.run(
        ["deploy/bazel", "query", f"kind('cc_.* rule', {PACKAGES})", "--output=xml", "--noshow_progress",
         "--noimplicit_deps", "--keep_going"],
        stdout=subprocess.PIPE, text=True, check=True)
    # Bazel says XML 1.1, which Python does not read; nothing of 1.1 is in it.
    root = xml.etree.ElementTree.fromstring(answer.stdout.replace('version="1.1"', 'version="1.0"', 1))
    return {rule.get("name"): Target(rule) for rule in root.findall("rule")}


class Target:
    """A C++ target: what it names, and whether only tests may use it."""

    def __init__(self, rule):
        self.inputs = [child.get("name") for child in rule.findall("rule-input")]
        testonly = rule.find("boolean[@name='testonly']")
        self.for_tests = (rule.get("class") == "cc_test"
                          or (testonly is not None and testonly.get("value") == "true"))


@functools.lru_cache(maxsize=None)
def reachable(target):
    """All that `target` depends on, directly or not, itself excluded."""
    seen, pending = set(), [target]
    while pending:
        name = pending.pop()
        if name in graph():
            new = set(graph()[name].inputs) - seen
            seen |= new
            pending.extend(new)
    return frozenset(seen)


def targets(pattern, tests=False):
    """Those whose label matches; tests may put together what the product keeps apart."""
    return [name for name, target in graph().items()
            if re.search(pattern, name) and (tests or not target.for_tests)]


class DependencyTest(unittest.TestCase):

    def assert_none_reaches(self, sources, forbidden, why):
        known = [source for source in sources if source in graph()]
        self.assertTrue(known, "the rule is about targets that are not there")
        wrong = sorted(f"{source} -> {name}" for source in known for name in reachable(source)
                       if any(name == f or name.startswith((f + ":", f + "/")) for f in forbidden))
        self.assertEqual([], wrong, why)

    def test_common_depends_on_no_room(self):
        self.assert_none_reaches(targets("^//common:", tests=True),
                                 ("//server", "//client", "//proto", *GRPC), "common is leaves")
        self.assert_none_reaches(targets("^//common/statistics:", tests=True),
                                 ("//server", "//client", "//proto", *GRPC), "arithmetic alone")

    def test_evidence_is_recomputed_without_server_and_protocols(self):
        self.assert_none_reaches(
            targets("^//common/evidence/", tests=True), ("//server", "//client", *GRPC),
            "a verdict must be recomputable by who does not trust the server")

    def test_cores_link_no_grpc_http_or_sql(self):
        cores = [name for name in targets(rf"^//server/({'|'.join(CORE_ROOMS)})[:/]")
                 if not re.search(r"_(service|api|stream)$", name)]
        self.assert_none_reaches(
            cores, (*GRPC, "//third_party:curl", "//third_party:sqlite", "//third_party:libpq",
                    "//third_party:event", "//third_party:prometheus"),
            "cores know no protocol; put it into the service, the provider or the store")

    def test_client_never_depends_on_the_server(self):
        self.assert_none_reaches(targets("^//client[:/]"), ("//server",), "client is its own program")

    def test_server_never_depends_on_the_client(self):
        self.assert_none_reaches(targets("^//server[:/]"), ("//client",), "server is its own program")

    def test_stores_never_depend_on_providers(self):
        self.assert_none_reaches(targets("^//server/store[:/]"), ("//server/providers",),
                                 "store and providers never include each other")

    def test_providers_never_depend_on_stores(self):
        self.assert_none_reaches(targets("^//server/providers[:/]"), ("//server/store",),
                                 "store and providers never include each other")

    def test_only_the_server_names_concrete_adapters(self):
        others = [name for name in targets("^//server[:/]")
                  if name not in ("//server:server", "//server:tunegated")
                  and not name.startswith(tuple(a + end for a in ADAPTERS for end in (":", "/")))]
        self.assert_none_reaches(others, ADAPTERS, "name the port (store.h, provider.h) instead")

    def test_sandbox_shares_nothing_with_the_server_but_common(self):
        rooms = {name.split(":")[0] for name in graph() if name.startswith("//server/")}
        others = tuple(room for room in rooms if not room.startswith("//server/sandbox"))
        self.assert_none_reaches(targets("^//server/sandbox[:/]"), others,
                                 "a sandbox that shared code with the server would share its mistakes")

    def test_server_does_not_link_the_sandbox(self):
        self.assert_none_reaches(["//server:tunegated"], ("//server/sandbox",),
                                 "the sandbox is its own program")


if __name__ == "__main__":
    unittest.main()
