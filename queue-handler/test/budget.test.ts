/** Bounds on what may be spent: never exceeded, reached with a cause, and raised without paying anything again. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { setBudget } from '../src/money/open.js';
import { loadProbes } from '../src/queue/probe.js';
import { progressOf } from '../src/runs/progress.js';
import { spentOf } from '../src/runs/spend.js';
import { repeats } from '../support/simulator.js';
import { spree } from '../support/spree.js';
import { commands } from './support/both.js';
import { bench, until } from './support/rig.js';

const made = bench();
const { onBoth, onServer } = made;
const desks = commands(made);

// The simulator's own price of this model.
const PRICE = { costInputPerMillion: 2.5, costCachedInputPerMillion: 1.25, costOutputPerMillion: 10 };
const WAYS = { load: loadProbes, facts: async () => [] };

onBoth('a run never costs more than its bound, is paused at it, and goes on under a higher one', async (rig) => {
  const { db } = rig.database;
  const scenarios = Array.from({ length: 30 }, (_, index) => ({
    id: `s${index}`,
    prompt: `Dilemma ${index}: is it right? ${'x'.repeat(400)}`,
    // A call that is billed and brings nothing, and an answer behind which another question stands.
    ...(index % 3 === 0 ? { followups: [{ prompt: 'Why? [[sim answer=empty times=1]]' }] } : {}),
  }));
  const bound = 0.02;
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
  assert.match(models[0]?.waits[0]?.message ?? '', /^the run is paused: 0\.0\d+ dollars are spent of the 0\.0200/);
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
  assert.equal(repeats(await rig.simulator.asked()), 10, 'only the ten calls that brought nothing were made twice');
  const all = await spentOf(db, run);
  assert.ok(Math.abs((all.usd ?? 0) - (await rig.simulator.billed())) < 1e-9);
  const { rows: left } = await sql`SELECT 1 FROM reservations`.execute(db);
  assert.equal(left.length, 0);
});

onServer(
  'whatever is killed, the bill stays below the bound, and nothing is paid again under a higher one',
  async () => {
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
      usd: 0.03,
      killAt: 0.003,
    });
    assert.ok(found.billed <= 0.03, `${found.billed}`);
    const state = found.paused.budget;
    assert.ok((state?.spent ?? 0) + (state?.reserved ?? 0) > 0.03 - 0.005, 'nothing that waits fits any more');
    assert.equal(found.paused.models[0]?.inFlight, 0);
    assert.equal(found.ended.models[0]?.succeeded, 60);
    // What the account knows for certain, and what a call that was on the wire may have cost beside it.
    const slack = found.billedInAll - found.spentInAll.known;
    assert.ok(slack > -1e-9, `not more is said to be spent than was: ${slack}`);
    const { budget } = found.ended;
    assert.ok((budget?.spent ?? 0) > found.billedInAll - 1e-9, 'what may have been billed counts against the bound');
  },
);

desks.onServer('a judge is asked under the bound too, and what it says is paid for once', async (desk) => {
  const judge = {
    modelId: 'gpt-4.1',
    instructions: 'Read it. [[sim decide=Yes]]',
    modelCost: { ...PRICE, costInputPerMillion: 2, costCachedInputPerMillion: 0.5, costOutputPerMillion: 8 },
    config: { maxTokens: 100 },
  };
  const file = {
    name: 'judged',
    definition: { scenarios: ['a', 'b', 'c'].map((id) => ({ id, prompt: `Is it right?\nECHO:\nWho knows, ${id}.` })) },
    models: [{ modelId: 'gpt-4o', modelCost: PRICE }],
    scale: { kind: 'options', options: [{ label: 'Yes' }, { label: 'No' }] },
    judge,
    config: { maxTokens: 100 },
    budget: { usd: 0.01 },
  };
  await desk.prints('start', desk.file('run.json', file));
  await desk.work();
  interface State {
    budget: { usd: number; spent: number; reserved: number };
    models: { scores: { scored: number } }[];
    scores: { error: { message: string } | null };
  }
  const state = async (): Promise<State> => JSON.parse(await desk.prints('status', 'judged', '--json'));
  const before = await state();
  assert.match(
    before.scores.error?.message ?? '',
    /^no more questions fit under the bound of 0\.01 dollars; see: budget/,
  );
  assert.ok((before.models[0]?.scores.scored ?? 3) < 3);

  assert.equal(await desk.prints('budget', 'judged', '0.05'), 'judged may cost 0.05 dollars altogether');
  await desk.prints('score', 'judged');
  await desk.work();
  const after = await state();
  assert.deepEqual([after.scores.error, after.models[0]?.scores.scored, after.budget.reserved], [null, 3, 0]);
  const billed = await made.simulator.billed();
  assert.ok(Math.abs(after.budget.spent - billed) < 1e-9);
  const rows: { key: string; judge: boolean; usd: number }[] = JSON.parse(await desk.prints('spend', '--json'));
  assert.deepEqual(rows.map(({ key, judge }) => [key, judge]).toSorted(), [
    ['gpt-4.1', true],
    ['gpt-4o', false],
  ]);
  assert.ok(Math.abs(rows.reduce((sum, { usd }) => sum + usd, 0) - billed) < 1e-9);
  assert.match(await desk.prints('spend', '--by', 'run'), /^run +name +dollars\n.* judged +0\.0\d+\ntogether/);
  const wrong = await desk.queue.run('budget', 'judged', '1,50');
  assert.deepEqual([wrong.code, /number of US dollars, such as 12\.50, or none/.test(wrong.stderr)], [2, true]);
});
