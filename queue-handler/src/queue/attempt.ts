/** One try of one probe: from a ticket in hand to its outcome in the database. */
import type { Partial, ProbeError } from '../database/schema.js';
import { getLogger, type Logger } from '../log.js';
import type { Outcome } from '../workers/outcome.js';
import type { WorkerPool } from '../workers/pool.js';
import type { PaidTurn } from '../workers/turns.js';
import type { Health } from './health.js';
import type { Limits } from './limits.js';
import { persist } from './persist.js';
import { jobOf, type Probe, type ProbeInput, requestsOf } from './probe.js';
import { LapsedError, notAsked, type Settler, type Ticket } from './settle.js';
import type { Spool } from './spool.js';

// A worker that dies is tried again twice, each time alone; one that writes nonsense once.
const CRASHES_ALLOWED = 2;
const NONSENSE_ALLOWED = 1;

export interface Means {
  settler: Settler;
  pool: WorkerPool;
  limits: Limits;
  spool: Spool;
  health: Health;
}

/** Hold the conversation that a ticket stands for, and store what came of it. Never throws. */
export async function attempt(ticket: Ticket, loaded: Probe, means: Means): Promise<void> {
  const probe = means.spool.resumed(loaded);
  const logger = getLogger('probe').child({ jobId: ticket.id, runId: probe.run_id, modelId: probe.model_id });
  const jobId = `${ticket.id}:${ticket.retryCount}`;
  const gate = means.limits.gate(probe.provider);
  const paid = new PaidTurns(probe, means);
  gate.begin(probe.model_id, requestsOf(probe));
  try {
    const outcome = await hold(jobOf(probe, jobId), probe, paid, means.pool, logger);
    learn(outcome, gate);
    if (outcome.kind !== 'success' && (outcome.kind === 'crashed' || outcome.error.code === 'CONFIG_ERROR')) {
      means.health.doubt();
    }
    await store(outcome, ticket, probe, paid, means, logger);
  } finally {
    // Not before its outcome is stored: else a slow database would let paid answers pile up that a crash could lose.
    gate.end(probe.model_id);
  }
}

async function hold(
  job: ProbeInput,
  probe: Probe,
  paid: PaidTurns,
  pool: WorkerPool,
  logger: Logger,
): Promise<Outcome> {
  try {
    return await pool.run({
      job,
      provider: probe.provider,
      alone: probe.crashes > 0,
      onTurn: (turn) => paid.add(turn),
    });
  } catch (error) {
    const message = 'the handler met an error that it has no rule for';
    logger.error({ err: error }, message);
    return { kind: 'failure', error: { code: 'UNKNOWN', message, retryable: true, details: String(error) } };
  }
}

/** A ticket whose probe is not to be asked, or not now. @returns whether it was one. */
export async function withoutAsking(
  ticket: Ticket,
  probe: Probe,
  settler: Settler,
  redriven: boolean,
): Promise<boolean> {
  if (probe.status === 'SUCCEEDED' || probe.status === 'CANCELLED' || (probe.status === 'FAILED' && !redriven)) {
    await settler.drop(ticket, probe.provider, `the probe is ${probe.status}`);
    return true;
  }
  if (probe.ticket_id !== ticket.id && !redriven) {
    await settler.drop(ticket, probe.provider, 'the probe has another ticket');
    return true;
  }
  if (probe.run_status === 'PAUSED' || probe.run_status === 'CANCELLED') {
    await settler.giveBack(ticket, probe, null);
    return true;
  }
  if (probe.stopped !== null && !redriven) {
    await settler.fail(ticket, probe, notAsked(probe.stopped), null);
    return true;
  }
  return false;
}

function learn(outcome: Outcome, gate: ReturnType<Limits['gate']>): void {
  if (outcome.kind === 'success') {
    gate.succeeded();
  } else if (outcome.error.code === 'RATE_LIMIT' && outcome.error.retryable) {
    gate.refused(outcome.error.retryAfterSeconds);
  }
}

async function store(
  outcome: Outcome,
  ticket: Ticket,
  probe: Probe,
  paid: PaidTurns,
  means: Means,
  logger: Logger,
): Promise<void> {
  const { settler, spool } = means;
  const turns = paid.best(outcome);
  const save = (action: () => Promise<unknown>): Promise<unknown> =>
    persist(
      action,
      (error) => error instanceof LapsedError,
      () => turns && spool.put(probe, turns),
    );
  try {
    if (outcome.kind === 'success') {
      await save(() => settler.succeed(ticket, probe, outcome.document));
      logger.debug('transcript saved');
    } else if (outcome.kind === 'interrupted' || outcome.kind === 'unstarted') {
      await save(() => settler.giveBack(ticket, probe, turns));
    } else {
      await storeFailure(outcome, ticket, probe, turns, save, settler, logger);
    }
  } catch (error) {
    await storeElsewhere(error, ticket, probe, turns, means, logger);
    return;
  }
  spool.remove(probe.id);
}

