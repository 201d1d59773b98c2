"""What is kept is looked after: checked, trimmed, compacted, copied and erased, while the server runs."""

import glob
import json
import os
import subprocess
import tarfile
import time
import unittest

from tests.e2e.product import PATIENCE_SECONDS, VERDICT_OF_EXIT, ProductTest, free_port, wait_until
from tests.runner.command_suite import buf_program


class CareTest(ProductTest):

    def generate(self, name="d"):
        return self.tunegate("dataset", "generate", "--id", name, "--seed", "1", "--train", "60",
                             "--validation", "20", "--test", "40")

    def blobs(self):
        return sorted(glob.glob(os.path.join(self.server.data_dir, "blobs", "*", "*")))

    def test_damaged_bytes_are_found_and_named(self):
        self.start()
        self.generate()
        healthy = self.tunegate("admin", "check").message()
        self.assertNotIn("diagnoses", healthy)
        self.assertEqual(len(self.blobs()), int(healthy["blobCount"]))
        self.assertIn("all is well", self.tunegate_text("admin", "check").out)

        damaged = self.blobs()[0]
        with open(damaged, "ab") as file:
            file.write(b"more")
        found = self.tunegate("admin", "check", code=1).message()["diagnoses"]
        self.assertEqual(["store.blob"], [each["check"] for each in found])
        self.assertIn("datasets/", found[0]["message"])

    def test_compaction_drops_what_the_retention_does_not_keep(self):
        self.start(retention="{ max_events: 2 }")
        self.generate("d")
        self.generate("e")
        before = self.tunegate("admin", "info").message()
        dropped = int(self.tunegate("admin", "compact").message()["droppedEvents"])
        self.assertGreater(dropped, 0)
        after = self.tunegate("admin", "info").message()
        self.assertEqual(before["newestPosition"], after["newestPosition"])
        self.assertGreater(int(after["oldestPosition"]), 0)
        self.assertNotIn("diagnoses", self.tunegate("admin", "check").message())

        # Who stands before what is kept is told so; nothing that is kept has changed.
        late = self.tunegate("event", "list", "--after", "1", code=64 + 11)
        self.assertIn("POSITION_TOO_OLD", late.err)
        self.server.stop()
        self.server.run()
        again = self.tunegate("admin", "info").message()
        self.assertEqual(after["oldestPosition"], again["oldestPosition"])
    def test_deleting_a_dataset_erases_its_bytes_here_and_at_the_provider(self):
        self.start()
        self.generate()
        self.tunegate("dataset", "upload", "d-train")
        uploaded = self.wait_for("datasets/d-train", lambda d: "providerFiles" in d, "its upload")
        file_id = uploaded["providerFiles"][0]["fileId"]
        self.assertEqual([file_id], [file["id"] for file in self.sandbox.files()])
        kept = len(self.blobs())

        self.tunegate("dataset", "delete", "d-train", "--yes")
        deleted = self.wait_for_state("datasets/d-train", "DELETED")
        self.assertEqual([], self.sandbox.files())
        self.assertEqual(kept - 1, len(self.blobs()))
        self.assertNotIn(uploaded["sha256"], " ".join(self.blobs()))
        for field in ("sha256", "sizeBytes", "exampleCount", "tokenEstimate", "distribution"):
            self.assertEqual(uploaded[field], deleted[field], "what says what it was stays")
        refused = self.tunegate("dataset", "export", "d-train", code=None)
        self.assertNotEqual(0, refused.code)
        self.assertNotIn("diagnoses", self.tunegate("admin", "check").message())


