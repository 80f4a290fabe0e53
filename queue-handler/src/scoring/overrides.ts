/** People have the last word: what they say counts, stays beside what it replaced, and measures the parser and the judge. */
import { isDeepStrictEqual } from 'node:util';
import { sql, type Transaction } from 'kysely';
import type { Database, Db } from '../database/connect.js';
import type { Tables } from '../database/schema.js';
import type { Outcome, Override } from '../documents/documents.js';
import { UsageError } from '../errors.js';
import type { ScoringConfig } from '../model.js';
import { analyseEnded } from '../runs/analyses.js';
import { lockScorings } from '../runs/scorings.js';
import { ScorerError, score } from '../workers/scorer.js';
import type { Said } from './overrides-file.js';
import { type Report, reportOf } from './report.js';
import { columnsOf } from './rows.js';
import { answersOf, listed } from './transcripts.js';

type Trx = Transaction<Tables>;

const SHOWN = 5;
const ROWS_AT_ONCE = 500;

/** What people say of a run's answers, checked against its scale and ready to be stored. */
export interface Checked {
  outcome: Outcome;
  reason: string;
  who: string;
}

/** @throws UsageError naming the line and the field of whatever is no score of an answer of this run. */
export async function checkOverrides(
  db: Db,
  runId: string,
  config: ScoringConfig,
  said: Said[],
  ending: AbortSignal,
): Promise<Checked[]> {
  const transcripts = await transcriptsOf(db, runId, said);
  const overrides = said.map((one, index) => overrideOf(one, transcripts[index] ?? '', config));
  const { scale, turn, marker } = config;
  const how: ScoringConfig = { scale, ...(turn != null && { turn }), ...(marker != null && { marker }) };
  try {
    const job = {
      id: runId,
      runId,
      config: how,
      overrides,
      quiet: true,
      transcripts: answersOf(db, await listed(db, transcripts)),
    };
    const { scores } = await score(job, ending, null);
    const byId = new Map(overrides.map(({ id, reason, who }) => [id, { reason, who }]));
    return scores.flatMap((outcome) => {
      const by = byId.get(outcome.id ?? '');
      return by === undefined ? [] : [{ outcome, ...by }];
    });
  } catch (error) {
    if (error instanceof ScorerError && error.failure.code === 'VALIDATION_ERROR') {
      throw new UsageError(inTheFile(error.message, said));
    }
    throw error;
  }
}

/** The worker names an override by its place in the job, and its fields as they are called there. */
function inTheFile(message: string, said: Said[]): string {
  return message.replace(/overrides\[(\d+)\]\.(\w+)/g, (_, index, field) => {
    const name = field === 'id' ? 'probe' : field === 'label' ? 'score' : field;
    return `${said[Number(index)]?.where}: ${name}`;
  });
}

function overrideOf({ score: value, reason, who }: Said, id: string, { scale }: ScoringConfig): Override {
  const isName = typeof value === 'string' || (scale.kind === 'options' && value !== null);
  return { id, ...(isName ? { label: String(value) } : { score: value as number | null }), reason, who };
}

/** The transcript of each. @throws UsageError for what is no probe of this run, or one without an answer. */
async function transcriptsOf(db: Db, runId: string, said: Said[]): Promise<string[]> {
  const { rows } = await sql<{ given: string; probe: string | null; transcript: string | null }>`
    SELECT given, p.id AS probe, t.id AS transcript
    FROM unnest(${said.map(({ probe }) => probe)}::uuid[]) AS given
    LEFT JOIN transcripts g ON g.id = given AND g.run_id = ${runId}
    LEFT JOIN probe_results p ON p.run_id = ${runId} AND (p.id = given OR (p.scenario_id = g.scenario_id
      AND p.model_id = g.model_id AND p.sample_index = g.sample_index))
    LEFT JOIN transcripts t ON t.run_id = ${runId} AND t.scenario_id = p.scenario_id AND t.model_id = p.model_id
      AND t.sample_index = p.sample_index AND t.superseded_at IS NULL AND (g.id IS NULL OR t.id = g.id)`.execute(db);
  const found = new Map(rows.map((row) => [row.given, row]));
  const problems = said.flatMap(({ where, probe }) => {
    const row = found.get(probe);
    if (row?.probe == null) {
      return [`${where}: probe: no probe and no transcript of this run has this ID`];
    }
    return row.transcript === null ? [`${where}: probe: has no answer that could be scored`] : [];
  });
  if (problems.length > 0) {
    throw new UsageError(problems.slice(0, SHOWN).join('; '));
  }
  return said.map(({ probe }) => found.get(probe)?.transcript ?? '');
}