async function storeFailure(
  outcome: Exclude<Outcome, { kind: 'success' }>,
  ticket: Ticket,
  probe: Probe,
  turns: Partial | null,
  save: (action: () => Promise<unknown>) => Promise<unknown>,
  settler: Settler,
  logger: Logger,
): Promise<void> {
  const { error } = outcome;
  const crashed = outcome.kind === 'crashed' || outcome.kind === 'garbled';
  const { code, message } = error;
  if (error.stopsProvider && (await save(() => settler.stopProvider(probe, error)))) {
    logger.error({ code, provider: probe.provider }, `the provider is stopped for this run: ${message}`);
  }
  if (mayTryAgain(outcome, probe)) {
    logger.warn({ code, retryAfterSeconds: error.retryAfterSeconds }, `tried again later: ${message}`);
    await save(() => settler.retry(ticket, probe, error, turns, { delaySeconds: error.retryAfterSeconds, crashed }));
  } else {
    logger.error({ code }, `failed: ${message}`);
    await save(() => settler.fail(ticket, probe, error, turns));
  }
}

/** The worker's own verdict, within the run's bound; the handler judges only what the worker could not. */
function mayTryAgain(outcome: Exclude<Outcome, { kind: 'success' }>, probe: Probe): boolean {
  switch (outcome.kind) {
    case 'crashed':
      return probe.crashes < CRASHES_ALLOWED;
    case 'garbled':
      return probe.crashes < NONSENSE_ALLOWED;
    default:
      return outcome.error.retryable && probe.failures < probe.run_config.retryLimit;
  }
}

/** The outcome has no place: the ticket is in other hands, or the database refuses the transcript as such. */
async function storeElsewhere(
  error: unknown,
  ticket: Ticket,
  probe: Probe,
  turns: Partial | null,
  { settler, spool }: Means,
  logger: Logger,
): Promise<void> {
  if (error instanceof LapsedError) {
    logger.warn('the ticket has lapsed meanwhile; the turns are kept for whoever holds it now');
    if (turns !== null) {
      await persist(
        () => settler.keep(probe.id, turns),
        () => false,
      ).catch(() => spool.put(probe, turns));
    }
    return;
  }
  logger.error({ err: error }, 'the database refuses the outcome; the turns are kept on disk');
  if (turns !== null) {
    spool.put(probe, turns);
  }
  const refused: ProbeError = {
    code: 'UNKNOWN',
    message: 'the database refuses the outcome; its turns are in the folder "unsaved" of the handler',
    retryable: false,
    details: String(error),
  };
  await persist(
    () => settler.fail(ticket, probe, refused, null),
    (reason) => reason instanceof LapsedError,
  ).catch((reason) => logger.error({ err: reason }, 'nor does it take the failure'));
}

/** The turns of a conversation that are paid for, from the first try on, each stored as it comes. */
class PaidTurns {
  readonly #probe: Probe;
  readonly #means: Means;
  readonly #turns: Partial;

  constructor(probe: Probe, means: Means) {
    this.#probe = probe;
    this.#means = means;
    this.#turns = { ...probe.partial, turns: [...(probe.partial?.turns ?? [])] };
  }

  /** Store one more; when this returns it is in the database, or on disk where there is none. */
  async add(paid: PaidTurn): Promise<void> {
    this.#turns.turns.push(paid.turn);
    this.#turns.startedAt = paid.startedAt;
    this.#turns.durationMs = paid.durationMs;
    try {
      await this.#means.settler.keep(this.#probe.id, this.#turns);
    } catch {
      this.#means.spool.put(this.#probe, this.#turns);
    }
  }

  /** The most turns that are known: of the outcome's own document, or of the stream. */
  best(outcome: Outcome): Partial | null {
    const told = outcome.kind === 'success' ? resumable(outcome.document.transcript) : resumable(outcome.partial);
    const best = (told?.turns.length ?? 0) >= this.#turns.turns.length ? told : this.#turns;
    return best !== null && best.turns.length > 0 ? best : null;
  }
}

/** What `resumeFrom` takes of a transcript. */
function resumable(transcript: Partial | undefined): Partial | null {
  if (transcript === undefined) {
    return null;
  }
  const { turns, startedAt, durationMs } = transcript;
  return {
    turns,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(durationMs === undefined ? {} : { durationMs }),
  };
}
