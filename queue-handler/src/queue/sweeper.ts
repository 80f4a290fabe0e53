/** Looks after what no event looks after: tickets that vanished, runs that should have ended or been analysed, handlers that are gone. */
import { sql } from 'kysely';
import type { Database } from '../database/connect.js';
import { getLogger } from '../log.js';
import { settleLeftovers } from '../money/leftovers.js';
import { followClock, isDead, isOpen, releaseAllTickets } from '../pgboss.js';
import { queueAnalyses } from '../runs/analyses.js';
import { endIfDone } from '../runs/lifecycle.js';
import { isNotedOpen } from '../runs/manifest.js';
import { forgetCaches } from '../runs/prompt-caches.js';
import { forgetRates } from './rates.js';
import { endAllUnasked } from './stopped.js';

const logger = getLogger('sweeper');

// A run whose last probe ended and that is still open is one whose handler died in between.
const FORGOTTEN_HANDLER_HOURS = 24;
// Further ahead than any clock that is only inexact.
const CLOCK_SECONDS = 5;

/** One round over everything. Any number of handlers may do it at any time. */
export async function sweep(database: Database): Promise<void> {
  await followClock(database.db, CLOCK_SECONDS);
  await sql`
    UPDATE handlers SET seen_at = now() WHERE seen_at > now() + make_interval(secs => ${CLOCK_SECONDS})`.execute(
    database.db,
  );
  await returnLostTickets(database);
  await forgetCaches(database.db);
  await forgetRates(database.db);
  await endAllUnasked(database.db);
  await settleLeftovers(database.db);
  await closeEndedRuns(database);
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM runs r WHERE (status IN ('PENDING', 'RUNNING', 'PAUSED') OR ${isNotedOpen('r')}) AND NOT EXISTS (
      SELECT 1 FROM probe_results p WHERE p.run_id = r.id AND p.status IN ('PENDING', 'QUEUED'))`.execute(database.db);
  for (const { id } of rows) {
    if (await endIfDone(database, id)) {
      logger.info({ runId: id }, 'the run has ended');
    }
  }
  await queueAnalyses(database);
  await sql`DELETE FROM handlers WHERE seen_at < now() - make_interval(hours => ${FORGOTTEN_HANDLER_HOURS})`.execute(
    database.db,
  );
}

/**
 * Of a database that one process has for itself: whatever is in hand was in the hands of a process that is gone. The
 * queue takes it back as from any handler that fell silent, only without waiting for the silence. Nor is any other
 * handler at work.
 */
export async function releaseTickets({ db }: Database): Promise<void> {
  await releaseAllTickets(db);
  await db.deleteFrom('handlers').execute();
}

/**
 * Probes that are open in a run that has ended. A cancelled run's are cancelled, as far as nobody is asking them; any
 * other run goes on, for what is open was meant to be asked.
 */
async function closeEndedRuns({ db }: Database): Promise<void> {
  await sql`
    UPDATE probe_results p SET status = 'CANCELLED', updated_at = now()
    FROM runs r WHERE r.id = p.run_id AND r.status = 'CANCELLED' AND p.status = 'PENDING'`.execute(db);
  const { rows } = await sql<{ id: string }>`
    UPDATE runs r SET status = 'RUNNING', completed_at = NULL
    WHERE r.status IN ('COMPLETED', 'FAILED') AND EXISTS (
      SELECT 1 FROM probe_results p WHERE p.run_id = r.id AND p.status IN ('PENDING', 'QUEUED'))
    RETURNING r.id`.execute(db);
  for (const { id } of rows) {
    logger.warn({ runId: id }, 'a run that had ended has open probes, and goes on');
  }
}

/**
 * A probe that is queued and has no job in the queue would wait for ever. One whose ticket lies among the dead letters
 * took its handlers down with it, as often as it may: that is its outcome. Any other goes back to be queued anew.
 */
async function returnLostTickets({ db }: Database): Promise<void> {
  const { rows } = await sql<{ id: string; dead: boolean }>`
    UPDATE probe_results p SET
      status = CASE WHEN lost.dead THEN 'FAILED' WHEN r.status = 'CANCELLED' THEN 'CANCELLED' ELSE 'PENDING' END,
      error = CASE WHEN lost.dead THEN jsonb_build_object('code', 'UNKNOWN', 'retryable', true, 'details', NULL,
        'message', 'every handler that held the job was lost before the job had an outcome') ELSE p.error END,
      updated_at = now()
    FROM (
      SELECT q.id, ${isDead('q')} AS dead
      FROM probe_results q WHERE q.status = 'QUEUED' AND NOT ${isOpen('q')}
      FOR UPDATE SKIP LOCKED) lost, runs r
    WHERE p.id = lost.id AND r.id = p.run_id
    RETURNING p.id, lost.dead`.execute(db);
  for (const { id, dead } of rows) {
    logger.warn({ probeId: id }, dead ? 'a job took every handler down that held it' : 'a lost job is queued anew');
  }
}
