/** What judges are paid for in vain: on the account as far as it is known, and under a bound counted at its most. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { Db } from '../src/database/connect.js';
import type { Judge, PaidVerdict } from '../src/documents/documents.js';
import { type Judged, reserveVerdicts, settleVerdicts } from '../src/money/judge.js';
import { settleLeftovers } from '../src/money/leftovers.js';
import { spentOf } from '../src/runs/spend.js';
import { keepVerdict } from '../src/scoring/verdicts.js';
import { PRICED } from './support/money.js';
import { bench, type Rig, until } from './support/rig.js';

const { onEither } = bench();

const SCALE = { kind: 'options' as const, options: [{ label: 'Yes' }, { label: 'No' }] };
const SCENARIOS = ['a', 'b', 'c'].map((id) => ({ id, prompt: `Is it right?\nECHO:\nWho knows, ${id}.` }));

function judge(directives: string): Judge {
  return {
    modelId: 'gpt-4.1',
    instructions: `Read it. [[sim decide=Yes]] ${directives}`,
    modelCost: { costInputPerMillion: 2, costCachedInputPerMillion: 0.5, costOutputPerMillion: 8 },
    config: { maxTokens: 100 },
  };
}

async function scored(rig: Rig, run: string): Promise<void> {
  const handler = rig.handler();
  await until(async () => {
    await sql`UPDATE scorings SET not_before = now()`.execute(rig.database.db);
    const { rows } = await sql`SELECT 1 FROM scorings WHERE run_id = ${run} AND status = 'CURRENT'`.execute(
      rig.database.db,
    );
    return rows.length > 0;
  }, 'the scores');
  await rig.stop(handler);
}

async function vainOf(db: Db, run: string): Promise<{ usd: number; unpriced: boolean; at_most: number }[]> {
  const { rows } = await sql<{ usd: number; unpriced: boolean; at_most: number }>`
    SELECT usd::float8 AS usd, unpriced, at_most::float8 AS at_most FROM spendings s
    WHERE run_id = ${run} AND judge AND NOT EXISTS (
      SELECT 1 FROM verdicts v WHERE (v.verdict #>> '{turn,providerMetadata,costUsd}')::numeric = s.usd)`.execute(db);
  return rows;
}

onEither('what a judge was paid for in vain is on the account, also where its job failed', async (rig) => {
  const run = await rig.start({
    ...PRICED,
    scenarios: SCENARIOS,
    scale: SCALE,
    judge: judge('[[sim answer=empty times=2]]'),
  });
  await scored(rig, run);
  const [{ usd }, billed] = [await spentOf(rig.database.db, run), await rig.simulator.billed()];
  assert.ok(usd !== null && Math.abs(usd - billed) < 1e-9, `${usd} of ${billed}`);
});

onEither('a judge whose job failed without a bill takes nothing of the bound', async (rig) => {
  const run = await rig.start({
    ...PRICED,
    scenarios: SCENARIOS,
    scale: SCALE,
    judge: judge('[[sim error=server should-retry=false times=1]]'),
    budget: { usd: 1 },
  });
  await scored(rig, run);
  assert.deepEqual(await vainOf(rig.database.db, run), []);
  const [{ usd }, billed] = [await spentOf(rig.database.db, run), await rig.simulator.billed()];
  assert.ok(usd !== null && Math.abs(usd - billed) < 1e-9, `${usd} of ${billed}`);
});

onEither('of a judge that was killed every question counts that has brought no verdict, and no other', async (rig) => {
  await leaves(rig, (db, reservation) => settleVerdicts(db, reservation, false, 'gpt-4.1'));
});

onEither('the same counts of a judge whose handler was lost, when its scoring is over', async (rig) => {
  await leaves(rig, async (db, _, scoring) => {
    await settleLeftovers(db);
    assert.deepEqual(await vainOf(db, scoring.runId), [], 'it may still be under way');
    await sql`UPDATE scorings SET status = 'FAILED' WHERE id = ${scoring.id}`.execute(db);
    await settleLeftovers(db);
  });
});

/** Of three questions one has brought a verdict when it ends. */
async function leaves(
  rig: Rig,
  end: (db: Db, reservation: string | null, scoring: Judged) => Promise<void>,
): Promise<void> {
  const { db } = rig.database;
  const run = await rig.start({ ...PRICED, scenarios: SCENARIOS, budget: { usd: 1 } });
  await rig.finish(run);
  const { rows } = await sql<{ id: string }>`SELECT id FROM transcripts WHERE run_id = ${run}`.execute(db);
  const ids = rows.map(({ id }) => id);
  const { rows: orders } = await sql<{ id: string }>`
    INSERT INTO scorings (run_id, config) VALUES (${run}, '{}') RETURNING id`.execute(db);
  const judged = { id: orders[0]?.id ?? '', runId: run, config: { scale: SCALE, judge: judge('') } };
  const { reservation } = await reserveVerdicts(db, judged, ids, null);
  const reserved = async (): Promise<number> => {
    const { rows: sums } = await sql<{ usd: number }>`SELECT sum(usd)::float8 AS usd FROM reservations`.execute(db);
    return sums[0]?.usd ?? 0;
  };
  const before = await reserved();
  const turn = { probePrompt: 'Yes?', providerMetadata: { costUsd: 0.001 } };
  const paid = { scenarioId: ids[0], modelId: 'gpt-4.1', sampleIndex: 0, startedAt: '', durationMs: 1, turn };
  await keepVerdict(db, paid as unknown as PaidVerdict);
  await end(db, reservation, judged);
  const [found] = await vainOf(db, run);
  assert.ok(Math.abs((found?.at_most ?? 0) - (before * 2) / 3) < before / 20, `${found?.at_most} of ${before}`);
  assert.equal(await reserved(), 0);
}
