/**
 * Bounds on what may be spent: of a run, and of all runs a day.
 *
 * Whoever is to ask locks the bound's row, looks at what was spent and what is reserved, and reserves what the
 * conversation may cost at most before the row is free again. So the two together never exceed the bound, with any
 * number of handlers. Who settles locks nothing: it takes its reservation away and adds what was spent, both at once.
 */
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Db } from '../database/connect.js';
import type { Tables } from '../database/schema.js';

type Trx = Transaction<Tables>;

/** In place of a run's ID: all runs together, on one day. */
export const ALL_RUNS = '00000000-0000-0000-0000-000000000000';

/**
 * SQL: what may be spent a day, as the handlers at work are set: the least of it. Of a query without an alias.
 *
 * @param own dollars, as the handler that asks is set itself: it is at work, however long ago it could say so.
 */
const dayBoundWith = (own: number | null): RawBuilder<string | null> => sql`
  least(${own}::numeric, (SELECT min(h.budget_usd) FROM handlers h
    WHERE h.budget_usd IS NOT NULL AND h.seen_at > now() - make_interval(secs => h.heartbeat_seconds)))`;
const TODAY = sql`(now() AT TIME ZONE 'UTC')::date`;
const MIDNIGHT = sql`(date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')`;
const SPENT_TODAY = sql`(SELECT coalesce(sum(d.usd + d.at_most), 0) FROM spendings d WHERE d.at >= ${MIDNIGHT})`;

/** Dollars. */
export interface Bound {
  /** A run, or `ALL_RUNS`. */
  scope: string;
  usd: number;
  /** What was spent, and what may have been. */
  spent: number;
  /** What is under way may cost so much more at most. */
  reserved: number;
}

/**
 * Lock the bounds that hold for some runs, and bring their sums up to date.
 *
 * @param ownDayUsd what the handler that asks may spend a day; null where it has no bound.
 * @returns none where none of the runs has one.
 */
export async function lockBounds(trx: Trx, runs: string[], ownDayUsd: number | null): Promise<Bound[]> {
  const { rows: locked } = await sql<{ scope: string; usd: string | null }>`
    SELECT scope, CASE WHEN scope = ${ALL_RUNS} THEN ${dayBoundWith(ownDayUsd)} ELSE usd END::text AS usd
    FROM budgets WHERE scope = ANY(${[ALL_RUNS, ...runs]}::uuid[]) ORDER BY scope FOR UPDATE`.execute(trx);
  const bounds = new Map(locked.flatMap(({ scope, usd }) => (usd === null ? [] : [[scope, Number(usd)] as const])));
  if (bounds.size === 0) {
    return [];
  }
  // One statement: what is settled meanwhile is seen as a whole or not at all.
  const { rows } = await sql<{ scope: string; spent: string; reserved: string }>`
    WITH of_runs AS (
        UPDATE spendings SET in_run = true WHERE run_id = ANY(${[...bounds.keys()]}::uuid[]) AND NOT in_run
        RETURNING run_id AS scope, usd + at_most AS usd),
      run_sums AS (SELECT scope, sum(usd) AS usd FROM of_runs GROUP BY scope),
      runs_now AS (
        UPDATE budgets b SET spent = b.spent + s.usd FROM run_sums s WHERE b.scope = s.scope RETURNING b.scope, b.spent)
    SELECT b.scope, coalesce(n.spent, b.spent)::text AS spent,
      (SELECT coalesce(sum(usd), 0)::text FROM reservations r WHERE r.run_id = b.scope) AS reserved
    FROM budgets b LEFT JOIN runs_now n USING (scope)
    WHERE b.scope = ANY(${[...bounds.keys()]}::uuid[]) AND b.scope <> ${ALL_RUNS}`.execute(trx);
  const day = bounds.has(ALL_RUNS) ? [await lockedDay(trx)] : [];
  return [...rows, ...day].map(({ scope, spent, reserved }) => ({
    scope,
    usd: bounds.get(scope) ?? 0,
    spent: Number(spent),
    reserved: Number(reserved),
  }));
}

/**
 * A new day begins with what is under way, and with what was spent of it: the clock may have been in this day before, and set
 * back since.
 */
async function lockedDay(trx: Trx): Promise<{ scope: string; spent: string; reserved: string }> {
  const { rows } = await sql<{ scope: string; spent: string; reserved: string }>`
    WITH new AS (UPDATE spendings SET in_all = true WHERE NOT in_all RETURNING at, usd + at_most AS usd),
      today AS (SELECT coalesce(sum(usd), 0) AS usd FROM new WHERE at >= ${MIDNIGHT})
    UPDATE budgets b SET day = ${TODAY}, spent = CASE WHEN b.day = ${TODAY} THEN b.spent + today.usd ELSE ${SPENT_TODAY} END
    FROM today WHERE b.scope = ${ALL_RUNS}
    RETURNING b.scope, b.spent::text AS spent, (SELECT coalesce(sum(usd), 0)::text FROM reservations) AS reserved`.execute(
    trx,
  );
  return rows[0] ?? { scope: ALL_RUNS, spent: '0', reserved: '0' };
}

/** The same without a lock and without a change, to look at: of some runs, and of all of them where there is a bound. */
export async function lookAtBounds(db: Db | Trx, runs: string[], ownDayUsd: number | null = null): Promise<Bound[]> {
  const { rows } = await sql<{ scope: string; usd: string | null; spent: string; reserved: string }>`
    SELECT scope, usd::text AS usd, (b.spent + coalesce((
        SELECT sum(s.usd + s.at_most) FROM spendings s WHERE s.run_id = b.scope AND NOT s.in_run), 0))::text AS spent,
      (SELECT coalesce(sum(r.usd), 0)::text FROM reservations r WHERE r.run_id = b.scope) AS reserved
    FROM budgets b WHERE scope = ANY(${runs}::uuid[]) AND usd IS NOT NULL
    UNION ALL
    SELECT scope, ${dayBoundWith(ownDayUsd)}::text, (CASE WHEN b.day = ${TODAY} THEN b.spent + coalesce((
        SELECT sum(s.usd + s.at_most) FROM spendings s WHERE NOT s.in_all AND s.at >= ${MIDNIGHT}), 0)
        ELSE ${SPENT_TODAY} END)::text,
      (SELECT coalesce(sum(r.usd), 0)::text FROM reservations r)
    FROM budgets b WHERE scope = ${ALL_RUNS}`.execute(db);
  return rows.flatMap(({ scope, usd, spent, reserved }) =>
    usd === null ? [] : [{ scope, usd: Number(usd), spent: Number(spent), reserved: Number(reserved) }],
  );
}

/** What may be spent a day over all runs, as the handlers at work are set; null where none has a bound. */
export async function dayBound(db: Db): Promise<number | null> {
  const { rows } = await sql<{ usd: string | null }>`SELECT ${dayBoundWith(null)}::text AS usd`.execute(db);
  return rows[0]?.usd == null ? null : Number(rows[0].usd);
}

/** Dollars, a billionth of a cent: what is less is dust of the arithmetic. */
export const DUST = 1e-11;

/** Whether so much more fits under a bound. */
export function fits({ usd, spent, reserved }: Bound, more: number): boolean {
  return spent + reserved + more <= usd + DUST;
}
