/** The analysis of a run that has ended: its transcripts through analyze_basic.py, the result beside the run. */
import { createHash, type Hash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import { takingLong } from '../database/time-limit.js';
import {
  type AnalysisResult,
  type CostSnapshot,
  type ErrorCode,
  type FailedProbe,
  schemaProblem,
} from '../documents/documents.js';
import { getLogger } from '../log.js';
import type { StoredScenario, TranscriptContent } from '../model.js';
import { redactValue } from '../redaction.js';
import { pages } from '../runs/pages.js';
import { type Summary, summaryOfTranscript } from '../runs/summary.js';
import { documentOf, type Raw, runRaw } from '../workers/one-shot.js';

export const ANALYSIS_TYPE = 'basic';
// Transcripts whose sizes are looked up at a time.
const LISTED = 5_000;
const TIMEOUT_MILLISECONDS = 300_000;

const logger = getLogger('analysis');

/** Analyse a run and store the result; a failure is stored as such and leaves the run as it is. */
export async function analyzeRun(db: Db, runId: string): Promise<void> {
  const hash = createHash('sha256');
  const ended = await endOf(db, runId);
  const raw = await runRaw('analyze_basic.py', input(db, runId, hash), {
    ids: { runId },
    timeoutMilliseconds: TIMEOUT_MILLISECONDS,
  });
  const result = resultOf(raw);
  if ('error' in result) {
    logger.error({ runId, ...result }, 'the analysis failed; the run keeps its status');
  }
  await store(db, { runId, ended, inputHash: hash.digest('hex'), result });
}

/** When the run ended: another time where it was asked more meanwhile, and null while that goes on. */
async function endOf(db: Db, runId: string): Promise<string | null> {
  const { rows } = await sql<{ ended: string | null }>`
    SELECT completed_at::text AS ended FROM runs WHERE id = ${runId} FOR UPDATE`.execute(db);
  return rows[0]?.ended ?? null;
}

type Result = { analysis: object } | { error: object };

function resultOf(raw: Raw): Result {
  const read = documentOf(raw);
  if ('failed' in read) {
    return { error: read.failed.kind === 'success' ? {} : read.failed.error };
  }
  const problem = schemaProblem('analyze_basic.result', read.document);
  if (problem !== null) {
    return { error: { code: 'UNKNOWN', message: `bad worker output: ${problem}` } };
  }
  const result = read.document as AnalysisResult;
  return result.success ? { analysis: result.analysis } : { error: result.error };
}

async function store(
  db: Db,
  { runId, ended, inputHash, result }: { runId: string; ended: string | null; inputHash: string; result: Result },
): Promise<void> {
  const analysis = 'analysis' in result ? (result.analysis as { codeVersion?: string }) : null;
  await db.transaction().execute(async (trx) => {
    if ((await endOf(trx, runId)) !== ended) {
      // It says nothing of what is asked now; the run's next end has an analysis of its own.
      logger.info({ runId }, 'the run goes on, and its analysis is made when it ends again');
      return;
    }
    if (analysis !== null) {
      await trx
        .updateTable('analysis_results')
        .set({ status: 'SUPERSEDED' })
        .where('run_id', '=', runId)
        .where('type', '=', ANALYSIS_TYPE)
        .where('status', '=', 'CURRENT')
        .execute();
    }
    await trx
      .insertInto('analysis_results')
      .values({
        run_id: runId,
        type: ANALYSIS_TYPE,
        input_hash: inputHash,
        code_version: analysis?.codeVersion ?? null,
        output: JSON.stringify(redactValue(analysis ?? result)),
        status: analysis === null ? 'FAILED' : 'CURRENT',
      })
      .execute();
  });
}

interface TranscriptRow {
  id: string;
  model_id: string;
  key: string;
  sample_index: number;
  model_version: string | null;
  content: TranscriptContent;
  cost_snapshot: CostSnapshot | null;
  duration_ms: string;
  scenario: StoredScenario;
  summary: Summary | null;
}

/** The job in pieces, so that no run is too large to be held in memory. */
async function* input(db: Db, runId: string, hash: Hash): AsyncGenerator<string> {
  let first = true;
  const piece = (items: object[]): string => {
    const text = items.map((item) => JSON.stringify(item)).join(',');
    const joined = first || text === '' ? text : `,${text}`;
    first = first && text === '';
    return joined;
  };
  for await (const text of pieces(db, runId, piece)) {
    hash.update(text);
    yield text;
  }
}

async function* pieces(db: Db, runId: string, piece: (items: object[]) => string): AsyncGenerator<string> {
  const scale = await scaleOf(db, runId);
  const fields = { runId, ...(scale !== null && { scale }) };
  yield `${JSON.stringify(fields).slice(0, -1)},"transcripts":[`;
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const { rows: listed } = await sql<{ id: string; bytes: number }>`
      SELECT id, pg_column_size(content)::int AS bytes FROM transcripts
      WHERE run_id = ${runId} AND superseded_at IS NULL AND id > ${after}::uuid ORDER BY id LIMIT ${LISTED}`.execute(
      db,
    );
    const last = listed.at(-1);
    if (last === undefined) {
      break;
    }
    for (const page of pages(listed)) {
      const { rows } = await takingLong(() =>
        sql<TranscriptRow>`
          SELECT t.id, t.model_id, s.key, t.sample_index, t.model_version, t.content, t.cost_snapshot,
                 t.duration_ms::text AS duration_ms, s.content AS scenario, ${summaryOfTranscript} AS summary
          FROM transcripts t JOIN scenarios s ON s.id = t.scenario_id
          WHERE t.run_id = ${runId} AND t.superseded_at IS NULL AND t.id BETWEEN ${page[0]?.id}::uuid AND ${page.at(-1)?.id}::uuid
          ORDER BY t.id`.execute(db),
      );
      yield piece(rows.map(transcriptItem));
    }
    after = last.id;
  }
  const { rows: failed } = await sql<{ model_id: string; key: string; sample_index: number; code: ErrorCode }>`
    SELECT p.model_id, s.key, p.sample_index, p.error ->> 'code' AS code
    FROM probe_results p JOIN scenarios s ON s.id = p.scenario_id
    WHERE p.run_id = ${runId} AND p.status = 'FAILED' ORDER BY p.id`.execute(db);
  yield piece(
    failed.map(
      (row): FailedProbe => ({
        modelId: row.model_id,
        scenarioId: row.key,
        sampleIndex: row.sample_index,
        error: { code: row.code },
      }),
    ),
  );
  yield ']}';
}

