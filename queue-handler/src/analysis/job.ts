/** The job of the analysis: of one run, or of several that are compared or taken together. */
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import { takingLong } from '../database/time-limit.js';
import type { CostSnapshot, ErrorCode, FailedProbe, ScaleOfScores } from '../documents/documents.js';
import type { ReusedFrom, StoredScenario, TranscriptContent } from '../model.js';
import { pages } from '../runs/pages.js';
import { paid } from '../runs/spend.js';
import { type Summary, summaryOfTranscript } from '../runs/summary.js';
import { type Basis, basisOf, refuseChanged } from '../runs/unchanged.js';

// Transcripts whose sizes are looked up at a time.
const LISTED = 5_000;

/** One of several runs, and what the document calls it: a text that is no other's. */
export interface LabelledRun {
  id: string;
  label: string;
}

/** What is done to each part of a job before it is sent. */
type Clean = <Part>(part: Part) => Part;

const asItIs: Clean = (part) => part;

/**
 * The job of one run, in pieces, so that no run is too large to be held in memory.
 *
 * @param clean where texts of it will be shown: takes the secrets out that came into use after they were stored.
 * @throws ChangedError before its last piece, where the run was deleted, extended or scored anew meanwhile.
 */
export async function* jobOfRun(db: Db, runId: string, clean = asItIs): AsyncGenerator<string> {
  const basis = await basisOf(db, runId);
  const scale = await scaleOf(db, runId);
  const fields = { runId, name: basis.name, ...(scale !== null && { scale }) };
  yield* whole(fields, unchanged(db, [basis], itemsOf(db, runId)), clean);
}

/**
 * The job of several runs, the earliest first.
 *
 * @param pool whether what is no comparison of them is over all of them, and not over the last alone.
 * @param clean as for one run.
 * @throws ChangedError as for one run.
 */
export async function* jobOfRuns(
  db: Db,
  runs: readonly LabelledRun[],
  pool: boolean,
  clean = asItIs,
): AsyncGenerator<string> {
  const bases: Basis[] = [];
  for (const { id } of runs) {
    bases.push(await basisOf(db, id));
  }
  const scales = await scalesOf(
    db,
    runs.map(({ id }) => id),
  );
  const all = runs.map(({ label }) => label).join(', ');
  const fields = {
    runId: pool ? all : runs.at(-1)?.label,
    name: all,
    runs: runs.map(({ label }, index) => ({ runId: label, ...(scales[index] && { scale: scales[index] }) })),
    pool,
  };
  yield* whole(fields, unchanged(db, bases, itemsOfAll(db, runs)), clean);
}

/** The scale of each run's scores; null for one that has none. */
export async function scalesOf(db: Db, runIds: readonly string[]): Promise<(ScaleOfScores | null)[]> {
  const scales = [];
  for (const runId of runIds) {
    scales.push(await scaleOf(db, runId));
  }
  return scales;
}

async function* whole(fields: object, items: AsyncIterable<object[]>, clean: Clean): AsyncGenerator<string> {
  yield `${JSON.stringify(clean(fields)).slice(0, -1)},"transcripts":[`;
  let separator = '';
  for await (const some of items) {
    if (some.length > 0) {
      yield separator + some.map((item) => JSON.stringify(clean(item))).join(',');
      separator = ',';
    }
  }
  yield ']}';
}

/** All of them, if their runs are at the end as they were at the beginning. @throws ChangedError */
async function* unchanged(db: Db, bases: readonly Basis[], items: AsyncIterable<object[]>): AsyncGenerator<object[]> {
  yield* items;
  for (const basis of bases) {
    await refuseChanged(db, basis);
  }
}

async function* itemsOfAll(db: Db, runs: readonly LabelledRun[]): AsyncGenerator<object[]> {
  for (const { id, label } of runs) {
    yield* itemsOf(db, id, label);
  }
}

/** Transcripts and failed probes of a run, some at a time. @param label where it is one of several. */
async function* itemsOf(db: Db, runId: string, label?: string): AsyncGenerator<object[]> {
  const named = label === undefined ? {} : { runId: label };
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
          SELECT t.id, t.model_id, s.key, t.sample_index, t.model_version, t.content, t.cost_snapshot, t.reused,
                 t.duration_ms::text AS duration_ms, s.content AS scenario, ${summaryOfTranscript} AS summary
          FROM transcripts t JOIN scenarios s ON s.id = t.scenario_id
          WHERE t.run_id = ${runId} AND t.superseded_at IS NULL AND t.id BETWEEN ${page[0]?.id}::uuid AND ${page.at(-1)?.id}::uuid
          ORDER BY t.id`.execute(db),
      );
      yield rows.map((row) => ({ ...transcriptItem(row, label !== undefined), ...named }));
    }
    after = last.id;
  }
  yield (await failedOf(db, runId)).map((probe) => ({ ...probe, ...named }));
}

/** The probes that failed, each with what all of its tries cost. */
async function failedOf(db: Db, runId: string): Promise<FailedProbe[]> {
  const { rows } = await sql<{
    model_id: string;
    key: string;
    sample_index: number;
    code: ErrorCode;
    usd: number | null;
    paid: boolean;
  }>`
    SELECT p.model_id, s.key, p.sample_index, p.error ->> 'code' AS code, spent.probe_id IS NOT NULL AS paid, spent.usd
    FROM probe_results p JOIN scenarios s ON s.id = p.scenario_id
    LEFT JOIN (
      SELECT probe_id, CASE WHEN bool_or(unpriced) THEN NULL ELSE sum(usd)::float8 END AS usd
      FROM (${paid(sql`x.run_id = ${runId}`)}) paid GROUP BY probe_id) spent ON spent.probe_id = p.id
    WHERE p.run_id = ${runId} AND p.status = 'FAILED' ORDER BY p.id`.execute(db);
  return rows.map((row) => ({
    modelId: row.model_id,
    scenarioId: row.key,
    sampleIndex: row.sample_index,
    error: { code: row.code },
    ...(row.paid ? { costSnapshot: { totalCost: row.usd } } : {}),
  }));
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
  reused: ReusedFrom | null;
  scenario: StoredScenario;
  summary: Summary | null;
}

/** The scale of the scores as the analysis takes it; null where the run has none. */
export async function scaleOf(db: Db, runId: string): Promise<ScaleOfScores | null> {
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

function transcriptItem(row: TranscriptRow, compared: boolean): object {
  const { name, dimensions, family, pairId, orientation, preamble } = row.scenario;
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
    ...(row.reused === null ? {} : { reused: true }),
    scenario: {
      name: name ?? row.key,
      ...(dimensions === undefined ? {} : { dimensions }),
      ...(family === undefined ? {} : { family }),
      ...(pairId === undefined ? {} : { pair: pairId }),
      ...(orientation === undefined ? {} : { orientation: ORDERS[orientation] }),
      // It is long, and of use only beside that of another run.
      ...(compared && preamble !== undefined ? { preamble } : {}),
    },
  };
}
