"""Several servers on one PostgreSQL, each with a subscriber, and what is asked of them all."""

from tests.e2e.product import VERDICT_OF_EXIT, ProductTest, event_key, free_port, wait_until

LEASE_SECONDS = 3


class ReplicasCase(ProductTest):
    """A test with three servers; it has no test of its own."""

    def start_replicas(self, *sandbox_flags, environments=({}, {}, {}), **settings):
        """Sandbox, database, three servers, and a subscriber of each from the log's begin."""
        self.postgres = self.start_postgres()
        self.sandbox.run(*sandbox_flags)
        self.replicas = []
        for number, environment in enumerate(environments, start=1):
            server = self.make_server(self.sandbox.base_url, f"replica-{number}",
                                      **{"store": f'"{self.postgres.url}"',
                                         "lease_duration": f"{{ seconds: {LEASE_SECONDS} }}",
                                         "job_settle_time": "{ seconds: 10 }", **settings})
            # A port that outlives it, for its second life.
            server.run("--listen", f"127.0.0.1:{free_port()}", environment=environment)
            self.replicas.append(server)
        self.subscribers = {}
        for replica in self.replicas:
            self.server = replica
            self.subscribers[replica.name] = self.watch("--after", "0")

    def all_addresses(self):
        return ",".join(replica.address for replica in self.replicas)

    def start_workflow(self, *arguments):
        self.tunegate("workflow", "run", "--id", "w", "--seed", "1", "--epochs", "1", "--batch", "1",
                      "--detach", *arguments)

    def wait_for_evaluation(self):
        """Waits until a server asks models, which it does under one lease; returns (name, server)."""

        def look():
            rows = self.postgres.ask(
                "SELECT name, lease_owner FROM tunegate.work JOIN tunegate.rows ON parent = name "
                "WHERE kind = 'evaluations' AND lease_owner <> '' AND stream = 'calls' LIMIT 1")
            return rows[0] if rows else None

        name, owner = wait_until(look, "a server to hold an evaluation with answers")
        return name, self.replica_of(owner)

    def replica_of(self, owner):
        # HOST-PID-RANDOM
        process = int(owner.split("-")[-2])
        return next(replica for replica in self.replicas if replica.process.pid == process)

    def wait_for_takeover(self, name, dead):
        """Waits until another server holds `name`; by how many seconds that came after the lease's end,
        all by the database's clock."""
        expired = None

        def look():
            nonlocal expired
            row = self.postgres.ask(
                "SELECT lease_owner, extract(epoch FROM lease_expire_time), "
                f"extract(epoch FROM clock_timestamp()) FROM tunegate.work WHERE name = '{name}'")[0]
            if not row[0]:
                return None
            if self.replica_of(row[0]) is dead:
                expired = float(row[1])
                return None
            # Claimed for as long as a lease is, and perhaps renewed since.
            return min(float(row[1]) - LEASE_SECONDS, float(row[2]))

        taken = wait_until(look, f"another server to take over {name}")
        return taken - expired

    def use(self, replica):
        """The one that the CLI speaks to from here on."""
        self.server = replica

    def other_than(self, replica):
        return next(other for other in self.replicas if other is not replica)

    def assert_ends_well(self):
        """A verdict, one job at the provider, and every living server's watcher saw all, in order."""
        ended = self.wait_for_state("workflows/w", "SUCCEEDED", "FAILED")
        if ended["state"] != "STATE_SUCCEEDED":
            logs = "\n".join(f"{replica.name}:\n{replica.output()[-2000:]}" for replica in self.replicas)
            self.fail(f"{ended['failure']}\nprovider's jobs: {self.sandbox.jobs()}\n{logs}")
        self.assertIn(ended["verdict"], [f"VERDICT_{v}" for v in VERDICT_OF_EXIT.values()])
        self.assertEqual(["succeeded"], [job["status"] for job in self.sandbox.jobs()])
        self.assertEqual("100", self.get(ended["evaluation"])["report"]["exampleCount"])
        self.assert_streams_are_whole()

    def assert_streams_are_whole(self):
        stored = self.stored_events()
        positions = sorted({int(event["position"]) for event in stored})
        self.assertEqual(list(range(1, len(positions) + 1)), positions, "gapless")
        # Without the Z, which sorts behind the digits that a time on the millisecond leaves out.
        times = [event["time"].removesuffix("Z") for event in stored]
        self.assertEqual(sorted(times), times, "one clock")
        for replica in self.replicas:
            if replica.process.poll() is not None:
                continue
            subscriber = self.subscribers[replica.name]
            wait_until(lambda s=subscriber: s.position() >= positions[-1],
                       f"the watcher on {replica.name}; it said:\n{subscriber.errors()}")
            seen = subscriber.events()[:len(stored)]
            self.assertEqual([event_key(event) for event in stored], [event_key(event) for event in seen])
