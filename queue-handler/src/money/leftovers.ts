/** Reservations whose try nobody will settle: their handler was lost, and their probe, or their scoring, has ended. */
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import type { PartialTranscript } from '../model.js';
import { isOfTicketInHand } from '../pgboss.js';
import { settleSpending } from './account.js';
import { billOf } from './bill.js';
import { dearestUnheard } from './judge.js';

const AT_ONCE = 100;

const hasEnded = (probe: string) => sql`${sql.ref(`${probe}.status`)} IN ('SUCCEEDED', 'FAILED', 'CANCELLED')`;

export async function settleLeftovers(db: Db): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { rows } = await sql<{
      id: string;
      run_id: string;
      model_id: string;
      partial: PartialTranscript | null;
      counted_turns: number;
    }>`
      SELECT id, run_id, model_id, partial, counted_turns FROM probe_results p
      WHERE ${hasEnded('p')} AND id IN (
        SELECT probe_id FROM reservations r JOIN probe_results q ON q.id = r.probe_id
        WHERE ${hasEnded('q')} AND NOT ${isOfTicketInHand('r')} LIMIT ${AT_ONCE})
      FOR UPDATE SKIP LOCKED`.execute(trx);
    for (const probe of rows) {
      // Its turns that are stored, and the call that may have been on the wire.
      await settleSpending(trx, probe, billOf(probe.partial?.turns ?? [], probe.counted_turns, undefined));
    }
  });
  await sql`
    WITH gone AS (
      DELETE FROM reservations r USING scorings s WHERE s.id = r.scoring_id AND s.status <> 'OPEN'
      RETURNING r.run_id, r.turns, r.created_at, coalesce(s.config #>> '{judge,modelId}', s.config #>> '{judge,0,modelId}', '') AS model_id)
    INSERT INTO spendings (run_id, model_id, judge, unpriced, at_most)
    SELECT run_id, model_id, true, true, ${dearestUnheard('gone')} FROM gone`.execute(db);
}
