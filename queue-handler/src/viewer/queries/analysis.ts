/** The stored analysis of a run; nothing is computed here. */
import { sql } from 'kysely';
import type { Db } from '../../database/schema.js';
import { ANALYSIS_TYPE } from '../../runs/analyses.js';
import type { AnalysisAnswer, Complete } from '../api.js';
import { moment } from './moment.js';
import type { Known } from './run.js';

export async function analysisOf(db: Db, run: Known): Promise<AnalysisAnswer> {
  const { rows } = await sql<{ status: string; output: unknown; created: string }>`
    SELECT status, output, ${moment('created_at')} AS created FROM analysis_results
    WHERE run_id = ${run.id} AND type = ${ANALYSIS_TYPE} AND status IN ('CURRENT', 'FAILED')
    ORDER BY analysis_results.created_at DESC LIMIT 1`.execute(db);
  const [row] = rows;
  const about = { run: { id: run.id, name: run.name, status: run.status }, scale: run.scale };
  if (row === undefined) {
    const problem = `the run is ${run.status}, and its analysis is made when it has ended with answers`;
    return { ...about, createdAt: null, analysis: null, problem };
  }
  if (row.status === 'CURRENT') {
    return { ...about, createdAt: row.created, analysis: row.output as Complete, problem: null };
  }
  const { error } = row.output as { error?: { message?: string } };
  return {
    ...about,
    createdAt: row.created,
    analysis: null,
    problem: `it failed: ${error?.message ?? 'no cause is known'}`,
  };
}
