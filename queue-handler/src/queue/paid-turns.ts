/** The turns of a conversation that are paid for, from the first try on, each stored as it comes. */
import { moment } from '../clock.js';
import { persist } from '../database/persist.js';
import { measured } from '../measured.js';
import type { PartialTranscript } from '../model.js';
import { LapsedError } from '../pgboss.js';
import type { Outcome } from '../workers/outcome.js';
import type { PaidTurn } from '../workers/turns.js';
import type { Lease } from './leases.js';
import type { Probe } from './probe.js';
import type { Services } from './services.js';

export class PaidTurns {
  readonly #lease: Lease;
  readonly #probe: Probe;
  readonly #services: Services;
  readonly #turns: PartialTranscript;
  /** Turns that are on their way to the database. */
  #storing: Promise<unknown> = Promise.resolve();
  readonly #before: number;
  /** Of how many it was said that they are paid. */
  #counted: number;

  constructor(lease: Lease, probe: Probe, services: Services) {
    this.#lease = lease;
    this.#probe = probe;
    this.#services = services;
    this.#turns = { ...probe.partial, turns: [...(probe.partial?.turns ?? [])] };
    this.#before = this.#turns.turns.length;
    this.#counted = this.#before;
  }

  /**
   * Store one more. When this returns it is in the database, or on disk where there is none, and the ticket is ours for
   * long enough to ask the next question.
   *
   * @throws LapsedError where the ticket is in other hands: nothing more is to be asked.
   */
  add(paid: PaidTurn): Promise<void> {
    this.#turns.turns.push(paid.turn);
    this.#turns.startedAt = paid.startedAt;
    this.#turns.durationMs = paid.durationMs;
    this.#count(this.#turns);
    const storing = this.#store();
    this.#storing = Promise.allSettled([this.#storing, storing]);
    return storing;
  }

  /** When nothing is on its way to the database any more: an outcome must not meet turns that come after it. */
  async settled(): Promise<void> {
    await this.#storing;
  }

  /** Put everything that is paid for on disk, now. */
  spool(): void {
    if (this.#turns.turns.length > this.#before) {
      this.#services.spool.put(this.#probe, this.#turns);
    }
  }

  /** The most turns that are known: of the outcome's own document, or of the stream. */
  best(outcome: Outcome): PartialTranscript | null {
    const told = outcome.kind === 'success' ? resumable(outcome.document.transcript) : resumable(outcome.partial);
    const best = (told?.turns.length ?? 0) >= this.#turns.turns.length ? told : this.#turns;
    if (best !== null) {
      // The last turn comes with the document alone.
      this.#count(best);
    }
    return best !== null && best.turns.length > 0 ? best : null;
  }

  #count({ turns }: PartialTranscript): void {
    for (const { inputTokens, outputTokens, providerMetadata } of turns.slice(this.#counted)) {
      const { durationMs, reasoningTokens, cachedInputTokens } = providerMetadata;
      measured('turn', {
        provider: this.#probe.provider,
        seconds: durationMs / 1000,
        inputTokens,
        outputTokens,
        reasoningTokens,
        cachedInputTokens,
      });
    }
    this.#counted = Math.max(this.#counted, turns.length);
  }

  #stored(): Promise<void> {
    const { leases, settler } = this.#services;
    return leases.asHolder(this.#lease, (ticket) => settler.storeTurns(ticket, this.#probe, this.#turns));
  }

  async #store(): Promise<void> {
    const { leases, spool, leaving } = this.#services;
    const asked = moment();
    try {
      await this.#stored();
      this.#lease.confirmed = asked;
    } catch (error) {
      if (error instanceof LapsedError) {
        leases.lose(this.#lease);
        throw error;
      }
      if (!spool.put(this.#probe, this.#turns) || this.#probe.bounded) {
        // Nowhere: then the next question waits until the database takes this answer. Under a bound on what may be spent it
        // does so always: of a handler that is killed the database must know all but the call that was on the wire.
        await persist(() => this.#stored(), this.#services);
      }
      if (!(await leases.assurePatiently(this.#lease, leaving))) {
        throw new LapsedError('the ticket was lost while the database did not answer');
      }
    }
  }
}

/** What `resumeFrom` takes of a transcript. */
function resumable(transcript: PartialTranscript | undefined): PartialTranscript | null {
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
