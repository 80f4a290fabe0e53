/** What was paid, as far as prices are known: answers, those that were set aside, and what failed and was billed. */
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../database/schema.js';
import type { Spend } from '../api.js';

export interface SpendRow extends Spend {
  run_id: string;
  model_id: string;
  inputTokens: number;
  outputTokens: number;
}

/** By run and model. @param which condition on a column `run_id`. */
export async function spendOf(db: Db, which: RawBuilder<boolean>): Promise<SpendRow[]> {
  const { rows } = await sql<SpendRow>`
    SELECT run_id, model_id, sum(cost)::float8 AS dollars, (count(*) FILTER (WHERE cost IS NULL AND is_answer))::int AS unpriced,
      coalesce(sum(input), 0)::float8 AS "inputTokens", coalesce(sum(output), 0)::float8 AS "outputTokens"
    FROM (
      SELECT run_id, model_id, (cost_snapshot ->> 'totalCost')::numeric AS cost, true AS is_answer,
        input_tokens AS input, output_tokens AS output
      FROM transcripts WHERE ${which}
      UNION ALL
      SELECT run_id, model_id, (error -> 'costSnapshot' ->> 'totalCost')::numeric, false, NULL, NULL
      FROM probe_results WHERE ${which} AND status = 'FAILED' AND error ? 'costSnapshot') paid
    GROUP BY run_id, model_id`.execute(db);
  return rows;
}

export function sumOf(rows: Spend[]): Spend {
  const priced = rows.flatMap(({ dollars }) => dollars ?? []);
  return {
    dollars: priced.length === 0 ? null : priced.reduce((sum, one) => sum + one, 0),
    unpriced: rows.reduce((sum, { unpriced }) => sum + unpriced, 0),
  };
}
