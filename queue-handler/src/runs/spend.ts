/**
 * What was spent on a run, so far: its answers, those that were set aside, the turns of conversations that are not whole,
 * calls that were paid for and brought nothing, and its judges. A sum that is not known is null, and never 0.
 */
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';

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

export async function spentOf(db: Db, runId: string): Promise<RunSpent> {
  const { rows } = await sql<{ model_id: string; judge: boolean; known: string; whole: boolean }>`
    WITH paid (model_id, judge, usd) AS (
      SELECT model_id, false, (cost_snapshot ->> 'totalCost')::numeric FROM transcripts WHERE run_id = ${runId}
      UNION ALL
      SELECT p.model_id, false, (turn -> 'providerMetadata' ->> 'costUsd')::numeric
      FROM probe_results p CROSS JOIN LATERAL jsonb_array_elements(p.partial -> 'turns') AS turn
      WHERE p.run_id = ${runId} AND p.status <> 'SUCCEEDED'
      UNION ALL
      SELECT model_id, false, (error -> 'costSnapshot' ->> 'totalCost')::numeric FROM probe_results
      WHERE run_id = ${runId} AND status <> 'SUCCEEDED'
        AND (jsonb_array_length(error -> 'discarded') > 0 OR error ->> 'billing' = 'unknown')
      UNION ALL
      SELECT v.model_id, true, (v.verdict -> 'turn' -> 'providerMetadata' ->> 'costUsd')::numeric
      FROM verdicts v JOIN transcripts t ON t.id = v.transcript_id WHERE t.run_id = ${runId})
    SELECT model_id, judge, coalesce(sum(usd), 0)::text AS known, bool_and(usd IS NOT NULL) AS whole
    FROM paid GROUP BY 1, 2 ORDER BY 1`.execute(db);
  const all = rows.map(({ model_id: modelId, judge, known, whole }) => {
    const usd = Number(known);
    return { modelId, judge, spent: { usd: whole ? usd : null, known: usd } };
  });
  const of = (judge: boolean): Record<string, Spent> =>
    Object.fromEntries(all.filter((row) => row.judge === judge).map(({ modelId, spent }) => [modelId, spent]));
  return { ...sumOf(all.map(({ spent }) => spent)), models: of(false), judges: of(true) };
}

/** Several of them together. */
export function sumOf(parts: Spent[]): Spent {
  const known = rounded(parts.reduce((sum, part) => sum + part.known, 0));
  return { usd: parts.every(({ usd }) => usd !== null) ? known : null, known };
}

/** To ten digits behind the point, as the workers do: finer than any vendor bills, and free of floating-point dust. */
function rounded(dollars: number): number {
  return Math.round(dollars * 1e10) / 1e10;
}
