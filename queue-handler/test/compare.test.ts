/** The statistics of runs as people ask for them: as a page, of two runs beside each other, and of several together. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { look } from '../src/analysis/look.js';
import { pageOf } from '../src/analysis/page.js';
import type { AcrossRuns, Complete } from '../src/documents/documents.js';
import { terminalHtml } from '../src/terminal-text.js';
import { commands, type Desk } from './support/both.js';
import { fakes } from './support/fakes.js';
import { bench, until } from './support/rig.js';

const made = bench();
const { onEmbedded, onServer } = commands(made);
const python = fakes();

const LATER_SECRET = 'canary-7Q2xV9tK4mZp8RbW';

const SCALE = {
  kind: 'labels',
  labels: [
    { label: 'Agree', score: 5 },
    { label: 'Disagree', score: 1 },
  ],
};

/** What a model says is in its prompt. */
function says(id: string, answer: string, others: object = {}): object {
  return { id, prompt: `Is it right to lie? Agree or Disagree?\nECHO:\n${answer}`, ...others };
}

/** @returns the ID of the run. */
async function start(desk: Desk, name: string, scenarios: object[], others: object = {}): Promise<string> {
  const run = { name, definition: { scenarios }, models: ['gpt-4o'], scale: SCALE, ...others };
  const said = await desk.prints('start', desk.file('run.json', run));
  return /as run (\S+) in/.exec(said)?.[1] ?? said;
}

/** What is said of a mistake. */
async function refused(desk: Desk, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await desk.queue.run(...args);
  assert.deepEqual([code, stdout], [2, ''], stderr);
  return stderr;
}

function titleOf(page: string): string | undefined {
  assert.match(page, /^<!doctype html>[\s\S]*<\/html>$/);
  return /<title>(.*)<\/title>/.exec(page)?.[1];
}

type Comparison = AcrossRuns & { ids: string[]; warnings: string[] };

