/**
 * The scores of a run: made by score.py from some answers at a time, stored as they come, and counted all at once when every
 * answer has one. A handler that is killed meanwhile leaves what is stored, and the next handler goes on behind it.
 */
import { sql } from 'kysely';
import type { Database } from '../database/connect.js';
import { persist } from '../database/persist.js';
import type { FailedVerdict, PaidVerdict } from '../documents/documents.js';
import { judgesOf } from '../documents/judges.js';
import { getLogger } from '../log.js';
import type { AttemptError } from '../model.js';
import { addVain, type Vain } from '../money/account.js';
import { paidInVain } from '../money/bill.js';
import {
  boundedJudges,
  dearestOfVerdict,
  type Granted,
  reserveVerdicts,
  settleLostVerdicts,
  settleVerdicts,
} from '../money/judge.js';
import { renewOrder, type ScoringOrder } from '../pgboss.js';
import { redactValue } from '../redaction.js';
import { analyseEnded } from '../runs/analyses.js';
import { carryOver, failScoring } from '../runs/scorings.js';
import type { Settings } from '../settings.js';
import { type Judging, LeftError, ScorerError, score } from '../workers/scorer.js';
import { reportOf } from './report.js';
import { makeCurrent, noteError, type OpenScoring, openScoringById, storeScores } from './rows.js';
import { answersOf, type Listed, unscored } from './transcripts.js';
import { keepVerdict, verdictsOf } from './verdicts.js';

// Answers for one process of the worker: many for the parser, which reads thousands in a second; with a judge as many as
// give so many questions, each of which comes back with its answer.
export const PARSED_AT_ONCE = 5_000;
const QUESTIONS_AT_ONCE = 200;
const MOST_QUESTIONS_IN_FLIGHT = 20;
const TRIES = 5;
// Of the heartbeat, after which an order goes to another handler.
const WORD = 1 / 4;

// A handler that ends is not held up by it: nothing is waited for when its time is over.
const PATIENT = { interrupted: new AbortController().signal, leaving: new AbortController().signal };

// No judge, no question.
const NOTHING_ASKED: Granted = { answers: PARSED_AT_ONCE, reservation: null, reserved: 0, usd: 0 };

type Vainly = Pick<FailedVerdict, 'scenarioId' | 'modelId' | 'error'>;

const logger = getLogger('scoring');

/** Do what is ordered. What cannot be done now stays open, and is ordered anew when it is due. */
export async function scoreRun(
  database: Database,
  order: ScoringOrder,
  settings: Settings,
  ending: AbortSignal,
): Promise<void> {
  const scoring = await openScoringById(database.db, order.scoringId);
  if (scoring === null) {
    return;
  }
  const work = new Work(database, order, settings, ending);
  try {
    await work.do(scoring);
  } catch (error) {
    if (!(error instanceof LeftError)) {
      throw error;
    }
    logger.info({ runId: scoring.runId }, 'the scoring is left, and goes on where it is');
  }
}

class Work {
  readonly #database: Database;
  readonly #order: ScoringOrder;
  readonly #settings: Settings;
  readonly #ending: AbortSignal;
  /** Whether this try has brought anything that the one before it had not. */
  #progress = false;
  /** Of the answers that are scored just now: whether everything that judges were paid in vain is on the account. */
  #isAccounted = false;

  constructor(database: Database, order: ScoringOrder, settings: Settings, ending: AbortSignal) {
    this.#database = database;
    this.#order = order;
    this.#settings = settings;
    this.#ending = ending;
  }

