/** What was spent, and what is reserved: counted from the rows, in every way in which a try can end. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { jobOfRun } from '../src/analysis/job.js';
import type { FailedProbe, Turn } from '../src/documents/documents.js';
import type { RunConfig, RunModel } from '../src/model.js';
import { addUnkept, settleSpending } from '../src/money/account.js';
import { billOf } from '../src/money/bill.js';
import { ALL_RUNS, lookAtBounds } from '../src/money/budget.js';
import { settleLeftovers } from '../src/money/leftovers.js';
import { openDay, setBudget } from '../src/money/open.js';
import { reserve, type ToAsk } from '../src/money/reserve.js';
import { createQueues } from '../src/pgboss.js';
import { Feeder } from '../src/queue/feeder.js';
import { loadProbes } from '../src/queue/probe.js';
import { beginRun } from '../src/runs/begin.js';
import { deletion } from '../src/runs/delete.js';
import { extendRun } from '../src/runs/extend.js';
import { cancelRun } from '../src/runs/lifecycle.js';
import { progressOf } from '../src/runs/progress.js';
import { checkRunFile } from '../src/runs/run-file.js';
import { spentBy, spentOf } from '../src/runs/spend.js';
import { Spool } from '../src/runs/spool.js';
import { spendText } from '../src/view/spending-text.js';
import { bench, type Rig } from './support/rig.js';

const { onEither } = bench();

const PRICE = { costInputPerMillion: 0, costOutputPerMillion: 1_000_000 };
const turn = (costUsd?: number | null) => ({
  targetResponse: 'Yes.',
  providerMetadata: costUsd === undefined ? {} : { costUsd },
});

/** Of each probe the dearest cost is twice its one token: 2 dollars a turn. */
async function bounded(rig: Rig, usd: number | null, samples: number, followups = 1): Promise<string> {
  return rig.start({
    name: `bound of ${usd}`,
    models: [{ modelId: 'gpt-4o', modelCost: PRICE }],
    scenarios: [{ id: 'a', prompt: 'x', followups: Array(followups).fill({ prompt: 'y' }) }],
    samples,
    config: { maxTokens: 1 },
    ...(usd === null ? {} : { budget: { usd } }),
  });
}

/** As if a handler had just taken the tickets of some probes. @returns for which of them there was no room. */
async function take(rig: Rig, probes: ToAsk[], retryCount = 0): Promise<number[]> {
  const asking = probes.map((probe) => ({ ticket: { id: probe.id, retryCount }, probe }));
  const refused = await rig.database.db.transaction().execute((trx) => reserve(trx, asking, null));
  return probes.flatMap(({ id }, index) => (refused.has(id) ? [index] : []));
}

async function probesOf(rig: Rig, run: string): Promise<ToAsk[]> {
  const rows = await rig.probes(run);
  const found = await loadProbes(
    rig.database.db,
    rows.map(({ id }) => id),
  );
  return rows.flatMap(({ id }) => found.get(id) ?? []);
}

/** Those of an analysis's job. */
async function itemsOf(job: AsyncIterable<string>): Promise<FailedProbe[]> {
  let text = '';
  for await (const piece of job) {
    text += piece;
  }
  return (JSON.parse(text) as { transcripts: FailedProbe[] }).transcripts;
}

onEither('what is spent and reserved never exceeds a bound, however tries end', async (rig) => {
  const { db } = rig.database;
  const run = await bounded(rig, 9, 4);
  const [one, two, three, four] = (await probesOf(rig, run)) as [ToAsk, ToAsk, ToAsk, ToAsk];
  const held = async () => {
    const [bound] = await lookAtBounds(db, [run]);
    return [bound?.spent, bound?.reserved];
  };
  // Two turns of two dollars each: two conversations fit, and what they leave goes to the next.
  assert.deepEqual(await take(rig, [one, two, three]), [2]);
  assert.deepEqual(await held(), [0, 8]);
  await settleSpending(db, one, { usd: 1.5, unknown: [], counted: 2 });
  assert.deepEqual(await held(), [1.5, 4]);
  assert.deepEqual(await take(rig, [three]), [0], 'one and a half, four, and four are more than nine');
  // Its first turn had a price; the call for the second broke off, and may have been billed.
  await settleSpending(db, two, { usd: 0.5, unknown: [1], counted: 1 });
  assert.deepEqual(await held(), [4, 0]);
  assert.deepEqual(await take(rig, [three]), []);

  // The handler of the third is killed, with one turn stored: that is spent, and the call on the wire may be; then it has
  // one more turn to be asked.
  const stored = JSON.stringify({ turns: [turn(0.25)] });
  await db.updateTable('probe_results').set({ partial: stored }).where('id', '=', three.id).execute();
  const again = (await probesOf(rig, run))[2] as ToAsk;
  assert.deepEqual(await take(rig, [again], 1), []);
  assert.deepEqual(await held(), [6.25, 2]);
  assert.equal(again.counted_turns, 1);
  await settleSpending(db, again, { usd: 0.25, unknown: [], counted: 2 });
  assert.deepEqual(await held(), [6.5, 0]);
  assert.deepEqual(await take(rig, [four]), [0]);

  const spent = await spentOf(db, run);
  assert.deepEqual(spent, {
    usd: null,
    known: 2.5,
    models: { 'gpt-4o': { usd: null, known: 2.5 } },
    judges: {},
  });
});

