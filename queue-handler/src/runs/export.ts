/**
 * A run as JSON Lines: each probe with its transcript or with its cause, and with the answers that were set aside when it
 * was asked once more, in a stable order.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../database/connect.js';
import { takingLong } from '../database/time-limit.js';
import type { CostSnapshot } from '../documents/documents.js';
import type { AttemptError, ReusedFrom, TranscriptContent } from '../model.js';
import { terminalJson } from '../terminal-text.js';
import { pages } from './pages.js';
import { type Summary, summaryOfTranscript } from './summary.js';

// Probes whose sizes are looked up at a time.
const LISTED = 5_000;
const MOMENT = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"';

interface Row {
  probe_id: string;
  transcript_id: string | null;
  summary: Summary | null;
  status: string;
  error: AttemptError | null;
  model_id: string;
  scenario_id: string;
  sample_index: number;
  model_version: string | null;
  content: TranscriptContent | null;
  snapshot: object | null;
  cost: CostSnapshot | null;
  warnings: string[] | null;
  tokens_in: string | null;
  tokens_out: string | null;
  tokens_reasoning: string | null;
  started_at: string | null;
  completed_at: string | null;
  duration_ms: string | null;
  reused: ReusedFrom | null;
  earlier: Earlier[] | null;
}

/** An answer that was set aside. */
interface Earlier {
  modelVersion: string | null;
  content: TranscriptContent;
  inputTokens: number;
  outputTokens: number;
  reasoningTokens: number | null;
  costSnapshot: CostSnapshot | null;
  warnings: string[];
  startedAt: string;
  completedAt: string;
  durationMs: number;
  supersededAt: string;
  supersededBecause: string | null;
}

const IS_OF_PROBE = sql`t.run_id = p.run_id AND t.scenario_id = p.scenario_id AND t.model_id = p.model_id
  AND t.sample_index = p.sample_index`;

/** Each probe as a line. A bounded number of transcripts is in memory at a time. */
export async function* exportRun(db: Db, runId: string): AsyncGenerator<string> {
  for (let after = -1; ; ) {
    const { rows: listed } = await sql<{ position: number; bytes: number | null }>`
      SELECT p.position, sum(pg_column_size(t.content))::int AS bytes
      FROM probe_results p LEFT JOIN transcripts t ON ${IS_OF_PROBE}
      WHERE p.run_id = ${runId} AND p.position > ${after}
      GROUP BY p.position ORDER BY p.position LIMIT ${LISTED}`.execute(db);
    const last = listed.at(-1);
    if (last === undefined) {
      return;
    }
    for (const page of pages(listed)) {
      for (const row of await read(db, runId, page)) {
        yield `${terminalJson(JSON.stringify(line(runId, row)))}\n`;
      }
    }
    after = last.position;
  }
}

function moment(column: string): RawBuilder<string> {
  return sql<string>`to_char(${sql.ref(column)} AT TIME ZONE 'UTC', ${sql.lit(MOMENT)})`;
}

// Numbers and times come as text, which no setting of the server bends.
async function read(db: Db, runId: string, page: { position: number }[]): Promise<Row[]> {
  const { rows } = await takingLong(() =>
    sql<Row>`
      SELECT p.id AS probe_id, t.id AS transcript_id, ${summaryOfTranscript} AS summary, p.status, p.error, p.model_id, s.key AS scenario_id, p.sample_index, t.model_version, t.content,
             t.definition_snapshot AS snapshot, t.cost_snapshot AS cost, t.warnings, t.input_tokens::text AS tokens_in,
             t.output_tokens::text AS tokens_out, t.reasoning_tokens::text AS tokens_reasoning,
             ${moment('t.started_at')} AS started_at, ${moment('t.completed_at')} AS completed_at,
             t.duration_ms::text AS duration_ms, t.reused,
             (SELECT jsonb_agg(jsonb_build_object('modelVersion', t.model_version, 'content', t.content,
                'inputTokens', t.input_tokens, 'outputTokens', t.output_tokens, 'reasoningTokens', t.reasoning_tokens,
                'costSnapshot', t.cost_snapshot, 'warnings', t.warnings, 'startedAt', ${moment('t.started_at')},
                'completedAt', ${moment('t.completed_at')}, 'durationMs', t.duration_ms,
                'supersededAt', ${moment('t.superseded_at')}, 'supersededBecause', t.superseded_because)
                ORDER BY t.superseded_at, t.id)
              FROM transcripts t WHERE ${IS_OF_PROBE} AND t.superseded_at IS NOT NULL) AS earlier
      FROM probe_results p JOIN scenarios s ON s.id = p.scenario_id
      LEFT JOIN transcripts t ON ${IS_OF_PROBE} AND t.superseded_at IS NULL
      WHERE p.run_id = ${runId} AND p.position BETWEEN ${page[0]?.position} AND ${page.at(-1)?.position}
      ORDER BY p.position`.execute(db),
  );
  return rows;
}

function line(runId: string, row: Row): object {
  const ids = {
    runId,
    scenarioId: row.scenario_id,
    modelId: row.model_id,
    sampleIndex: row.sample_index,
    status: row.status,
    probeId: row.probe_id,
  };
  // Most probes have none, and most readers want none.
  const earlier = row.earlier === null ? {} : { earlier: row.earlier };
  if (row.content === null) {
    return { ...ids, error: row.status === 'FAILED' ? row.error : null, ...earlier };
  }
  return {
    ...ids,
    transcriptId: row.transcript_id,
    ...(row.summary !== null && { summary: row.summary }),
    modelVersion: row.model_version,
    content: row.content,
    inputTokens: numberOf(row.tokens_in),
    outputTokens: numberOf(row.tokens_out),
    reasoningTokens: numberOf(row.tokens_reasoning),
    costSnapshot: row.cost,
    warnings: row.warnings,
    definition: row.snapshot,
    startedAt: row.started_at,
    completedAt: row.completed_at,
    durationMs: numberOf(row.duration_ms),
    // Where an answer comes from that was not asked for in this run.
    ...(row.reused !== null && { reused: row.reused }),
    ...earlier,
  };
}

function numberOf(text: string | null): number | null {
  return text === null ? null : Number(text);
}
