/** What judges may cost at most, reserved before they are asked about some answers. */
import { randomUUID } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../database/connect.js';
import type { Judge } from '../documents/documents.js';
import { judgesOf } from '../documents/judges.js';
import { probeDefault } from '../documents/schemas.js';
import type { ScoreJudges, ScoringConfig } from '../model.js';
import { fits, lockBounds } from './budget.js';
import { dearestQuestion, sum, tokensAtMost } from './dearest.js';

// The request around the labels and the answer (workers/common/scoring/verdicts.py), in bytes.
const AROUND_AN_ANSWER = 1_000;

export interface Judged {
  id: string;
  runId: string;
  config: ScoringConfig;
}

/** Room for the questions about some answers. */
export interface Granted {
  /** About so many of them, from the first on. */
  answers: number;
  /** By which it is settled; null where nothing bounds the run. */
  reservation: string | null;
  /** What is under way, and may leave some of what is reserved for it. */
  reserved: number;
  usd: number;
}

/**
 * Reserve for the questions about as many of these answers as fit.
 *
 * @param ownDayUsd what the handler that asks may spend a day; null where it has no bound.
 */
export async function reserveVerdicts(
  db: Db,
  { id, runId, config }: Judged,
  transcripts: string[],
  ownDayUsd: number | null,
): Promise<Granted> {
  return db.transaction().execute(async (trx) => {
    const bounds = await lockBounds(trx, [runId], ownDayUsd);
    const [tightest] = bounds.toSorted((one, other) => left(one) - left(other));
    if (tightest === undefined) {
      return { answers: transcripts.length, reservation: null, reserved: 0, usd: 0 };
    }
    const { rows } = await sql<{ id: string; bytes: number }>`
      SELECT id, octet_length(content::text)::int AS bytes FROM transcripts WHERE id = ANY(${transcripts}::uuid[])`.execute(
      trx,
    );
    const bytes = new Map(rows.map((row) => [row.id, row.bytes]));
    const questions: number[] = [];
    let answers = 0;
    for (const transcript of transcripts) {
      const asked = dearestQuestions(config.scale, judgesOf(config.judge), bytes.get(transcript) ?? 0);
      if (asked === null || !bounds.every((bound) => fits(bound, sum([...questions, ...asked])))) {
        break;
      }
      questions.push(...asked);
      answers += 1;
    }
    const reservation = answers === 0 ? null : randomUUID();
    if (reservation !== null) {
      await sql`
        INSERT INTO reservations (ticket_id, retry_count, run_id, scoring_id, usd, turns)
        VALUES (${reservation}, 0, ${runId}, ${id}, ${sum(questions)}::numeric, ${questions}::numeric[])`.execute(trx);
    }
    return { answers, reservation, reserved: tightest.reserved, usd: tightest.usd };
  });
}

/**
 * What the questions of a reservation cost is among the spendings; or each that has brought no verdict may have been billed,
 * where the worker was ended before it said so.
 */
export async function settleVerdicts(
  db: Db,
  reservation: string | null,
  isWhole: boolean,
  judge: string,
): Promise<void> {
  if (reservation !== null) {
    await settle(db, sql`ticket_id = ${reservation}`, isWhole, judge);
  }
}

/** What is left of handlers that were lost while they scored. */
export async function settleLostVerdicts(db: Db, scoringId: string, judge: string): Promise<void> {
  await settle(db, sql`scoring_id = ${scoringId}`, false, judge);
}

async function settle(db: Db, which: ReturnType<typeof sql>, isWhole: boolean, judge: string): Promise<void> {
  await sql`
    WITH gone AS (DELETE FROM reservations WHERE ${which} RETURNING run_id, turns, created_at)
    INSERT INTO spendings (run_id, model_id, judge, unpriced, at_most)
    SELECT run_id, ${judge}, true, true, ${dearestUnheard('gone')} FROM gone WHERE NOT ${isWhole}`.execute(db);
}

/**
 * SQL: what the questions of a judges' reservation, by its alias, may have cost that have no verdict. Which these are is not written
 * down, but how many: the dearest.
 */
export function dearestUnheard(reservation: string): RawBuilder<string> {
  const of = (column: string) => sql.ref(`${reservation}.${column}`);
  return sql<string>`(SELECT coalesce(sum(question), 0) FROM (
    SELECT question FROM unnest(${of('turns')}) AS question ORDER BY question DESC
    LIMIT greatest(0, cardinality(${of('turns')}) - (
      SELECT count(*) FROM verdicts v JOIN transcripts t ON t.id = v.transcript_id
      WHERE t.run_id = ${of('run_id')} AND v.created_at >= ${of('created_at')}))) open)`;
}

/** What one question of a judge about an answer may have cost at most, of a run under a bound. */
export async function dearestOfVerdict(
  db: Db,
  { scale, judge }: ScoringConfig,
  transcriptId: string,
  modelId: string,
): Promise<number> {
  const row = await db
    .selectFrom('transcripts')
    .select(sql<number>`octet_length(content::text)::int`.as('bytes'))
    .where('id', '=', transcriptId)
    .executeTakeFirst();
  const asked = judgesOf(judge).filter((one) => one.modelId === modelId);
  const questions = dearestQuestions(scale, asked, row?.bytes ?? 0) ?? [];
  return Math.max(0, ...questions);
}

/** The judges of a run as they are asked under a bound: a verdict in parts is none. */
export function boundedJudges(judge: ScoreJudges): Judge[] {
  return judgesOf(judge).map((one) => ({ ...one, config: { ...one.config, maxContinuations: 0 } }));
}

/** Dollars of each question about one answer; null where there is no bound. */
function dearestQuestions(scale: ScoringConfig['scale'], judges: Judge[], answerBytes: number): number[] | null {
  const found: number[] = [];
  for (const { instructions, samples, config, modelConfig, modelCost } of judges) {
    const own = modelConfig?.maxTokens;
    if (modelCost == null || own === null) {
      return null;
    }
    const input = tokensAtMost(instructions + JSON.stringify(scale)) + answerBytes + AROUND_AN_ANSWER;
    const longest = own ?? config?.maxTokens ?? probeDefault('maxTokens');
    const usd = dearestQuestion(modelCost, input, longest, modelConfig?.serviceTier !== 'default');
    found.push(...Array<number>(samples ?? 1).fill(usd));
  }
  return found;
}

function left({ usd, spent, reserved }: { usd: number; spent: number; reserved: number }): number {
  return usd - spent - reserved;
}
