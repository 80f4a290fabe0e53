/** Takes jobs from the queues as far as there is room for them, and keeps them until they are settled. */
import { type Moment, moment } from '../clock.js';
import type { Database } from '../database/connect.js';
import { getLogger } from '../log.js';
import { WHOLE } from '../model.js';
import { reserve } from '../money/reserve.js';
import { type FetchedTicket, fetchTickets, LapsedError } from '../pgboss.js';
import { pause } from '../waiting.js';
import { allowanceOf, spend } from './allowance.js';
import { Attempt } from './attempt.js';
import type { Lease } from './leases.js';
import { loadProbes, type Probe, requestsOf } from './probe.js';
import type { Services } from './services.js';
import { isToBeAsked, settleUnasked } from './unasked.js';

const FETCH_MOST = 100;
const RETURN_PAUSE_MILLISECONDS = 1_000;

interface InHand {
  lease: Lease;
  attempt: Attempt | null;
  done: Promise<void>;
}

const logger = getLogger('dispatcher');

export class Dispatcher {
  readonly #database: Database;
  readonly #services: Services;
  readonly #onDone: (runId: string) => void;
  /** What is in hand, by the IDs of the tickets. */
  readonly #inHand = new Map<string, InHand>();
  /** Tickets that were fetched, perhaps, and of which nobody can say whether they are ours: on their way back. */
  readonly #returning = new Set<Promise<void>>();

  constructor(database: Database, services: Services, onDone: (runId: string) => void) {
    this.#database = database;
    this.#services = services;
    this.#onDone = onDone;
  }

  get inHand(): number {
    return this.#inHand.size;
  }

  /**
   * Take what there is room for. Where this handler's places are scarce, no provider waits for another: the one that has
   * the least under way goes first, each with an even part of what is free, and what one leaves is there for the others.
   */
  async fetch(providers: readonly string[], signal: AbortSignal): Promise<void> {
    const { limits, leases } = this.#services;
    const underWay = (provider: string): number => limits.gate(provider).inFlight;
    for (let waiting = [...providers]; waiting.length > 0; ) {
      const turns = waiting.sort((one, other) => underWay(one) - underWay(other));
      waiting = [];
      for (const [index, provider] of turns.entries()) {
        if (signal.aborted) {
          return;
        }
        const fetching = this.#fetchOf(provider, Math.ceil(limits.free / (turns.length - index)), signal);
        leases.during(fetching);
        if (await fetching) {
          waiting.push(provider);
        }
      }
    }
  }

