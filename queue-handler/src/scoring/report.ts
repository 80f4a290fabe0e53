/** What the judge of a scoring did, and how far it and the parser agree with the people who looked. */
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import type { JudgeReport, Override, ScoreAgreement, Verdict } from '../documents/documents.js';
import { judgesOf } from '../documents/judges.js';
import { getLogger } from '../log.js';
import { type Judging, LeftError, ScorerError, score } from '../workers/scorer.js';
import type { OpenScoring } from './rows.js';
import { answersOf, listed } from './transcripts.js';
import { verdictsOf } from './verdicts.js';

export interface Report {
  agreement?: ScoreAgreement | undefined;
  judge?: JudgeReport | undefined;
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

/** @throws LeftError once `ending` comes. */
export async function reportOf(db: Db, scoring: OpenScoring, ending: AbortSignal): Promise<Report> {
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
  const judged = await judgedOf(db, scoring);
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

/** The answers that a judge was asked about, and of which every verdict is there; those that people scored come first. */
async function judgedOf(db: Db, { id, config }: OpenScoring): Promise<string[]> {
  const judges = judgesOf(config.judge);
  if (judges.length === 0) {
    return [];
  }
  const wanted = judges.reduce((sum, { samples }) => sum + (samples ?? 1), 0);
  const { rows } = await sql<{ transcript_id: string; verdicts: Verdict[] }>`
    SELECT s.transcript_id, s.details -> 'verdicts' AS verdicts FROM scores s
    WHERE s.scoring_id = ${id} AND s.class <> 'manual' AND s.details ? 'verdicts'
    ORDER BY EXISTS (SELECT 1 FROM scores p WHERE p.scoring_id = ${id} AND p.transcript_id = s.transcript_id
      AND p.class = 'manual' AND p.status <> 'SUPERSEDED') DESC, s.transcript_id
    LIMIT ${MOST_ANSWERS}`.execute(db);
  return rows
    .filter(({ verdicts }) => verdicts.filter(({ kind }) => kind !== 'failed').length === wanted)
    .map((row) => row.transcript_id);
}
