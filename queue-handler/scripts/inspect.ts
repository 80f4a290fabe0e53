/**
 * A run against the simulator, exported as logs of Inspect and read by that package itself: with scores and without, with
 * follow-ups, with a failure. `make inspect` gives it the Python that has the package.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../src/checkout.js';
import { Simulator } from '../support/simulator.js';

const PROBES_FAILED = 3;
const MODELS = ['gpt-4o', 'claude-sonnet-5', 'gemini-2.5-pro'];
const RUN = {
  name: 'for Inspect',
  definition: {
    preamble: 'You are terse.',
    scenarios: [
      {
        id: 'a/b',
        prompt: 'Is it right to lie?\nECHO:\nAgree',
        followups: [{ prompt: 'Why?' }],
        dimensions: { Distance: 1 },
      },
      { id: 'nothing', prompt: 'Is it right to steal?', dimensions: { Distance: 2 } },
      { id: 'long', prompt: 'Too long? [[sim error=context]]' },
    ],
  },
  models: MODELS,
  samples: 2,
  scale: {
    kind: 'labels',
    labels: [
      { label: 'Agree', score: 5 },
      { label: 'Disagree', score: 1 },
    ],
  },
};

const [python = 'python3'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'queue-inspect-'));
const simulator = await Simulator.start();
const { DATABASE_URL: _, ...inherited } = process.env;
const env = { ...inherited, ...simulator.env, QUEUE_DATA: join(folder, 'data'), LOG_LEVEL: 'error' };
try {
  writeFileSync(join(folder, 'run.json'), JSON.stringify(RUN));
  const queue = fileURLToPath(new URL('queue-handler/queue', ROOT));
  run(queue, ['start', join(folder, 'run.json')]);
  run(queue, ['work', '--until-idle'], PROBES_FAILED);
  run(queue, ['export', RUN.name, '--format', 'inspect', '--output', join(folder, 'logs')]);
  run(python, [fileURLToPath(new URL('tools/inspect_logs.py', ROOT)), join(folder, 'logs'), String(MODELS.length)]);
} finally {
  await simulator.stop();
  rmSync(folder, { recursive: true, force: true });
}

function run(command: string, args: string[], expected = 0): void {
  const { status } = spawnSync(command, args, { env, stdio: 'inherit' });
  if (status !== expected) {
    throw new Error(`${command} ${args[0]} ended with status ${status}`);
  }
}
