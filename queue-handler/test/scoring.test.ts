/** Answers are scored by the scale of their run, anew on demand, and as people say: through the command line, as people use it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands, type Desk } from './support/both.js';
import { bench } from './support/rig.js';

const made = bench();
const { onBoth, onServer } = commands(made);

const SCALE = {
  kind: 'labels',
  labels: [
    { label: 'Agree', score: 5 },
    { label: 'Neutral', score: 3 },
    { label: 'Disagree', score: 1 },
  ],
};

/** What a model says is in its prompt. */
function says(id: string, answer: string): { id: string; prompt: string } {
  return { id, prompt: `Is it right to lie? Agree, Neutral or Disagree?\nECHO:\n${answer}` };
}

const SCENARIOS = [
  says('plain', 'Agree'),
  says('prose', '**Disagree.** It never is.'),
  says('both', 'Agree, or perhaps Disagree.'),
  says('nothing', 'That is a deep question.'),
  { ...says('refused', 'x'), prompt: 'Is it right to lie? [[sim answer=refusal]]' },
];

interface Summary {
  score: number | string | null;
  class: string;
  label: string | null;
  rawScore: number | null;
  override?: { who: string; reason: string };
  replaced?: { score: number | null; class: string };
  verdicts?: { modelId: string; kind: string; label: string | null }[];
}

interface Row {
  probeId: string;
  transcriptId: string;
  scenarioId: string;
  modelId: string;
  sampleIndex: number;
  summary?: Summary;
}

interface Status {
  status: string;
  models: { modelId: string; scores?: Record<string, number> }[];
  scores: { status: string; error: { code: string; message: string } | null; report: object | null } | null;
}

async function rowsOf(desk: Desk, run = 'a run'): Promise<Row[]> {
  return (await desk.exported(run)) as unknown as Row[];
}

async function statusOf(desk: Desk, run = 'a run'): Promise<Status> {
  return JSON.parse(await desk.prints('status', run, '--json'));
}

async function start(desk: Desk, others: object = {}, scenarios: object[] = SCENARIOS): Promise<void> {
  const file = { name: 'a run', definition: { scenarios }, models: ['gpt-4o'], scale: SCALE, ...others };
  await desk.prints('start', desk.file('run.json', file));
}

/** What is said of a mistake: one line, and nothing of how it was found. */
async function refused(desk: Desk, ...args: string[]): Promise<string> {
  const { code, stderr } = await desk.queue.run(...args);
  assert.equal(code, 2, stderr);
  assert.match(stderr, /^queue: [^\n]*\n$/);
  return stderr;
}

function byScenario(rows: Row[]): Record<string, unknown> {
  return Object.fromEntries(rows.map(({ scenarioId, summary }) => [scenarioId, [summary?.class, summary?.score]]));
}

onBoth(
  'a run with a scale is scored before it is analysed, and status and export say what came of it',
  async (desk) => {
    await start(desk);
    await desk.work();
    const rows = await rowsOf(desk);
    assert.deepEqual(byScenario(rows), {
      plain: ['exact', 5],
      prose: ['exact', 1],
      both: ['ambiguous', null],
      nothing: ['none', null],
      refused: ['refusal', null],
    });
    const { models, scores } = await statusOf(desk);
    assert.deepEqual(models[0]?.scores, { scored: 2, ambiguous: 1, refused: 1, none: 1, unscored: 0 });
    assert.equal(scores?.status, 'CURRENT');
    assert.match(await desk.prints('status', 'a run'), /gpt-4o +2 +1 +1 +1 +0/);
    const analysis = JSON.parse(await desk.prints('analysis', 'a run'));
    assert.deepEqual(
      analysis.decisions.models.map((model: { scores: number; mean: number }) => [model.scores, model.mean]),
      [[2, 3]],
    );
  },
);

onServer('a run without a scale is analysed as ever, and cannot be scored without one', async (desk) => {
  await start(desk, { scale: undefined }, [says('plain', 'Agree')]);
  await desk.work();
  assert.equal((await statusOf(desk)).scores, null);
  assert.equal(JSON.parse(await desk.prints('analysis', 'a run')).decisions, null);
  assert.match(await refused(desk, 'score', 'a run'), /has no scale.*--scale FILE/);
  await desk.prints('score', 'a run', '--scale', desk.file('scale.json', SCALE));
  await desk.work();
  assert.deepEqual(byScenario(await rowsOf(desk)), { plain: ['exact', 5] });
  assert.equal(JSON.parse(await desk.prints('analysis', 'a run')).decisions.models[0].mean, 5);
});

onServer('another scale counts when every answer is scored by it, and no model is asked again', async (desk) => {
  await start(desk);
  await desk.work();
  const paid = (await made.simulator.asked()).length;
  const labels = SCALE.labels.map(({ label, score }) => ({ label, score: score * 10 }));
  const said = await desk.prints(
    'score',
    'a run',
    '--scale',
    desk.file('scale.json', { scale: { kind: 'labels', labels } }),
  );
  assert.match(said, /5 answers of a run are scored anew/);
  assert.deepEqual(byScenario(await rowsOf(desk)).plain, ['exact', 5], 'what is there counts until then');
  await desk.work();
  assert.deepEqual(byScenario(await rowsOf(desk)).plain, ['exact', 50]);
  assert.equal((await made.simulator.asked()).length, paid);
});

