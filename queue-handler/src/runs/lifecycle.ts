/** Pause, resume, cancel, retry and the end of a run: each one statement or one transaction, and repeatable. */
import { sql, type Transaction } from 'kysely';
import type { Database, Db } from '../database/connect.js';
import type { Tables } from '../database/schema.js';
import type { RunStatus } from '../model.js';
import { deleteDeadLetters, isInHand, orderAnalysis, withdrawTickets } from '../pgboss.js';
import { analyseEnded } from './analyses.js';
import { isNotedOpen, noteEnd } from './manifest.js';
import { setAnalysisAside } from './reopen.js';
import { isScoringDue, openScoring } from './scorings.js';

/** Nothing more of the run is begun; conversations under way go on to their end. */
export async function pauseRun(db: Db, id: string): Promise<boolean> {
  return change(db, id, ['PENDING', 'RUNNING'], 'PAUSED');
}

export async function resumeRun(db: Db, id: string): Promise<boolean> {
  // One that had reached its bound is paused once more, unless there is room by now.
  await db.updateTable('budgets').set({ reached_at: null }).where('scope', '=', id).execute();
  return change(db, id, ['PAUSED'], 'RUNNING');
}

/**
 * No question is asked any more; answers under way are still kept. All of it happens or nothing, and a second
 * call finishes what may be left.
 */
export async function cancelRun({ db, shared }: Database, id: string): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const { rows: cancelled } = await sql`
      UPDATE runs SET completed_at = coalesce(completed_at, now()), status = 'CANCELLED'
      WHERE id = ${id} AND status IN ('PENDING', 'RUNNING', 'PAUSED', 'CANCELLED') RETURNING id`.execute(trx);
    if (cancelled.length > 0) {
      const { rows } = await sql<{ ticket_id: string | null; provider: string }>`
        UPDATE probe_results p SET status = 'CANCELLED', updated_at = now()
        WHERE run_id = ${id} AND (status = 'PENDING' OR status = 'QUEUED' AND NOT ${isInHand('p')})
        RETURNING ticket_id, provider`.execute(trx);
      await withdrawTickets(
        trx,
        rows.flatMap(({ provider, ticket_id: id }) => (id === null ? [] : [{ provider, id }])),
      );
      await noteEnd(trx, id, shared);
    }
    return cancelled.length > 0;
  });
}

/**
 * Everything that failed is retried, from its last paid turn on, also with providers that were stopped. The analysis of a run
 * that had ended knows nothing of that, and is no longer shown; another is made when it ends.
 */
export async function retryFailed(database: Database, id: string): Promise<number> {
  return database.db.transaction().execute(async (trx) => {
    // First: else it could be paused at its bound meanwhile, which what is retried may fit under.
    await sql`SELECT 1 FROM runs WHERE id = ${id} FOR NO KEY UPDATE`.execute(trx);
    const { rows } = await sql<{ ticket_id: string | null }>`
      UPDATE probe_results SET status = 'PENDING', failures = 0, crashes = 0, ticket_id = NULL, not_asked = NULL, updated_at = now()
      WHERE run_id = ${id} AND status = 'FAILED' RETURNING ticket_id`.execute(trx);
    await trx.deleteFrom('provider_stops').where('run_id', '=', id).execute();
    if (rows.length > 0) {
      await sql`
        UPDATE runs SET status = 'RUNNING', completed_at = NULL
        WHERE id = ${id} AND status IN ('COMPLETED', 'FAILED', 'CANCELLED')`.execute(trx);
      await deleteDeadLetters(trx, id);
      await setAnalysisAside(trx, id);
    }
    return rows.length;
  });
}

/**
 * End the run if no probe of it is open, and order in the same transaction what follows a completed one: its scores, if
 * it has a scale, after which it is analysed, or else the analysis at once. The handler that ended the last probe calls
 * it, after its own transaction, and the sweeper in each round: no race can leave a run open.
 *
 * Of a run that was cancelled it notes how the last conversations under way have ended, and orders the analysis.
 *
 * @returns whether this call ended it.
 */
export async function endIfDone({ db, boss, shared }: Database, id: string): Promise<boolean> {
  const open = await db
    .selectFrom('probe_results')
    .select('id')
    .where('run_id', '=', id)
    .where('status', 'in', ['PENDING', 'QUEUED'])
    .limit(1)
    .executeTakeFirst();
  if (open !== undefined) {
    return false;
  }
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ status: RunStatus }>`
      UPDATE runs SET completed_at = now(), status = CASE WHEN EXISTS (
        SELECT 1 FROM probe_results WHERE run_id = ${id} AND status = 'SUCCEEDED') THEN 'COMPLETED' ELSE 'FAILED' END
      WHERE id = ${id} AND status IN ('PENDING', 'RUNNING', 'PAUSED') AND NOT EXISTS (
        SELECT 1 FROM probe_results WHERE run_id = ${id} AND status IN ('PENDING', 'QUEUED'))
      RETURNING status`.execute(trx);
    if (rows.length > 0) {
      await noteEnd(trx, id, shared);
    } else {
      await closeCancelled(trx, boss, id, shared);
    }
    if (rows[0]?.status === 'COMPLETED' && (await openScoring(trx, id)) === null) {
      await orderAnalysis(boss, trx, id);
    }
    return rows.length > 0;
  });
}

/** Conversations that were under way when the run was cancelled have ended since. What is there by now is all that comes. */
async function closeCancelled(
  trx: Transaction<Tables>,
  boss: Database['boss'],
  id: string,
  shared: boolean,
): Promise<void> {
  const { rows } = await sql`
    SELECT id FROM runs r WHERE id = ${id} AND ${isNotedOpen('r')} AND NOT EXISTS (
      SELECT 1 FROM probe_results WHERE run_id = ${id} AND status IN ('PENDING', 'QUEUED'))
    FOR NO KEY UPDATE`.execute(trx);
  if (rows.length > 0) {
    await noteEnd(trx, id, shared);
    if (!(await isScoringDue(trx, id))) {
      await analyseEnded(trx, boss, id);
    }
  }
}

async function change(db: Db, id: string, from: RunStatus[], to: RunStatus): Promise<boolean> {
  const changed = await db
    .updateTable('runs')
    .set({ status: to })
    .where('id', '=', id)
    .where('status', 'in', from)
    .returning('id')
    .executeTakeFirst();
  return changed !== undefined;
}
