/** One try of one probe: from a ticket in hand to its outcome in the database. */

import { monotonic } from '../clock.js';
import { isPermanent, persist } from '../database/persist.js';
import { getLogger, type Logger } from '../log.js';
import { type AttemptEnd, measured } from '../measured.js';
import { type AttemptError, type IdentifiedJob, type PartialTranscript, type Ticket, WHOLE } from '../model.js';
import { type Bill, billOf } from '../money/bill.js';
import { LapsedError } from '../pgboss.js';
import { GivenUpError } from '../waiting.js';
import type { Outcome } from '../workers/outcome.js';
import { type Decision, decide, type Fate } from './decide.js';
import type { Lease } from './leases.js';
import { PaidTurns } from './paid-turns.js';
import { jobOf, type Probe } from './probe.js';
import type { Services } from './services.js';

const ENDS: Record<Fate['action'], AttemptEnd> = {
  succeed: 'succeeded',
  fail: 'failed',
  retry: 'retried',
  'give back': 'given_back',
};

export class Attempt {
  readonly #lease: Lease;
  readonly #probe: Probe;
  readonly #services: Services;
  readonly #paid: PaidTurns;
  readonly #logger: Logger;
  #opened = false;

  constructor(lease: Lease, probe: Probe, services: Services) {
    this.#lease = lease;
    this.#probe = services.spool.resumed(probe);
    this.#services = services;
    this.#paid = new PaidTurns(lease, this.#probe, services);
    this.#logger = getLogger('probe').child({ jobId: lease.ticket.id, runId: probe.run_id, modelId: probe.model_id });
  }

  /** Put everything that is paid for on disk, now. */
  spool(): void {
    this.#paid.spool();
  }

