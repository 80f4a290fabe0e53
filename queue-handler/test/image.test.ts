/** What the image (../Dockerfile) has of the build is all that commands and handlers read of it. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../src/checkout.js';
import { Queue } from './support/cli.js';
import { bench } from './support/rig.js';

const made = bench();
const checkout = fileURLToPath(ROOT);

test('commands and handlers need nothing of the build that the image leaves out', async () => {
  const image = readFileSync(join(checkout, 'Dockerfile'), 'utf8');
  const left = image.match(/&& rm -rf ((?:dist\/\w+ ?)+)$/m)?.[1]?.split(' ') ?? [];
  assert.deepEqual(left, ['dist/src', 'dist/scripts', 'dist/support']);
  const app = made.folder();
  const here = join(app, 'queue-handler');
  mkdirSync(here);
  for (const name of ['dist', 'queue', 'package.json', 'run.schema.json']) {
    cpSync(join(checkout, 'queue-handler', name), join(here, name), {
      recursive: true,
      filter: (path) => ![...left, 'dist/test'].some((part) => path.endsWith(part)),
    });
  }
  symlinkSync(join(checkout, 'queue-handler', 'node_modules'), join(here, 'node_modules'));
  for (const name of ['schemas', 'workers']) {
    symlinkSync(join(checkout, name), join(app, name));
  }
  const queue = new Queue({ ...process.env, QUEUE_DATA: await made.dataFolder(), LOG_LEVEL: 'error' });
  delete queue.env.DATABASE_URL;
  const definition = { scenarios: [{ id: 'lie', prompt: 'Is it ever right to lie?' }] };
  const runOf = (model: string): string => {
    const path = join(made.folder(), 'run.json');
    writeFileSync(path, JSON.stringify({ name: 'one', definition, models: [model] }));
    return path;
  };
  // What people write, and what a worker prints, is checked; the names in a table are measured.
  for (const args of [
    ['start', runOf('gpt-4o')],
    ['work', '--until-idle'],
    ['start', runOf('openai:模型')],
    ['status'],
  ]) {
    const { code, stderr } = await queue.spawn(join(here, 'queue'), args).over;
    assert.deepEqual([code, stderr.replace(/^warning: openai:模型: its cost will not be known.*\n/, '')], [0, '']);
  }
});
