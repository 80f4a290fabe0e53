/** What is stored of a try, step by step: each try counts once, and everything that was paid for is on the account once. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { ProbeSuccess } from '../src/documents/documents.js';
import type { AttemptError } from '../src/model.js';
import { billOf } from '../src/money/bill.js';
import { planCosts } from '../src/money/plan.js';
import { Settler } from '../src/queue/settle.js';
import { spentOf } from '../src/runs/spend.js';
import { PRICED, takeNext, takeOne, turnsOf, waits } from './support/money.js';
import { bench, type Rig } from './support/rig.js';

const made = bench();

const { onBoth, onEither, onServer } = made;

const ERROR: AttemptError = { code: 'TIMEOUT', message: 'no answer', retryable: true, details: null };

const RETRY = { error: ERROR, turns: null, delaySeconds: 0, counts: 'failures' as const };

const SCENARIOS = [{ id: 'a', prompt: 'Is it right to lie?', followups: [{ prompt: 'Why?' }, { prompt: 'Sure?' }] }];

const settlerOf = ({ database: { db, boss } }: Rig): Settler => new Settler(db, boss);

function success(...seconds: number[]): ProbeSuccess {
  const { turns } = turnsOf(...seconds);
  const transcript = {
    turns,
    totalInputTokens: 3,
    totalOutputTokens: 2,
    modelVersion: null,
    startedAt: '2026-01-01T00:00:00.000Z',
    completedAt: '2026-01-01T00:01:00.000Z',
    durationMs: 5,
  };
  return { success: true, transcript, warnings: [] } as unknown as ProbeSuccess;
}

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

onEither('turns of two tries that asked the same are all on the account', async (rig) => {
  const { db } = rig.database;
  const settler = settlerOf(rig);
  const spent = async (run: string): Promise<number | null> => (await spentOf(db, run)).usd;

  const nulled = await rig.start({ scenarios: SCENARIOS });
  const one = await takeOne(rig);
  await settler.storeOrphanedTurns(one.probe, turnsOf(1, 2));
  await settler.succeed(one.ticket, one.probe, success(11, 12, 13));
  assert.equal(await spent(nulled), 0.05, 'behind an answer');

  const replaced = await rig.start({ scenarios: SCENARIOS });
  const two = await takeOne(rig);
  await settler.storeOrphanedTurns(two.probe, turnsOf(1, 2));
  await settler.storeTurns(two.ticket, two.probe, turnsOf(11, 12, 13));
  await settler.succeed(two.ticket, two.probe, success(11, 12, 13));
  assert.equal(await spent(replaced), 0.05, 'behind turns');

  const kept = await rig.start({ scenarios: SCENARIOS });
  const three = await takeOne(rig);
  await settler.storeOrphanedTurns(three.probe, turnsOf(1, 2));
  await settler.retry(three.ticket, three.probe, { ...RETRY, turns: turnsOf(11) }, billOf(turnsOf(11).turns, 0, null));
  const again = await takeNext(rig);
  await settler.succeed(again.ticket, again.probe, success(1, 2, 23));
  assert.equal(await spent(kept), 0.04, 'before turns');
});

onServer(
  'turns that are stored while those of another try are being stored replace them, and both are on the account',
  async () => {
    const rig = await made.rig('PostgreSQL');
    const { db } = rig.database;
    const run = await rig.start({ scenarios: SCENARIOS });
    const { ticket, probe } = await takeOne(rig);
    let storing: Promise<void> = Promise.resolve();
    await db.transaction().execute(async (trx) => {
      await sql`UPDATE probe_results SET partial = ${JSON.stringify(turnsOf(1, 2))}::jsonb`.execute(trx);
      storing = settlerOf(rig).storeTurns(ticket, probe, turnsOf(11, 12, 13));
      assert.equal(await waits(rig, storing), true);
    });
    await storing;
    assert.deepEqual((await rig.probe(run)).partial, turnsOf(11, 12, 13));
    assert.equal((await spentOf(db, run)).usd, 0.05);
    await rig.close();
  },
);

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
