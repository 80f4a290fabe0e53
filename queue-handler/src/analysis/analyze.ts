/** The analysis of a run that has ended: its transcripts through analyze_basic.py, the result beside the run. */
import { createHash, type Hash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import { getLogger } from '../log.js';
import { redactValue } from '../redaction.js';
import { ANALYSIS_TYPE } from '../runs/analyses.js';
import { ChangedError } from '../runs/unchanged.js';
import { jobOfRun } from './job.js';
import { type Result, runAnalysis } from './worker.js';

const logger = getLogger('analysis');

/**
 * Analyse a run and store the result; a failure is stored as such and leaves the run as it is. Where another handler has stored
 * one meanwhile, nobody knows which of the two has read the run as it is now, so this one is made anew.
 */
export async function analyzeRun(db: Db, runId: string): Promise<void> {
  while (!(await isAnalysed(db, runId))) {
    logger.info({ runId }, 'another analysis was stored meanwhile, and this one is made anew');
  }
}

/** @returns false where another one came in between. */
async function isAnalysed(db: Db, runId: string): Promise<boolean> {
  const hash = createHash('sha256');
  const ended = await endOf(db, runId);
  if (ended === null) {
    sayItGoesOn(runId);
    return true;
  }
  const others = await storedOf(db, runId);
  const result = await analysed(hashed(jobOfRun(db, runId), hash), runId);
  if (result === null) {
    return true;
  }
  if ('error' in result) {
    logger.error({ runId, ...result }, 'the analysis failed; the run keeps its status');
  }
  return store(db, { runId, ended, others, inputHash: hash.digest('hex'), result });
}

/** Null where the run changed while it was read: whoever extended it, or scored it anew, has it analysed after that. */
async function analysed(job: AsyncIterable<string>, runId: string): Promise<Result | null> {
  try {
    return await runAnalysis(job, { ids: { runId } });
  } catch (error) {
    if (!(error instanceof ChangedError)) {
      throw error;
    }
    logger.info({ runId }, `the analysis is made anew: ${error.message}`);
    return null;
  }
}

/** When the run ended: another time where it was asked more meanwhile, and null while that goes on. */
async function endOf(db: Db, runId: string): Promise<string | null> {
  const { rows } = await sql<{ ended: string | null }>`
    SELECT completed_at::text AS ended FROM runs WHERE id = ${runId} FOR UPDATE`.execute(db);
  return rows[0]?.ended ?? null;
}

/** How many analyses of a run have been stored, whatever they are worth by now. */
async function storedOf(db: Db, runId: string): Promise<number> {
  const { rows } = await sql<{ stored: number }>`
    SELECT count(*)::int AS stored FROM analysis_results WHERE run_id = ${runId} AND type = ${ANALYSIS_TYPE}`.execute(
    db,
  );
  return rows[0]?.stored ?? 0;
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

interface Made {
  runId: string;
  /** As they were before the run was read. */
  ended: string;
  others: number;
  inputHash: string;
  result: Result;
}

/** @returns false where another analysis was stored since the run was read. */
async function store(db: Db, { runId, ended, others, inputHash, result }: Made): Promise<boolean> {
  const analysis = 'analysis' in result ? result.analysis : null;
  return db.transaction().execute(async (trx) => {
    if ((await endOf(trx, runId)) !== ended) {
      sayItGoesOn(runId);
      return true;
    }
    // By a statement of its own, which sees what came while the lock was waited for.
    if ((await storedOf(trx, runId)) !== others) {
      return false;
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
    return true;
  });
}
