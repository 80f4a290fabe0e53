/** Takes jobs from the queues as far as there is room for them, and keeps them alive while they are under way. */
import type { JobWithMetadata } from 'pg-boss';
import type { Database } from '../database/connect.js';
import { getLogger } from '../log.js';
import { attempt, type Means, withoutAsking } from './attempt.js';
import { queueOf } from './names.js';
import { loadProbes, type Probe } from './probe.js';
import { LapsedError, type Ticket } from './settle.js';

const FETCH_MOST = 100;

interface TicketData {
  probeId: string;
  runId: string;
}

const logger = getLogger('dispatcher');

export class Dispatcher {
  readonly #database: Database;
  readonly #means: Means;
  readonly #onDone: (runId: string) => void;
  /** Tickets in hand by their IDs. */
  readonly #held = new Map<string, { ticket: Ticket; provider: string; done: Promise<void> }>();

  constructor(database: Database, means: Means, onDone: (runId: string) => void) {
    this.#database = database;
    this.#means = means;
    this.#onDone = onDone;
  }

  get inHand(): number {
    return this.#held.size;
  }

  /**
   * Take what there is room for. Where this handler's places are scarce, no provider waits for another: the one that has
   * the least under way goes first, each with an even part of what is free, and what one leaves is there for the others.
   */
  async fetch(providers: readonly string[], signal: AbortSignal): Promise<void> {
    const { limits } = this.#means;
    const underWay = (provider: string): number => limits.gate(provider).inFlight;
    for (let waiting = [...providers]; waiting.length > 0; ) {
      const turns = waiting.sort((one, other) => underWay(one) - underWay(other));
      waiting = [];
      for (const [index, provider] of turns.entries()) {
        if (signal.aborted) {
          return;
        }
        if (await this.#fetchOf(provider, Math.ceil(limits.free / (turns.length - index)))) {
          waiting.push(provider);
        }
      }
    }
  }

  /** Say that the tickets in hand are being worked on. */
  async heartbeat(): Promise<void> {
    const byProvider = Object.groupBy(this.#held.values(), (held) => held.provider);
    for (const [provider, held] of Object.entries(byProvider)) {
      const tickets = (held ?? []).map(({ ticket }) => ticket);
      await this.#database.boss.touch(queueOf(provider), tickets);
    }
  }

  /** When everything in hand is settled. */
  async idle(): Promise<void> {
    while (this.#held.size > 0) {
      await Promise.all([...this.#held.values()].map((held) => held.done));
    }
  }

  /** Take from one provider's queue, as far as there is room. @returns whether more may be waiting there. */
  async #fetchOf(provider: string, most: number): Promise<boolean> {
    const { limits } = this.#means;
    const batchSize = Math.min(limits.room(provider), most, FETCH_MOST);
    if (batchSize < 1) {
      return false;
    }
    const full = limits.gate(provider).fullModels(limits.share);
    const jobs = await this.#database.boss.fetch<TicketData>(queueOf(provider), {
      batchSize,
      includeMetadata: true,
      ...(full.length > 0 ? { ignoreGroups: full } : {}),
    });
    if (jobs.length > 0) {
      const probes = await loadProbes(
        this.#database.db,
        jobs.map((job) => job.data.probeId),
      );
      for (const job of jobs) {
        this.#hold(job, provider, probes.get(job.data.probeId));
      }
    }
    return jobs.length === batchSize;
  }

  #hold(job: JobWithMetadata<TicketData>, provider: string, probe: Probe | undefined): void {
    const ticket = { id: job.id, retryCount: job.retryCount };
    const done = this.#work(ticket, provider, probe, job.sourceRootId !== null)
      .catch((error) => {
        if (!(error instanceof LapsedError)) {
          // The ticket's heartbeat ends with this, so the queue hands it out again.
          logger.error({ err: error, jobId: job.id }, 'a job could not be settled');
        }
      })
      .finally(() => {
        this.#held.delete(ticket.id);
        this.#onDone(job.data.runId);
      });
    this.#held.set(ticket.id, { ticket, provider, done });
  }

  async #work(ticket: Ticket, provider: string, probe: Probe | undefined, redriven: boolean): Promise<void> {
    const { settler } = this.#means;
    if (probe === undefined) {
      await settler.drop(ticket, provider, 'there is no such probe');
    } else if (!(await withoutAsking(ticket, probe, settler, redriven))) {
      await attempt(ticket, probe, this.#means);
    }
  }
}