/** The scale of the scores as the analysis takes it; null where the run has none. */
async function scaleOf(db: Db, runId: string): Promise<object | null> {
  const row = await db
    .selectFrom('scorings')
    .select('config')
    .where('run_id', '=', runId)
    .where('status', '=', 'CURRENT')
    .executeTakeFirst();
  const scale = row?.config.scale;
  switch (scale?.kind) {
    case undefined:
      return null;
    case 'options':
      return { options: scale.options.map(({ label }) => label) };
    case 'numbers':
      return { min: scale.min, max: scale.max };
    case 'labels': {
      const scores = scale.labels.map(({ score }) => score);
      return { min: Math.min(...scores), max: Math.max(...scores) };
    }
  }
}

const ORDERS = { normal: 'original', flipped: 'reversed' } as const;

function transcriptItem(row: TranscriptRow): object {
  const { name, dimensions, family, pairId, orientation } = row.scenario;
  return {
    id: row.id,
    modelId: row.model_id,
    scenarioId: row.key,
    sampleIndex: row.sample_index,
    ...(row.model_version === null ? {} : { modelVersion: row.model_version }),
    content: row.content,
    durationMs: Number(row.duration_ms),
    ...(row.cost_snapshot === null ? {} : { costSnapshot: row.cost_snapshot }),
    ...(row.summary === null ? {} : { summary: row.summary }),
    scenario: {
      name: name ?? row.key,
      ...(dimensions === undefined ? {} : { dimensions }),
      ...(family === undefined ? {} : { family }),
      ...(pairId === undefined ? {} : { pair: pairId }),
      ...(orientation === undefined ? {} : { orientation: ORDERS[orientation] }),
    },
  };
}
