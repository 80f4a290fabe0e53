/** What a run has come to, from its rows and its stored statistics. */
import { ANALYSIS_TYPE } from '../analysis/analyze.js';
import type { Db } from '../database/connect.js';
import type { Complete } from '../documents/documents.js';
import { resultText } from '../view/result-text.js';
import type { Screen } from '../view/screen.js';
import { overviewOf } from './overview.js';

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