  async do(scoring: OpenScoring): Promise<void> {
    try {
      await this.#scoreAll(scoring);
    } catch (error) {
      if (!(error instanceof ScorerError)) {
        throw error;
      }
      if (await this.#isRetried(scoring, error.failure)) {
        return;
      }
      if (scoring.config.judge == null) {
        await this.#fail(scoring, error.failure);
        return;
      }
      // What the parser has settled counts all the same.
      const { failure } = error;
      logger.error({ runId: scoring.runId, code: failure.code }, `the judge gives no verdicts: ${failure.message}`);
      await noteError(this.#database.db, scoring, failure);
      await this.do({ ...scoring, config: { ...scoring.config, judge: null } });
    }
  }

  async #scoreAll(scoring: OpenScoring): Promise<void> {
    const { db, boss } = this.#database;
    const judges = judgesOf(scoring.config.judge);
    const questions = judges.reduce((sum, { samples }) => sum + (samples ?? 1), 0);
    const atOnce = questions === 0 ? PARSED_AT_ONCE : Math.max(1, Math.floor(QUESTIONS_AT_ONCE / questions));
    const judge = judges[0]?.modelId ?? '';
    await settleLostVerdicts(db, scoring.id, judge);
    for await (const transcripts of unscored(db, scoring.runId, scoring.id, atOnce)) {
      for (let rest = transcripts; rest.length > 0; ) {
        const granted = judges.length === 0 ? NOTHING_ASKED : await this.#granted(scoring, rest);
        const some = rest.slice(0, granted.answers);
        rest = rest.slice(granted.answers);
        this.#isAccounted = true;
        try {
          await this.#scoreSome(granted.reservation === null ? scoring : bounded(scoring), some, granted.reservation);
        } finally {
          await persist(() => this.#settle(scoring, granted.reservation, judge), PATIENT);
        }
      }
    }
    await carryOver(db, scoring.id);
    const report = await reportOf(db, scoring, this.#ending);
    const done = await db.transaction().execute(async (trx) => {
      const isDone = await makeCurrent(trx, scoring, report);
      if (isDone) {
        await analyseEnded(trx, boss, scoring.runId);
      }
      return isDone;
    });
    if (done) {
      logger.info({ runId: scoring.runId }, 'the answers are scored');
    }
  }

  /** What judges were asked in vain is on the account; or nobody knows what that was. */
  async #settle({ runId }: OpenScoring, reservation: string | null, judge: string): Promise<void> {
    const { db } = this.#database;
    // A handler that ends closes its database, and waits for nothing here.
    if (reservation === null && !this.#isAccounted && !this.#ending.aborted) {
      await addVain(db, runId, [{ modelId: judge, usd: 0, unpriced: true, atMost: 0 }]);
    }
    await settleVerdicts(db, reservation, this.#isAccounted, judge);
  }

  /** Room for the judges' questions about some of these answers. @throws ScorerError where there is none. */
  async #granted(scoring: OpenScoring, transcripts: Listed[]): Promise<Granted> {
    const ids = transcripts.map(({ id }) => id);
    const granted = await reserveVerdicts(this.#database.db, scoring, ids, this.#settings.budgetUsd);
    if (granted.answers === 0) {
      const lacks = judgesOf(scoring.config.judge).find(({ modelCost }) => modelCost == null);
      const message =
        lacks === undefined
          ? `no more questions fit under the bound of ${granted.usd} dollars; see: budget, and then: score`
          : `the judge ${lacks.modelId} has no price, without which nothing is asked under a bound; give it modelCost`;
      // What is under way may cost less than is reserved for it.
      const retryable = granted.reserved > 0 && lacks === undefined;
      throw new ScorerError({ code: 'QUOTA_EXCEEDED', message, retryable, details: null }, [], []);
    }
    return granted;
  }

  get #concurrency(): number {
    return Math.min(MOST_QUESTIONS_IN_FLIGHT, this.#settings.providerConcurrency);
  }

  async #scoreSome(scoring: OpenScoring, transcripts: Listed[], reservation: string | null): Promise<void> {
    const { db } = this.#database;
    const judges = judgesOf(scoring.config.judge);
    const job = {
      ...scoring,
      verdicts: await verdictsOf(
        db,
        judges,
        transcripts.map(({ id }) => id),
      ),
      transcripts: answersOf(db, transcripts),
    };
    try {
      this.#isAccounted = judges.length === 0;
      const { scores } = await score(job, this.#ending, judges.length === 0 ? null : this.#judging());
      const failed = scores.flatMap(({ id, verdicts = [] }) =>
        verdicts.flatMap(({ modelId, error }) =>
          error === undefined ? [] : [{ scenarioId: id as string, modelId, error }],
        ),
      );
      await this.#account(scoring, failed, reservation !== null);
      if (!(await storeScores(db, scoring, scores))) {
        throw new LeftError();
      }
      this.#progress = true;
      logger.debug({ runId: scoring.runId, answers: scores.length }, 'scores stored');
    } catch (error) {
      if (error instanceof ScorerError || error instanceof LeftError) {
        // Those that could not be put in safety while the worker waited for it.
        for (const verdict of error.verdicts) {
          await this.#keep(verdict);
        }
        await this.#account(scoring, error.failed, reservation !== null);
      }
      throw error;
    }
  }

  /**
   * What was paid for questions that brought no verdict.
   *
   * @param failed null where nobody says which were put.
   */
  async #account(scoring: OpenScoring, failed: Vainly[] | null, isBounded: boolean): Promise<void> {
    if (failed === null || this.#isAccounted) {
      return;
    }
    const { db } = this.#database;
    const vain: Vain[] = [];
    for (const { scenarioId: transcript, modelId, error } of failed) {
      const { usd, unpriced } = paidInVain(error);
      if (unpriced || usd > 0) {
        const atMost = unpriced && isBounded ? await dearestOfVerdict(db, scoring.config, transcript, modelId) : 0;
        vain.push({ modelId, usd, unpriced, atMost });
      }
    }
    if (vain.length > 0) {
      await persist(() => addVain(db, scoring.runId, vain), PATIENT);
    }
    this.#isAccounted = true;
  }

  #judging(): Judging {
    return {
      keep: async (verdict) => {
        await this.#keep(verdict);
        await this.#assure();
      },
      assure: () => this.#assure(),
      leaseSeconds: this.#settings.heartbeatSeconds * WORD,
      concurrency: this.#concurrency,
    };
  }

