/** How far the answers of a run are scored, and what they came to, counted from its rows. */
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import type { AttemptError, ScoringStatus } from '../model.js';
import type { Report } from './report.js';

export interface ModelScores {
  /** With a score, or an option: read by the parser, or said by a judge or a person. */
  scored: number;
  ambiguous: number;
  refused: number;
  none: number;
  /** Answers that have not been looked at. */
  unscored: number;
}

export interface RunScores {
  status: ScoringStatus;
  /** Answers that the scoring under way has read; null where none is under way. */
  made: number | null;
  /** Versions of the scorer that read the answers. */
  scorerVersions: string[];
  models: Record<string, ModelScores>;
  error: Pick<AttemptError, 'code' | 'message'> | null;
  report: Report | null;
}

/** Null where the run has no scale, or has not come so far. */
export async function scoresOf(db: Db, runId: string): Promise<RunScores | null> {
  const scorings = await db
    .selectFrom('scorings')
    .select(['id', 'status', 'error', 'report'])
    .where('run_id', '=', runId)
    .orderBy('created_at', 'desc')
    .execute();
  const [last] = scorings;
  if (last === undefined) {
    return null;
  }
  // While a run is scored anew, what it had goes on to count.
  const current = scorings.find(({ status }) => status === 'CURRENT');
  const shown = current ?? last;
  const { rows } = await sql<{ model_id: string; version: string | null; class: string | null; answers: number }>`
    SELECT t.model_id, x.scorer_version AS version, CASE
        WHEN x.class IN ('exact', 'marked', 'judged', 'manual') AND coalesce(x.score::text, x.label) IS NULL THEN 'none'
        WHEN x.class IN ('exact', 'marked', 'judged', 'manual') THEN 'scored' ELSE x.class END AS class,
      count(*)::int AS answers
    FROM transcripts t LEFT JOIN scores x ON x.transcript_id = t.id AND x.scoring_id = ${shown.id}
      AND (x.status = 'CURRENT' OR ${current === undefined} AND x.class <> 'manual')
    WHERE t.run_id = ${runId} AND t.superseded_at IS NULL GROUP BY 1, 2, 3`.execute(db);
  const models: Record<string, ModelScores> = {};
  for (const row of rows) {
    models[row.model_id] ??= { scored: 0, ambiguous: 0, refused: 0, none: 0, unscored: 0 };
    const model = models[row.model_id] as ModelScores;
    model[PLACES[row.class ?? ''] ?? 'unscored'] += row.answers;
  }
  const { status, error } = last;
  return {
    status,
    made: status === 'OPEN' ? await readIn(db, last.id) : null,
    scorerVersions: [...new Set(rows.flatMap(({ version }) => version ?? []))].sort(),
    models,
    error: error === null ? null : { code: error.code, message: error.message },
    report: (current?.report as Report | null | undefined) ?? null,
  };
}

/** How many answers have their score in a scoring. */
async function readIn(db: Db, scoringId: string): Promise<number> {
  const { rows } = await sql<{ answers: number }>`
    SELECT count(*)::int AS answers FROM scores s JOIN transcripts t ON t.id = s.transcript_id
    WHERE s.scoring_id = ${scoringId} AND s.class <> 'manual' AND t.superseded_at IS NULL`.execute(db);
  return rows[0]?.answers ?? 0;
}

const PLACES: Record<string, keyof ModelScores> = {
  scored: 'scored',
  ambiguous: 'ambiguous',
  refusal: 'refused',
  none: 'none',
};