onEither('a try whose handler and whose probe are gone is settled by the sweeper, once', async (rig) => {
  const { db } = rig.database;
  const run = await bounded(rig, 100, 1);
  const [probe] = (await probesOf(rig, run)) as [ToAsk];
  await take(rig, [probe]);
  await settleLeftovers(db);
  assert.equal((await lookAtBounds(db, [run]))[0]?.reserved, 4, 'while its probe is open it stays');
  const partial = JSON.stringify({ turns: [turn(0.5)] });
  await db.updateTable('probe_results').set({ status: 'FAILED', partial }).where('id', '=', probe.id).execute();
  await Promise.all([settleLeftovers(db), settleLeftovers(db)]);
  const [bound] = await lookAtBounds(db, [run]);
  assert.deepEqual([bound?.spent, bound?.reserved], [2.5, 0]);
});

onEither('however many lost tries of open probes there are, those of ended ones are settled', async (rig) => {
  const { db } = rig.database;
  const open = await bounded(rig, 1_000, 101, 0);
  await take(rig, await probesOf(rig, open));
  const ended = await bounded(rig, 100, 1, 0);
  await take(rig, await probesOf(rig, ended));
  await cancelRun(rig.database, ended);
  await settleLeftovers(db);
  const held = Object.fromEntries(
    (await lookAtBounds(db, [open, ended])).map(({ scope, reserved }) => [scope, reserved]),
  );
  assert.deepEqual([held[open], held[ended]], [202, 0]);
});

onEither('a bound on the day holds over all runs, and a new day begins with what is under way', async (rig) => {
  const { db } = rig.database;
  const [first, second] = [await bounded(rig, null, 2, 0), await bounded(rig, 3, 2, 0)];
  const [one, two] = (await probesOf(rig, first)) as [ToAsk, ToAsk];
  const [three] = (await probesOf(rig, second)) as [ToAsk, ToAsk];
  assert.deepEqual(await take(rig, [one]), [], 'nothing bounds the first run yet');
  const handler = (budget: string | null) =>
    db
      .insertInto('handlers')
      .values({ id: randomUUID(), host: 'h', pid: 1, problem: null, budget_usd: budget })
      .execute();
  await handler('7');
  await handler('5');
  await handler(null);
  await openDay(db, loadProbes);
  assert.deepEqual(await take(rig, [one, two, three]), [2], 'the least of what the handlers say: five, and two each');
  const held = async () => {
    const bound = (await lookAtBounds(db, [])).find(({ scope }) => scope === ALL_RUNS);
    return [bound?.usd, bound?.spent, bound?.reserved];
  };
  assert.deepEqual(await held(), [5, 0, 4]);
  await settleSpending(db, one, { usd: 1.5, unknown: [], counted: 1 });
  assert.deepEqual(await take(rig, [three]), [0]);
  await sql`UPDATE spendings SET at = at - interval '1 day'`.execute(db);
  await sql`UPDATE budgets SET day = day - 1`.execute(db);
  assert.deepEqual(await held(), [5, 0, 2]);
  assert.deepEqual(await take(rig, [three]), []);
  await sql`UPDATE probe_results SET dearest_usd = 4`.execute(db);
  const [, waits] = [await held(), (await progressOf(db, first)).models[0]?.waits];
  assert.deepEqual(waits?.[0]?.reason, 'BUDGET', 'what waits says why');
  await sql`UPDATE handlers SET seen_at = now() - interval '1 hour'`.execute(db);
  assert.deepEqual(await take(rig, [two]), [], 'no handler at work has a bound');
});

