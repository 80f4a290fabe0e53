/** Parts of the pages of `queue view`, each by itself: what they say of what they are given. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRunFile } from '../src/runs/run-file.js';
import { probesFile, runFile } from '../src/viewer/export/files.js';
import { type ListedRun, through } from '../src/viewer/export/listing.js';
import { filterWords, NO_SCORE, noFilter } from '../src/viewer/filter.js';
import { webParts } from './support/web.js';

interface Script {
  src: string;
  onload(): void;
  onerror(): void;
}

/** An exported folder, in which a test says of each file how it loads. */
const scripts: Script[] = [];
Object.assign(globalThis, {
  document: {
    documentElement: { dataset: { export: '1' } },
    createElement: () => ({ remove() {} }),
    head: { append: (script: Script) => scripts.push(script) },
  },
});
const web = await webParts(
  'data.ts',
  'files.ts',
  'format.ts',
  'pages/side.tsx',
  'parts/override.tsx',
  'parts/samples.tsx',
);

interface Element {
  type: unknown;
  props: { children?: unknown; [name: string]: unknown };
}

/** What a component shows, with the components in it as far as they need no page. */
function shown(element: Element): Element {
  return typeof element.type === 'function' ? shown(element.type(element.props)) : element;
}

test('of many samples those are without a score that have neither a score nor an option, and cancelled ones are said', () => {
  const scale = { kind: 'options', ordered: false, options: [{ label: 'a' }, { label: 'b' }] };
  const one = {
    state: 'SUCCEEDED',
    score: null,
    label: null,
    class: 'exact',
    code: null,
    truncated: false,
    refused: false,
  };
  const titleOf = (samples: object[]): unknown =>
    shown({
      type: web['parts/samples.tsx'].Samples,
      props: { run: 'r', scenario: 's', cell: { model: 'm', samples }, scale, list: '', inOrder: true },
    }).props.title;
  const chosen = Array.from({ length: 7 }, (_, sample) => ({ ...one, sample, label: 'a' }));
  assert.equal(titleOf(chosen), '7 samples');
  const others = [
    { ...one, sample: 7, class: 'none' },
    { ...one, sample: 8, state: 'CANCELLED', class: null },
    { ...one, sample: 9, state: 'FAILED', class: null },
    { ...one, sample: 10, score: 2 },
  ];
  assert.equal(titleOf([...chosen, ...others]), '11 samples, 1 failed, 1 cancelled, 1 without');
});

test('a live page asks again after whatever the server could not do, and not after a question that is wrong', () => {
  const { passes } = web['data.ts'];
  assert.deepEqual([0, 500, 502, 503, 599].map(passes), Array(5).fill(true));
  assert.deepEqual([400, 401, 403, 404, 405].map(passes), Array(5).fill(false));
});

test('of two runs side by side both are on a page, however many answers each has, and the others on the next ones', () => {
  const { columnsOf } = web['pages/side.tsx'];
  const places = (run: string, length: number): object[] =>
    Array.from({ length }, (_, sample) => ({ run, scenario: 's', model: 'm', sample }));
  const said = (runs: object[][], page: number): [string, number] => {
    const { shown, pages } = columnsOf(runs, page);
    return [shown.map(({ run, sample }: { run: string; sample: number }) => `${run}${sample}`).join(' '), pages];
  };
  const two = [places('a', 14), places('b', 8)];
  assert.deepEqual(said(two, 0), ['a0 a1 a2 a3 a4 a5 b0 b1 b2 b3 b4 b5', 3]);
  assert.deepEqual(said(two, 1), ['a6 a7 a8 a9 a10 a11 b6 b7', 3]);
  assert.deepEqual(said(two, 2), ['a12 a13', 3]);
  // A page that is no more.
  assert.deepEqual(said([places('a', 14), []], 7), ['a12 a13', 2]);
  assert.deepEqual(said([[], []], 0), ['', 1]);
});