class BackupTest(ProductTest):

    def back_up(self, name="backup.tar", *flags):
        path = self.path(name)
        return path, self.tunegate("admin", "backup", path, *flags).message()

    def restore(self, path, name, code=0):
        """Makes the data directory of a server called `name`."""
        directory = os.path.join(self.folder, f"{name}-data")
        return directory, self.tunegate("admin", "restore", path, "--data_dir", directory, code=code)

    def leftovers(self):
        return [name for name in os.listdir(self.folder) if ".part" in name]

    def test_unfinished_workflow_of_a_backup_goes_on_elsewhere(self):
        self.sandbox.run("--train_ms_per_step", "20")
        self.make_server(self.sandbox.base_url).run("--listen", f"127.0.0.1:{free_port()}")
        subscriber = self.watch("--after", "0")
        self.tunegate("workflow", "run", "--id", "w", "--seed", "1", "--epochs", "1", "--batch", "1",
                      "--detach")
        self.wait_for("workflows/w", lambda w: "job" in w, "its job")
        self.wait_for_state(self.get("workflows/w")["job"], "RUNNING")

        path, made = self.back_up()
        self.assertEqual(0o600, os.stat(path).st_mode & 0o777)
        with tarfile.open(path) as archive:
            names = archive.getnames()
        self.assertEqual(["manifest.json", "tunegate.db"], names[:2])
        self.assertEqual([], [name for name in names if name.endswith(".pem")], "keys are not in it")
        self.assertEqual(int(made["blobCount"]), len(names) - 2)
        self.assertFalse(os.path.exists(os.path.join(self.server.data_dir, "backup.part")))

        # The old server goes further, and is then lost with all that it kept.
        old = self.server
        position = int(made["position"])
        wait_until(lambda: subscriber.position() > position, "an event after the backup")
        log_id = self.tunegate("admin", "info").message()["logId"]
        old.kill()

        self.restore(path, "second")
        self.make_server(self.sandbox.base_url, name="second").run("--listen", old.address)
        info = self.tunegate("admin", "info").message()
        self.assertNotEqual(log_id, info["logId"])
        self.assertGreaterEqual(int(info["newestPosition"]), position)
        # Who comes with a position of the old log hears that it is another one ...
        refused = self.watch_once({"afterPosition": str(position), "logId": log_id})
        self.assertEqual("out_of_range", refused["code"])
        # ... and our client, which came back by itself, has begun anew with the present state.
        wait_until(lambda: any(e["type"] == "TYPE_SNAPSHOT" for e in subscriber.events()),
                   "the old subscriber to begin anew")
        anew = self.watch("--after", "0")

        ended = self.wait_for_state("workflows/w", "SUCCEEDED", "FAILED")
        self.assertEqual("STATE_SUCCEEDED", ended["state"], ended)
        self.assertIn(ended["verdict"], [f"VERDICT_{v}" for v in VERDICT_OF_EXIT.values()])
        self.assertEqual(["succeeded"], [job["status"] for job in self.sandbox.jobs()],
                         "the job of before goes on, and no second one is paid for")
        self.assertNotIn("diagnoses", self.tunegate("admin", "check").message())
        newest = int(self.tunegate("admin", "info").message()["newestPosition"])
        wait_until(lambda: anew.position() >= newest, "the new watch to come to the end")
        positions = [int(event["position"]) for event in anew.events()]
        self.assertEqual(list(range(1, newest + 1)), sorted(set(positions)), "no gap")
        wait_until(lambda: subscriber.position() >= newest, "the old subscriber to come to the end")
        last = [e for e in subscriber.events() if e["resource"] == "workflows/w"][-1]
        self.assertEqual("STATE_SUCCEEDED", last["workflow"]["state"])

    def watch_once(self, request):
        """Watches as any gRPC client may; returns the error that ends the stream."""
        done = subprocess.run(
            [buf_program(), "curl", "--protocol", "grpc", "--http2-prior-knowledge",
             "--data", json.dumps(request),
             f"http://{self.server.address}/tunegate.v1.EventService/WatchEvents"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            timeout=PATIENCE_SECONDS, check=False)
        self.assertNotEqual(0, done.returncode, done.stdout)
        return json.loads(done.stderr)

    def test_damaged_archive_is_refused_and_leaves_nothing(self):
        self.start()
        self.tunegate("dataset", "generate", "--id", "d", "--seed", "1", "--train", "60",
                      "--validation", "20", "--test", "40")
        path, _ = self.back_up()
        again = self.tunegate_text("admin", "backup", path, code=1)
        self.assertIn("--force", again.err)
        self.back_up("backup.tar", "--force")

        with open(path, "rb") as file:
            whole = file.read()
        middle = whole.index(b"SQLite format 3") + 5000
        for name, damaged in (("cut.tar", whole[:len(whole) // 2]),
                              ("changed.tar", whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1:]),
                              ("empty.tar", b"")):
            with self.subTest(name=name):
                with open(self.path(name), "wb") as file:
                    file.write(damaged)
                directory, refused = self.restore(self.path(name), "damaged", code=1)
                self.assertEqual("BACKUP_DAMAGED", refused.error()["reason"])
                self.assertFalse(os.path.exists(directory))
                self.assertEqual([], self.leftovers())
        directory, _ = self.restore(path, "whole")
        self.assertEqual("DATA_DIR_NOT_EMPTY", self.restore(path, "whole", code=1)[1].error()["reason"])
        self.assertTrue(os.path.exists(os.path.join(directory, "tunegate.db")))

    def test_backup_that_is_broken_off_leaves_nothing_and_the_next_one_works(self):
        self.start()
        self.tunegate("dataset", "generate", "--id", "d", "--seed", "1")
        path = self.path("backup.tar")
        # Killed at any moment, also before it has begun.
        for delay in (0.0, 0.02, 0.05, 0.1):
            with subprocess.Popen(self.command("admin", "backup", path), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as client:
                time.sleep(delay)
                client.kill()
            part = os.path.join(self.server.data_dir, "backup.part")
            wait_until(lambda part=part: not os.path.exists(part), "the server to clean up")
        wait_until(lambda: self.tunegate("admin", "backup", path, "--force", code=None).code == 0,
                   "the next backup")

    def test_postgres_is_backed_up_with_its_own_tools(self):
        postgres = self.start_postgres()
        self.sandbox.run("--train_ms_per_step", "20")
        self.make_server(self.sandbox.base_url, store=f'"{postgres.url}"').run()
        refused = self.tunegate("admin", "backup", self.path("backup.tar"), code=64 + 9).error()
        self.assertEqual("NOT_HERE", refused["reason"])
        self.assertIn("pg_dump", refused["message"])
        self.assertFalse(os.path.exists(self.path("backup.tar")))

        self.tunegate("workflow", "run", "--id", "w", "--seed", "1", "--epochs", "1", "--batch", "1",
                      "--detach")
        self.wait_for("workflows/w", lambda w: "job" in w, "its job")
        self.wait_for_state(self.get("workflows/w")["job"], "RUNNING")
        old = self.tunegate("admin", "info").message()
        dump = self.path("tunegate.dump")
        # As README.md says it.
        self.run_tool(postgres, "pg_dump", "-Fc", "-n", "tunegate", "-f", dump, "postgres")
        self.server.kill()
        self.run_tool(postgres, "createdb", "restored")
        self.run_tool(postgres, "pg_restore", "--exit-on-error", "-d", "restored", dump)
        self.run_tool(postgres, "psql", "-XqAt", "-c",
                      "UPDATE tunegate.meta SET log_id = gen_random_uuid()", "restored")

        url = postgres.url.replace("/postgres?", "/restored?")
        self.make_server(self.sandbox.base_url, name="second", store=f'"{url}"').run()
        new = self.tunegate("admin", "info").message()
        self.assertNotEqual(old["logId"], new["logId"])
        self.assertGreaterEqual(int(new["newestPosition"]), int(old["newestPosition"]))
        ended = self.wait_for_state("workflows/w", "SUCCEEDED", "FAILED")
        self.assertEqual("STATE_SUCCEEDED", ended["state"], ended)
        self.assertEqual(["succeeded"], [job["status"] for job in self.sandbox.jobs()])
        self.assertNotIn("diagnoses", self.tunegate("admin", "check").message())

    def run_tool(self, postgres, *command):
        """One of PostgreSQL's own programs, at a test's own server."""
        subprocess.run([command[0], "-h", postgres.directory, "-U", "tunegate", *command[1:]],
                       stdin=subprocess.DEVNULL, timeout=PATIENCE_SECONDS, check=True)


if __name__ == "__main__":
    unittest.main()