  /** Paid for, so it is stored, whichever handler has the order by now. */
  async #keep(verdict: PaidVerdict): Promise<void> {
    const isNew = await persist(() => keepVerdict(this.#database.db, verdict), PATIENT);
    this.#progress ||= isNew;
  }

  /** @throws LeftError where the order is in other hands, or withdrawn: nothing more is to be asked. */
  async #assure(): Promise<void> {
    const { db } = this.#database;
    const { scoringId, ticket } = this.#order;
    const goesOn = !this.#ending.aborted && (await renewOrder(db, ticket));
    if (!goesOn || (await openScoringById(db, scoringId)) === null) {
      throw new LeftError();
    }
  }

  /** Whether a failure is one that a later try may mend; then it is due later. */
  async #isRetried({ id }: OpenScoring, error: AttemptError): Promise<boolean> {
    if (!error.retryable) {
      return false;
    }
    const { retryDelaySeconds: first, retryDelayMaxSeconds: most } = this.#settings;
    const { rows } = await sql<{ failures: number }>`
      UPDATE scorings SET failures = CASE WHEN ${this.#progress} THEN 0 ELSE failures + 1 END,
        error = ${JSON.stringify(redactValue(error))}::jsonb,
        not_before = now() + make_interval(secs => coalesce(${error.retryAfterSeconds ?? null}::float8,
          least(${most}::float8, ${first}::float8 * 2 ^ failures)))
      WHERE id = ${id} AND status = 'OPEN' AND (${this.#progress} OR failures < ${TRIES - 1})
      RETURNING failures`.execute(this.#database.db);
    return rows.length > 0;
  }

  async #fail({ id }: OpenScoring, error: AttemptError): Promise<void> {
    const { db, boss } = this.#database;
    await db.transaction().execute((trx) => failScoring(trx, boss, id, error));
  }
}

function bounded(scoring: OpenScoring): OpenScoring {
  const { judge } = scoring.config;
  return judge == null ? scoring : { ...scoring, config: { ...scoring.config, judge: boundedJudges(judge) } };
}
