/** What failed in a run, once for each cause: what a person can act on is the cause, not the probe. */
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';

export interface FailureCause {
  code: string;
  /** How many probes failed so. */
  probes: number;
  /** By model, the most first. */
  models: { modelId: string; probes: number }[];
  /** What most of them say. */
  message: string;
}

/** The causes of a run's failures, the most frequent first. */
export async function failuresOf(db: Db, runId: string): Promise<FailureCause[]> {
  const { rows } = await sql<{ code: string; model_id: string; probes: number; message: string }>`
    SELECT coalesce(error ->> 'code', 'UNKNOWN') AS code, model_id, count(*)::int AS probes,
           coalesce(mode() WITHIN GROUP (ORDER BY error ->> 'message') FILTER (WHERE not_asked IS NULL),
             mode() WITHIN GROUP (ORDER BY error ->> 'message'), 'no cause is known') AS message
    FROM probe_results WHERE run_id = ${runId} AND status = 'FAILED'
    GROUP BY 1, 2 ORDER BY 3 DESC, 2`.execute(db);
  const causes = new Map<string, FailureCause>();
  for (const { code, model_id: modelId, probes, message } of rows) {
    const cause = causes.get(code) ?? { code, probes: 0, models: [], message };
    causes.set(code, cause);
    cause.probes += probes;
    cause.models.push({ modelId, probes });
  }
  return [...causes.values()].sort((a, b) => b.probes - a.probes);
}