  /** When everything in hand is settled, or given up because the process leaves. */
  async idle(): Promise<void> {
    while (this.#inHand.size > 0 || this.#returning.size > 0) {
      await Promise.all([...[...this.#inHand.values()].map((inHand) => inHand.done), ...this.#returning]);
    }
  }

  /** Put the turns of everything that is still in hand on disk, at once. */
  spoolAll(): void {
    for (const inHand of this.#inHand.values()) {
      inHand.attempt?.spool();
    }
  }

  /** Take from one provider's queue, as far as there is room. @returns whether more may be waiting there. */
  async #fetchOf(provider: string, share: number, signal: AbortSignal): Promise<boolean> {
    const most = Math.min(this.#services.limits.room(provider), share, FETCH_MOST);
    if (most < 1) {
      return false;
    }
    const since = moment();
    let jobs: FetchedTicket[] = [];
    try {
      // Limits, tickets and probes in one transaction: a ticket whose probe cannot be read was never taken.
      const { wanted, probes } = await this.#database.db.transaction().execute(async (trx) => {
        const allowance = await allowanceOf(trx, provider, this.#services.limits.of(provider));
        const batchSize = Math.min(most, allowance.room);
        if (batchSize < 1) {
          return { wanted: Number.POSITIVE_INFINITY, probes: new Map<string, Probe>() };
        }
        const full = [...new Set([...allowance.full, ...this.#services.limits.full(provider)])];
        jobs = await fetchTickets(this.#database.boss, trx, provider, { most: batchSize, full });
        const found = await loadProbes(
          trx,
          jobs.map((job) => job.probeId),
        );
        if (jobs.length > 0 && allowance.tokens.size > 0) {
          await spend(trx, provider, allowance, requestsByModel(jobs, found));
        }
        const asking = jobs.flatMap((job) => {
          const probe = found.get(job.probeId);
          return probe !== undefined && isToBeAsked(job, probe, job.redriven) ? [{ ticket: job, probe }] : [];
        });
        for (const id of await reserve(trx, asking, this.#services.dayUsd)) {
          (found.get(id) as Probe).unaffordable = true;
        }
        return { wanted: batchSize, probes: found };
      });
      if (signal.aborted) {
        this.#giveBack(provider, jobs);
        return false;
      }
      for (const job of jobs) {
        this.#begin(job, provider, probes.get(job.probeId), since);
      }
      return jobs.length === wanted;
    } catch (error) {
      // Nobody knows whether the end of the transaction was reached.
      this.#giveBack(provider, jobs);
      throw error;
    }
  }

  /** Tickets that nobody works on go back now, and not when the silence about them has become too long. */
  #giveBack(provider: string, jobs: FetchedTicket[]): void {
    if (jobs.length > 0) {
      const going = this.#giveBackOnce(provider, jobs).finally(() => this.#returning.delete(going));
      this.#returning.add(going);
    }
  }

  async #giveBackOnce(provider: string, jobs: FetchedTicket[]): Promise<void> {
    const { settler, leaving } = this.#services;
    while (!leaving.aborted) {
      try {
        await settler.giveBackUnread(provider, jobs);
        logger.warn({ provider, tickets: jobs.length }, 'tickets that were fetched and could not be held went back');
        return;
      } catch (error) {
        logger.debug({ err: error }, 'tickets cannot be given back yet');
      }
      await pause(RETURN_PAUSE_MILLISECONDS, leaving);
    }
  }

  #begin(job: FetchedTicket, provider: string, probe: Probe | undefined, since: Moment): void {
    const { leases } = this.#services;
    const ticket = { id: job.id, retryCount: job.retryCount };
    const earlier = this.#inHand.get(ticket.id);
    const inHand: InHand = { lease: leases.take(ticket, provider, since), attempt: null, done: Promise.resolve() };
    inHand.done = this.#work(inHand, job, probe, earlier)
      .catch((error) => {
        if (!(error instanceof LapsedError)) {
          // The ticket's heartbeat ends with this, so the queue hands it out once more.
          logger.error({ err: error, jobId: job.id }, 'a job could not be settled');
        }
      })
      .finally(() => {
        leases.release(inHand.lease);
        if (this.#inHand.get(ticket.id) === inHand) {
          this.#inHand.delete(ticket.id);
        }
        this.#onDone(job.runId);
      });
    this.#inHand.set(ticket.id, inHand);
  }

  async #work(
    inHand: InHand,
    job: FetchedTicket,
    fetched: Probe | undefined,
    earlier: InHand | undefined,
  ): Promise<void> {
    const { settler, leases } = this.#services;
    let probe = fetched;
    if (earlier !== undefined) {
      // This handler was silent for so long that the queue gave it its own ticket anew. What it asks under it goes on.
      leases.renewWith(earlier.lease, inHand.lease.ticket, inHand.lease.confirmed);
      inHand.attempt = earlier.attempt;
      await earlier.done;
      if (earlier.lease.settled === inHand.lease.ticket) {
        return;
      }
      inHand.attempt = null;
      probe = (await loadProbes(this.#database.db, [job.probeId])).get(job.probeId);
    }
    const { provider, ticket } = inHand.lease;
    if (probe === undefined) {
      await settler.drop(ticket, provider, 'there is no such probe');
    } else if (!(await settleUnasked(ticket, probe, job.redriven, this.#services))) {
      inHand.attempt = new Attempt(inHand.lease, probe, this.#services);
      await inHand.attempt.run();
    }
  }
}

function requestsByModel(jobs: FetchedTicket[], probes: Map<string, Probe>): Map<string, number> {
  const requests = new Map<string, number>();
  for (const job of jobs) {
    const probe = probes.get(job.probeId);
    const model = probe?.model_id ?? WHOLE;
    requests.set(model, (requests.get(model) ?? 0) + (probe === undefined ? 0 : requestsOf(probe)));
  }
  return requests;
}
