"""The real programs, started and driven as people do it: sandbox, server and CLI.

Every test gets programs of its own on free ports with fresh data. Waiting means polling with a
deadline that only a broken program reaches: nothing here depends on a fast machine.
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

from tests import programs

SANDBOX = programs.path_of("//server/sandbox:openai_sandbox")
SERVER = programs.path_of("//server:tunegated")
CLI = programs.path_of("//client:tunegate")
# What a program gets at most: reached only by one that hangs.
PATIENCE_SECONDS = 240

VERDICT_OF_EXIT = {0: "GO", 3: "NO_GO", 4: "INCONCLUSIVE"}


def wait_until(condition, what):
    """Polls `condition` until it gives something true, which is returned."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE_SECONDS} s in vain for {what}")
        time.sleep(0.05)


def free_port():
    """A port below those that outgoing connections get: none of them takes it while its server is dead."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="utf-8") as file:
        first_outgoing = int(file.read().split()[0])

    def bindable():
        port = random.SystemRandom().randrange(first_outgoing // 2, first_outgoing)
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                return None
        return port

    return wait_until(bindable, "a free port")


class Program:
    """A server in a process of its own; its output goes to a log that a failed test shows."""

    def __init__(self, name, folder):
        self.name = name
        self.log = os.path.join(folder, f"{name}.log")
        self.process = None
        self.address = ""
        self._log_start = 0

    def start(self, command, environment=None):
        """Starts it and waits until it listens."""
        self.launch(command, environment)
        self.address = wait_until(self._listening, f"{self.name} to listen; its log:\n{self.output()}")

    def launch(self, command, environment=None):
        """Starts it without waiting."""
        self._log_start = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **(environment or {})})

    def output(self):
        """What it wrote since its last start."""
        if not os.path.exists(self.log):
            return ""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            log.seek(self._log_start)
            return log.read()

    def _listening(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} ended with {self.process.returncode}:\n{self.output()}")
        for line in self.output().splitlines():
            if line.startswith("listening on "):
                return line.removeprefix("listening on ").strip()
        return ""

    def stop(self):
        """SIGTERM, as an operator does it; returns its exit status."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self):
        try:
            return self.process.wait(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end; its log:\n{self.output()}") from None

    def kill(self):
        """SIGKILL: as if the power went."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Sandbox(Program):
    """openai_sandbox with its dials, and what it knows of itself."""

    def __init__(self, folder):
        super().__init__("sandbox", folder)
        self._folder = folder

    def run(self, *flags):
        self.start([SANDBOX, "--listen", "127.0.0.1:0",
                    "--data_dir", os.path.join(self._folder, "sandbox-data"), *flags])
        return self

    @property
    def base_url(self):
        return f"http://{self.address}/v1"

    def ask(self, path, body=None):
        """GET, or POST of `body`; the answer's JSON."""
        request = urllib.request.Request(
            self.base_url + path, headers={"Authorization": "Bearer test", "Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read().decode()}") from None

    def jobs(self):
        return self.ask("/fine_tuning/jobs?limit=100")["data"]

    def files(self):
        return self.ask("/files?limit=100")["data"]

    def set_faults(self, *rules, **dials):
        """Replaces the faults in force; see server/sandbox/README.md."""
        self.ask("/sandbox/faults", {"rules": list(rules), **dials})

    def requests_to(self, route):
        """How many requests a route ("POST /chat/completions") has had."""
        return self.ask("/sandbox/stats")["routes"].get(route, {}).get("requests", 0)


class Postgres:
    """A PostgreSQL server of a test's own, for any number of tunegated; it ends with the test."""

    PROGRAM = "server/store/postgres/testing/start_postgres"

    def __init__(self, *flags):
        # A session of its own: what ends the test's process group must not end who cleans up.
        self._process = subprocess.Popen([self.PROGRAM, *flags], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.directory = self._answer("ready ").removeprefix("ready ")
        self.url = self.url_of("postgres")

    def url_of(self, database):
        return f"postgres://tunegate@/{database}?host={self.directory}"

    def create_database(self, name):
        """Returns its URL."""
        self.ask(f"CREATE DATABASE {name}")
        return self.url_of(name)

    def _answer(self, wanted):
        line = self._process.stdout.readline().strip()
        if not line.startswith(wanted):
            raise AssertionError(f"PostgreSQL answered '{line}'; its words stand above")
        return line

    def restart(self):
        """Ends it at once, as a crash does, and starts it again."""
        self._process.stdin.write("restart\n")
        self._process.stdin.flush()
        self._answer("done")

    def ask(self, sql):
        """The rows of a query, each a list of texts."""
        done = subprocess.run(["psql", "-h", self.directory, "-U", "tunegate", "-XAtc", sql, "postgres"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True)
        return [line.split("|") for line in done.stdout.splitlines()]

    def kill(self):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


class Server(Program):
    """tunegated with a configuration of its own."""

    def __init__(self, folder, base_url, name="server"):
        super().__init__(name, folder)
        self._folder = folder
        self.data_dir = os.path.join(folder, f"{name}-data")
        self.config = os.path.join(folder, f"{name}.textproto")
        key = os.path.join(folder, "provider.key")
        with open(key, "w", encoding="utf-8") as file:
            file.write("test-key-0123456789\n")
        self.settings = {
            "data_dir": f'"{self.data_dir}"',
            "default_base_model": '"sandbox-keyword-1"',
            "job_poll_interval": "{ nanos: 50000000 }",
            "job_settle_time": "{ seconds: 1 }",
            "lease_duration": "{ seconds: 5 }",
            "default_concurrency": "8",
            "providers": f'{{ name: "sandbox" base_url: "{base_url}" api_key_file: "{key}"'
                         " sandbox: true }",
        }

    def write_config(self):
        with open(self.config, "w", encoding="utf-8") as file:
            for name, value in self.settings.items():
                separator = " " if value.startswith("{") else ": "
                file.write(f"{name}{separator}{value}\n")

    def command(self, *flags):
        listen = () if "--listen" in flags else ("--listen", self.address or "127.0.0.1:0")
        return [SERVER, "--config", self.config, *listen, *flags]

    def run(self, *flags, environment=None):
        """Starts it; again on the same port when it ran before."""
        self.write_config()
        self.start(self.command(*flags), environment)
        return self

    def refuses(self, *flags, environment=None):
        """Starts it, which must fail; returns what it said and its exit status."""
        self.write_config()
        self.launch(self.command(*flags), environment)
        status = self.wait()
        return self.output(), status


class Answer:
    """What a command of the CLI answered."""

    def __init__(self, code, out, err):
        self.code = code
        self.out = out
        self.err = err

    def messages(self):
        """The JSON objects of --output json, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def message(self):
        return self.messages()[-1]

    def error(self):
        """The error object of --output json."""
        return json.loads(self.err.strip().splitlines()[-1])["error"]


class ProductTest(unittest.TestCase):
    """A test with a folder of its own, and with the programs it asks for, which end with it."""

    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix="tunegate-e2e-")
        self.random = random.Random(f"{os.environ.get('TUNEGATE_TEST_SEED', '1')} {self.id()}")
        self.sandbox = Sandbox(self.folder)
        self._programs = [self.sandbox]
        self.server = None
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        for program in reversed(self._programs):
            program.kill()
        if os.environ.get("TUNEGATE_KEEP_TEST_DATA"):
            print(f"kept {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, *sandbox_flags, **settings):
        """Starts sandbox and server."""
        self.sandbox.run(*sandbox_flags)
        self.start_server(self.sandbox.base_url, **settings)

    def start_server(self, base_url, **settings):
        self.make_server(base_url, **settings).run()

    def start_postgres(self, *flags):
        postgres = Postgres(*flags)
        self._programs.append(postgres)
        return postgres

    def make_server(self, base_url, name="server", **settings):
        self.server = Server(self.folder, base_url, name)
        self.server.settings.update(settings)
        self._programs.append(self.server)
        return self.server

    def path(self, name, text=None):
        """A file's path in the test's folder, written first when there is text."""
        path = os.path.join(self.folder, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return path

    def command(self, *arguments):
        return [CLI, *arguments, "--server", self.server.address]

    def tunegate(self, *arguments, code=0):
        """Runs a command of the CLI with --output json; `code` None accepts any exit status."""
        return self._run([*self.command(*arguments), "--output", "json"], code)

    def tunegate_text(self, *arguments, code=0):
        """The same as people see it off a terminal."""
        return self._run(self.command(*arguments), code)

    def _run(self, command, code):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=PATIENCE_SECONDS * 2,
                              check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
        if code is not None and code != done.returncode:
            self.fail(f"{' '.join(command[1:])}: ended with {done.returncode}, not {code}\n"
                      f"{done.stdout[-3000:]}\n{done.stderr}\nserver:\n{self.server.output()[-3000:]}")
        return Answer(done.returncode, done.stdout, done.stderr)

    def get(self, name):
        """A resource by its name, whatever its kind."""
        kind = name.split("/")[0]
        noun = {"evaluations": "eval"}.get(kind, kind.removesuffix("s"))
        return self.tunegate(noun, "show", name).message()[kind.removesuffix("s")]

    def wait_for(self, name, condition, what):
        """Polls a resource until `condition(resource)`; returns it."""

        def look():
            resource = self.get(name)
            return resource if condition(resource) else None

        return wait_until(look, f"{name}: {what}")

    def wait_for_state(self, name, *states):
        return self.wait_for(name, lambda r: r.get("state", "").removeprefix("STATE_") in states,
                             " or ".join(states))

    def stored_events(self):
        """The whole log, in order."""
        events, token = [], []
        while True:
            page = self.tunegate("event", "list", "--after", "0", "--limit", "1000", *token).message()
            events += page.get("events", [])
            if not page.get("nextPageToken"):
                return events
            token = ["--page-token", page["nextPageToken"]]

    def assert_stream_is_whole(self, subscriber):
        """It has every event once and in order, and no position is missing."""
        stored = self.stored_events()
        positions = [int(event["position"]) for event in stored]
        self.assertEqual(sorted(positions), positions)
        self.assertEqual(list(range(1, positions[-1] + 1)), sorted(set(positions)), "gapless")
        wait_until(lambda: subscriber.position() >= positions[-1],
                   f"the subscriber to come back; it said:\n{subscriber.errors()}")
        seen = subscriber.events()[:len(stored)]
        self.assertEqual([event_key(event) for event in stored], [event_key(event) for event in seen])

    def watch(self, *arguments):
        """A subscriber of its own; see Subscriber."""
        subscriber = Subscriber(self.command("event", "watch", *arguments, "--output", "json"),
                                self.path(f"watch-{len(self._programs)}.jsonl"))
        self._programs.append(subscriber)
        return subscriber


def event_key(event):
    """What tells events apart."""
    return (event["position"], event["resource"], event["type"], event.get("message", ""))


class Subscriber:
    """`tunegate event watch` in a process of its own."""

    def __init__(self, command, path):
        self._path = path
        self._responses, self._bytes_read = [], 0
        with open(path, "wb") as out, open(path + ".err", "wb") as err:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)

    def responses(self):
        """Every whole response so far."""
        with open(self._path, "rb") as file:
            file.seek(self._bytes_read)
            for line in file:
                if not line.endswith(b"\n"):
                    break  # its rest, which may come any moment, is no line of its own
                self._responses.append(json.loads(line))
                self._bytes_read += len(line)
        return self._responses

    def events(self):
        return [event for response in self.responses() for event in response.get("events", [])]

    def position(self):
        return max((int(response.get("position", 0)) for response in self.responses()), default=0)

    def errors(self):
        with open(self._path + ".err", encoding="utf-8") as file:
            return file.read()

    def wait(self):
        return self.process.wait(timeout=PATIENCE_SECONDS)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
