/** A run that is asked more than it was: what must be true of it, and what follows for it. */
import { sql, type Transaction } from 'kysely';
import type { Tables } from '../database/schema.js';
import { UsageError } from '../errors.js';
import type { RunConfig, RunStatus } from '../model.js';
import { withdrawAnalysis } from '../pgboss.js';
import { isGoneInPart } from './unchanged.js';

type Trx = Transaction<Tables>;

export interface LockedRun {
  definition_id: string;
  status: RunStatus;
  config: RunConfig;
}

/** Nobody else changes the run until the transaction ends. @throws UsageError where it was cancelled or is gone, in part or whole. */
export async function lockRun(trx: Trx, id: string): Promise<LockedRun> {
  const { rows } = await sql<LockedRun>`
    SELECT definition_id, status, config FROM runs WHERE id = ${id} FOR UPDATE`.execute(trx);
  const [run] = rows;
  if (run === undefined) {
    throw new UsageError('the run is gone');
  }
  if (run.status === 'CANCELLED') {
    throw new UsageError('the run was cancelled, for good; start another one');
  }
  // A look of its own: that of the statement that waits for the lock would be from before.
  if (await isGoneInPart(trx, id)) {
    throw new UsageError('a part of the run is deleted already; see: delete');
  }
  return run;
}

/**
 * Probes of the run wait to be asked. One that had ended goes on, and its analysis, which knows nothing of them, is no
 * longer shown; another is made when it ends.
 */
export async function reopen(trx: Trx, id: string): Promise<void> {
  await sql`
    UPDATE runs SET status = 'RUNNING', completed_at = NULL
    WHERE id = ${id} AND status IN ('COMPLETED', 'FAILED')`.execute(trx);
  await setAnalysisAside(trx, id);
}

/** What was said of a run that goes on is not said of it any more. */
export async function setAnalysisAside(trx: Trx, id: string): Promise<void> {
  await sql`
    UPDATE analysis_results SET status = 'SUPERSEDED'
    WHERE run_id = ${id} AND status IN ('CURRENT', 'FAILED')`.execute(trx);
  await withdrawAnalysis(trx, id);
}