onEither('turns of an attempt that has no say any more are spent, whether or not they are kept', async (rig) => {
  const { db } = rig.database;
  const run = await bounded(rig, null, 1, 2);
  const [probe] = (await probesOf(rig, run)) as [ToAsk];
  const at = (startedAt: string, costUsd: number) => ({
    targetResponse: 'x',
    providerMetadata: { startedAt, costUsd },
  });
  const store = (turns: object[]) =>
    db
      .updateTable('probe_results')
      .set({ partial: JSON.stringify({ turns }) })
      .where('id', '=', probe.id)
      .execute();
  await store([at('1', 0.1), at('2', 0.2)]);
  // The first it shares with the one that has the say; the second it asked as well.
  await addUnkept(db, probe.id, [at('1', 0.1), at('3', 0.4)] as unknown as Turn[]);
  await addUnkept(db, probe.id, [at('2', 0.2)] as unknown as Turn[]);
  assert.equal((await spentOf(db, run)).usd, 0.7);
});

onEither('over all runs: by model, by run and by day, also what is under way, and what was deleted', async (rig) => {
  const { db } = rig.database;
  const run = await bounded(rig, null, 2);
  const [one, two] = (await probesOf(rig, run)) as [ToAsk, ToAsk];
  await settleSpending(db, one, { usd: 0.1, unknown: [], counted: 2 });
  await settleSpending(db, one, { usd: 0.2, unknown: [], counted: 2 });
  const partial = JSON.stringify({ turns: [turn(0.4)] });
  await db.updateTable('probe_results').set({ status: 'QUEUED', partial }).where('id', '=', two.id).execute();
  const deleted = randomUUID();
  const other = { run_id: deleted, model_id: 'o3', judge: true, usd: '5', at: '2026-01-31T23:59:59Z' };
  await db
    .insertInto('spendings')
    .values({ ...other, probe_id: null, unpriced: true })
    .execute();

  const today = new Date().toISOString().slice(0, 10);
  assert.deepEqual(await spentBy(db, 'model'), [
    { key: 'o3', judge: true, usd: null, known: 5 },
    { key: 'gpt-4o', judge: false, usd: 0.7, known: 0.7 },
  ]);
  assert.deepEqual(await spentBy(db, 'run'), [
    { key: deleted, name: null, usd: null, known: 5 },
    { key: run, name: 'bound of null', usd: 0.7, known: 0.7 },
  ]);
  const days = await spentBy(db, 'day');
  assert.deepEqual(days, [
    { key: '2026-01-31', usd: null, known: 5 },
    { key: today, usd: 0.7, known: 0.7 },
  ]);
  const lines = spendText('day', days)
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  assert.deepEqual(lines.slice(0, 4), [
    ['day', 'dollars'],
    ['2026-01-31', '5.00+'],
    [today, '0.7000'],
    ['together', '5.70+'],
  ]);
});

onEither(
  'turns of a probe that ended without being settled are spent, once, also when its run is deleted',
  async (rig) => {
    const { db } = rig.database;
    const run = await bounded(rig, null, 2, 2);
    const [one, two] = (await probesOf(rig, run)) as [ToAsk, ToAsk];
    const turns = [turn(0.4), turn(0.2)];
    // The first handler has settled one turn, and the one after it was killed behind the second.
    await settleSpending(db, one, { usd: 0.4, unknown: [], counted: 1 });
    await db
      .updateTable('probe_results')
      .set({ partial: JSON.stringify({ turns }) })
      .where('run_id', '=', run)
      .execute();
    const spent = async () => [(await spentOf(db, run)).usd, (await spentBy(db, 'run'))[0]?.usd];
    assert.deepEqual(await spent(), [1.2, 1.2]);
    await db.updateTable('probe_results').set({ status: 'FAILED' }).where('id', '=', one.id).execute();
    await cancelRun(rig.database, run);
    assert.deepEqual(await spent(), [1.2, 1.2], 'nothing of it is asked any more, and it was paid for');
    const [failed] = await itemsOf(jobOfRun(db, run));
    assert.deepEqual(failed?.costSnapshot, { totalCost: 0.6 });
    await sql`UPDATE probe_results SET updated_at = now() - interval '40 days'`.execute(db);
    assert.equal((await spentBy(db, 'day')).length, 2, 'a day keeps what was spent on it');

    const again = (await probesOf(rig, run))[1] as ToAsk;
    await settleSpending(db, again, billOf(turns as unknown as Turn[], again.counted_turns, null));
    assert.deepEqual(await spent(), [1.2, 1.2], 'settled after all');
    for await (const _ of deletion(rig.database, new Spool(rig.settings.dataFolder, rig.database.identity), run)) {
      // To its end.
    }
    assert.deepEqual(await spentBy(db, 'run'), [{ key: run, name: null, usd: 1.2, known: 1.2 }]);
    const { rows } = await sql`SELECT 1 FROM probe_results WHERE id = ${two.id}`.execute(db);
    assert.equal(rows.length, 0);
  },
);

