// An example of a backend service: it serves whatever model was last decided to be good.
//
//   node dist/model_switch.js --server HOST:PORT[,HOST:PORT] --state FILE
//
// It subscribes to decisions. On GO it would load the candidate; here it says so, one line a switch.
// What it must not do is miss a decision: once it acted on a message, it keeps what that led to together
// with the message's position, in one file that is replaced as a whole, and comes back with that
// position. So it acts on every decision at least once, and twice only when it dies between the act and
// the file: what it does must be harmless to repeat. The stubs are generated from the protos (`npm run
// build`), and retries follow the service config that is published beside them; a creation would carry a
// requestId of its own, without which it must not be repeated. The same in C++: ../model_switch.cc.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { credentials, Metadata, status, type ClientOptions, type ServiceError } from "@grpc/grpc-js";
import { Decision_Verdict, type Decision } from "./generated/tunegate/v1/decision.js";
import { EventServiceClient, WatchEventsRequest, type WatchEventsResponse } from "./generated/tunegate/v1/event.js";
import { JobServiceClient, type GetJobResponse } from "./generated/tunegate/v1/job.js";

/** What is served, and up to where the log was read to know it. */
interface State {
  model: string;
  decision: string;
  /** When it was decided, in milliseconds since 1970. */
  decidedTime: number;
  /** "0": never subscribed. A string, for JSON has no 64-bit integers. */
  position: string;
  logId: string;
}

const { values: flags } = parseArgs({
  options: {
    server: { type: "string" },
    state: { type: "string" },
    "service-config": { type: "string" },
    "silence-seconds": { type: "string", default: "45" },
  },
});
if (!flags.server || !flags.state) {
  console.error("usage: model_switch --server HOST:PORT[,HOST:PORT] --state FILE [--service-config FILE]");
  console.error("         [--silence-seconds N]");
  process.exit(2);
}
const stateFile = flags.state;
// A server says something every ten seconds, if only its position.
const silenceLimit = 1000 * Number(flags["silence-seconds"]);

// Several replicas: gRPC spreads the calls and finds the living ones.
const target = flags.server.includes(",") ? `ipv4:${flags.server}` : flags.server;
const serviceConfig =
  flags["service-config"] ?? new URL("../../../../proto/tunegate/v1/service_config.json", import.meta.url);
const options: ClientOptions = {
  "grpc.service_config": readFileSync(serviceConfig, "utf8"),
  // Back soon after a restart, whatever the number of attempts before.
  "grpc.max_reconnect_backoff_ms": 5000,
  // While calls wait, a peer that vanished without a word is noticed. Servers allow this every 10 s.
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 10_000,
};
const events = new EventServiceClient(target, credentials.createInsecure(), options);
const jobs = new JobServiceClient(target, credentials.createInsecure(), options);

/** A typed call with a deadline; what may be repeated is repeated as the service config says. */
function getJob(name: string): Promise<GetJobResponse> {
  return new Promise((resolve, reject) => {
    jobs.getJob({ name }, new Metadata(), { deadline: Date.now() + 15_000 }, (error, response) =>
      error ? reject(error) : resolve(response),
    );
  });
}

function readState(): State {
  try {
    return JSON.parse(readFileSync(stateFile, "utf8")) as State;
  } catch {
    return { model: "", decision: "", decidedTime: 0, position: "0", logId: "" }; // the first start
  }
}

/** The old file or the new one, never a half: rename replaces it at once. */
function writeState(state: State): void {
  writeFileSync(`${stateFile}.new`, `${JSON.stringify(state)}\n`);
  renameSync(`${stateFile}.new`, stateFile);
}

/** A variant names a model, or the job that made it. */
async function modelOf(decision: Decision): Promise<string> {
  const model = decision.candidate?.model ?? "";
  if (!model.startsWith("jobs/")) return model;
  const { job } = await getJob(model);
  return job?.fineTunedModel ?? "";
}

async function consider(decision: Decision, state: State): Promise<void> {
  // The first state comes in no order of time, and a person may override an old decision.
  const decidedTime = decision.createTime?.getTime() ?? 0;
  if (decision.effectiveVerdict !== Decision_Verdict.VERDICT_GO || decidedTime <= state.decidedTime) return;
  state.model = await modelOf(decision);
  state.decision = decision.name;
  state.decidedTime = decidedTime;
  console.log(`${decision.name} GO: serving ${state.model}`);
}

/** Acts on a message, then keeps where the log was read to. */
async function take(response: WatchEventsResponse, state: State): Promise<void> {
  if (response.logId) state.logId = response.logId;
  for (const event of response.events) {
    if (event.decision) await consider(event.decision, state);
  }
  // While the first state is sent there is no position to go on from: it would be sent again.
  if (response.position <= BigInt(state.position)) return;
  state.position = String(response.position);
  writeState(state);
}

/** One stream, to its end, which is an error: the server drains, or the connection broke. */
async function subscribe(state: State): Promise<void> {
  const resume = state.position !== "0";
  const request = WatchEventsRequest.create({
    resources: ["decisions/-"],
    snapshot: !resume,
    afterPosition: resume ? BigInt(state.position) : undefined,
    logId: state.logId,
  });
  const stream = events.watchEvents(request);
  // One that hangs, or vanished, ends no stream.
  const silence = setTimeout(() => stream.cancel(), silenceLimit);
  try {
    for await (const response of stream) {
      await take(response, state);
      silence.refresh();
    }
  } finally {
    clearTimeout(silence);
  }
}

const waitable = new Set([
  status.UNAVAILABLE,
  status.CANCELLED,
  status.INTERNAL,
  status.RESOURCE_EXHAUSTED,
  status.DEADLINE_EXCEEDED, // of a call that the stream led to
]);
const state = readState();
for (let wait = 250; ; wait = Math.min(2 * wait, 10_000)) {
  const { position } = state;
  try {
    await subscribe(state);
  } catch (error) {
    const { code, details } = error as ServiceError;
    if (code === status.OUT_OF_RANGE) {
      // The log no longer has the position: what was decided meanwhile is in the first state.
      state.position = "0";
      state.logId = "";
    } else if (!waitable.has(code)) {
      throw error;
    }
    console.error(`connection lost (${details}); coming back`);
  }
  if (BigInt(state.position) > BigInt(position)) wait = 250;
  await pause(wait * (0.75 + Math.random() / 2));
}
