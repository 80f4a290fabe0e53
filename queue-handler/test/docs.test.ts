/** What the pages say of the queue is so. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../src/checkout.js';
import { settingsText } from '../src/settings.js';
import { interpreter, workerEnvironment } from '../src/workers/interpreter.js';
import { bench } from './support/rig.js';

const made = bench();

function page(name: string): string {
  return readFileSync(new URL(name, ROOT), 'utf8');
}

/** Shell commands of the queue, each with the output that the page shows right after it. */
function commands(text: string): { command: string; output: string | undefined }[] {
  const found = text.matchAll(/```sh\n([\s\S]*?)```(?:\s*```text\n([\s\S]*?)```)?/g);
  return [...found]
    .map(([, command, output]) => ({ command: command ?? '', output }))
    .filter(({ command }) => command.includes('queue-handler/') && !command.includes('make '));
}

/** Without what differs from run to run. */
function steady(text: string): string {
  return (
    text
      .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'ID')
      .replace(/(database(?: is)? in) \S+|(QUEUE_DATA=)\S+/g, '$1$2 FOLDER')
      // Which of several that are asked at once finds the beginning of its prompt in a cache is left to chance.
      .replace(/\b\d+\.\d{4}\b/g, 'DOLLARS')
      .trim()
  );
}

test('the commands of the quickstart print what it says', async () => {
  const folder = made.folder();
  const data = join(made.folder(), 'data');
  await made.fillEmbedded(data);
  await made.fillEmbedded(`${data}-simulated`);
  let compared = 0;
  for (const { command, output } of commands(page('quickstart.md'))) {
    const here = command.replaceAll('.queue-data-simulated', `${data}-simulated`).replaceAll('.quickstart', folder);
    const done = spawnSync('bash', ['-c', here], {
      cwd: fileURLToPath(ROOT),
      env: { ...process.env, ...made.simulator.env, QUEUE_DATA: data, LOG_LEVEL: 'error' },
      encoding: 'utf8',
    });
    assert.equal(done.status, 0, done.stderr);
    if (output !== undefined) {
      assert.equal(steady(done.stdout), steady(output), command);
      compared += 1;
    }
  }
  assert.ok(compared >= 6);
});

test('every setting of the queue is on the page of the settings, with its default', () => {
  const text = page('docs/settings.md');
  const settings = page('queue-handler/src/settings.ts').matchAll(/'(QUEUE_[A-Z_]+|DATABASE_URL)'|env\.([A-Z_]+)/g);
  const names = new Set([...settings].map(([, quoted, member]) => quoted ?? member ?? ''));
  assert.ok(names.size > 10);
  for (const name of names) {
    assert.ok(text.includes(`\`${name}\``), name);
  }
  const numbers = [...settingsText().matchAll(/^ {2}([A-Z_]+) .* \((\d+)\)$/gm)];
  assert.ok(numbers.length > 10);
  for (const [, name, otherwise] of numbers) {
    assert.ok(text.includes(`| \`${name}\` | ${otherwise} |`), `${name} is ${otherwise}`);
  }
});

test('every command of the queue stands in the README of the handler', () => {
  const text = page('queue-handler/README.md');
  const help = execFileSync(fileURLToPath(new URL('queue-handler/queue', ROOT)), ['--help'], { encoding: 'utf8' });
  const known = [...help.matchAll(/^ {2}([a-z][a-z-]+)/gm)].map(([, name]) => name).filter((name) => name !== 'help');
  assert.ok(known.length >= 9);
  for (const name of known) {
    assert.ok(new RegExp(`\`[^\`]*\\b${name}\\b`).test(text), name);
  }
});

test('the caller that the contract shows compiles, and gets the document', () => {
  const folder = made.folder();
  const source = /```ts\n([\s\S]*?)```/.exec(page('docs/contract.md'))?.[1] ?? '';
  writeFileSync(join(folder, 'caller.mts'), source);
  const packages = fileURLToPath(new URL('queue-handler/node_modules/', ROOT));
  const options = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
  const compiled = spawnSync(
    join(packages, '.bin', 'tsc'),
    [...options, '--typeRoots', `${packages}@types`, 'caller.mts'],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  assert.equal(compiled.status, 0, compiled.stdout);
  const job = JSON.stringify({ runId: 'r', scenarioId: 's', modelId: 'gpt-4o', scenario: { prompt: 'Yes?' } });
  const script = `import { probe } from ${JSON.stringify(join(folder, 'caller.mjs'))};
    console.log(JSON.stringify(await probe(${job}, ${JSON.stringify(interpreter())})));`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(ROOT),
    env: { ...workerEnvironment(), ...made.simulator.env },
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
  });
  assert.equal(JSON.parse(printed).success, true);
});
