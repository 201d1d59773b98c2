// Starts a sandbox for the cases and runs them one after the other.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const START_TIMEOUT_MS = 30_000;

/** A sandbox of one's own: its address and how to end it. */
export class Sandbox {
  static async start(binary, flags = []) {
    const sandbox = new Sandbox();
    sandbox.dataDir = mkdtempSync(join(tmpdir(), 'conformance-'));
    sandbox.process = spawn(
      binary, ['--listen', '127.0.0.1:0', '--data_dir', sandbox.dataDir, ...flags],
      { stdio: ['ignore', 'pipe', 'inherit'] });
    sandbox.url = await sandbox.#address();
    return sandbox;
  }

  #address() {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error('the sandbox did not start')), START_TIMEOUT_MS);
      let output = '';
      this.process.stdout.on('data', (chunk) => {
        output += chunk;
        const address = /listening on (\S+)\n/.exec(output);
        if (address === null) return;
        clearTimeout(timer);
        resolve(`http://${address[1]}`);
      });
      this.process.on('exit', (code) => reject(new Error(`the sandbox exited with ${code}`)));
      this.process.on('error', reject);
    });
  }

  /** Puts fault rules in force; without any, the sandbox is healthy again. */
  async setFaults(...rules) {
    const response = await fetch(`${this.url}/sandbox/faults`, {
      method: 'POST',
      body: JSON.stringify({ rules }),
    });
    if (!response.ok) throw new Error(await response.text());
  }

  /** Ends it as an operator would; resolves to its exit status. */
  async stop() {
    const ended = new Promise((resolve) => this.process.on('exit', resolve));
    this.process.kill('SIGTERM');
    const status = await ended;
    rmSync(this.dataDir, { recursive: true });
    return status;
  }
}

/** Runs [name, function] pairs; returns how many passed and failed. */
export async function runCases(cases) {
  const count = { passed: 0, failed: 0 };
  for (const [name, body] of cases) {
    try {
      await body();
      ++count.passed;
      console.log(`ok      ${name}`);
    } catch (error) {
      ++count.failed;
      console.log(`failed  ${name}\n        ${String(error.stack).replaceAll('\n', '\n        ')}`);
    }
  }
  return count;
}