onEither('under a bound a model without a price is refused before anything is stored', async (rig) => {
  const start = (config: Partial<RunConfig> & { budget?: { usd: number } }) =>
    rig.start({ models: ['gpt-4o-audio-preview'], ...(config as object) });
  await assert.rejects(
    start({ budget: { usd: 1 } }),
    /^UsageError: gpt-4o-audio-preview has no price, .* PROBE_PRICES_FILE$/,
  );
  await start({});
  const { rows } = await sql`SELECT 1 FROM runs`.execute(rig.database.db);
  assert.equal(rows.length, 1);
});

onEither(
  'a run without a price that came before a bound is not queued under it, and says why it waits',
  async (rig) => {
    const { db } = rig.database;
    const file = checkRunFile({
      name: 'early',
      definition: { scenarios: [{ id: 'a', prompt: 'x' }] },
      models: ['gpt-4o-audio-preview'],
    });
    const { id: run } = await beginRun(db, file);
    await db
      .insertInto('handlers')
      .values({ id: randomUUID(), host: 'h', pid: 1, problem: null, budget_usd: '5' })
      .execute();
    await openDay(db, loadProbes);
    await createQueues(rig.database.boss, rig.settings);
    const feeder = new Feeder(rig.database, rig.settings, assert.ifError, () => {});
    await feeder.feed();
    assert.deepEqual([(await rig.probe(run)).status, await rig.status(run)], ['PENDING', 'PENDING']);
    const { reason, message } = (await progressOf(db, run)).models[0]?.waits[0] ?? {};
    assert.deepEqual([reason, message?.split(',')[0]], ['TOO_DEAR', 'gpt-4o-audio-preview has no price']);
    // Nor does anybody wait for it who asks for it once more.
    await assert.rejects(
      beginRun(db, file, 5),
      /^UsageError: the run "early" .* PROBE_PRICES_FILE, and then see: budget$/,
    );
  },
);

onEither('a run that is extended while the prices for its bound are looked up keeps what was added', async (rig) => {
  const { db } = rig.database;
  const run = await rig.start({ models: ['gpt-4o-audio-preview'] });
  const facts = async (models: RunModel[]): Promise<RunModel[]> => {
    await extendRun(rig.database, run, { models: ['gpt-4o'] });
    return models.map((model) => ({ ...model, modelCost: PRICE, maxOutputTokens: 9 }));
  };
  await setBudget(db, run, 5, { load: loadProbes, facts });
  const { config } = await db.selectFrom('runs').select('config').where('id', '=', run).executeTakeFirstOrThrow();
  assert.deepEqual(
    config.models.map(({ modelId, maxOutputTokens }) => [modelId, maxOutputTokens === 9]),
    [
      ['gpt-4o-audio-preview', true],
      ['gpt-4o', false],
    ],
  );
  const unplanned = await db.selectFrom('probe_results').select('model_id').where('dearest_usd', 'is', null).execute();
  assert.deepEqual(unplanned, []);
});

onEither('what failed probes cost is known to the analysis, and a cost that nobody knows is null', async (rig) => {
  const { db } = rig.database;
  const run = await bounded(rig, null, 3);
  const [one, two] = (await probesOf(rig, run)) as [ToAsk, ToAsk];
  await settleSpending(db, one, { usd: 0.5, unknown: [], counted: 1 });
  await settleSpending(db, one, { usd: 0.25, unknown: [], counted: 2 });
  await settleSpending(db, two, { usd: 0.5, unknown: [1], counted: 1 });
  await sql`UPDATE probe_results SET status = 'FAILED', error = '{"code": "TIMEOUT", "message": "m"}'
    WHERE run_id = ${run}`.execute(db);
  const items = await itemsOf(jobOfRun(db, run));
  const costs = new Map(items.map(({ sampleIndex, costSnapshot }) => [sampleIndex, costSnapshot]));
  assert.deepEqual([costs.get(0), costs.get(1), costs.get(2)], [{ totalCost: 0.75 }, { totalCost: null }, undefined]);
});
