/** Pause, resume, cancel, retry and the end of a run: each one statement or one transaction, and repeatable. */
import { sql } from 'kysely';
import type { Database, Db } from '../database/connect.js';
import type { RunStatus } from '../database/schema.js';
import { dbOf, deadQueue, queueOf } from '../pgboss.js';

export const ENDED: RunStatus[] = ['COMPLETED', 'CANCELLED', 'FAILED'];

/** Nothing more of the run is begun; conversations under way go on to their end. */
export async function pauseRun(db: Db, id: string): Promise<boolean> {
  return change(db, id, ['PENDING', 'RUNNING'], 'PAUSED');
}

export async function resumeRun(db: Db, id: string): Promise<boolean> {
  return change(db, id, ['PAUSED'], 'RUNNING');
}

/**
 * No question is asked any more; answers under way are still kept. All of it happens or nothing, and doing it again
 * finishes what may be left.
 */
export async function cancelRun({ db }: Database, id: string): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const { rows: cancelled } = await sql`
      UPDATE runs SET completed_at = coalesce(completed_at, now()), status = 'CANCELLED'
      WHERE id = ${id} AND status IN ('PENDING', 'RUNNING', 'PAUSED', 'CANCELLED') RETURNING id`.execute(trx);
    if (cancelled.length > 0) {
      const { rows } = await sql<{ ticket_id: string | null; provider: string }>`
        UPDATE probe_results p SET status = 'CANCELLED', updated_at = now()
        WHERE run_id = ${id} AND (status = 'PENDING' OR status = 'QUEUED' AND NOT EXISTS (
          SELECT 1 FROM probe_queue.job j
          WHERE j.name = ${queueOf('')} || p.provider AND j.id = p.ticket_id AND j.state = 'active'))
        RETURNING ticket_id, provider`.execute(trx);
      const tickets = rows.filter((row) => row.ticket_id !== null);
      await sql`
        DELETE FROM probe_queue.job j USING unnest(${tickets.map((row) => queueOf(row.provider))}::text[],
          ${tickets.map((row) => row.ticket_id)}::uuid[]) AS gone (name, id)
        WHERE j.name = gone.name AND j.id = gone.id AND j.state <> 'active'`.execute(trx);
    }
    return cancelled.length > 0;
  });
}

/** Everything that failed is to be asked again, from its last paid turn on; stopped providers are tried again. */
export async function retryFailed(database: Database, id: string): Promise<number> {
  return database.db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ ticket_id: string | null }>`
      UPDATE probe_results SET status = 'PENDING', failures = 0, crashes = 0, ticket_id = NULL, updated_at = now()
      WHERE run_id = ${id} AND status = 'FAILED' RETURNING ticket_id`.execute(trx);
    await trx.deleteFrom('provider_stops').where('run_id', '=', id).execute();
    if (rows.length > 0) {
      await sql`
        UPDATE runs SET status = 'RUNNING', completed_at = NULL
        WHERE id = ${id} AND status IN ('COMPLETED', 'FAILED', 'CANCELLED')`.execute(trx);
      await sql`DELETE FROM probe_queue.job WHERE name = ${deadQueue} AND data ->> 'runId' = ${id}`.execute(trx);
    }
    return rows.length;
  });
}

/**
 * End the run if no probe of it is open, and queue the analysis of a completed one in the same transaction. Whoever
 * ended the last probe asks, after his own transaction, and the sweeper asks again and again: a run cannot be left open
 * by a race.
 *
 * @returns whether this call ended it.
 */
export async function endIfDone({ db, boss }: Database, id: string, analysisQueue: string): Promise<boolean> {
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
    if (rows[0]?.status === 'COMPLETED') {
      await boss.send(analysisQueue, { runId: id }, { db: dbOf(trx) });
    }
    return rows.length > 0;
  });
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
