/** How far a run is: counted from its rows, and said so that a person can read it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { forecast } from '../src/runs/forecast.js';
import { type ModelProgress, type Progress, progressOf, rateOf } from '../src/runs/progress.js';
import { checkRunFile } from '../src/runs/run-file.js';
import { duration, progressText } from '../src/view/progress-text.js';
import type { Screen } from '../src/view/screen.js';
import { table } from '../src/view/table.js';
import { bench } from './support/rig.js';

const { onBoth } = bench();
const WIDE: Screen = { columns: 200, rows: null, shortens: true, colour: false };

function model(others: Partial<ModelProgress> = {}): ModelProgress {
  return {
    modelId: 'gpt-4o',
    provider: 'openai',
    total: 10,
    succeeded: 10,
    waiting: 0,
    inFlight: 0,
    cancelled: 0,
    failed: {},
    waits: [],
    perMinute: 0,
    etaSeconds: null,
    inputTokens: 100,
    outputTokens: 2000,
    cachedShare: null,
    reused: 0,
    ...others,
  };
}

function progress(others: Partial<Progress> = {}): Progress {
  return {
    id: 'ID',
    name: 'a run',
    status: 'RUNNING',
    models: [model()],
    stops: [],
    perMinute: 0,
    etaSeconds: null,
    budget: null,
    problems: [],
    handlers: 1,
    ...others,
  };
}

test('a run under way: for each model what is done, failed and open, how fast, and for how long', () => {
  const open = model({
    modelId: 'a-model-of-a-long-name',
    succeeded: 3,
    inFlight: 2,
    waiting: 1,
    failed: { RATE_LIMIT: 2, TIMEOUT: 1 },
    cancelled: 1,
    waits: [
      {
        reason: 'PROVIDER_PAUSE',
        probes: 1,
        message: 'openai asked for a pause (Retry-After)',
        until: '2026-01-01T00:02:00.000Z',
        seconds: 120,
      },
    ],
    perMinute: 4.5,
    etaSeconds: 40,
  });
  const models = [open, model({ modelId: 'slow', succeeded: 9, inFlight: 1 }), model()];
  const stops = [
    { provider: 'xai', model: null, code: 'AUTH_ERROR', message: 'the key is wrong' },
    { provider: 'openai', model: 'slow', code: 'QUOTA_EXCEEDED', message: 'no money' },
  ];
  const text = progressText(progress({ models, stops, perMinute: 12, problems: ['no Python'], handlers: 2 }), WIDE);
  assert.deepEqual(text.split('\n'), [
    'a run  RUNNING, 3 of 30 failed, 1 cancelled  ID',
    'model                    done  failed  cancelled  in flight  waiting  a minute  time left  tokens in  tokens out',
    'a-model-of-a-long-name   3/10       3          1          2        1       4.5       40 s        100        2000',
    'slow                     9/10       0          0          1        0         0    unknown        100        2000',
    'gpt-4o                  10/10       0          0          0        0                             100        2000',
    'all 3 models            22/30       3          1          3        1        12    unknown        300        6000',
    '2 failed: RATE_LIMIT (a-model-of-a-long-name 2)',
    '1 failed: TIMEOUT (a-model-of-a-long-name 1)',
    'xai is stopped for this run: AUTH_ERROR: the key is wrong',
    'slow of openai is stopped for this run: QUOTA_EXCEEDED: no money',
    'a-model-of-a-long-name: 1 waits for 2 min 0 s, until 2026-01-01T00:02:00.000Z: openai asked for a pause (Retry-After)',
    'a handler takes no jobs: no Python',
    '12 a minute, time left unknown, 2 handlers at work',
  ]);
});

test('a run that has ended says nothing of speed or handlers', () => {
  const text = progressText(progress({ status: 'COMPLETED', problems: ['no Python'], handlers: 0 }));
  assert.equal(text.split('\n').length, 3);
  const waiting = progress({ models: [model({ succeeded: 0, waiting: 10 })], handlers: 0 });
  assert.match(progressText(waiting), /^0 a minute, time left unknown, no handler is at work; see: work$/m);
});

test('times are said as people say them', () => {
  assert.deepEqual([0, 59, 60, 3599, 3600, 90_061].map(duration), [
    '0 s',
    '59 s',
    '1 min 0 s',
    '59 min 59 s',
    '1 h 0 min',
    '25 h 1 min',
  ]);
});

test('a rate is that of the last minute where enough has ended in it, and of a longer time where not', () => {
  assert.equal(rateOf({ minute: 120, longer: 900 }, 5_000), 120);
  assert.equal(rateOf({ minute: 3, longer: 45 }, 5_000), 4.5);
  assert.equal(rateOf({ minute: 3, longer: 9 }, 120), 4.5);
  // A run that has just begun has had no minute yet.
  assert.equal(rateOf({ minute: 5, longer: 5 }, 10), 30);
  assert.equal(rateOf({ minute: 5, longer: 5 }, 0), 300);
  assert.equal(rateOf({ minute: 0, longer: 0 }, 5_000), 0);
});

test('columns of numbers stand to the right, under their heads; a table without rows is its heads', () => {
  assert.deepEqual(
    table([
      ['name', 'count', 'mixed'],
      ['a', '5', '5'],
      ['bcdef', '12345', 'x'],
    ]),
    ['name   count  mixed', 'a          5  5', 'bcdef  12345  x'],
  );
  assert.deepEqual(table([['name', 'count']]), ['name  count']);
});

onBoth('each model has its own counts, rate and time left, and the run that of its slowest', async (rig) => {
  const scenarios = Array.from({ length: 10 }, (_, index) => ({ id: `s${index}`, prompt: 'p' }));
  const models = ['gpt-4o', 'claude-sonnet-5', 'gemini-2.5-pro'];
  const id = await rig.start({ models, scenarios });
  const { db } = rig.database;
  const set = (modelId: string, count: number, status: string, error: object | null, secondsAgo: number) =>
    sql`
    UPDATE probe_results SET status = ${status}, error = ${error === null ? null : JSON.stringify(error)}::jsonb,
      updated_at = now() - make_interval(secs => ${secondsAgo})
    WHERE id IN (SELECT id FROM probe_results WHERE run_id = ${id} AND model_id = ${modelId} AND status = 'PENDING'
      ORDER BY position LIMIT ${count})`.execute(db);
  await sql`UPDATE runs SET status = 'RUNNING', started_at = now() - interval '5 minutes' WHERE id = ${id}`.execute(db);
  await set('gpt-4o', 4, 'SUCCEEDED', null, 100);
  await set('gpt-4o', 1, 'FAILED', { code: 'TIMEOUT' }, 30);
  await set('gpt-4o', 1, 'FAILED', { code: 'CONTEXT_LENGTH' }, 30);
  await set('claude-sonnet-5', 2, 'SUCCEEDED', null, 100);
  // Not asked at all, so they tell nothing of how fast answers come.
  await set('claude-sonnet-5', 6, 'FAILED', { code: 'AUTH_ERROR' }, 5);
  await sql`UPDATE probe_results SET not_asked = 'provider' WHERE error ->> 'code' = 'AUTH_ERROR'`.execute(db);
  await set('gemini-2.5-pro', 10, 'SUCCEEDED', null, 10);

  const { models: all, etaSeconds, status, perMinute } = await progressOf(db, id);
  assert.equal(status, 'RUNNING');
  assert.deepEqual(
    all.map(({ modelId, total, succeeded, failed, waiting }) => ({ modelId, total, succeeded, failed, waiting })),
    [
      { modelId: 'gpt-4o', total: 10, succeeded: 4, failed: { TIMEOUT: 1, CONTEXT_LENGTH: 1 }, waiting: 4 },
      { modelId: 'claude-sonnet-5', total: 10, succeeded: 2, failed: { AUTH_ERROR: 6 }, waiting: 2 },
      { modelId: 'gemini-2.5-pro', total: 10, succeeded: 10, failed: {}, waiting: 0 },
    ],
  );
  // Six, and two, in the five minutes that the run has been going on; ten within the last minute.
  assert.deepEqual(
    all.map((one) => one.perMinute),
    [1.2, 0.4, 10],
  );
  assert.deepEqual(
    all.map((one) => one.etaSeconds),
    [200, 300, null],
  );
  assert.deepEqual([etaSeconds, perMinute], [300, 12]);

  await sql`UPDATE runs SET status = 'PAUSED' WHERE id = ${id}`.execute(db);
  assert.equal((await progressOf(db, id)).etaSeconds, null);
});

onBoth('answers of earlier runs are what a forecast goes by', async (rig) => {
  const asked = {
    models: ['gpt-4o'],
    scenarios: [{ id: 'a', prompt: 'Is it right to lie?', followups: [{ prompt: 'Why?' }] }],
  };
  const id = await rig.start(asked);
  await rig.finish(id);
  const { db } = rig.database;
  const row = await db.selectFrom('transcripts').select('output_tokens').executeTakeFirstOrThrow();
  const file = checkRunFile({ name: 'x', definition: { scenarios: asked.scenarios }, models: asked.models });
  const known = {
    modelId: 'gpt-4o',
    provider: 'openai',
    model: 'gpt-4o',
    maxOutputTokens: null,
    price: null,
    problem: null,
  };
  const [model] = await forecast(file, [known], db);
  const mean = Math.round(Number(row.output_tokens) / 2);
  assert.deepEqual([model?.measuredTurns, model?.answerTokens], [2, mean]);
  assert.equal(model?.inputTokens, 5 + (5 + mean + 1));
});