test('a file of an exported folder that did not load is asked for anew, and one that says nothing has failed', async () => {
  const { askFiles } = web['files.ts'];
  const next = (): Script => scripts.pop() ?? assert.fail('no file is asked for');
  const missing = askFiles('runs', new URLSearchParams());
  next().onerror();
  await assert.rejects(missing, /The file data\/runs\.js is missing in this folder/);
  const torn = askFiles('runs', new URLSearchParams());
  next().onload();
  await assert.rejects(torn, /The file data\/runs\.js is not whole/);
  const whole = askFiles('runs', new URLSearchParams());
  const script = next();
  (globalThis as unknown as { received(name: string, json: string): void }).received(
    script.src,
    '{"runs":[{"id":"r"}]}',
  );
  script.onload();
  assert.deepEqual(await whole, { runs: [{ id: 'r' }] });
  assert.deepEqual(await askFiles('runs', new URLSearchParams()), { runs: [{ id: 'r' }] });
  assert.equal(scripts.length, 0, 'and is kept');

  // Of that run the other files: a transcript is found by its ID, also one that was set aside.
  const probes = [
    { scenario: 's', model: 'm', sample: 0, state: 'SUCCEEDED', transcript: 'new', earlier: ['old'], page: 0 },
    { scenario: 's', model: 'm', sample: 1, state: 'FAILED', page: 0 },
  ];
  const files: Record<string, unknown> = {
    [runFile('r', 'run')]: { progress: { name: 'n' }, config: { samples: 2, models: [{ modelId: 'm' }] } },
    [runFile('r', 'about')]: { probePages: 1, scale: null },
    [runFile('r', 'scenarios')]: [],
    [probesFile('r', 0)]: probes,
  };
  const found = askFiles('transcript', new URLSearchParams({ id: 'old' }));
  for (let left = Object.keys(files).length; left > 0; ) {
    for (const { src, onload } of scripts.splice(0)) {
      (globalThis as unknown as { received(name: string, json: string): void }).received(
        src,
        JSON.stringify(files[src]),
      );
      onload();
      left -= 1;
    }
    await new Promise(setImmediate);
  }
  const place = { run: 'r', scenario: 's', model: 'm', sample: 0 };
  assert.deepEqual(await found, place);
  assert.deepEqual(await askFiles('transcript', new URLSearchParams({ id: 'new' })), place);
  await assert.rejects(askFiles('transcript', new URLSearchParams({ id: 'none' })), /no transcript of this ID/);
});

test('what stands for no score, or for no decision, can be the label of no option', () => {
  const options = (label: string): object => ({ kind: 'options', options: [{ label }, { label: 'other' }] });
  const file = (label: string): object => ({
    name: 'n',
    definition: { scenarios: [{ id: 'a', prompt: 'p' }] },
    models: ['gpt-4o'],
    scale: options(label),
  });
  checkRunFile(file('none'));
  checkRunFile(file('nothing'));
  for (const label of [NO_SCORE, web['parts/override.tsx'].NOTHING]) {
    assert.throws(() => checkRunFile(file(label)), /label/);
    assert.equal(filterWords(new URLSearchParams({ score: label })).get('score'), label, 'and stands in a link');
  }
});

test('an option called "none" is a score, and an answer without one is not of that option', () => {
  const probe = { scenario: 's', model: 'm', state: 'SUCCEEDED', page: 0 } as const;
  const run = { scenarios: [{ scenario: 's', name: null, dimensions: {}, orientation: null }] } as unknown as ListedRun;
  const probes = [
    { ...probe, sample: 0, class: 'exact', label: 'none' },
    { ...probe, sample: 1, class: 'none' },
  ];
  const samples = (score: string): number[] =>
    through({ ...run, probes }, { ...noFilter(), scores: [score] }, null).map(({ sample }) => sample);
  assert.deepEqual([samples('none'), samples(NO_SCORE)], [[0], [1]]);
});

test('a time has never sixty seconds or sixty minutes', () => {
  const { duration } = web['format.ts'];
  assert.deepEqual([9.96, 59.7, 119.6, 3_599.8, 3_600, 7_199.9].map(duration), [
    '10 s',
    '1 min 0 s',
    '2 min 0 s',
    '1 h 0 min',
    '1 h 0 min',
    '2 h 0 min',
  ]);
});

test('of a search that was cut the number of conversations is one at least', () => {
  const { placeText } = web['format.ts'];
  const whole = { before: null, after: null, number: 3, of: 1_200, searched: null };
  const cut = { ...whole, searched: { looked: 5, of: 9, cut: 'time' } };
  assert.deepEqual(
    [whole, cut, { ...whole, number: 0 }, { ...cut, number: 0 }].map((one) => placeText(one)),
    ['3 of 1,200', '3 of at least 1,200', 'not in the list', 'not among those found so far'],
  );
});
