/**
 * When a run is analysed. Whoever ends it, or its scoring, orders the analysis in the same transaction. What is lost all the
 * same, or what nobody could order, is found here by its rows.
 */
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database, Db } from '../database/connect.js';
import type { Tables } from '../database/schema.js';
import { getLogger } from '../log.js';
import type { AttemptError } from '../model.js';
import { areAnalysesOrdered, isAnalysisOrdered, lostAnalyses, orderAnalysis } from '../pgboss.js';
import { isWhole } from './unchanged.js';

type Trx = Transaction<Tables>;
type Boss = Database['boss'];

export const ANALYSIS_TYPE = 'basic';

// Each is tried several times by the queue.
const ORDERS = 3;
// At one look; of more, the rest at the next.
const RUNS_AT_ONCE = 50;

const LOST: AttemptError = {
  code: 'UNKNOWN',
  message: 'no handler could make the analysis: each was lost, or its database did not take it',
  retryable: true,
  details: null,
};

const logger = getLogger('analysis');

/**
 * SQL: whether a run, by its alias, has come to what can be analysed: it has completed, or it was cancelled with answers, and
 * none is under way any more.
 */
function hasCome(run: string): RawBuilder<boolean> {
  const [id, status] = [sql.ref(`${run}.id`), sql.ref(`${run}.status`)];
  return sql<boolean>`(${status} = 'COMPLETED' OR ${status} = 'CANCELLED'
    AND EXISTS (SELECT 1 FROM transcripts t WHERE t.run_id = ${id} AND t.superseded_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM probe_results p WHERE p.run_id = ${id} AND p.status IN ('PENDING', 'QUEUED')))`;
}

/**
 * SQL: whether a run, by its alias, could have an analysis, and has none, and no scoring is open that brings one. What is being
 * deleted could not.
 */
function lacksAnalysis(run: string): RawBuilder<boolean> {
  const id = sql.ref(`${run}.id`);
  return sql<boolean>`(NOT EXISTS (SELECT 1 FROM analysis_results a
      WHERE a.run_id = ${id} AND a.type = ${ANALYSIS_TYPE} AND a.status IN ('CURRENT', 'FAILED'))
    AND NOT EXISTS (SELECT 1 FROM scorings s WHERE s.run_id = ${id} AND s.status = 'OPEN')
    AND ${hasCome(run)} AND ${isWhole(run)})`;
}

/** Order the analysis of a run that has ended, now that its answers, or its scores, are as they will be. */
export async function analyseEnded(trx: Trx, boss: Boss, runId: string): Promise<void> {
  const { rows } = await sql`SELECT id FROM runs r WHERE id = ${runId} AND ${hasCome('r')}`.execute(trx);
  if (rows.length > 0) {
    await orderAnalysis(boss, trx, runId);
  }
}

/** Whether the run, or any run, is being analysed, or is to be. */
export async function isAnalysisDue(db: Db, runId: string | null = null): Promise<boolean> {
  if (await areAnalysesOrdered(db, runId)) {
    return true;
  }
  const { rows } = await sql`
    SELECT id FROM runs r WHERE (${runId}::uuid IS NULL OR id = ${runId}::uuid) AND ${lacksAnalysis('r')} LIMIT 1`.execute(
    db,
  );
  return rows.length > 0;
}

/** Order what is due and not ordered. One whose orders were all lost has failed. */
export async function queueAnalyses({ db, boss }: Database): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM runs r WHERE ${lacksAnalysis('r')} AND NOT ${isAnalysisOrdered('r')} LIMIT ${RUNS_AT_ONCE}`.execute(
    db,
  );
  for (const { id } of rows) {
    await db.transaction().execute((trx) => queueAnalysis(trx, boss, id));
  }
}

async function queueAnalysis(trx: Trx, boss: Boss, runId: string): Promise<void> {
  await sql`SELECT id FROM runs WHERE id = ${runId} FOR NO KEY UPDATE`.execute(trx);
  // Once more, now that the run is locked: another handler may have been the quicker one.
  const { rows } = await sql<{ lost: number }>`
    SELECT ${lostAnalyses('r')} AS lost FROM runs r
    WHERE id = ${runId} AND ${lacksAnalysis('r')} AND NOT ${isAnalysisOrdered('r')}`.execute(trx);
  const [found] = rows;
  if (found === undefined) {
    return;
  }
  if (found.lost < ORDERS) {
    logger.info({ runId }, 'the run has no analysis, and it is ordered');
    await orderAnalysis(boss, trx, runId);
    return;
  }
  logger.error({ runId }, `the run is not analysed: ${LOST.message}`);
  await trx
    .insertInto('analysis_results')
    .values({
      run_id: runId,
      type: ANALYSIS_TYPE,
      // Nothing was read.
      input_hash: '',
      output: JSON.stringify({ error: LOST }),
      status: 'FAILED',
    })
    .execute();
}
