"""The examples that people copy are of the shape that the programs read."""

import glob
import os
import subprocess
import unittest

MESSAGE_OF = {
    "policy.textproto": ("tunegate.v1.Policy", "proto/tunegate/v1/policy.proto"),
    "tickets.textproto": ("tunegate.v1.Task", "proto/tunegate/v1/task.proto"),
    "library_desk.textproto": ("tunegate.v1.Task", "proto/tunegate/v1/task.proto"),
}
CONFIG = ("tunegate.config.v1.ServerConfig", "proto/tunegate/config/v1/server_config.proto")


class ExampleTest(unittest.TestCase):

    def test_every_textproto_parses(self):
        examples = glob.glob("deploy/examples/*.textproto") + glob.glob("tests/data/*.textproto")
        self.assertGreaterEqual(len(examples), 5)
        for example in examples:
            message, proto = MESSAGE_OF.get(os.path.basename(example), CONFIG)
            with self.subTest(example=example), open(example, "rb") as text:
                done = subprocess.run(["protoc", "-Iproto", f"--encode={message}", proto], stdin=text,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                      check=False)
                self.assertEqual((0, ""), (done.returncode, done.stderr))


if __name__ == "__main__":
    unittest.main()