  /** Hold the conversation that the ticket stands for, and store what came of it. */
  async run(): Promise<void> {
    const { leases, limits, leaving } = this.#services;
    const { id, retryCount } = this.#lease.ticket;
    const gate = limits.gate(this.#probe.provider).model(this.#probe.model_id);
    gate.begin();
    try {
      // It may be long since the ticket was fetched.
      if (!(await leases.assurePatiently(this.#lease, leaving))) {
        this.#logger.warn('the ticket has lapsed before its conversation began');
        return;
      }
      const asked = monotonic();
      const outcome = await this.#ask(jobOf(this.#probe, `${id}:${retryCount}`));
      const seconds = (monotonic() - asked) / 1000;
      const decision = decide(outcome, this.#probe);
      const stored = await this.#apply(decision, outcome);
      const end = stored ? ENDS[decision.fate.action] : 'unstored';
      measured('attempt', { provider: this.#probe.provider, end, seconds, ...chargeOf(outcome) });
    } finally {
      // Not before its outcome is stored: else a slow database would let paid answers pile up that a crash could lose.
      gate.end();
    }
  }

  async #ask(job: IdentifiedJob): Promise<Outcome> {
    try {
      return await this.#services.pool.run({
        job,
        provider: this.#probe.provider,
        alone: this.#probe.crashes > 0,
        onTurn: (turn) => {
          this.#openCache();
          return this.#paid.add(turn);
        },
        lost: this.#lease.lost,
      });
    } catch (error) {
      const message = 'the handler met an error that it has no rule for';
      this.#logger.error({ err: error }, message);
      return { kind: 'failure', error: { code: 'UNKNOWN', message, retryable: true, details: String(error) } };
    }
  }

  /** Do what was decided: what the outcome shows of the provider and the machine first, then what becomes of the probe. @returns whether it is stored. */
  async #apply({ fate, pace, rates, pauseSeconds, suspectsMachine }: Decision, outcome: Outcome): Promise<boolean> {
    const { health, limits, settler, spool } = this.#services;
    const provider = limits.gate(this.#probe.provider);
    const model = provider.model(this.#probe.model_id);
    if (rates !== undefined) {
      model.told(rates, tokensPerRequest(outcome));
    }
    if (pace === 'faster') {
      model.succeeded();
    } else if (pace === 'slower') {
      model.rateLimited();
    }
    if (pauseSeconds !== undefined) {
      provider.pause(pauseSeconds);
      // For the others, and for people who ask what is waited for; this handler knows it in any case.
      settler.pauseProvider(this.#probe.provider, pauseSeconds).catch(() => {});
    }
    this.#openCache();
    if (suspectsMachine) {
      health.doubt();
    }
    await this.#paid.settled();
    const turns = this.#paid.best(outcome);
    try {
      await this.#store(fate, turns, outcome);
    } catch (error) {
      await this.#storeElsewhere(error, turns, outcome);
      return false;
    }
    spool.remove(this.#probe.id);
    return true;
  }

  /** Whatever came of it, the others with its preamble wait no longer. Where this does not reach the database, they wait a minute. */
  #openCache(): void {
    if (this.#probe.run_config.config.promptCaching && this.#probe.preamble_sha256 !== null && !this.#opened) {
      this.#opened = true;
      this.#services.settler.openCache(this.#probe).catch(() => {});
    }
  }

  async #store(fate: Fate, turns: PartialTranscript | null, outcome: Outcome): Promise<void> {
    const { leases, settler, spool } = this.#services;
    const probe = this.#probe;
    const bill = this.#billOf(outcome, turns);
    const save = (action: () => Promise<void>): Promise<void> =>
      persist(action, { ...this.#services, onOutage: () => turns && spool.put(probe, turns) });
    const settle = (action: (ticket: Ticket) => Promise<void>): Promise<void> =>
      save(() => leases.settle(this.#lease, action));
    switch (fate.action) {
      case 'succeed':
        await settle((ticket) => settler.succeed(ticket, probe, fate.document));
        this.#logger.debug('transcript saved');
        return;
      case 'give back':
        await settle((ticket) => settler.giveBack(ticket, probe, turns, bill));
        return;
      case 'retry': {
        const { error, delaySeconds } = fate;
        await save(() => this.#stop(fate));
        await settle((ticket) => settler.retry(ticket, probe, { ...fate, turns }, bill));
        this.#logger.warn({ code: error.code, retryAfterSeconds: delaySeconds }, `retried later: ${error.message}`);
        return;
      }
      case 'fail':
        await save(() => this.#stop(fate));
        await settle((ticket) => settler.fail(ticket, probe, { error: fate.error, turns }, bill));
        this.#logger.error({ code: fate.error.code }, `failed: ${fate.error.message}`);
    }
  }

  /** What a failure means for the other probes of its run: the provider, or the model, is not asked any more. */
  async #stop({ error, stops }: Extract<Fate, { error: AttemptError }>): Promise<void> {
    const { run_id, provider, model_id } = this.#probe;
    const model = stops === 'model' ? model_id : WHOLE;
    if (stops !== null && (await this.#services.settler.stop({ run_id, provider, model_id: model, error }))) {
      this.#logger.error({ code: error.code, provider }, `the ${stops} is stopped for this run: ${error.message}`);
    }
  }

  /** The outcome has no place: the ticket is in other hands, the process leaves, or the database refuses the transcript. */
  async #storeElsewhere(error: unknown, turns: PartialTranscript | null, outcome: Outcome): Promise<void> {
    const lapsed = error instanceof LapsedError;
    const { interrupted } = this.#services;
    if (error instanceof GivenUpError || (interrupted.aborted && !lapsed && !isPermanent(error))) {
      this.#putOnDisk(turns);
      this.#logger.warn({ err: error }, 'the handler leaves before the outcome is stored; its turns are on disk');
    } else if (lapsed) {
      this.#logger.warn('the ticket has lapsed meanwhile; the turns are stored for the attempt that comes next');
      await this.#storeOrphaned(turns);
    } else {
      this.#logger.error({ err: error }, 'the database refuses the outcome; the turns are stored on disk');
      this.#putOnDisk(turns);
      await this.#failRefused(error, this.#billOf(outcome, turns));
    }
  }

  #putOnDisk(turns: PartialTranscript | null): void {
    if (turns !== null) {
      this.#services.spool.put(this.#probe, turns);
    }
  }

  async #storeOrphaned(turns: PartialTranscript | null): Promise<void> {
    if (turns !== null) {
      const { settler } = this.#services;
      await persist(() => settler.storeOrphanedTurns(this.#probe, turns), this.#services).catch(() =>
        this.#putOnDisk(turns),
      );
    }
  }

  #billOf(outcome: Outcome, turns: PartialTranscript | null): Bill {
    const beside = outcome.kind === 'success' ? null : outcome.beside;
    return billOf(turns?.turns ?? [], this.#probe.counted_turns, beside);
  }

  async #failRefused(reason: unknown, bill: Bill): Promise<void> {
    const error: AttemptError = {
      code: 'UNKNOWN',
      message: 'the database refuses the outcome; its turns are in the folder "unsaved" of the handler',
      retryable: false,
      details: String(reason),
    };
    const { settler } = this.#services;
    await persist(
      () => settler.fail(this.#lease.ticket, this.#probe, { error, turns: null }, bill),
      this.#services,
    ).catch((refusal) => this.#logger.error({ err: refusal }, 'nor does it take the failure'));
  }
}

/** What a request of the conversation used on average; 0 where that is not known. */
function tokensPerRequest(outcome: Outcome): number {
  if (outcome.kind !== 'success') {
    return 0;
  }
  const { totalInputTokens, totalOutputTokens, turns } = outcome.document.transcript;
  return (totalInputTokens + totalOutputTokens) / Math.max(1, turns.length);
}

/** What failed, and what it cost in US dollars. */
export function chargeOf(outcome: Outcome): { code: string | null; dollars: number | null | undefined } {
  if (outcome.kind === 'success') {
    return { code: null, dollars: outcome.document.transcript.costSnapshot?.totalCost ?? null };
  }
  // Of what was interrupted the calls stand beside it, and not in the error, which is the handler's own.
  const { code } = outcome.error;
  const { costSnapshot, discarded = [] } = outcome.beside ?? outcome.error;
  const nothing = costSnapshot === undefined && discarded.length === 0;
  return { code, dollars: nothing ? undefined : (costSnapshot?.totalCost ?? null) };
}