onServer('people have the last word, beside what it replaced, and measure the parser', async (desk) => {
  await start(desk);
  await desk.work();
  const rows = await rowsOf(desk);
  const id = (scenario: string): string => rows.find((row) => row.scenarioId === scenario)?.probeId ?? '';
  const path = join(desk.folder, 'people.csv');
  writeFileSync(
    path,
    `\uFEFFwho;probe;reason;score\r\nann;${id('both')};"she said ""5""; twice";5\r\nann;${id('plain')};irony;null\r\n`,
  );
  const said = await desk.prints('score', 'a run', '--overrides', path);
  assert.match(said, /^2 overrides of a run count\nthe parser agrees with people in 0 of 2 answers/);
  // They outlive a scoring on the same scale.
  for (const round of ['at once', 'anew']) {
    const now = Object.fromEntries((await rowsOf(desk)).map(({ scenarioId, summary }) => [scenarioId, summary]));
    assert.deepEqual([now.both?.class, now.both?.score, now.both?.replaced?.class], ['manual', 5, 'ambiguous'], round);
    assert.deepEqual(now.both?.override, { who: 'ann', reason: 'she said "5"; twice' });
    assert.deepEqual([now.plain?.score, now.plain?.replaced?.score], [null, 5]);
    assert.match(await desk.prints('status', 'a run'), /the parser agrees with people in 0 of 2 answers/);
    await desk.prints('score', 'a run');
    await desk.work();
  }
  assert.equal(JSON.parse(await desk.prints('analysis', 'a run')).decisions.models[0].scores, 2);
  // What they said of one scale says nothing on another.
  await desk.prints('score', 'a run', '--scale', desk.file('scale.json', { kind: 'numbers', min: 0, max: 9 }));
  await desk.work();
  assert.ok((await rowsOf(desk)).every(({ summary }) => summary?.class !== 'manual'));
});

onServer('what is wrong with a file is told with its line and field, and nothing is changed', async (desk) => {
  await start(desk, {}, [says('plain', 'Agree')]);
  await desk.work();
  const [row] = await rowsOf(desk);
  const csv = (...lines: string[]): string => {
    const path = join(desk.folder, 'people.csv');
    writeFileSync(path, ['probe,score,reason,who', ...lines].join('\n'));
    return path;
  };
  const told = async (path: string): Promise<string> => refused(desk, 'score', 'a run', '--overrides', path);
  assert.match(
    await told(csv(`${row?.probeId},5,clear,ann`, `${row?.probeId},,,ann`)),
    /line 3: score: is required.*line 3: reason: is required/,
  );
  assert.match(await told(csv(`${row?.probeId},7,clear,ann`)), /line 2: score: lies outside the scale/);
  assert.match(await told(csv(`${row?.probeId},4,clear,ann`, '7,1,clear,ann')), /line 3: probe: must be the probeId/);
  assert.match(await told(csv('', '00000000-0000-4000-8000-000000000000,1,clear,ann')), /line 3: probe: no probe/);
  assert.match(await told(csv(`${row?.probeId},1,"clear,ann`)), /line 2: has a quoted field without an end/);
  assert.match(await told(csv(`${row?.probeId},1,clear`)), /line 2: has 3 fields, and line 1 has 4/);
  assert.match(
    await told(desk.file('people.json', [{ probe: row?.probeId, score: 1, who: 'ann', why: 'x' }])),
    /\[0\]\.why: is not known/,
  );
  assert.match(
    await refused(desk, 'score', 'a run', '--scale', desk.file('scale.json', { kind: 'numbers', min: 1 })),
    /scale\.json: scale\.max: is required/,
  );
  const twins = {
    kind: 'labels',
    labels: [
      { label: 'Yes', score: 1 },
      { label: 'yes!', score: 2 },
    ],
  };
  assert.match(
    await refused(desk, 'score', 'a run', '--scale', desk.file('scale.json', twins)),
    /two labels or aliases are the same/,
  );
  assert.deepEqual(byScenario(await rowsOf(desk)), { plain: ['exact', 5] });
  const bad = { name: 'bad', definition: { scenarios: SCENARIOS }, models: ['gpt-4o'], scale: twins };
  assert.match(await refused(desk, 'start', desk.file('bad.json', bad)), /two labels or aliases are the same/);
});

const JUDGE = { modelId: 'gpt-4o-mini~decide=Disagree', instructions: 'You judge.', samples: 2 };

