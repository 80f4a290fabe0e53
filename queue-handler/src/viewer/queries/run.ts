/** One run: how far it is, what was asked, what it cost. */
import { sql } from 'kysely';
import type { Db } from '../../database/schema.js';
import type { RunConfig, RunStatus, ScoringConfig } from '../../model.js';
import { ANALYSIS_TYPE } from '../../runs/analyses.js';
import { progressOf } from '../../runs/progress.js';
import { spentOf } from '../../runs/spend.js';
import { scoresOf } from '../../scoring/status.js';
import type { RunAnswer, RunScale } from '../api.js';
import { moment } from './moment.js';

/** What other questions need to know of a run as well. */
export interface Known {
  id: string;
  name: string;
  status: RunStatus;
  config: RunConfig;
  scale: RunScale | null;
  /** The scale onto which what a person says now is stored. */
  saidOn: RunScale | null;
  turn: string;
  /** It has scores, or they are being made, so that people can say what an answer comes to. */
  scored: boolean;
}

export async function runOf(db: Db, id: string, database: string): Promise<RunAnswer> {
  const { rows } = await sql<{
    config: RunConfig;
    name: string;
    version: string | null;
    created: string;
    started: string | null;
    completed: string | null;
    scenarios: number;
    analysed: boolean;
  }>`
    SELECT r.config, d.name, d.version, ${moment('r.created_at')} AS created, ${moment('r.started_at')} AS started,
      ${moment('r.completed_at')} AS completed,
      (SELECT count(*)::int FROM scenarios s WHERE s.definition_id = r.definition_id) AS scenarios,
      EXISTS (SELECT 1 FROM analysis_results a WHERE a.run_id = r.id AND a.type = ${ANALYSIS_TYPE}
        AND a.status IN ('CURRENT', 'FAILED')) AS analysed
    FROM runs r JOIN definitions d ON d.id = r.definition_id WHERE r.id = ${id}`.execute(db);
  const [run] = rows;
  if (run === undefined) {
    throw new Error(`the run ${id} has just been deleted`);
  }
  return {
    database,
    progress: await progressOf(db, id),
    scores: await scoresOf(db, id),
    config: run.config,
    definition: { name: run.name, version: run.version },
    createdAt: run.created,
    startedAt: run.started,
    completedAt: run.completed,
    scenarios: run.scenarios,
    spent: await spentOf(db, id),
    hasAnalysis: run.analysed,
  };
}

/** Null where there is no such run. */
export async function knownRun(db: Db, id: string): Promise<Known | null> {
  const { rows } = await sql<{
    id: string;
    name: string;
    status: RunStatus;
    config: RunConfig;
    scoring: ScoringConfig | null;
    next: ScoringConfig | null;
    open: boolean;
  }>`
    SELECT r.id, r.name, r.status, r.config,
      (SELECT c.config FROM scorings c WHERE c.run_id = r.id AND c.status = 'CURRENT') AS scoring,
      (SELECT c.config FROM scorings c WHERE c.run_id = r.id AND c.status = 'OPEN') AS next,
      EXISTS (SELECT 1 FROM scorings c WHERE c.run_id = r.id AND c.status IN ('OPEN', 'CURRENT')) AS open
    FROM runs r WHERE r.id = ${id}`.execute(db);
  const [run] = rows;
  if (run === undefined) {
    return null;
  }
  const { scoring, next, open, ...known } = run;
  const scale = scoring?.scale ?? run.config.scale ?? null;
  return {
    ...known,
    scale,
    saidOn: next?.scale ?? scale,
    turn: scoring?.turn ?? run.config.turn ?? 'first',
    scored: open,
  };
}
