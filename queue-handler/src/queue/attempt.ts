/** One try of one probe: from a ticket in hand to its outcome in the database. */

import { isPermanent, persist } from '../database/persist.js';
import { getLogger, type Logger } from '../log.js';
import type { AttemptError, IdentifiedJob, PartialTranscript, Ticket } from '../model.js';
import type { Spool } from '../runs/spool.js';
import { GivenUpError } from '../waiting.js';
import type { Outcome } from '../workers/outcome.js';
import type { WorkerPool } from '../workers/pool.js';
import type { Health } from './health.js';
import { LapsedError, type Lease, type Leases } from './leases.js';
import type { Limits } from './limits.js';
import { PaidTurns } from './paid-turns.js';
import { jobOf, type Probe } from './probe.js';
import { notAsked, type Settler } from './settle.js';

// A worker that dies is tried again twice, each time alone; one that writes nonsense once.
const CRASHES_ALLOWED = 2;
const NONSENSE_ALLOWED = 1;

export interface Means {
  settler: Settler;
  leases: Leases;
  pool: WorkerPool;
  limits: Limits;
  spool: Spool;
  health: Health;
  /** The handler ends in haste: nothing that fails is tried again, and what is not stored goes to disk. */
  ending: AbortSignal;
  /** The process leaves: nothing is waited for any more. */
  leaving: AbortSignal;
}

/** What may be asked of an attempt that is under way. */
export interface Attempt {
  /** Put everything that is paid for on disk, now. */
  spool(): void;
}

/** Hold the conversation that a ticket stands for, and store what came of it. */
export async function attempt(
  lease: Lease,
  loaded: Probe,
  means: Means,
  onBegin: (attempt: Attempt) => void,
): Promise<void> {
  const { ticket } = lease;
  const probe = means.spool.resumed(loaded);
  const logger = getLogger('probe').child({ jobId: ticket.id, runId: probe.run_id, modelId: probe.model_id });
  const jobId = `${ticket.id}:${ticket.retryCount}`;
  const gate = means.limits.gate(probe.provider);
  const paid = new PaidTurns(lease, probe, means);
  onBegin(paid);
  gate.begin();
  try {
    // It may be long since the ticket was fetched.
    if (!(await means.leases.assurePatiently(lease, means.leaving))) {
      logger.warn('the ticket has lapsed before its conversation began');
      return;
    }
    const outcome = await hold(jobOf(probe, jobId), probe, paid, lease.lost, means.pool, logger);
    learn(outcome, probe, means);
    if (outcome.kind !== 'success' && (outcome.kind === 'crashed' || outcome.error.code === 'CONFIG_ERROR')) {
      means.health.doubt();
    }
    await store(outcome, lease, probe, paid, means, logger);
  } finally {
    // Not before its outcome is stored: else a slow database would let paid answers pile up that a crash could lose.
    gate.end();
  }
}

async function hold(
  job: IdentifiedJob,
  probe: Probe,
  paid: PaidTurns,
  lost: AbortSignal,
  pool: WorkerPool,
  logger: Logger,
): Promise<Outcome> {
  try {
    return await pool.run({
      job,
      provider: probe.provider,
      alone: probe.crashes > 0,
      onTurn: (turn) => paid.add(turn),
      lost,
    });
  } catch (error) {
    const message = 'the handler met an error that it has no rule for';
    logger.error({ err: error }, message);
    return { kind: 'failure', error: { code: 'UNKNOWN', message, retryable: true, details: String(error) } };
  }
}

/** A ticket whose probe is not to be asked, or not now. @returns whether it was one. */
export async function withoutAsking(ticket: Ticket, probe: Probe, means: Means, redriven: boolean): Promise<boolean> {
  const { settler } = means;
  const save = (action: () => Promise<unknown>): Promise<unknown> =>
    persist(action, (error) => error instanceof LapsedError, undefined, means);
  if (probe.status === 'SUCCEEDED' || probe.status === 'CANCELLED' || (probe.status === 'FAILED' && !redriven)) {
    await save(() => settler.drop(ticket, probe.provider, `the probe is ${probe.status}`));
    return true;
  }
  // A dead letter that was handed out again is the ticket of a probe that has failed, and of no other.
  if (probe.ticket_id !== ticket.id && !(redriven && probe.status === 'FAILED')) {
    await save(() => settler.drop(ticket, probe.provider, 'the probe has another ticket'));
    return true;
  }
  if (probe.run_status === 'PAUSED' || probe.run_status === 'CANCELLED') {
    await save(() => settler.giveBack(ticket, probe, null));
    return true;
  }
  if (probe.stopped !== null && !redriven) {
    const cause = notAsked(probe.stopped, probe.stopped_model ?? '');
    await save(() => settler.fail(ticket, probe, cause, null));
    return true;
  }
  return false;
}

