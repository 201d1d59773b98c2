// What backend services do with the official client, done to the sandbox. See ./run.
import assert from 'node:assert/strict';
import { File } from 'node:buffer';

import OpenAI, { toFile } from 'openai';

import { ANSWER_FORMAT, SYSTEM_PROMPT, trainingLines } from './examples.mjs';
import { Sandbox, runCases } from './harness.mjs';

globalThis.File ??= File; // node 18 has it, but not as a global, and the client asks for that

const BASE_MODEL = 'gpt-4o-mini-2024-07-18';
const KEY = 'sk-conformance';

const sandbox = await Sandbox.start(process.argv[2], ['--api_key', KEY]);
const client = new OpenAI({ baseURL: `${sandbox.url}/v1`, apiKey: KEY });
const impatient = client.withOptions({ maxRetries: 0 });

const question = (text) => ({
  messages: [{ role: 'system', content: SYSTEM_PROMPT }, { role: 'user', content: text }],
});
const upload = async (lines, purpose = 'fine-tune') => {
  const file = await toFile(Buffer.from(`${lines.join('\n')}\n`), 'data.jsonl');
  return client.files.create({ file, purpose });
};
const ended = (job) => ['succeeded', 'failed', 'cancelled'].includes(job.status);

async function eventually(read, done) {
  for (let attempt = 0; attempt < 1200; ++attempt) {
    const value = await read();
    if (done(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not come to that within a minute');
}
const untilJob = (id, done) => eventually(() => client.fineTuning.jobs.retrieve(id), done);

async function withPace(milliseconds, body) {
  const set = (train_ms_per_step) =>
    fetch(`${sandbox.url}/sandbox/faults`, {
      method: 'POST',
      body: JSON.stringify({ train_ms_per_step }),
    });
  await set(milliseconds);
  try {
    return await body();
  } finally {
    await set(0);
  }
}

async function withFaults(rules, body) {
  await sandbox.setFaults(...rules);
  try {
    return await body();
  } finally {
    await sandbox.setFaults();
  }
}

// What later cases build on.
const shared = {};

const files = [
  ['files.create gives a processed file with its size and purpose', async () => {
    const lines = trainingLines();
    shared.training = await upload(lines);
    shared.validation = await upload(lines.filter((_, i) => i % 6 === 0));
    assert.equal(shared.training.object, 'file');
    assert.equal(shared.training.purpose, 'fine-tune');
    assert.equal(shared.training.bytes, Buffer.byteLength(`${lines.join('\n')}\n`));
  }],
  ['files.content gives back the bytes', async () => {
    const content = await client.files.content(shared.training.id);
    assert.equal(await content.text(), `${trainingLines().join('\n')}\n`);
  }],
  ['files.waitForProcessing returns', async () => {
    const file = await client.files.waitForProcessing(shared.training.id);
    assert.equal(file.status, 'processed');
  }],
  ['files.list pages through by itself, newest first', async () => {
    const ids = [];
    for await (const file of client.files.list({ purpose: 'fine-tune', limit: 1 })) {
      ids.push(file.id);
    }
    assert.deepEqual(ids, [shared.validation.id, shared.training.id]);
  }],
  ['files.delete removes, and retrieve then throws NotFoundError', async () => {
    const file = await upload(['{}']);
    assert.deepEqual(await client.files.delete(file.id),
      { id: file.id, object: 'file', deleted: true });
    await assert.rejects(client.files.retrieve(file.id), OpenAI.NotFoundError);
  }],
  ['an unknown purpose throws BadRequestError', async () => {
    await assert.rejects(upload(['{}'], 'nonsense'), OpenAI.BadRequestError);
  }],
  ['uploads join their parts into a file', async () => {
    const halves = [Buffer.from('{"a":1}\n'), Buffer.from('{"b":2}\n')];
    const started = await client.uploads.create(
      { filename: 'x.jsonl', purpose: 'fine-tune', bytes: 16, mime_type: 'application/jsonl' });
    const parts = [];
    for (const half of halves) {
      parts.push(await client.uploads.parts.create(started.id, { data: await toFile(half, 'p') }));
    }
    const done = await client.uploads.complete(started.id, { part_ids: parts.map((p) => p.id) });
    assert.equal(done.status, 'completed');
    assert.equal(await (await client.files.content(done.file.id)).text(), halves.join(''));
    await client.files.delete(done.file.id);
  }],
  ['uploads.cancel ends an upload for good', async () => {
    const started = await client.uploads.create(
      { filename: 'x', purpose: 'batch', bytes: 1, mime_type: 'text/plain' });
    assert.equal((await client.uploads.cancel(started.id)).status, 'cancelled');
    await assert.rejects(client.uploads.complete(started.id, { part_ids: ['part_1'] }),
      OpenAI.BadRequestError);
  }],
];

const fineTuning = [
  ['fineTuning.jobs.create starts a job that succeeds', async () => {
    const job = await client.fineTuning.jobs.create({
      model: BASE_MODEL,
      training_file: shared.training.id,
      validation_file: shared.validation.id,
      suffix: 'counter',
      seed: 7,
      metadata: { run: 'conformance' },
      method: {
        type: 'supervised',
        supervised: {
          hyperparameters: { n_epochs: 3, batch_size: 2, learning_rate_multiplier: 2 },
        },
      },
    });
    assert.equal(job.object, 'fine_tuning.job');
    shared.job = await untilJob(job.id, ended);
    assert.equal(shared.job.status, 'succeeded');
    assert.match(shared.job.fine_tuned_model,
      /^ft:gpt-4o-mini-2024-07-18:sandbox:counter:\w+$/);
    assert.ok(shared.job.trained_tokens > 0);
    assert.ok(shared.job.finished_at >= shared.job.created_at);
    assert.equal(shared.job.hyperparameters.n_epochs, 3);
  }],
  ['fineTuning.jobs.listEvents tells the story, newest first', async () => {
    const events = [];
    for await (const event of client.fineTuning.jobs.listEvents(shared.job.id, { limit: 7 })) {
      events.unshift(event);
    }
    const told = events.filter((event) => event.type === 'message').map((event) => event.message);
    assert.deepEqual(told, [
      `Created fine-tuning job: ${shared.job.id}`,
      `Validating training file: ${shared.training.id} and validation file: ${shared.validation.id}`,
      'Files validated, moving job to queued state',
      'Fine-tuning job started',
      'Checkpoint created at step 36',
      'Checkpoint created at step 72',
      'Checkpoint created at step 108',
      'New fine-tuned model created',
      'The job has successfully completed',
    ]);
    const metrics = events.filter((event) => event.type === 'metrics').map((event) => event.data);
    assert.equal(new Set(metrics.map((data) => data.step)).size, metrics.length);
    assert.equal(metrics.at(-1).total_steps, 108);
    assert.ok(metrics.at(-1).train_loss < metrics[0].train_loss);
    assert.ok(metrics.at(-1).full_valid_loss < 0.5);
  }],
  ['fineTuning.jobs.checkpoints are usable models, one an epoch', async () => {
    const page = await client.fineTuning.jobs.checkpoints.list(shared.job.id);
    assert.deepEqual(page.data.map((checkpoint) => checkpoint.step_number), [108, 72, 36]);
    const model = page.data[2].fine_tuned_model_checkpoint;
    const answer = await client.chat.completions.create(
      { model, ...question('quiero devolver el móvil'), response_format: ANSWER_FORMAT });
    assert.equal(answer.model, model);
  }],
  ['the result file holds the metrics as CSV', async () => {
    const content = await client.files.content(shared.job.result_files[0]);
    const rows = Buffer.from(await content.text(), 'base64').toString().trim().split('\n');
    assert.equal(rows[0], 'step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy');
    assert.equal(rows.length, 1 + 108);
  }],
  ['the same seed trains the same model', async () => {
    const again = await client.fineTuning.jobs.create({
      model: BASE_MODEL,
      training_file: shared.training.id,
      validation_file: shared.validation.id,
      seed: 7,
      method: shared.job.method,
    });
    assert.equal((await untilJob(again.id, ended)).status, 'succeeded');
    const losses = async (id) =>
      (await client.fineTuning.jobs.checkpoints.list(id)).data.map((c) => c.metrics.train_loss);
    assert.deepEqual(await losses(again.id), await losses(shared.job.id));
  }],
  ['fineTuning.jobs.list filters by metadata and pages', async () => {
    const found = await client.fineTuning.jobs.list({ metadata: { run: 'conformance' } });
    assert.deepEqual(found.data.map((job) => job.id), [shared.job.id]);
    const all = [];
    for await (const job of client.fineTuning.jobs.list({ limit: 1 })) all.push(job.id);
    assert.equal(all.length, 2);
    assert.equal(all[1], shared.job.id);
  }],
  ['a running job pauses, resumes and succeeds', async () => {
    const job = await withPace(20, async () => {
      const created = await client.fineTuning.jobs.create(
        { model: BASE_MODEL, training_file: shared.training.id });
      await untilJob(created.id, (it) => it.status === 'running');
      assert.equal((await client.fineTuning.jobs.pause(created.id)).status, 'paused');
      return created;
    });
    assert.notEqual((await client.fineTuning.jobs.resume(job.id)).status, 'paused');
    assert.equal((await untilJob(job.id, ended)).status, 'succeeded');
  }],
  ['a running job is cancelled, and only once', async () => {
    await withPace(20, async () => {
      const job = await client.fineTuning.jobs.create(
        { model: BASE_MODEL, training_file: shared.training.id });
      await untilJob(job.id, (it) => it.status === 'running');
      const cancelled = await client.fineTuning.jobs.cancel(job.id);
      assert.equal(cancelled.status, 'cancelled');
      assert.equal(cancelled.fine_tuned_model, null);
      await assert.rejects(client.fineTuning.jobs.cancel(job.id), OpenAI.BadRequestError);
    });
  }],
  ['a bad line fails the job and is named', async () => {
    const file = await upload([...trainingLines().slice(0, 12), '{"messages": [{"role": "sistem"']);
    const job = await client.fineTuning.jobs.create({ model: BASE_MODEL, training_file: file.id });
    const failed = await untilJob(job.id, ended);
    assert.equal(failed.status, 'failed');
    assert.equal(failed.error.code, 'invalid_training_file');
    assert.equal(failed.error.param, 'training_file');
    assert.match(failed.error.message, /Line 13/);
  }],
  ['nine examples are too few', async () => {
    const file = await upload(trainingLines().slice(0, 9));
    const job = await client.fineTuning.jobs.create({ model: BASE_MODEL, training_file: file.id });
    assert.match((await untilJob(job.id, ended)).error.message, /at least 10/);
  }],
  ['an unknown file and an unknown model are refused at once', async () => {
    const refused = (body, param) => assert.rejects(
      client.fineTuning.jobs.create(body),
      (error) => error instanceof OpenAI.BadRequestError && error.param === param);
    await refused({ model: BASE_MODEL, training_file: 'file-none' }, 'training_file');
    await refused({ model: 'gpt-none', training_file: shared.training.id }, 'model');
  }],
  ['methods that the sandbox does not train are refused clearly', async () => {
    await assert.rejects(client.fineTuning.jobs.create({
      model: BASE_MODEL,
      training_file: shared.training.id,
      method: { type: 'dpo', dpo: { hyperparameters: { beta: 0.1 } } },
    }), /Unsupported method in the sandbox/);
  }],
  ['hyperparameters out of range are refused, naming them', async () => {
    await assert.rejects(client.fineTuning.jobs.create({
      model: BASE_MODEL,
      training_file: shared.training.id,
      hyperparameters: { n_epochs: 51 },
    }), (error) => error.param === 'hyperparameters.n_epochs');
  }],
];

const models = [
  ['models.list has the base model and the fine-tuned one', async () => {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    for (const id of ['sandbox-keyword-1', BASE_MODEL, shared.job.fine_tuned_model]) {
      assert.ok(ids.includes(id), id);
    }
  }],
  ['models.retrieve gives a model', async () => {
    const model = await client.models.retrieve(shared.job.fine_tuned_model);
    assert.equal(model.object, 'model');
    assert.equal(model.owned_by, 'sandbox');
  }],
];

const chat = [
  ['chat answers in the schema and names who really answered', async () => {
    const answer = await client.chat.completions.create(
      { model: BASE_MODEL, ...question('delivery?'), response_format: ANSWER_FORMAT });
    assert.equal(answer.model, 'sandbox-keyword-1');
    assert.equal(answer.choices[0].finish_reason, 'stop');
    assert.deepEqual(JSON.parse(answer.choices[0].message.content),
      { counter: 'delivery', urgent: false });
  }],
  ['a fine-tuned model has learnt what it was shown', async () => {
    const ask = async (text) => JSON.parse((await client.chat.completions.create({
      model: shared.job.fine_tuned_model, ...question(text), response_format: ANSWER_FORMAT,
    })).choices[0].message.content);
    assert.deepEqual(await ask('urgente: quiero devolber los zapatos'),
      { counter: 'returns', urgent: true });
    assert.deepEqual(await ask('cuando llega la lampara'), { counter: 'delivery', urgent: false });
  }],
  ['chat counts tokens', async () => {
    const { usage } = await client.chat.completions.create(
      { model: BASE_MODEL, ...question('hola') });
    assert.ok(usage.prompt_tokens > 10 && usage.completion_tokens > 0);
    assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
  }],
  ['chat streams the same answer, with usage on request', async () => {
    const request = {
      model: shared.job.fine_tuned_model, ...question('pagar con tarjeta'),
      response_format: ANSWER_FORMAT,
    };
    const whole = await client.chat.completions.create(request);
    const stream = await client.chat.completions.create(
      { ...request, stream: true, stream_options: { include_usage: true } });
    let content = '';
    let usage = null;
    let finishReason = null;
    for await (const chunk of stream) {
      content += chunk.choices[0]?.delta.content ?? '';
      finishReason = chunk.choices[0]?.finish_reason ?? finishReason;
      usage = chunk.usage ?? usage;
    }
    assert.equal(content, whole.choices[0].message.content);
    assert.equal(finishReason, 'stop');
    assert.equal(usage.completion_tokens, whole.usage.completion_tokens);
  }],
  ['chat.completions.stream collects a final completion', async () => {
    const final = await client.chat.completions.stream(
      { model: BASE_MODEL, ...question('payment') }).finalChatCompletion();
    assert.equal(JSON.parse(final.choices[0].message.content).counter, 'payment');
  }],
  ['chat.completions.parse parses', async () => {
    const parsed = await client.chat.completions.parse(
      { model: BASE_MODEL, ...question('returns'), response_format: ANSWER_FORMAT });
    assert.equal(JSON.parse(parsed.choices[0].message.content).counter, 'returns');
  }],
  ['logprobs cover the whole content', async () => {
    const answer = await client.chat.completions.create({
      model: shared.job.fine_tuned_model, ...question('la factura'), logprobs: true,
      response_format: ANSWER_FORMAT,
    });
    const tokens = answer.choices[0].logprobs.content;
    assert.equal(tokens.map((t) => t.token).join(''), answer.choices[0].message.content);
    assert.ok(tokens.every((t) => t.logprob <= 0) && tokens.some((t) => t.logprob < 0));
  }],
  ['max_completion_tokens cuts with finish_reason length', async () => {
    const answer = await client.chat.completions.create(
      { model: BASE_MODEL, ...question('x'), max_completion_tokens: 3 });
    assert.equal(answer.choices[0].finish_reason, 'length');
    assert.equal(answer.usage.completion_tokens, 3);
  }],
  ['request ids come with every answer', async () => {
    const { request_id: id } = await client.chat.completions
      .create({ model: BASE_MODEL, ...question('x') }).withResponse();
    assert.match(id, /^req_/);
  }],
];

const batches = [
  ['a batch answers each line under its custom_id', async () => {
    const request = (id, model) => JSON.stringify({
      custom_id: id,
      method: 'POST',
      url: '/v1/chat/completions',
      body: { model, ...question('quiero devolver la camisa'), response_format: ANSWER_FORMAT },
    });
    const model = shared.job.fine_tuned_model;
    const input = await upload([request('b', model), request('a', model)], 'batch');
    const created = await client.batches.create(
      { input_file_id: input.id, endpoint: '/v1/chat/completions', completion_window: '24h' });
    const batch = await eventually(() => client.batches.retrieve(created.id),
      (it) => ['completed', 'failed'].includes(it.status));
    assert.equal(batch.status, 'completed');
    assert.deepEqual(batch.request_counts, { total: 2, completed: 2, failed: 0 });
    const output = await (await client.files.content(batch.output_file_id)).text();
    const results = output.trim().split('\n').map((text) => JSON.parse(text));
    assert.deepEqual(results.map((result) => result.custom_id), ['b', 'a']);
    for (const { response } of results) {
      assert.equal(response.status_code, 200);
      assert.equal(JSON.parse(response.body.choices[0].message.content).counter, 'returns');
    }
    assert.equal((await client.batches.list({ limit: 1 })).data[0].id, batch.id);
  }],
  ['a malformed batch fails and says where', async () => {
    const input = await upload(['{"custom_id": "a"}'], 'batch');
    const created = await client.batches.create(
      { input_file_id: input.id, endpoint: '/v1/chat/completions', completion_window: '24h' });
    const batch = await eventually(() => client.batches.retrieve(created.id),
      (it) => it.status === 'failed');
    assert.equal(batch.errors.data[0].line, 1);
  }],
];

const simple = { model: BASE_MODEL, ...question('hola') };
const onChat = (effect, more = {}) => ({ on: 'POST /chat/completions', ...more, do: effect });

const errors = [
  ['a wrong key throws AuthenticationError', async () => {
    await assert.rejects(client.withOptions({ apiKey: 'wrong' }).models.list(),
      (error) => error instanceof OpenAI.AuthenticationError && error.code === 'invalid_api_key');
  }],
  ['an unknown model throws NotFoundError', async () => {
    await assert.rejects(client.chat.completions.create({ ...simple, model: 'gpt-none' }),
      (error) => error instanceof OpenAI.NotFoundError && error.code === 'model_not_found');
  }],
  ['an unknown path throws NotFoundError', async () => {
    await assert.rejects(client.get('/nowhere'), OpenAI.NotFoundError);
  }],
  ['bad parameters throw BadRequestError, naming them', async () => {
    await assert.rejects(client.chat.completions.create({ ...simple, temperature: 3 }),
      (error) => error instanceof OpenAI.BadRequestError && error.param === 'temperature');
    await assert.rejects(client.chat.completions.create({ ...simple, messages: [] }),
      (error) => error.param === 'messages');
  }],
  ['429 throws RateLimitError, and a quota is told apart', async () => {
    await withFaults([onChat({ status: 429 })], () => assert.rejects(
      impatient.chat.completions.create(simple),
      (error) => error instanceof OpenAI.RateLimitError && error.code === 'rate_limit_exceeded'));
    await withFaults([onChat({ status: 429, error: { code: 'insufficient_quota' } })],
      () => assert.rejects(impatient.chat.completions.create(simple),
        (error) => error.code === 'insufficient_quota' && error.type === 'insufficient_quota'));
  }],
  ['500 throws InternalServerError', async () => {
    await withFaults([onChat({ status: 500 })], () =>
      assert.rejects(impatient.chat.completions.create(simple), OpenAI.InternalServerError));
  }],
  ['a reset connection throws APIConnectionError', async () => {
    await withFaults([onChat({ reset: 'before' })], () =>
      assert.rejects(impatient.chat.completions.create(simple), OpenAI.APIConnectionError));
  }],
  ['a slow answer throws APIConnectionTimeoutError', async () => {
    await withFaults([onChat({ delay_ms: 2000 })], () => assert.rejects(
      impatient.chat.completions.create(simple, { timeout: 200 }),
      OpenAI.APIConnectionTimeoutError));
  }],
  ['the client retries through 429, 503 and a reset by itself', async () => {
    const effects = [
      { status: 429, headers: { 'retry-after-ms': '10' } },
      { status: 503, headers: { 'retry-after-ms': '10' } },
      { reset: 'after' },
    ];
    const rules = effects.map((effect, i) => onChat(effect, { after: i, times: 1 }));
    const answer = await withFaults(rules, () =>
      client.withOptions({ maxRetries: 4 }).chat.completions.create(simple));
    assert.equal(answer.object, 'chat.completion');
  }],
  ['models.delete removes a fine-tuned model', async () => {
    const model = shared.job.fine_tuned_model;
    assert.equal((await client.models.delete(model)).deleted, true);
    await assert.rejects(client.chat.completions.create({ ...simple, model }),
      OpenAI.NotFoundError);
  }],
];

const count = await runCases([...files, ...fineTuning, ...models, ...chat, ...batches, ...errors,
  ['SIGTERM ends the sandbox cleanly', async () => assert.equal(await sandbox.stop(), 0)],
]);
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exit(count.failed === 0 ? 0 : 1);
