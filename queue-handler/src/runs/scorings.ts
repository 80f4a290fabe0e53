/**
 * When the answers of a run are scored. A row says that they are to be, and stands before any job of the queue does: an
 * order that is lost is given anew, and a run never waits for one.
 */
import { sql, type Transaction } from 'kysely';
import type { Database, Db } from '../database/connect.js';
import type { Tables } from '../database/schema.js';
import { getLogger } from '../log.js';
import type { AttemptError, ScoringConfig } from '../model.js';
import { isScoringLost, isScoringOrdered, orderScoring, withdrawScorings } from '../pgboss.js';
import { redactValue } from '../redaction.js';
import { analyseEnded } from './analyses.js';

type Trx = Transaction<Tables>;
type Boss = Database['boss'];

const LOST: AttemptError = {
  code: 'UNKNOWN',
  message: 'every handler that scored the answers was lost before it had done so',
  retryable: true,
  details: null,
};

const logger = getLogger('scoring');

/** How the answers of a run are scored: as they were last, or as its file says; null where neither has a scale. */
export async function scoringConfigOf(db: Db | Trx, runId: string): Promise<ScoringConfig | null> {
  const { rows } = await sql<{ config: ScoringConfig | null }>`
    SELECT coalesce(
      (SELECT config FROM scorings WHERE run_id = r.id AND status IN ('OPEN', 'CURRENT', 'FAILED')
       ORDER BY status = 'OPEN' DESC, created_at DESC LIMIT 1),
      -- What is null within a judge means something.
      CASE WHEN r.config ? 'scale' THEN (SELECT jsonb_object_agg(key, value) FROM jsonb_each(r.config)
        WHERE key IN ('scale', 'turn', 'marker', 'judge') AND value <> 'null') END) AS config
    FROM runs r WHERE r.id = ${runId}`.execute(db);
  return rows[0]?.config ?? null;
}

/** How the scores were made that count, or those that are being made; null where there are none. */
export async function standingConfigOf(db: Db, runId: string): Promise<ScoringConfig | null> {
  const row = await db
    .selectFrom('scorings')
    .select('config')
    .where('run_id', '=', runId)
    .where('status', 'in', ['OPEN', 'CURRENT'])
    .orderBy(sql`status = 'OPEN'`, 'desc')
    .executeTakeFirst();
  return row?.config ?? null;
}

/**
 * The answers of a run are to be scored, in place of whatever scoring of it is open. What people have said on the same scale
 * comes with it, also where it does not count yet.
 *
 * @param config as before where it is left out.
 * @returns its ID; null where no scale is known.
 */
export async function openScoring(trx: Trx, runId: string, config?: ScoringConfig): Promise<string | null> {
  const how = config ?? (await scoringConfigOf(trx, runId));
  if (how === null) {
    return null;
  }
  await lockScorings(trx, runId);
  await withdrawScoring(trx, runId);
  const row = await trx
    .insertInto('scorings')
    .values({ run_id: runId, config: JSON.stringify(how) })
    .returning('id')
    .executeTakeFirstOrThrow();
  await carryOver(trx, row.id);
  return row.id;
}

/**
 * The words of people on the same scale go on to count: copies of them come into a scoring that is open, of each answer what
 * was said last. It may wait in a scoring that was replaced, or that failed, before it counted. Each keeps the time at which
 * it was said.
 */
export async function carryOver(db: Db | Trx, id: string): Promise<void> {
  await sql`
    INSERT INTO scores (scoring_id, run_id, transcript_id, scorer_version, class, score, raw_score, label, raw_label,
      span_start, span_end, orientation, answer_sha256, details, reason, who, created_at)
    SELECT DISTINCT ON (s.transcript_id) x.id, s.run_id, s.transcript_id, s.scorer_version, s.class, s.score, s.raw_score,
      s.label, s.raw_label, s.span_start, s.span_end, s.orientation, s.answer_sha256, s.details, s.reason, s.who, s.created_at
    FROM scorings x JOIN scorings c ON c.run_id = x.run_id AND c.id <> x.id AND c.config -> 'scale' = x.config -> 'scale'
    JOIN scores s ON s.scoring_id = c.id AND s.class = 'manual' AND s.status <> 'SUPERSEDED'
    WHERE x.id = ${id} AND x.status = 'OPEN'
    ORDER BY s.transcript_id, s.created_at DESC
    ON CONFLICT DO NOTHING`.execute(db);
}

/** No other scoring of the run is opened until the transaction ends. What is stored of an open one waits for nothing. */
export async function lockScorings(trx: Trx, runId: string): Promise<void> {
  await sql`SELECT id FROM runs WHERE id = ${runId} FOR NO KEY UPDATE`.execute(trx);
}

/** What is open is not done any more; a handler that works on it notices before anything of it counts. */
export async function withdrawScoring(trx: Trx, runId: string): Promise<void> {
  const row = await trx
    .updateTable('scorings')
    .set({ status: 'SUPERSEDED' })
    .where('run_id', '=', runId)
    .where('status', '=', 'OPEN')
    .returning('id')
    .executeTakeFirst();
  if (row !== undefined) {
    await withdrawScorings(trx, runId);
  }
}

export async function isScoringDue(db: Db, runId?: string): Promise<boolean> {
  const row = await db
    .selectFrom('scorings')
    .select('id')
    .where('status', '=', 'OPEN')
    .$if(runId !== undefined, (query) => query.where('run_id', '=', runId as string))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Put into the queue what is due and not in it. One whose order took every handler down that had it has failed. */
export async function queueScorings({ db, boss }: Database): Promise<void> {
  if (!(await isScoringDue(db))) {
    return;
  }
  await db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ id: string; run_id: string }>`
      SELECT id, run_id FROM scorings s WHERE status = 'OPEN' AND coalesce(not_before, now()) <= now()
        AND NOT ${isScoringOrdered('s')}
      FOR UPDATE SKIP LOCKED`.execute(trx);
    for (const { id, run_id: runId } of rows) {
      // Once more, now that the row is locked: another handler may have been the quicker one.
      const { rows: seen } = await sql<{ ordered: boolean; lost: boolean }>`
        SELECT ${isScoringOrdered('s')} AS ordered, ${isScoringLost('s')} AS lost FROM scorings s WHERE id = ${id}`.execute(
        trx,
      );
      const [found] = seen;
      if (found?.lost) {
        await failScoring(trx, boss, id, LOST);
      } else if (found !== undefined && !found.ordered) {
        await orderScoring(boss, trx, { scoringId: id, runId });
      }
    }
  });
}

/** The scoring has failed for good; its run is analysed with the scores that it had before, or without any. */
export async function failScoring(trx: Trx, boss: Boss, scoringId: string, error: AttemptError): Promise<void> {
  const row = await trx
    .updateTable('scorings')
    .set({ status: 'FAILED', error: JSON.stringify(redactValue(error)), completed_at: sql`now()` })
    .where('id', '=', scoringId)
    .where('status', '=', 'OPEN')
    .returning('run_id')
    .executeTakeFirst();
  if (row !== undefined) {
    logger.error({ runId: row.run_id, code: error.code }, `the answers are not scored: ${error.message}`);
    await analyseEnded(trx, boss, row.run_id);
  }
}