function learn(outcome: Outcome, probe: Probe, { limits, settler }: Means): void {
  const gate = limits.gate(probe.provider);
  if (outcome.kind === 'success') {
    gate.succeeded();
  } else if (outcome.error.code === 'RATE_LIMIT' && outcome.error.retryable) {
    const { retryAfterSeconds } = outcome.error;
    gate.refused(retryAfterSeconds);
    if (retryAfterSeconds !== undefined) {
      // For the others, and for whoever asks what is waited for; this handler knows it in any case.
      settler.pauseProvider(probe.provider, retryAfterSeconds).catch(() => {});
    }
  }
}

async function store(
  outcome: Outcome,
  lease: Lease,
  probe: Probe,
  paid: PaidTurns,
  means: Means,
  logger: Logger,
): Promise<void> {
  const { leases, settler, spool } = means;
  await paid.settled();
  const turns = paid.best(outcome);
  const save = <T>(action: () => Promise<T>): Promise<T> =>
    persist(
      action,
      (error) => error instanceof LapsedError,
      () => turns && spool.put(probe, turns),
      means,
    );
  const settle = (action: (ticket: Ticket) => Promise<unknown>): Promise<void> =>
    save(() => leases.settle(lease, action));
  try {
    if (outcome.kind === 'success') {
      await settle((ticket) => settler.succeed(ticket, probe, outcome.document));
      logger.debug('transcript saved');
    } else if (outcome.kind === 'interrupted' || outcome.kind === 'unstarted') {
      await settle((ticket) => settler.giveBack(ticket, probe, turns));
    } else {
      await save(() => stop(outcome.error, probe, settler, logger));
      await settle((ticket) => storeFailure(outcome, ticket, probe, turns, settler, logger));
    }
  } catch (error) {
    await storeElsewhere(error, lease.ticket, probe, turns, means, logger);
    return;
  }
  spool.remove(probe.id);
}

/** What a failure means for the other probes of its run: the provider, or the model, is not asked any more. */
async function stop(error: AttemptError, probe: Probe, settler: Settler, logger: Logger): Promise<void> {
  const what = error.stopsProvider ? 'provider' : error.stopsModel ? 'model' : null;
  if (what !== null && (await settler.stop(probe, what === 'model' ? probe.model_id : '', error))) {
    logger.error(
      { code: error.code, provider: probe.provider },
      `the ${what} is stopped for this run: ${error.message}`,
    );
  }
}

async function storeFailure(
  outcome: Exclude<Outcome, { kind: 'success' }>,
  ticket: Ticket,
  probe: Probe,
  turns: PartialTranscript | null,
  settler: Settler,
  logger: Logger,
): Promise<void> {
  const { error } = outcome;
  const crashed = outcome.kind === 'crashed' || outcome.kind === 'garbled';
  const { code, message, retryAfterSeconds } = error;
  if (mayTryAgain(outcome, probe)) {
    await settler.retry(ticket, probe, error, turns, { delaySeconds: retryAfterSeconds, crashed });
    logger.warn({ code, retryAfterSeconds }, `tried again later: ${message}`);
  } else {
    await settler.fail(ticket, probe, error, turns);
    logger.error({ code }, `failed: ${message}`);
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

/** The outcome has no place: the ticket is in other hands, the process leaves, or the database refuses the transcript. */
async function storeElsewhere(
  error: unknown,
  ticket: Ticket,
  probe: Probe,
  turns: PartialTranscript | null,
  means: Means,
  logger: Logger,
): Promise<void> {
  const { settler, spool } = means;
  if (
    error instanceof GivenUpError ||
    (means.ending.aborted && !(error instanceof LapsedError) && !isPermanent(error))
  ) {
    if (turns !== null) {
      spool.put(probe, turns);
    }
    logger.warn({ err: error }, 'the handler leaves before the outcome is stored; its turns are on disk');
    return;
  }
  if (error instanceof LapsedError) {
    logger.warn('the ticket has lapsed meanwhile; the turns are kept for whoever holds it next');
    if (turns !== null) {
      await persist(
        () => settler.keepOrphaned(probe, turns),
        () => false,
        undefined,
        means,
      ).catch(() => spool.put(probe, turns));
    }
    return;
  }
  logger.error({ err: error }, 'the database refuses the outcome; the turns are kept on disk');
  if (turns !== null) {
    spool.put(probe, turns);
  }
  const refused: AttemptError = {
    code: 'UNKNOWN',
    message: 'the database refuses the outcome; its turns are in the folder "unsaved" of the handler',
    retryable: false,
    details: String(error),
  };
  await persist(
    () => settler.fail(ticket, probe, refused, null),
    (reason) => reason instanceof LapsedError,
    undefined,
    means,
  ).catch((reason) => logger.error({ err: reason }, 'nor does it take the failure'));
}
