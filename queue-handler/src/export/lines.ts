/**
 * A run as JSON Lines: each probe with its transcript or with its cause, and with the answers that were set aside when it
 * was asked once more, in a stable order.
 */
import { sql } from 'kysely';
import { scaleOf } from '../analysis/job.js';
import type { Database, Db } from '../database/connect.js';
import { takingLong } from '../database/time-limit.js';
import type { CostSnapshot, ScaleOfScores } from '../documents/documents.js';
import type {
  AttemptError,
  PartialTranscript,
  ProbeStatus,
  ReusedFrom,
  StoredScenario,
  TranscriptContent,
} from '../model.js';
import { manifestOf, utc } from '../runs/manifest.js';
import { pages } from '../runs/pages.js';
import { type Summary, summaryOfTranscript } from '../runs/summary.js';
import { basisOf, refuseChanged } from '../runs/unchanged.js';
import { terminalJson } from '../terminal-text.js';
import { type Earlier, type ExportLine, type Head, scenarioOfLine } from './line.js';

// Probes whose sizes are looked up at a time.
const LISTED = 5_000;

interface Row {
  probe_id: string;
  transcript_id: string | null;
  summary: Summary | null;
  status: ProbeStatus;
  error: AttemptError | null;
  partial: PartialTranscript | null;
  provider: string;
  model_id: string;
  scenario_id: string;
  scenario: StoredScenario;
  sample_index: number;
  model_version: string | null;
  content: TranscriptContent | null;
  snapshot: NonNullable<ExportLine['definition']> | null;
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

interface Run {
  id: string;
  name: string;
}

const IS_OF_PROBE = sql`t.run_id = p.run_id AND t.scenario_id = p.scenario_id AND t.model_id = p.model_id
  AND t.sample_index = p.sample_index`;

/**
 * Each probe as a line. A bounded number of transcripts is in memory at a time.
 *
 * @param withHead whether a line that says what is known of the whole stands before them.
 * @throws ChangedError behind the last line, where the run was deleted, extended or scored anew meanwhile.
 */
export async function* exportRun(database: Database, run: Run, withHead = false): AsyncGenerator<string> {
  const { db } = database;
  const basis = await basisOf(db, run.id);
  if (withHead) {
    yield textOf({ head: await headOf(database, run.id) });
  }
  const scale = await scaleOf(db, run.id);
  for (let after = -1; ; ) {
    const { rows: listed } = await sql<{ position: number; bytes: number | null }>`
      SELECT p.position, (coalesce(sum(pg_column_size(t.content)), 0) + coalesce(max(pg_column_size(p.partial)), 0))::int AS bytes
      FROM probe_results p LEFT JOIN transcripts t ON ${IS_OF_PROBE}
      WHERE p.run_id = ${run.id} AND p.position > ${after}
      GROUP BY p.position ORDER BY p.position LIMIT ${LISTED}`.execute(db);
    const last = listed.at(-1);
    if (last === undefined) {
      await refuseChanged(db, basis);
      return;
    }
    for (const page of pages(listed)) {
      for (const row of await read(db, run.id, page)) {
        yield textOf(line(run, row, scale));
      }
    }
    after = last.position;
  }
}

async function headOf(database: Database, runId: string): Promise<Head> {
  const { rows } = await sql<{ name: string; numbers: boolean; levels: boolean }>`
    SELECT d.key AS name, bool_and(jsonb_typeof(d.value) = 'number') AS numbers, bool_or(s.content -> 'levels' ? d.key) AS levels
    FROM runs r JOIN scenarios s ON s.definition_id = r.definition_id, jsonb_each(s.content -> 'dimensions') d
    WHERE r.id = ${runId} GROUP BY d.key`.execute(database.db);
  const dimensions = rows
    .map(({ name, numbers, levels }) => ({ name, isNumber: numbers, hasLevels: levels ?? false }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  return { manifest: await manifestOf(database, runId), dimensions };
}

function textOf(value: object): string {
  return `${terminalJson(JSON.stringify(value))}\n`;
}

// Numbers and times come as text, which no setting of the server bends.
async function read(db: Db, runId: string, page: { position: number }[]): Promise<Row[]> {
  const { rows } = await takingLong(() =>
    sql<Row>`
      SELECT p.id AS probe_id, t.id AS transcript_id, ${summaryOfTranscript} AS summary, p.status, p.error, p.partial, p.provider,
             p.model_id, s.key AS scenario_id, s.content AS scenario, p.sample_index, t.model_version, t.content,
             t.definition_snapshot AS snapshot, t.cost_snapshot AS cost, t.warnings, t.input_tokens::text AS tokens_in,
             t.output_tokens::text AS tokens_out, t.reasoning_tokens::text AS tokens_reasoning,
             ${utc('t.started_at')} AS started_at, ${utc('t.completed_at')} AS completed_at,
             t.duration_ms::text AS duration_ms, t.reused,
             (SELECT jsonb_agg(jsonb_build_object('modelVersion', t.model_version, 'content', t.content,
                'inputTokens', t.input_tokens, 'outputTokens', t.output_tokens, 'reasoningTokens', t.reasoning_tokens,
                'costSnapshot', t.cost_snapshot, 'warnings', t.warnings, 'startedAt', ${utc('t.started_at')},
                'completedAt', ${utc('t.completed_at')}, 'durationMs', t.duration_ms,
                'supersededAt', ${utc('t.superseded_at')}, 'supersededBecause', t.superseded_because)
                ORDER BY t.superseded_at, t.id)
              FROM transcripts t WHERE ${IS_OF_PROBE} AND t.superseded_at IS NOT NULL) AS earlier
      FROM probe_results p JOIN scenarios s ON s.id = p.scenario_id
      LEFT JOIN transcripts t ON ${IS_OF_PROBE} AND t.superseded_at IS NULL
      WHERE p.run_id = ${runId} AND p.position BETWEEN ${page[0]?.position} AND ${page.at(-1)?.position}
      ORDER BY p.position`.execute(db),
  );
  return rows;
}

function line(run: Run, row: Row, scale: ScaleOfScores | null): ExportLine {
  const ids = {
    runId: run.id,
    scenarioId: row.scenario_id,
    modelId: row.model_id,
    sampleIndex: row.sample_index,
    status: row.status,
    probeId: row.probe_id,
    runName: run.name,
    provider: row.provider,
    scenario: scenarioOfLine(row.scenario_id, row.scenario),
  };
  // Most probes have none, and most readers want none.
  const earlier = row.earlier === null ? {} : { earlier: row.earlier };
  if (row.content === null) {
    const paid = row.partial === null ? {} : { partialTranscript: { turns: row.partial.turns } };
    return { ...ids, error: row.status === 'FAILED' ? row.error : null, ...paid, ...earlier };
  }
  return {
    ...ids,
    transcriptId: row.transcript_id ?? '',
    ...(row.summary !== null && { summary: { ...row.summary, ...(scale !== null && { scale }) } }),
    modelVersion: row.model_version,
    content: row.content,
    inputTokens: Number(row.tokens_in),
    outputTokens: Number(row.tokens_out),
    reasoningTokens: row.tokens_reasoning === null ? null : Number(row.tokens_reasoning),
    costSnapshot: row.cost,
    warnings: row.warnings ?? [],
    definition: row.snapshot ?? {},
    startedAt: row.started_at ?? '',
    completedAt: row.completed_at ?? '',
    durationMs: Number(row.duration_ms),
    ...(row.reused !== null && { reused: row.reused }),
    ...earlier,
  };
}