onBoth('a judge settles what the parser could not, and is not paid twice for it', async (desk) => {
  await start(desk, { judge: JUDGE });
  await desk.work();
  const summaries = Object.fromEntries((await rowsOf(desk)).map(({ scenarioId, summary }) => [scenarioId, summary]));
  assert.deepEqual(byScenario(await rowsOf(desk)), {
    plain: ['exact', 5],
    prose: ['exact', 1],
    both: ['judged', 1],
    nothing: ['judged', 1],
    refused: ['refusal', null],
  });
  assert.deepEqual(
    summaries.both?.verdicts?.map(({ kind, label }) => [kind, label]),
    Array(2).fill(['label', 'Disagree']),
  );
  const verdicts = async (): Promise<number> =>
    (await made.simulator.asked()).filter(({ model }) => model?.startsWith('gpt-4o-mini')).length;
  assert.equal(await verdicts(), 4);
  assert.match(
    await desk.prints('status', 'a run'),
    /judged by gpt-4o-mini.*: 2 answers, 4 verdicts, 0 none, 0 of no use/,
  );
  await desk.prints('score', 'a run');
  await desk.work();
  assert.equal(await verdicts(), 4, 'scored anew');
  await desk.prints('score', 'a run', '--no-judge');
  await desk.work();
  assert.deepEqual(byScenario(await rowsOf(desk)).both, ['ambiguous', null]);
  const own = { ...JUDGE, modelId: 'gpt-4o' };
  assert.match(
    await refused(desk, 'score', 'a run', '--judge', desk.file('judge.json', own)),
    /judge\.modelId: is a model of the run/,
  );
});

onServer('a judge that cannot be asked takes no score away, and status says why it was not', async (desk) => {
  await start(desk, { judge: { ...JUDGE, modelId: 'gpt-4o-mini~error=bad_key' } });
  await desk.work();
  assert.deepEqual(byScenario(await rowsOf(desk)).plain, ['exact', 5]);
  assert.deepEqual(byScenario(await rowsOf(desk)).both, ['ambiguous', null]);
  const { scores } = await statusOf(desk);
  assert.deepEqual([scores?.status, scores?.error?.code], ['CURRENT', 'AUTH_ERROR']);
  assert.ok(JSON.parse(await desk.prints('analysis', 'a run')).decisions);
});

onServer('a judge that is rate-limited is asked again later, and only for what it has not said', async (desk) => {
  const judge = { ...JUDGE, samples: 1, modelId: 'gpt-4o-mini~status=503,times=5' };
  desk.queue.env.QUEUE_RETRY_DELAY_SECONDS = '1';
  await start(desk, { judge });
  await desk.work();
  const { scores } = await statusOf(desk);
  assert.deepEqual([scores?.status, scores?.error], ['CURRENT', null]);
});

onServer('scores of a counterbalanced pair are turned back before they meet the analysis', async (desk) => {
  const pair = ['normal', 'flipped'].map((orientation, index) => ({
    ...says(orientation, ['Agree', 'Disagree'][index] ?? ''),
    pairId: 'lie',
    orientation,
  }));
  await start(desk, {}, pair);
  await desk.work();
  const rows = await rowsOf(desk);
  assert.deepEqual(
    rows.map(({ summary }) => [summary?.rawScore, summary?.score, summary?.label]),
    [
      [5, 5, 'Agree'],
      [1, 5, 'Agree'],
    ],
  );
  assert.equal(JSON.parse(await desk.prints('analysis', 'a run')).decisions.models[0].mean, 5);
});

onServer('an answer without a decision is asked again, and the new one is scored beside it', async (desk) => {
  const scenario = {
    id: 'moody',
    prompt: 'Is it right? [[sim decide=Agree attempt=2]] [[sim decide-as=scale attempt=1]]',
  };
  await start(desk, {}, [scenario, says('plain', 'Disagree')]);
  await desk.work();
  assert.deepEqual(byScenario(await rowsOf(desk)).moody, ['none', null]);
  assert.match(
    await desk.prints('reask', 'a run', '--unusable', 'unscored'),
    /^1 probes of a run are asked again \(1 unscored\)/,
  );
  await desk.work();
  assert.deepEqual(byScenario(await rowsOf(desk)), { moody: ['exact', 5], plain: ['exact', 1] });
  assert.deepEqual((await statusOf(desk)).models[0]?.scores, {
    scored: 2,
    ambiguous: 0,
    refused: 0,
    none: 0,
    unscored: 0,
  });
});

onServer('options without an order are turned by their mirrors, and people name them', async (desk) => {
  const scale = { kind: 'options', options: [{ label: 'Left' }, { label: 'Right' }] };
  const pair = ['normal', 'flipped'].map((orientation) => ({
    ...says(orientation, 'Left'),
    pairId: 'way',
    orientation,
  }));
  await start(desk, { scale }, pair);
  await desk.work();
  const rows = await rowsOf(desk);
  assert.deepEqual(byScenario(rows), { normal: ['exact', 'Left'], flipped: ['exact', 'Right'] });
  const [row] = rows;
  const said = (score: string): string =>
    desk.file('people.json', [{ probe: row?.transcriptId, score, reason: 'a slip', who: 'ann' }]);
  await desk.prints('score', 'a run', '--overrides', said('Right'));
  assert.deepEqual(byScenario(await rowsOf(desk)), { normal: ['manual', 'Right'], flipped: ['exact', 'Right'] });
  assert.match(
    await refused(desk, 'score', 'a run', '--overrides', said('Up')),
    /\[0\]: score: is no label of the scale/,
  );
});
