/** Bounds on what may be spent: never exceeded, reached with a cause, and raised without paying anything again. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { changeBudget, spendReport } from '../src/commands/money.js';
import { scoreAnew } from '../src/commands/score.js';
import { setBudget } from '../src/money/open.js';
import { loadProbes } from '../src/queue/probe.js';
import { progressOf } from '../src/runs/progress.js';
import { type SpentRow, spentOf } from '../src/runs/spend.js';
import { type RunScores, scoresOf } from '../src/scoring/status.js';
import { WorkProcess } from '../support/process.js';
import { repeats } from '../support/simulator.js';
import { spree } from '../support/spree.js';
import { startAnew } from './support/forking.js';
import { bench, until } from './support/rig.js';

const made = bench();
const { onEither, onEmbedded, onServer } = made;

// The simulator's own price of this model.
const PRICE = { costInputPerMillion: 2.5, costCachedInputPerMillion: 1.25, costOutputPerMillion: 10 };
const WAYS = { load: loadProbes, facts: async () => [] };

// With handlers of their own, below, on a server.
onEmbedded('a run never costs more than its bound, is paused at it, and goes on under a higher one', () =>
  made.withRig('PGlite', async (rig) => {
    const { db } = rig.database;
    const scenarios = Array.from({ length: 15 }, (_, index) => ({
      id: `s${index}`,
      prompt: `Dilemma ${index}: is it right? ${'x'.repeat(400)}`,
      // A call that is billed and brings nothing, and an answer behind which another question stands.
      ...(index % 3 === 0 ? { followups: [{ prompt: 'Why? [[sim answer=empty times=1]]' }] } : {}),
    }));
    const bound = 0.013;
    const run = await rig.start({
      models: [{ modelId: 'gpt-4o', modelCost: PRICE }],
      scenarios,
      config: { maxTokens: 150 },
      budget: { usd: bound },
    });
    const handler = rig.handler();
    await until(async () => (await rig.status(run)) === 'PAUSED');
    const billed = await rig.simulator.billed();
    assert.ok(billed > bound / 2 && billed <= bound, `${billed} of ${bound}`);
    const { usd } = await spentOf(db, run);
    assert.ok(Math.abs((usd ?? 0) - billed) < 1e-9, `${usd} is what was billed: ${billed}`);

    const { budget, models } = await progressOf(db, run);
    assert.deepEqual([budget?.usd, budget?.reserved, budget?.reached], [bound, 0, true]);
    assert.ok(Math.abs((budget?.spent ?? 0) - billed) < 1e-9);
    assert.match(models[0]?.waits[0]?.message ?? '', /^the run is paused: 0\.0\d+ dollars are spent of the 0\.0130/);
    // What would have fitted was asked: the cheapest of what waits does not.
    const { rows } = await sql<{ least: number; open: number }>`
    SELECT min(dearest_usd)::float8 AS least, count(*)::int AS open FROM probe_results
    WHERE run_id = ${run} AND status = 'PENDING'`.execute(db);
    assert.ok(rows[0] !== undefined && rows[0].open > 0 && billed + rows[0].least > bound);

    assert.deepEqual(await setBudget(db, run, 1, WAYS), { goesOn: true });
    await rig.ended(run);
    await rig.stop(handler);
    const probes = await rig.probes(run);
    assert.deepEqual(new Set(probes.map(({ status }) => status)), new Set(['SUCCEEDED']));
    assert.equal(repeats(await rig.simulator.asked()), 5, 'only the five calls that brought nothing were made twice');
    const all = await spentOf(db, run);
    assert.ok(Math.abs((all.usd ?? 0) - (await rig.simulator.billed())) < 1e-9);
    const { rows: left } = await sql`SELECT 1 FROM reservations`.execute(db);
    assert.equal(left.length, 0);
  }),
);

const GEMINI = { costInputPerMillion: 0.3, costOutputPerMillion: 2.5 };

for (const [what, modelId, modelCost, directive, calls] of [
  [
    'served in a dearer tier, by default',
    'gpt-4o',
    { ...PRICE, priorityFactor: 2, priorityCachedFactor: 2 },
    'tier=priority',
    1,
  ],
  ['that come in parts', 'gemini-2.5-flash', GEMINI, 'continuation=5', 2],
] as const) {
  onEmbedded(`answers ${what} are within the bound too, and what they cost is known`, () =>
    made.withRig('PGlite', async (rig) => {
      const bound = 0.01;
      const run = await rig.start({
        models: [{ modelId, modelCost }],
        scenarios: Array.from({ length: 60 }, (_, index) => ({
          id: `s${index}`,
          prompt: `Dilemma ${index}? [[sim ${directive}]]`,
        })),
        config: { maxTokens: 100 },
        budget: { usd: bound },
      });
      const handler = rig.handler();
      await until(async () => ['PAUSED', 'COMPLETED'].includes(await rig.status(run)));
      const billed = await rig.simulator.billed();
      assert.ok(billed > 0 && billed <= bound, `${billed} of ${bound}`);
      const done = (await rig.probes(run)).filter(({ status }) => status === 'SUCCEEDED').length;
      assert.equal((await rig.simulator.asked()).length, done * calls);
      assert.ok(Math.abs(((await spentOf(rig.database.db, run)).usd ?? 0) - billed) < 1e-9);
      await rig.stop(handler);
    }),
  );
}

onServer(
  'whatever is killed, the bill stays below the bound, and nothing is paid again under a higher one',
  async () => {
    // From here on handlers are killed, which their workers are to notice.
    startAnew();
    await made.simulator.forget();
    const found = await spree({
      simulator: made.simulator,
      env: {
        DATABASE_URL: await made.serverDatabase(),
        QUEUE_DATA: made.folder(),
        QUEUE_POLL_MILLISECONDS: '50',
        QUEUE_MONITOR_SECONDS: '1',
        QUEUE_HEARTBEAT_SECONDS: '10',
        QUEUE_WARM_WORKERS: '1',
      },
      handlers: 2,
      probes: 60,
      usd: 0.012,
      killAt: 0.001,
    });
    assert.ok(found.billed <= 0.012, `${found.billed}`);
    const state = found.paused.budget;
    assert.ok((state?.spent ?? 0) + (state?.reserved ?? 0) > 0.012 - 0.005, 'nothing that waits fits any more');
    assert.equal(found.paused.models[0]?.inFlight, 0);
    assert.equal(found.ended.models[0]?.succeeded, 60);
    // What the account knows for certain, and what a call that was on the wire may have cost beside it.
    const slack = found.billedInAll - found.spentInAll.known;
    assert.ok(slack > -1e-9, `not more is said to be spent than was: ${slack}`);
    const { budget } = found.ended;
    assert.ok((budget?.spent ?? 0) > found.billedInAll - 1e-9, 'what may have been billed counts against the bound');
  },
);

onEmbedded('the same on the embedded database, whose handlers come one after another', async () => {
  await made.simulator.forget();
  const env = {
    QUEUE_DATA: made.folder(),
    QUEUE_POLL_MILLISECONDS: '50',
    QUEUE_MONITOR_SECONDS: '1',
    QUEUE_PROVIDER_CONCURRENCY: '3',
  };
  const bound = 0.012;
  const before = await made.rig('PGlite', env);
  const run = await before.start({
    models: [{ modelId: 'gpt-4o~delay=0.05', modelCost: PRICE }],
    scenarios: Array.from({ length: 100 }, (_, index) => ({ id: `s${index}`, prompt: `Dilemma ${index}?` })),
    config: { maxTokens: 40 },
    budget: { usd: bound },
  });
  await before.close();
  const first = new WorkProcess(env);
  await until(async () => (await made.simulator.billed()) >= bound / 8, 'the first bills');
  await first.kill();
  const second = new WorkProcess(env);
  await until(() => second.says('has reached its bound and is paused'), 'the bound');
  assert.equal(await second.stop(), 0);
  const billed = await made.simulator.billed();
  assert.ok(billed > bound / 2 && billed <= bound, `${billed} of ${bound}`);

  const after = await made.rig('PGlite', env);
  const { budget } = await progressOf(after.database.db, run);
  // What the killed handler had reserved stays so until its probe is taken again.
  const counted = (budget?.spent ?? 0) + (budget?.reserved ?? 0);
  assert.ok(
    counted <= bound + 1e-9 && counted > billed - 1e-9,
    `${counted} counts against the bound, ${billed} was billed`,
  );
  await setBudget(after.database.db, run, 1, WAYS);
  await after.finish(run);
  assert.deepEqual(new Set((await after.probes(run)).map(({ status }) => status)), new Set(['SUCCEEDED']));
  // Those that were on the wire when it was killed, and no others.
  assert.ok(repeats(await after.simulator.asked()) <= 3);
  await after.close();
});

onEither('a judge is asked under the bound too, and what it says is paid for once', async (rig) => {
  const { database, settings, simulator } = rig;
  const run = await rig.start({
    name: 'judged',
    scenarios: ['a', 'b', 'c'].map((id) => ({ id, prompt: `Is it right?\nECHO:\nWho knows, ${id}.` })),
    models: [{ modelId: 'gpt-4o', modelCost: PRICE }],
    scale: { kind: 'options', options: [{ label: 'Yes' }, { label: 'No' }] },
    judge: {
      modelId: 'gpt-4.1',
      instructions: 'Read it. [[sim decide=Yes]]',
      modelCost: { costInputPerMillion: 2, costCachedInputPerMillion: 0.5, costOutputPerMillion: 8 },
      config: { maxTokens: 100 },
    },
    config: { maxTokens: 100 },
    budget: { usd: 0.01 },
  });
  const handler = rig.handler();
  const scored = async (): Promise<RunScores | null> => {
    const scores = await scoresOf(database.db, run);
    return scores?.status === 'CURRENT' ? scores : null;
  };
  await until(async () => (await scored()) !== null);
  const before = await scored();
  assert.match(before?.error?.message ?? '', /^no more questions fit under the bound of 0\.01 dollars; see: budget/);
  assert.ok((before?.models['gpt-4o']?.scored ?? 3) < 3);

  assert.equal(await changeBudget(database, { run, usd: 0.05 }), 'judged may cost 0.05 dollars altogether');
  await scoreAnew(database, settings, { run, scale: null, judge: null, overrides: null });
  await until(async () => (await scored())?.models['gpt-4o']?.scored === 3);
  await rig.stop(handler);
  assert.equal((await scored())?.error, null);
  const billed = await simulator.billed();
  const { budget } = await progressOf(database.db, run);
  assert.ok(Math.abs((budget?.spent ?? 0) - billed) < 1e-9);
  assert.equal(budget?.reserved, 0);
  const rows: SpentRow[] = JSON.parse(await spendReport(database, { by: 'model', json: true }));
  assert.deepEqual(rows.map(({ key, judge }) => `${key} ${judge}`).toSorted(), ['gpt-4.1 true', 'gpt-4o false']);
  assert.ok(Math.abs(rows.reduce((sum, { known }) => sum + known, 0) - billed) < 1e-9);
  assert.match(
    await spendReport(database, { by: 'run', json: false }),
    /^run +name +dollars\n.* judged +0\.0\d+\ntogether/,
  );
});
