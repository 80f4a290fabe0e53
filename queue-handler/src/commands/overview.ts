/** All that is known of a run at one moment, from the folders that each know a part of it. */
import type { Db } from '../database/connect.js';
import { failuresOf } from '../runs/failures.js';
import { progressOf } from '../runs/progress.js';
import { spentOf } from '../runs/spend.js';
import { scoresOf } from '../scoring/status.js';
import { type RunView, withScores } from '../view/run-text.js';

export async function overviewOf(db: Db, runId: string): Promise<RunView> {
  const progress = await progressOf(db, runId);
  const hasFailed = progress.models.some(({ failed }) => Object.keys(failed).length > 0);
  const failures = hasFailed ? await failuresOf(db, runId) : [];
  return withScores({ ...progress, failures, spend: await spentOf(db, runId) }, await scoresOf(db, runId));
}
