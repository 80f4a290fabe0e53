/** The rows of scores: stored while a scoring is open, and made to count all at once when it is over. */
import { sql, type Transaction } from 'kysely';
import type { Db } from '../database/connect.js';
import type { Tables } from '../database/schema.js';
import { takingLong } from '../database/time-limit.js';
import type { Outcome, Verdict } from '../documents/documents.js';
import type { AttemptError, ScoringConfig } from '../model.js';
import { redactValue } from '../redaction.js';

type Trx = Transaction<Tables>;

/** A scoring that is open. */
export interface OpenScoring {
  id: string;
  runId: string;
  config: ScoringConfig;
}

const ROWS_AT_ONCE = 500;

export async function openScoringById(db: Db, id: string): Promise<OpenScoring | null> {
  const row = await db
    .selectFrom('scorings')
    .select(['id', 'run_id', 'config'])
    .where('id', '=', id)
    .where('status', '=', 'OPEN')
    .executeTakeFirst();
  return row === undefined ? null : { id: row.id, runId: row.run_id, config: row.config };
}

/**
 * Store what the worker made of some answers; an answer that has its score in this scoring keeps it.
 *
 * @returns false where the scoring is open no more.
 */
export async function storeScores(db: Db, scoring: OpenScoring, outcomes: Outcome[]): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    if (!(await lockOpen(trx, scoring.id))) {
      return false;
    }
    for (let at = 0; at < outcomes.length; at += ROWS_AT_ONCE) {
      await trx
        .insertInto('scores')
        .values(
          outcomes.slice(at, at + ROWS_AT_ONCE).map((outcome) => ({
            ...columnsOf(outcome),
            scoring_id: scoring.id,
            run_id: scoring.runId,
            replaces: null,
            reason: null,
            who: null,
          })),
        )
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
    return true;
  });
}

/** What of a row the worker says. */
export function columnsOf(outcome: Outcome) {
  const { rule, verdicts } = outcome;
  return {
    transcript_id: outcome.id ?? '',
    scorer_version: outcome.parserVersion,
    class: outcome.class,
    score: outcome.score,
    raw_score: outcome.rawScore,
    label: outcome.label,
    raw_label: outcome.rawLabel,
    span_start: outcome.span?.start ?? null,
    span_end: outcome.span?.end ?? null,
    orientation: outcome.orientation,
    answer_sha256: outcome.answerSha256,
    details: JSON.stringify({ rule, ...(verdicts && { verdicts: verdicts.map(withoutTranscript) }) }),
  };
}

/** Its transcript stands in the table of verdicts. */
function withoutTranscript({ transcript: _, ...verdict }: Verdict): Omit<Verdict, 'transcript'> {
  return verdict;
}

/** Let the scores of a scoring count, and those before them no more. @returns false where it is open no more. */
export async function makeCurrent(
  trx: Trx,
  { id, runId, config }: OpenScoring,
  report: object | null,
): Promise<boolean> {
  if (!(await lockOpen(trx, id, 'UPDATE'))) {
    return false;
  }
  await takingLong(async () => {
    await sql`UPDATE scores SET status = 'SUPERSEDED' WHERE run_id = ${runId} AND status = 'CURRENT'`.execute(trx);
    await sql`UPDATE scorings SET status = 'SUPERSEDED' WHERE run_id = ${runId} AND status = 'CURRENT'`.execute(trx);
    // The words of people first, and of the rest what they leave.
    await sql`
      UPDATE scores p SET status = 'CURRENT', replaces = m.id
      FROM scores m WHERE p.scoring_id = ${id} AND p.class = 'manual' AND p.status = 'NEW'
        AND m.scoring_id = p.scoring_id AND m.transcript_id = p.transcript_id AND m.class <> 'manual'`.execute(trx);
    await sql`
      UPDATE scores s SET status = CASE WHEN EXISTS (
        SELECT 1 FROM scores p WHERE p.transcript_id = s.transcript_id AND p.status = 'CURRENT')
        THEN 'SUPERSEDED' ELSE 'CURRENT' END
      WHERE s.scoring_id = ${id} AND s.class <> 'manual' AND s.status = 'NEW'`.execute(trx);
    await sql`
      UPDATE scorings SET status = 'CURRENT', completed_at = now(),
        -- The causes of tries that another one has mended.
        error = CASE WHEN ${config.judge == null} AND config ? 'judge' THEN error END,
        report = ${report === null ? null : JSON.stringify(report)}::jsonb WHERE id = ${id}`.execute(trx);
  });
  return true;
}

/** Why the judge of a scoring gave no verdicts. */
export async function noteError(db: Db, { id }: OpenScoring, error: AttemptError): Promise<void> {
  const text = JSON.stringify(redactValue(error));
  await db.updateTable('scorings').set({ error: text }).where('id', '=', id).execute();
}

async function lockOpen(trx: Trx, id: string, strength: 'SHARE' | 'UPDATE' = 'SHARE'): Promise<boolean> {
  const { rows } = await sql`
    SELECT id FROM scorings WHERE id = ${id} AND status = 'OPEN' FOR ${sql.raw(strength)}`.execute(trx);
  return rows.length > 0;
}