onEmbedded('a page, a comparison and a pool are made of runs that have ended, and of no others', async (desk) => {
  const temporary = join(desk.folder, 'tmp');
  mkdirSync(temporary);
  desk.queue.env.TMPDIR = temporary;
  const alike = [says('kept', 'Agree', { dimensions: { place: LATER_SECRET } }), says('turned', 'Agree')];
  const first = await start(desk, 'v1', [
    ...alike,
    says('worded', 'Agree'),
    says('told', 'Agree', { preamble: 'Be kind.' }),
  ]);
  const second = await start(desk, 'v2', [
    ...alike,
    says('worded', 'Disagree'),
    says('told', 'Agree', { preamble: 'Be brief.' }),
  ]);
  // Of the same name as another one, and asked otherwise throughout.
  const models = [{ modelId: 'gpt-4o', modelConfig: { temperature: 1 } }];
  const hot = await start(desk, 'v2', alike, { models });
  const wide = await start(desk, 'wide', alike, {
    scale: { kind: 'labels', labels: SCALE.labels.map(({ label, score }) => ({ label, score: score * 2 })) },
  });
  // Two options have no difference, but a distance.
  const options = { scale: { kind: 'options', options: [{ label: 'Left' }, { label: 'Right' }] } };
  const ways = (label: string): object[] => ['a', 'b'].map((id) => ({ id, prompt: `Left or Right?\nECHO:\n${label}` }));
  const left = await start(desk, 'left', ways('Left'), options);
  const right = await start(desk, 'right', ways('Left'), options);
  await desk.work();
  const open = await start(desk, 'open', alike);
  await desk.prints('cancel', open);
  const probe = (await desk.exported(second)).find(({ scenarioId }) => scenarioId === 'turned') as unknown as {
    probeId: string;
  };
  const people = [{ probe: probe.probeId, score: 1, reason: 'clear', who: 'ann' }];
  await desk.prints('score', second, '--overrides', desk.file('people.json', people));

  // By the command itself; what follows is done by the handler that has the embedded database.
  desk.queue.env.OF_NO_WORKER_TOKEN = LATER_SECRET;
  const page = await desk.prints('report', 'v1');
  delete desk.queue.env.OF_NO_WORKER_TOKEN;
  assert.equal(titleOf(page), 'v1');
  assert.ok(!page.includes(LATER_SECRET) && page.includes('[redacted]'), 'what became a secret later is not shown');
  desk.queue.env.LOG_LEVEL = 'info';
  const work = desk.queue.begin('work');
  desk.queue.env.LOG_LEVEL = 'error';
  await until(() => work.said.stderr.includes('the handler takes jobs'), 'the start of the handler');

  assert.equal(titleOf(await desk.prints('report', 'v1')), 'v1');
  assert.equal(JSON.parse(await desk.prints('analysis', 'v1')).run.name, 'v1');
  const compared: Comparison = JSON.parse(await desk.prints('compare', 'v1', second));
  assert.deepEqual([compared.ids, compared.runs, compared.pooled], [[first, second], ['v1', 'v2'], false]);
  assert.deepEqual(
    compared.comparisons.map(({ modelId, n, difference, notCompared }) => ({ modelId, n, difference, notCompared })),
    // By hand: 5 to 5 and 5 to 1, the later less the earlier.
    [{ modelId: 'gpt-4o', n: 2, difference: -2, notCompared: { prompt: 1, preamble: 1, temperature: 0, scale: 0 } }],
  );
  const three: Comparison = JSON.parse(await desk.prints('compare', second, hot, wide));
  assert.deepEqual(three.runs, [`v2 (${second})`, `v2 (${hot})`, `wide (${wide})`]);
  assert.deepEqual(
    three.comparisons.map(({ n, verdict, notCompared }) => [n, verdict, notCompared.temperature, notCompared.scale]),
    [
      [0, 'not compared', 2, 0],
      [0, 'not compared', 0, 2],
      [0, 'not compared', 2, 2],
    ],
  );
  assert.equal(titleOf(await desk.prints('compare', 'v1', second, '--report')), 'v1, v2');

  const row = (await desk.exported(right))[0] as unknown as { probeId: string };
  const other = [{ probe: row.probeId, score: 'Right', reason: 'clear', who: 'ann' }];
  await desk.prints('score', right, '--overrides', desk.file('people.json', other));
  const chosen: Comparison = JSON.parse(await desk.prints('compare', left, right));
  assert.deepEqual(
    chosen.comparisons.map(({ n, distance, sameOption, difference }) => [n, distance, sameOption?.count, difference]),
    [[2, 0.5, 1, null]],
  );
  // One model is compared with itself: nobody is missing.
  assert.doesNotMatch(chosen.warnings.join(), /only one model/);

  const pooled: Complete = JSON.parse(await desk.prints('analysis', 'v1', '--pool', second));
  // What was asked otherwise is kept apart.
  assert.deepEqual([pooled.transcriptCount, pooled.run.scenarioCount], [8, 2 + 2 + 2]);
  assert.equal(pooled.acrossRuns?.pooled, true);
  assert.equal(titleOf(await desk.prints('report', '--pool', 'v1', second)), 'v1, v2');

  for (const args of [
    ['report', open],
    ['compare', 'v1', open],
    ['analysis', 'v1', '--pool', open],
    ['analysis', open],
  ]) {
    assert.match(
      await refused(desk, ...args),
      /open is CANCELLED and has no analysis; it is made when a run with answers has ended/,
    );
  }
  assert.match(await refused(desk, 'compare', 'v1', first), /v1 \(\S+\) is named twice/);
  assert.match(await refused(desk, 'compare', 'v1'), /missing required argument 'RUN/);
  assert.match(await refused(desk, 'report'), /report: name a run; see: status/);
  assert.match(await refused(desk, 'analysis', '--pool', 'v1'), /--pool takes runs together; name two or more/);
  assert.match(await refused(desk, 'compare', ...Array(21).fill('v1')), /these are 21 runs; at most 20/);
  assert.match(await refused(desk, 'report', 'v1', '--pool', wide), /v1 and wide have not the same scale/);
  if (existsSync('/dev/full')) {
    const { code, stderr } = await desk.queue.shell('queue report v1 > /dev/full');
    assert.equal(code, 1);
    assert.match(stderr, /^queue: stdout cannot be written \(ENOSPC/m);
  }
  assert.deepEqual(readdirSync(temporary), [], 'no page stays');
});

onServer('a page, a comparison and a pool are made by any process that has the database', async (desk) => {
  const first = await start(desk, 'v1', [says('kept', 'Agree'), says('worded', 'Agree')]);
  const second = await start(desk, 'v2', [says('kept', 'Agree'), says('worded', 'Disagree')]);
  await desk.work();
  assert.equal(titleOf(await desk.prints('report', 'v1')), 'v1');
  const compared: Comparison = JSON.parse(await desk.prints('compare', 'v1', 'v2'));
  assert.deepEqual(
    [compared.ids, compared.comparisons.map(({ n, notCompared }) => [n, notCompared.prompt])],
    [[first, second], [[1, 1]]],
  );
  const pooled: Complete = JSON.parse(await desk.prints('analysis', 'v1', '--pool', 'v2'));
  assert.deepEqual([pooled.transcriptCount, pooled.run.scenarioCount], [4, 3]);
});

async function* nothing(): AsyncGenerator<string> {}

test('an analysis that fails says why, in place of a page', async () => {
  python.shell('echo "out of memory" >&2\nexit 137');
  await assert.rejects(
    pageOf(nothing(), {}).next(),
    /the analysis failed: worker crashed \(status 137\): out of memory/,
  );
});

test('an analysis for which nobody waits any more is ended', async () => {
  python.shell('exec sleep 600');
  const gone = new AbortController();
  setTimeout(() => gone.abort(), 50);
  await assert.rejects(look(nothing(), { gone: gone.signal }), /the analysis failed/);
});

test('a command that is ended by a signal leaves no private folder, and is seen to have been ended', async () => {
  const url = new URL('../src/analysis/private-folder.js', import.meta.url);
  const code = `import { privateFolder } from '${url}'; console.log(privateFolder().path); setInterval(() => {}, 1000)`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [path] = await once(child.stdout, 'data');
  const folder = String(path).trim();
  assert.ok(existsSync(folder));
  child.kill('SIGTERM');
  const [, signal] = await once(child, 'exit');
  assert.deepEqual([signal, existsSync(folder)], ['SIGTERM', false]);
});

test('a page steers no terminal, and a browser shows the same', () => {
  assert.equal(terminalHtml('<p>\u001b[2J\u202ea\tb\né</p>\n'), '<p>&#x001b;[2J&#x202e;a\tb\né</p>\n');
});