/** Store what people say for a scoring that is open: it counts when that is over. */
export async function storeOverrides(trx: Trx, scoringId: string, runId: string, checked: Checked[]): Promise<void> {
  await supersede(trx, scoringId, checked);
  for (let at = 0; at < checked.length; at += ROWS_AT_ONCE) {
    await trx
      .insertInto('scores')
      .values(
        checked.slice(at, at + ROWS_AT_ONCE).map(({ outcome, reason, who }) => ({
          ...columnsOf(outcome),
          // Of the parser, which has no say in it.
          raw_score: null,
          raw_label: null,
          span_start: null,
          span_end: null,
          details: JSON.stringify({ rule: outcome.rule }),
          scoring_id: scoringId,
          run_id: runId,
          replaces: null,
          reason,
          who,
        })),
      )
      .execute();
  }
}

/**
 * Let it count at once, where all that it is about is scored, or when the scoring that is open is over.
 *
 * @param scale on which it was said.
 * @returns how the parser and the judge agree with all that people have said; 'open' where that is known only when the
 *   scoring is over; and 'unscored' where an answer has no score that could be replaced, and nothing is stored.
 */
export async function applyOverrides(
  { db, boss }: Database,
  runId: string,
  scale: ScoringConfig['scale'],
  checked: Checked[],
  ending: AbortSignal,
): Promise<Report | 'open' | 'unscored'> {
  const scoring = await db.transaction().execute(async (trx) => {
    await lockScorings(trx, runId);
    const row = await trx
      .selectFrom('scorings')
      .select(['id', 'config', 'status'])
      .where('run_id', '=', runId)
      .where('status', 'in', ['OPEN', 'CURRENT'])
      .orderBy(sql`status = 'OPEN'`, 'desc')
      .forUpdate()
      .executeTakeFirst();
    if (row !== undefined && !isDeepStrictEqual(row.config.scale, scale)) {
      throw new UsageError('the run is scored on another scale by now; say it on that one');
    }
    const ids = checked.map(({ outcome }) => outcome.id ?? '');
    if (row === undefined || (row.status === 'CURRENT' && !(await areScored(trx, row.id, ids)))) {
      return 'unscored';
    }
    await storeOverrides(trx, row.id, runId, checked);
    if (row.status === 'OPEN') {
      return 'open';
    }
    await sql`UPDATE scores SET status = 'SUPERSEDED' WHERE transcript_id = ANY(${ids}::uuid[]) AND status = 'CURRENT'`.execute(
      trx,
    );
    await sql`
      UPDATE scores p SET status = 'CURRENT', replaces = m.id
      FROM scores m WHERE p.scoring_id = ${row.id} AND p.class = 'manual' AND p.status = 'NEW'
        AND m.scoring_id = p.scoring_id AND m.transcript_id = p.transcript_id AND m.class <> 'manual'`.execute(trx);
    await analyseEnded(trx, boss, runId);
    return { id: row.id, runId, config: row.config };
  });
  if (typeof scoring === 'string') {
    return scoring;
  }
  const report = await reportOf(db, scoring, ending);
  await db
    .updateTable('scorings')
    .set({ report: JSON.stringify(report) })
    .where('id', '=', scoring.id)
    .execute();
  return report;
}

/** Whether a scoring has read all of these answers. One that came later has no score until the run is scored anew. */
async function areScored(trx: Trx, scoringId: string, transcripts: string[]): Promise<boolean> {
  const { rows } = await sql`
    SELECT given FROM unnest(${transcripts}::uuid[]) AS given WHERE NOT EXISTS (
      SELECT 1 FROM scores s WHERE s.transcript_id = given AND s.scoring_id = ${scoringId} AND s.class <> 'manual')
    LIMIT 1`.execute(trx);
  return rows.length === 0;
}

/** What people said of the same answers before, in the same scoring. */
async function supersede(trx: Trx, scoringId: string, checked: Checked[]): Promise<void> {
  await trx
    .updateTable('scores')
    .set({ status: 'SUPERSEDED' })
    .where('scoring_id', '=', scoringId)
    .where('class', '=', 'manual')
    .where('status', '!=', 'SUPERSEDED')
    .where(
      'transcript_id',
      'in',
      checked.map(({ outcome }) => outcome.id ?? ''),
    )
    .execute();
}
