"""What every source file keeps to, as far as a plain reading can tell."""

import os
import re
import unittest

CODE = (".cc", ".h", ".proto", ".py", ".bzl", ".sh")


def tracked(*endings):
    """The source files, without what Bazel, npm and the quickstart leave beside them."""
    found = []
    for folder, folders, files in os.walk("."):
        folders[:] = [name for name in folders
                      if not name.startswith((".", "bazel-")) and name != "node_modules"]
        found += [os.path.relpath(os.path.join(folder, name)) for name in files]
    return sorted(path for path in found if path.endswith(endings))


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class SourceTest(unittest.TestCase):

    def test_no_file_is_over_500_lines(self):
        long = {path: count for path in tracked(*CODE) if (count := read(path).count("\n")) > 500}
        self.assertEqual({}, long)

    def test_client_includes_no_server_header(self):
        wrong = [path for path in tracked(".cc", ".h")
                 if path.startswith("client/") and '#include "server/' in read(path)]
        self.assertEqual([], wrong)

    def test_protos_import_only_each_other_and_protobuf(self):
        wrong = [(path, name) for path in tracked(".proto") if path.startswith("proto/")
                 for name in re.findall(r'^import "([^"]+)"', read(path), re.MULTILINE)
                 if not name.startswith(("tunegate/", "google/protobuf/"))]
        self.assertEqual([], wrong)

    def test_time_is_read_only_through_the_clock(self):
        wrong = [path for path in tracked(".cc", ".h")
                 # gRPC counts deadlines by the machine's clock. Tests may need what they test
                 # against to be slow.
                 if not path.startswith(("common/clock", "common/mutex", "client/call_scope.h"))
                 and not path.endswith("_test.cc") and "/testing/" not in path
                 and re.search(r"absl::Now\(\)|system_clock::now|sleep_for|SleepFor|\busleep\(",
                               read(path))]
        self.assertEqual([], wrong)

    def test_architecture_names_every_room(self):
        text = read("ARCHITECTURE.md")
        rooms = {path.split("/")[1] for path in tracked(*CODE)
                 if path.startswith("server/") and path.count("/") >= 2}
        self.assertEqual([], sorted(room for room in rooms if f"{room}/" not in text))

    def test_every_path_that_the_documents_name_exists(self):
        folders = r"(?:proto|server|client|common|tests|deploy|third_party)"
        for document in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"):
            for path in re.findall(rf"`({folders}/[A-Za-z0-9_./{{}},-]*)`", read(document)):
                if re.search(r"\bXs?\b|X_|X\.", path):
                    continue  # a recipe's placeholder
                for name in expanded(path):
                    with self.subTest(document=document, path=name):
                        self.assertTrue(os.path.exists(name))


def expanded(path):
    """"x.{h,cc}" as x.h and x.cc."""
    found = re.fullmatch(r"(.*)\{(.*)\}(.*)", path)
    if not found:
        return [path]
    return [found[1] + middle + found[3] for middle in found[2].split(",")]


if __name__ == "__main__":
    unittest.main()
