/** What the judge of a scoring did, and how far it and the parser agree with the people who looked. */
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import type { JudgeReport, Override, ScoreAgreement } from '../documents/documents.js';
import { judgesOf } from '../documents/judges.js';
import { getLogger } from '../log.js';
import { type Judging, LeftError, ScorerError, score } from '../workers/scorer.js';
import type { OpenScoring } from './rows.js';
import { answersOf, listed } from './transcripts.js';
import { verdictsOf } from './verdicts.js';

export interface Report {
  agreement?: ScoreAgreement | undefined;
  /** Of the answers that were looked at; of many that were judged these are some. */
  judge?: JudgeReport | undefined;
  /** Answers that a judge gave verdicts on, altogether. A report of an earlier version does not know. */
  judged?: number | undefined;
}

// Each is in the worker's memory with its answer and all its verdicts at once.
const MOST_ANSWERS = 2_000;

/** For answers whose verdicts are all there. What might be missing all the same is not asked for. */
const ASK_NOTHING: Judging = {
  keep: () => Promise.reject(new LeftError()),
  assure: () => Promise.reject(new LeftError()),
  leaseSeconds: 1,
  concurrency: 1,
};

const logger = getLogger('scoring');

/**
 * @param most judged answers to be looked at.
 * @throws LeftError once `ending` comes.
 */
export async function reportOf(
  db: Db,
  scoring: OpenScoring,
  ending: AbortSignal,
  most = MOST_ANSWERS,
): Promise<Report> {
  const overrides = await overridesOf(db, scoring.id);
  const report: Report = {};
  if (overrides.length > 0) {
    const transcripts = await listed(
      db,
      overrides.map(({ id }) => id),
    );
    const job = { ...scoring, overrides, transcripts: answersOf(db, transcripts) };
    report.agreement = (await score(job, ending, null)).agreement;
  }
  const { judged, altogether } = await judgedOf(db, scoring, most);
  if (judged.length > 0) {
    const job = {
      ...scoring,
      verdicts: await verdictsOf(db, judgesOf(scoring.config.judge), judged),
      overrides: overrides.filter(({ id }) => judged.includes(id)),
      transcripts: answersOf(db, await listed(db, judged)),
    };
    try {
      const { agreement, judge } = await score(job, ending, ASK_NOTHING);
      report.judge = judge;
      report.judged = altogether;
      if (report.agreement !== undefined && agreement?.judge !== undefined) {
        report.agreement.judge = agreement.judge;
      }
    } catch (error) {
      if (!(error instanceof ScorerError)) {
        throw error;
      }
      logger.warn({ runId: scoring.runId, err: error }, 'how far the judges agree is not known');
    }
  }
  return report;
}

/** What people have said in a scoring, in the form in which the worker takes it. */
async function overridesOf(db: Db, scoringId: string): Promise<Override[]> {
  const rows = await db
    .selectFrom('scores')
    .select(['transcript_id', 'score', 'label', 'reason', 'who'])
    .where('scoring_id', '=', scoringId)
    .where('class', '=', 'manual')
    .where('status', '!=', 'SUPERSEDED')
    .orderBy('transcript_id')
    .execute();
  return rows.map((row) => ({
    id: row.transcript_id,
    score: row.score,
    ...(row.score === null && row.label !== null && { label: row.label }),
    reason: row.reason ?? '',
    who: row.who ?? '',
  }));
}

interface JudgedAnswers {
  /** Those that are looked at: as many as may be, and those that people scored first. */
  judged: string[];
  altogether: number;
}

/** The answers that a judge was asked about, and of which every verdict is there. */
async function judgedOf(db: Db, { id, config }: OpenScoring, most: number): Promise<JudgedAnswers> {
  const judges = judgesOf(config.judge);
  if (judges.length === 0) {
    return { judged: [], altogether: 0 };
  }
  const wanted = judges.reduce((sum, { samples }) => sum + (samples ?? 1), 0);
  const { rows } = await sql<{ transcript_id: string; altogether: number }>`
    SELECT s.transcript_id, count(*) OVER ()::int AS altogether FROM scores s
    WHERE s.scoring_id = ${id} AND s.class <> 'manual' AND s.details ? 'verdicts' AND ${wanted} = (
      SELECT count(*) FROM jsonb_array_elements(s.details -> 'verdicts') v WHERE v ->> 'kind' <> 'failed')
    ORDER BY EXISTS (SELECT 1 FROM scores p WHERE p.scoring_id = ${id} AND p.transcript_id = s.transcript_id
      AND p.class = 'manual' AND p.status <> 'SUPERSEDED') DESC, s.transcript_id
    LIMIT ${most}`.execute(db);
  return { judged: rows.map((row) => row.transcript_id), altogether: rows[0]?.altogether ?? 0 };
}
