/** What a run has come to, from its rows and its stored statistics. */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '../clock.js';
import type { Db } from '../database/connect.js';
import type { Complete } from '../documents/documents.js';
import { ANALYSIS_TYPE, isAnalysisDue } from '../runs/analyses.js';
import { isScoringDue } from '../runs/scorings.js';
import { resultText } from '../view/result-text.js';
import type { Screen } from '../view/screen.js';
import { overviewOf } from './overview.js';

// The analysis follows the end of its run by moments.
const WAIT_MILLISECONDS = 30_000;
const POLL_MILLISECONDS = 200;

/** The same, where another process may just be making the scores and the statistics: they are waited for. */
export async function awaitedResult(db: Db, runId: string, screen: Screen): Promise<string> {
  const until = monotonic() + WAIT_MILLISECONDS;
  while (monotonic() < until && ((await isScoringDue(db, runId)) || (await isAnalysisDue(db, runId)))) {
    await sleep(POLL_MILLISECONDS);
  }
  return resultOf(db, runId, screen);
}

export async function resultOf(db: Db, runId: string, screen: Screen): Promise<string> {
  return resultText(await overviewOf(db, runId), await analysisOf(db, runId), screen);
}

async function analysisOf(db: Db, runId: string): Promise<Complete | null> {
  const row = await db
    .selectFrom('analysis_results')
    .select('output')
    .where('run_id', '=', runId)
    .where('type', '=', ANALYSIS_TYPE)
    .where('status', '=', 'CURRENT')
    .orderBy('created_at', 'desc')
    .executeTakeFirst();
  return (row?.output as Complete | undefined) ?? null;
}
