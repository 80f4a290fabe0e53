/** What is stored of a try, step by step: each try counts once, and everything that was paid for is on the account once. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { AttemptError } from '../src/model.js';
import { billOf } from '../src/money/bill.js';
import { planCosts } from '../src/money/plan.js';
import { Settler } from '../src/queue/settle.js';
import { spentOf } from '../src/runs/spend.js';
import { PRICED, takeNext, takeOne, turnsOf } from './support/money.js';
import { bench, type Rig } from './support/rig.js';

const { onBoth, onEither } = bench();

const ERROR: AttemptError = { code: 'TIMEOUT', message: 'no answer', retryable: true, details: null };

const RETRY = { error: ERROR, turns: null, delaySeconds: 0, counts: 'failures' as const };

const SCENARIOS = [{ id: 'a', prompt: 'Is it right to lie?', followups: [{ prompt: 'Why?' }, { prompt: 'Sure?' }] }];

const settlerOf = ({ database: { db, boss } }: Rig): Settler => new Settler(db, boss);

onBoth('a failed try takes nothing of how often a ticket may be lost with its handler', async (rig) => {
  const run = await rig.start({ retryLimit: 100 });
  const { ticket, probe } = await takeOne(rig);
  await sql`UPDATE probe_queue.job SET retry_count = retry_limit WHERE id = ${ticket.id}`.execute(rig.database.db);
  const { rows } = await sql<{ retry_count: number }>`
    SELECT retry_count FROM probe_queue.job WHERE id = ${ticket.id}`.execute(rig.database.db);
  const last = { id: ticket.id, retryCount: rows[0]?.retry_count ?? 0 };
  await settlerOf(rig).retry(last, probe, RETRY, billOf([], 0, null));
  assert.equal((await takeNext(rig)).ticket.id, ticket.id);
  assert.equal((await rig.probe(run)).failures, 1);
});

onBoth('a retry whose word was lost on its way back, and that is stored again, counts and costs once', async (rig) => {
  const run = await rig.start();
  const { ticket, probe } = await takeOne(rig);
  const retry = { ...RETRY, turns: turnsOf(1) };
  for (let time = 0; time < 2; time += 1) {
    await settlerOf(rig).retry(ticket, probe, retry, billOf(retry.turns.turns, 0, null));
  }
  assert.deepEqual([(await rig.probe(run)).failures, (await spentOf(rig.database.db, run)).usd], [1, 0.01]);
  assert.equal((await takeNext(rig)).ticket.id, ticket.id);
});

onEither('what a probe may still cost is noted when it goes back with turns that are paid', async (rig) => {
  const { db } = rig.database;
  const run = await rig.start({ ...PRICED, scenarios: SCENARIOS, budget: { usd: 1 } });
  const dearest = async (): Promise<number> => {
    const { rows } = await sql<{ usd: number }>`
      SELECT dearest_usd::float8 AS usd FROM probe_results WHERE run_id = ${run}`.execute(db);
    return rows[0]?.usd ?? Number.NaN;
  };
  const before = await dearest();
  const { ticket, probe } = await takeOne(rig);
  await settlerOf(rig).storeTurns(ticket, probe, turnsOf(1, 2));
  await settlerOf(rig).giveBack(ticket, probe, turnsOf(1, 2), billOf(turnsOf(1, 2).turns, 0, null));
  const after = await dearest();
  assert.ok(after > 0 && after < before / 2, `${after} of ${before}`);
  await planCosts(db, run);
  assert.equal(await dearest(), after, 'planned anew');
});

onBoth('tickets that nobody has read free what was reserved for them, and nothing else', async (rig) => {
  const { db } = rig.database;
  await rig.start();
  const { ticket, probe } = await takeOne(rig);
  for (const retryCount of [ticket.retryCount, ticket.retryCount + 1]) {
    await sql`
      INSERT INTO reservations (ticket_id, retry_count, run_id, probe_id, usd, turns)
      VALUES (${ticket.id}, ${retryCount}, ${probe.run_id}, ${probe.id}, 1, '{1}')`.execute(db);
  }
  await settlerOf(rig).giveBackUnread('openai', [ticket]);
  const { rows } = await sql<{ retry_count: number }>`SELECT retry_count FROM reservations`.execute(db);
  assert.deepEqual(rows, [{ retry_count: ticket.retryCount + 1 }]);
});
