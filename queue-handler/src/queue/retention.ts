/** Runs that ended longer ago than they are to be kept are deleted, a little in each round. */
import { sql } from 'kysely';
import type { Database } from '../database/connect.js';
import { getLogger } from '../log.js';
import { AtWorkError, deletion } from '../runs/delete.js';
import type { Spool } from '../runs/spool.js';

// What is left is deleted in the next round: other things have to be looked after, too.
const PARTS_A_ROUND = 20;
const RUNS_A_ROUND = 20;

const logger = getLogger('retention');

/** @param days how long a run is kept after its end; 0 for ever. */
export async function deleteExpired(database: Database, spool: Spool, days: number): Promise<void> {
  if (days === 0) {
    return;
  }
  const { rows } = await sql<{ id: string; name: string }>`
    SELECT id, name FROM runs r WHERE status IN ('COMPLETED', 'CANCELLED', 'FAILED')
      AND completed_at < now() - make_interval(days => ${days}) AND NOT EXISTS (
        SELECT 1 FROM probe_results p WHERE p.run_id = r.id AND p.status IN ('PENDING', 'QUEUED'))
    ORDER BY completed_at LIMIT ${RUNS_A_ROUND}`.execute(database.db);
  let parts = 0;
  for (const { id, name } of rows) {
    try {
      for await (const _ of deletion(database, spool, id)) {
        parts += 1;
        if (parts >= PARTS_A_ROUND) {
          return;
        }
      }
      logger.info({ runId: id, run: name, days }, 'a run is deleted, because it ended longer ago than runs are kept');
    } catch (error) {
      if (!(error instanceof AtWorkError)) {
        throw error;
      }
    }
  }
}
