/** The folders are a staircase: each knows those below it and none above, so that a reader can go up step by step. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';

/** Files and folders of src/, the lowest first. */
const STEPS = [
  'checkout',
  'errors',
  'clock',
  'waiting',
  'drained',
  'terminal-text',
  'redaction',
  'log-stream',
  'log',
  'news',
  'measured',
  'documents',
  'provenance',
  'deadline',
  'address',
  'settings',
  'model',
  'workers',
  'pgboss',
  'database',
  'money',
  'runs',
  'scoring',
  'analysis',
  'export',
  'queue',
  'metrics',
  'view',
  'commands',
  'cli',
];

const SOURCE = new URL('../../src/', import.meta.url);
const FILES = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.ts'));

function textOf(file: string): string {
  return readFileSync(new URL(file, SOURCE), 'utf8');
}

/** What a file imports, types included: files of src/ by their path in it, packages by their name. */
function importsOf(file: string): string[] {
  const found = textOf(file).matchAll(/(?:\bfrom|^import|\bimport\()\s*'([^']+)'/gm);
  return [...found].map(([, path = '']) =>
    path.startsWith('.') ? posix.join(posix.dirname(file), path).replace(/\.js$/, '.ts') : path,
  );
}

function stepOf(file: string): number {
  return STEPS.indexOf(file.split('/')[0]?.replace(/\.ts$/, '') ?? '');
}

test('every file and folder of the source has its step, and every step is there', () => {
  assert.ok(FILES.length > 80);
  assert.deepEqual(
    [...new Set(FILES.map(stepOf))].sort((one, other) => one - other),
    [...STEPS.keys()],
  );
});

test('a file imports its own folder and the steps below it, and none above', () => {
  const climbs = FILES.flatMap((file) =>
    importsOf(file)
      .filter((path) => FILES.includes(path) && stepOf(path) > stepOf(file))
      .map((path) => `${file} imports ${path}`),
  );
  assert.deepEqual(climbs, []);
});

test('every import of a file is found', () => {
  const lost = FILES.flatMap((file) =>
    importsOf(file)
      .filter((path) => path.endsWith('.ts') && !FILES.includes(path) && !FILES.includes(path.replace(/ts$/, 'd.ts')))
      .map((path) => `${file} imports ${path}`),
  );
  assert.deepEqual(lost, []);
  assert.ok(importsOf('cli.ts').includes('commands/work.ts'));
});

test('no script that is shipped, and nothing that it shares, imports from the tests', () => {
  const root = new URL('../../', import.meta.url);
  const shipped = ['scripts', 'support'].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`),
  );
  assert.ok(shipped.length > 10);
  for (const file of shipped) {
    assert.doesNotMatch(readFileSync(new URL(file, root), 'utf8'), /\.\.\/test\//, file);
  }
});

test("one file knows pg-boss's tables, queues and states", () => {
  const knowing = FILES.filter((file) =>
    /probe_queue(?!_)|probe_scenario|from 'pg-boss'|'pg-boss\//.test(textOf(file)),
  );
  assert.deepEqual(knowing, ['pgboss.ts']);
});
