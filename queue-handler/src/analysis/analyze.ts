/** The analysis of a run that has ended: its transcripts through analyze_basic.py, the result beside the run. */
import { createHash, type Hash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import { takingLong } from '../database/time-limit.js';
import {
  type AnalysedTranscript,
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
import { documentOf, runRaw } from '../workers/one-shot.js';

export const ANALYSIS_TYPE = 'basic';
// Transcripts whose sizes are looked up at a time.
const LISTED = 5_000;
const TIMEOUT_MILLISECONDS = 300_000;

const logger = getLogger('analysis');

/** Analyse a run and store the result; a failure is stored as such and leaves the run as it is. */
export async function analyzeRun(db: Db, runId: string): Promise<void> {
  const hash = createHash('sha256');
  const raw = await runRaw('analyze_basic.py', input(db, runId, hash), {
    ids: { runId },
    timeoutMilliseconds: TIMEOUT_MILLISECONDS,
  });
  const read = documentOf(raw);
  const inputHash = hash.digest('hex');
  if ('failed' in read) {
    await store(db, runId, inputHash, null, { error: read.failed.kind === 'success' ? {} : read.failed.error });
    return;
  }
  const problem = schemaProblem('analyze_basic.result', read.document);
  const result = read.document as AnalysisResult;
  if (problem !== null) {
    await store(db, runId, inputHash, null, { error: { code: 'UNKNOWN', message: `bad worker output: ${problem}` } });
  } else if (!result.success) {
    await store(db, runId, inputHash, null, { error: result.error });
  } else {
    await store(db, runId, inputHash, result.analysis, null);
  }
}

async function store(
  db: Db,
  runId: string,
  inputHash: string,
  analysis: object | null,
  failure: { error: object } | null,
): Promise<void> {
  if (failure !== null) {
    logger.error({ runId, ...failure }, 'the analysis failed; the run keeps its status');
  }
  const codeVersion = (analysis as { codeVersion?: string } | null)?.codeVersion ?? null;
  await db.transaction().execute(async (trx) => {
    if (failure === null) {
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
        code_version: codeVersion,
        output: JSON.stringify(redactValue(analysis ?? failure ?? {})),
        status: failure === null ? 'CURRENT' : 'FAILED',
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
  yield `{"runId":${JSON.stringify(runId)},"transcripts":[`;
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const { rows: listed } = await sql<{ id: string; bytes: number }>`
      SELECT id, pg_column_size(content)::int AS bytes FROM transcripts
      WHERE run_id = ${runId} AND id > ${after}::uuid ORDER BY id LIMIT ${LISTED}`.execute(db);
    const last = listed.at(-1);
    if (last === undefined) {
      break;
    }
    for (const page of pages(listed)) {
      const { rows } = await takingLong(() =>
        sql<TranscriptRow>`
          SELECT t.id, t.model_id, s.key, t.sample_index, t.model_version, t.content, t.cost_snapshot,
                 t.duration_ms::text AS duration_ms, s.content AS scenario
          FROM transcripts t JOIN scenarios s ON s.id = t.scenario_id
          WHERE t.run_id = ${runId} AND t.id BETWEEN ${page[0]?.id}::uuid AND ${page.at(-1)?.id}::uuid
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

function transcriptItem(row: TranscriptRow): AnalysedTranscript {
  const { name, dimensions } = row.scenario;
  return {
    id: row.id,
    modelId: row.model_id,
    scenarioId: row.key,
    sampleIndex: row.sample_index,
    ...(row.model_version === null ? {} : { modelVersion: row.model_version }),
    content: row.content,
    durationMs: Number(row.duration_ms),
    ...(row.cost_snapshot === null ? {} : { costSnapshot: row.cost_snapshot }),
    scenario: { name: name ?? row.key, ...(dimensions === undefined ? {} : { dimensions }) },
  };
}
