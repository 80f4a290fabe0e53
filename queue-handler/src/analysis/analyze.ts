/** The analysis of a run that has ended: its transcripts through analyze_basic.py, the result beside the run. */
import { createHash, type Hash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import { getLogger } from '../log.js';
import { redactValue } from '../redaction.js';
import { jobOfRun } from './job.js';
import { type Result, runAnalysis } from './worker.js';

export const ANALYSIS_TYPE = 'basic';

const logger = getLogger('analysis');

/** Analyse a run and store the result; a failure is stored as such and leaves the run as it is. */
export async function analyzeRun(db: Db, runId: string): Promise<void> {
  const hash = createHash('sha256');
  const ended = await endOf(db, runId);
  if (ended === null) {
    sayItGoesOn(runId);
    return;
  }
  const result = await runAnalysis(hashed(jobOfRun(db, runId), hash), { ids: { runId } });
  if ('error' in result) {
    logger.error({ runId, ...result }, 'the analysis failed; the run keeps its status');
  }
  await store(db, { runId, ended, inputHash: hash.digest('hex'), result });
}

/** When the run ended: another time where it was asked more meanwhile, and null while that goes on. */
async function endOf(db: Db, runId: string): Promise<string | null> {
  const { rows } = await sql<{ ended: string | null }>`
    SELECT completed_at::text AS ended FROM runs WHERE id = ${runId} FOR UPDATE`.execute(db);
  return rows[0]?.ended ?? null;
}

/** An analysis would say nothing of what is asked now; the run's next end has one of its own. */
function sayItGoesOn(runId: string): void {
  logger.info({ runId }, 'the run goes on, and its analysis is made when it ends again');
}

async function* hashed(pieces: AsyncIterable<string>, hash: Hash): AsyncGenerator<string> {
  for await (const text of pieces) {
    hash.update(text);
    yield text;
  }
}

async function store(
  db: Db,
  { runId, ended, inputHash, result }: { runId: string; ended: string; inputHash: string; result: Result },
): Promise<void> {
  const analysis = 'analysis' in result ? result.analysis : null;
  await db.transaction().execute(async (trx) => {
    if ((await endOf(trx, runId)) !== ended) {
      sayItGoesOn(runId);
      return;
    }
    if (analysis !== null) {
      await trx
        .updateTable('analysis_results')
        .set({ status: 'SUPERSEDED' })
        .where('run_id', '=', runId)
        .where('type', '=', ANALYSIS_TYPE)
        .where('status', '=', 'CURRENT')
        .execute();
    }
    await trx
      .insertInto('analysis_results')
      .values({
        run_id: runId,
        type: ANALYSIS_TYPE,
        input_hash: inputHash,
        code_version: analysis?.codeVersion ?? null,
        output: JSON.stringify(redactValue(analysis ?? result)),
        status: analysis === null ? 'FAILED' : 'CURRENT',
      })
      .execute();
  });
}
