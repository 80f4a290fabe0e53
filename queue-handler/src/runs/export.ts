/** A run as JSON Lines: each probe with its transcript or with its cause, in a stable order. */
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import type { ProbeError, TranscriptContent } from '../database/schema.js';

const PAGE = 500;

interface Row {
  position: number;
  status: string;
  error: ProbeError | null;
  model_id: string;
  scenario_id: string;
  sample_index: number;
  model_version: string | null;
  content: TranscriptContent | null;
  snapshot: object | null;
  cost: object | null;
  warnings: string[] | null;
  tokens_in: number | null;
  tokens_out: number | null;
  tokens_reasoning: number | null;
  started_at: Date | null;
  completed_at: Date | null;
  duration_ms: number | null;
}

export async function* exportRun(db: Db, runId: string): AsyncGenerator<string> {
  for (let after = -1; ; ) {
    const { rows } = await sql<Row>`
      SELECT p.position, p.status, p.error, p.model_id, s.key AS scenario_id, p.sample_index, t.model_version, t.content,
             t.definition_snapshot AS snapshot, t.cost_snapshot AS cost, t.warnings,
             t.input_tokens::float8 AS tokens_in, t.output_tokens::float8 AS tokens_out,
             t.reasoning_tokens::float8 AS tokens_reasoning, t.started_at, t.completed_at,
             t.duration_ms::float8 AS duration_ms
      FROM probe_results p JOIN scenarios s ON s.id = p.scenario_id
      LEFT JOIN transcripts t ON t.run_id = p.run_id AND t.scenario_id = p.scenario_id AND t.model_id = p.model_id
        AND t.sample_index = p.sample_index
      WHERE p.run_id = ${runId} AND p.position > ${after} ORDER BY p.position LIMIT ${PAGE}`.execute(db);
    for (const row of rows) {
      yield `${JSON.stringify(line(runId, row))}\n`;
    }
    const last = rows.at(-1);
    if (last === undefined) {
      return;
    }
    after = Number(last.position);
  }
}

function line(runId: string, row: Row): object {
  const ids = {
    runId,
    scenarioId: row.scenario_id,
    modelId: row.model_id,
    sampleIndex: row.sample_index,
    status: row.status,
  };
  if (row.content === null) {
    return { ...ids, error: row.status === 'FAILED' ? row.error : null };
  }
  return {
    ...ids,
    modelVersion: row.model_version,
    content: row.content,
    inputTokens: row.tokens_in,
    outputTokens: row.tokens_out,
    reasoningTokens: row.tokens_reasoning,
    costSnapshot: row.cost,
    warnings: row.warnings,
    definition: row.snapshot,
    startedAt: row.started_at,
    completedAt: row.completed_at,
    durationMs: row.duration_ms,
  };
}
