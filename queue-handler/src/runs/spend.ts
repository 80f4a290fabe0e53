/**
 * What was spent, so far: on answers, those that were set aside, the turns of conversations that are not whole, calls that were
 * paid for and brought nothing, and judges. A sum that is not known is null, and never 0.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../database/connect.js';
import { uncountedTurns } from '../money/account.js';

/** US dollars. */
export interface Spent {
  /** Null where the price of any part of it is not known. */
  usd: number | null;
  /** The parts whose price is known: at least this was spent. */
  known: number;
}

export interface RunSpent extends Spent {
  /** By the model that was asked; a model of which nothing was paid is not in it. */
  models: Record<string, Spent>;
  /** By the model that judged. */
  judges: Record<string, Spent>;
}

/** By what the sums are made. */
export const SPENT_BY = ['model', 'run', 'day'] as const;
export type SpentBy = (typeof SPENT_BY)[number];

export interface SpentRow extends Spent {
  /** A model, the ID of a run, or a day (UTC). */
  key: string;
  /** Of a run; null where it was deleted. */
  name?: string | null;
  /** Of a model: whether it was asked as a judge. */
  judge?: boolean;
}

/**
 * SQL: everything that was paid for: what is settled, and behind it the turns that are not yet: of conversations that go on, and of
 * those that ended without a settlement, because their handler was killed and nobody asks them any more. Its columns: run_id,
 * probe_id, model_id, judge, at, usd, unpriced.
 *
 * @param where what is wanted of the spendings, and of the probes, `x`.
 */
export function paid(where: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
  SELECT run_id, probe_id, model_id, judge, at, usd, unpriced FROM spendings x WHERE ${where}
  UNION ALL
  SELECT run_id, id, model_id, false, CASE WHEN status IN ('PENDING', 'QUEUED') THEN now() ELSE updated_at END,
    coalesce(turn.usd, 0), turn.usd IS NULL
  FROM probe_results x CROSS JOIN LATERAL (${uncountedTurns('x')}) turn WHERE ${where} AND x.partial IS NOT NULL`;
}

export async function spentOf(db: Db, runId: string): Promise<RunSpent> {
  const { rows } = await sql<{ model_id: string; judge: boolean; known: string; whole: boolean }>`
    SELECT model_id, judge, sum(usd)::text AS known, NOT bool_or(unpriced) AS whole
    FROM (${paid(sql`x.run_id = ${runId}`)}) paid GROUP BY 1, 2 ORDER BY 1`.execute(db);
  const of = (judge: boolean): Record<string, Spent> =>
    Object.fromEntries(rows.filter((row) => row.judge === judge).map((row) => [row.model_id, spent(row)]));
  return { ...sumOf(rows.map(spent)), models: of(false), judges: of(true) };
}

/** Over all runs, those that were deleted included; the dearest first, days in their order. */
export async function spentBy(db: Db, by: SpentBy): Promise<SpentRow[]> {
  const all = paid(sql`true`);
  switch (by) {
    case 'model': {
      const { rows } = await sql<{ key: string; judge: boolean; known: string; whole: boolean }>`
        SELECT model_id AS key, judge, sum(usd)::text AS known, NOT bool_or(unpriced) AS whole
        FROM (${all}) paid GROUP BY 1, 2 ORDER BY sum(usd) DESC, 1, 2`.execute(db);
      return rows.map((row) => ({ key: row.key, judge: row.judge, ...spent(row) }));
    }
    case 'run': {
      const { rows } = await sql<{ key: string; name: string | null; known: string; whole: boolean }>`
        SELECT paid.run_id::text AS key, r.name, sum(usd)::text AS known, NOT bool_or(unpriced) AS whole
        FROM (${all}) paid LEFT JOIN runs r ON r.id = paid.run_id GROUP BY 1, 2 ORDER BY sum(usd) DESC, 1`.execute(db);
      return rows.map((row) => ({ key: row.key, name: row.name, ...spent(row) }));
    }
    case 'day': {
      const { rows } = await sql<{ key: string; known: string; whole: boolean }>`
        SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS key, sum(usd)::text AS known, NOT bool_or(unpriced) AS whole
        FROM (${all}) paid GROUP BY 1 ORDER BY 1`.execute(db);
      return rows.map((row) => ({ key: row.key, ...spent(row) }));
    }
  }
}

/** Several of them together. */
export function sumOf(parts: Spent[]): Spent {
  const known = rounded(parts.reduce((sum, part) => sum + part.known, 0));
  return { usd: parts.every(({ usd }) => usd !== null) ? known : null, known };
}

function spent({ known, whole }: { known: string; whole: boolean }): Spent {
  return { usd: whole ? Number(known) : null, known: Number(known) };
}

/** To ten digits behind the point, as the workers do: finer than any vendor bills, and free of floating-point dust. */
function rounded(dollars: number): number {
  return Math.round(dollars * 1e10) / 1e10;
}
