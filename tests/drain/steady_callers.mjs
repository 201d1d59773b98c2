// Clients that never rest, for the test of rolling restarts: steady_callers.cc once more, with npm's
// @grpc/grpc-js, which has read nothing of ours but the protos and the published service config.
//
//   node steady_callers.mjs --server IP:PORT[,IP:PORT] --events FILE --protos DIR
//
// The watcher writes FILE.0, a line an event. Prints "steady" when every caller's first call is
// answered; from SIGTERM on it begins nothing new and prints what there was, as one JSON object.
import { appendFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { credentials, loadPackageDefinition, Metadata, status } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const CALLERS = 3;
const BROKEN = new Set([status.UNAVAILABLE, status.CANCELLED]);
const text = { type: "string" };
const { values: flags } = parseArgs({ options: { server: text, events: text, protos: text } });
if (!flags.server || !flags.events || !flags.protos) {
  console.error("usage: steady_callers --server IP:PORT[,IP:PORT] --events FILE --protos DIR");
  process.exit(2);
}

const folder = "tunegate/v1";
const files = readdirSync(join(flags.protos, folder)).filter((name) => name.endsWith(".proto"));
const api = loadPackageDefinition(
  loadSync(files.map((name) => join(folder, name)), { includeDirs: [flags.protos], longs: String }),
).tunegate.v1;
const target = flags.server.includes(",") ? `ipv4:${flags.server}` : flags.server;
const options = {
  "grpc.service_config": readFileSync(join(flags.protos, folder, "service_config.json"), "utf8"),
  "grpc.max_reconnect_backoff_ms": 5000,
};
const tasks = new api.TaskService(target, credentials.createInsecure(), options);
const events = new api.EventService(target, credentials.createInsecure(), options);

const tally = { calls: {}, created: 0, repeated: 0, streams_lost: 0, told_position: 0, failures: [] };
let over = false;
let silent = CALLERS;

/** A call with a deadline; null when it failed, which is written down. */
function call(client, method, request) {
  return new Promise((resolve) => {
    const done = (error, response) => {
      tally.calls[method] = (tally.calls[method] ?? 0) + 1;
      if (error) tally.failures.push(`${method}: ${error.message}`);
      if (silent > 0 && --silent === 0) console.log("steady");
      resolve(error ? null : response);
    };
    const answer = client[method](request, new Metadata(), { deadline: Date.now() + 15_000 }, done);
    answer.on("metadata", (metadata) => {
      tally.repeated += Number(metadata.get("grpc-previous-rpc-attempts")[0] ?? 0);
    });
  });
}

const task = {
  displayName: "made under load",
  systemPrompt: "Answer with yes or no.",
  fields: [{ scored: true, category: { values: ["yes", "no"] } }],
};

async function callUntilOver() {
  while (!over) {
    await call(tasks, "ListTasks", { pageSize: 5 });
    const created = await call(tasks, "CreateTask", { task, requestId: randomUUID() });
    if (created) {
      tally.created += 1;
      await call(tasks, "GetTask", { name: created.task.name });
    }
    await call(events, "ListEvents", { pageSize: 5 });
  }
}

const lineOf = (event) => `${event.position} ${event.resource}${event.terminal ? " end" : ""}\n`;

/** Reads one stream to its end, which is an error; returns the position that it reached. */
async function watchOnce(position, stream, path) {
  try {
    for await (const response of stream) {
      for (const event of response.events) appendFileSync(path, lineOf(event));
      if (BigInt(response.position) > BigInt(position)) position = response.position;
    }
  } catch (error) {
    if (over) return position;
    // What a server that drains says, and what a connection says that broke.
    if (!BROKEN.has(error.code)) tally.failures.push(`WatchEvents: ${error.message}`);
    const told = /go on with after_position (\d+)/.exec(error.details ?? "")?.[1];
    if (told === position) tally.told_position += 1;
    else if (told) tally.failures.push(`WatchEvents: told ${told} after ${position}`);
  }
  return position;
}

let stream;
async function watchUntilOver(path) {
  writeFileSync(path, "");
  for (let position = "0"; !over; ) {
    stream = events.WatchEvents({ afterPosition: position });
    position = await watchOnce(position, stream, path);
    if (!over) tally.streams_lost += 1;
    await pause(100);
  }
}

const watching = watchUntilOver(`${flags.events}.0`);
const calling = Array.from({ length: CALLERS }, callUntilOver);
process.on("SIGTERM", async () => {
  over = true;
  await Promise.all(calling);
  stream.cancel();
  await watching;
  console.log(JSON.stringify(tally));
  process.exit(0);
});
