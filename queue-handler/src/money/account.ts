/**
 * The account of what was spent. A row is added in the transaction that stores what was paid for, and frees what had been
 * reserved; nobody waits for it, for no row of a sum is touched. The sums take it in when they are next used (budget.ts).
 */
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Db } from '../database/connect.js';
import type { Tables } from '../database/schema.js';
import type { Turn } from '../documents/documents.js';
import type { Bill } from './bill.js';

type Trx = Db | Transaction<Tables>;

/** A probe as the account knows it. */
interface Paying {
  id: string;
  run_id: string;
  model_id: string;
}

/** The end of a try: what it cost is spent, what was reserved for it is free. */
export async function settleSpending(trx: Trx, probe: Paying, { usd, unknown, counted }: Bill): Promise<void> {
  await sql`
    WITH freed AS (DELETE FROM reservations WHERE probe_id = ${probe.id} RETURNING turns, first_turn, retry_count),
      held AS (SELECT turns, first_turn FROM freed ORDER BY retry_count DESC LIMIT 1),
      counted AS (UPDATE probe_results SET counted_turns = ${counted} WHERE id = ${probe.id} AND counted_turns < ${counted})
    INSERT INTO spendings (run_id, probe_id, model_id, usd, unpriced, at_most)
    SELECT ${probe.run_id}, ${probe.id}, ${probe.model_id}, round(${usd}::numeric, 10), ${unknown.length > 0},
      coalesce((SELECT sum(turns[place - first_turn + 1]) FROM held, unnest(${unknown}::int[]) AS place), 0)
    WHERE ${usd > 0 || unknown.length > 0}`.execute(trx);
}

/**
 * SQL: the dollars (`usd`) of each turn of a probe that is paid for and not among the spendings; null where nobody knows them. Those of an
 * answer are: what makes it one settles it.
 */
export function uncountedTurns(probe: string): RawBuilder<unknown> {
  return sql`
    SELECT (value #>> '{providerMetadata,costUsd}')::numeric AS usd
    FROM jsonb_array_elements(${sql.ref(`${probe}.partial`)} -> 'turns') WITH ORDINALITY AS t (value, place)
    WHERE place > ${sql.ref(`${probe}.counted_turns`)} AND ${sql.ref(`${probe}.status`)} <> 'SUCCEEDED'`;
}

/** Turns that were paid for, as far as neither the probe nor its transcript has them. */
export async function addUnkept(trx: Trx, probeId: string, turns: readonly Turn[]): Promise<void> {
  await sql`
    INSERT INTO spendings (run_id, probe_id, model_id, usd, unpriced)
    SELECT p.run_id, p.id, p.model_id, coalesce(sum(lost.usd), 0), bool_or(lost.usd IS NULL)
    FROM probe_results p
    LEFT JOIN transcripts t ON t.run_id = p.run_id AND t.scenario_id = p.scenario_id AND t.model_id = p.model_id
      AND t.sample_index = p.sample_index AND t.superseded_at IS NULL
    CROSS JOIN LATERAL (
      SELECT (turn #>> '{providerMetadata,costUsd}')::numeric AS usd
      FROM jsonb_array_elements(${JSON.stringify(turns)}::jsonb) AS turn
      WHERE NOT EXISTS (
        SELECT 1 FROM jsonb_array_elements(coalesce(t.content -> 'turns', p.partial -> 'turns', '[]')) AS kept
        WHERE kept #>> '{providerMetadata,startedAt}' = turn #>> '{providerMetadata,startedAt}')) lost
    WHERE p.id = ${probeId} GROUP BY p.id`.execute(trx);
}

/**
 * SQL: add the turns that a table `old` (id, run_id, model_id, counted_turns, turns) has of probes, and that are not on the account
 * yet, as far as they are not among `kept`: they are about to be replaced, and stand nowhere else. An attempt that was taken for
 * lost has asked what another one asked as well.
 */
export function additionOfReplaced(old: string, kept: readonly Turn[]): RawBuilder<unknown> {
  const begun = kept.map(({ providerMetadata }) => providerMetadata?.startedAt ?? '');
  return sql`
    INSERT INTO spendings (run_id, probe_id, model_id, usd, unpriced)
    SELECT o.run_id, o.id, o.model_id, coalesce(sum(lost.usd), 0), bool_or(lost.usd IS NULL)
    FROM ${sql.table(old)} o CROSS JOIN LATERAL (
      SELECT (turn #>> '{providerMetadata,costUsd}')::numeric AS usd
      FROM jsonb_array_elements(o.turns) WITH ORDINALITY AS of_old (turn, place)
      WHERE place > o.counted_turns
        AND coalesce(turn #>> '{providerMetadata,startedAt}', '') <> ALL (${begun}::text[])) lost
    GROUP BY o.run_id, o.id, o.model_id`;
}

/** What a judge was paid in vain. */
export interface Vain {
  modelId: string;
  /** US dollars, of what has a price. */
  usd: number;
  /** A part of it is not known. */
  unpriced: boolean;
  /** What that part may have cost, of a run under a bound; else 0. */
  atMost: number;
}

/** Questions to judges that brought no verdict. */
export async function addVain(db: Trx, runId: string, vain: Vain[]): Promise<void> {
  await sql`
    INSERT INTO spendings (run_id, model_id, judge, usd, unpriced, at_most)
    SELECT ${runId}, v."modelId", true, v.usd, v.unpriced, v."atMost"
    FROM jsonb_to_recordset(${JSON.stringify(vain)}::jsonb) AS v ("modelId" text, usd numeric, unpriced boolean, "atMost" numeric)`.execute(
    db,
  );
}
