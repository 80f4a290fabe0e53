/** Takes jobs from the queues as far as there is room for them, and keeps them until they are settled. */
import type { JobWithMetadata } from 'pg-boss';
import { type Moment, moment } from '../clock.js';
import type { Database } from '../database/connect.js';
import { getLogger } from '../log.js';
import { pause } from '../waiting.js';
import { allowanceOf, spend, WHOLE } from './allowance.js';
import { type Attempt, attempt, type Means, withoutAsking } from './attempt.js';
import { LapsedError, type Lease, type Ticket } from './leases.js';
import { dbOf, queueOf } from './names.js';
import { loadProbes, type Probe, requestsOf } from './probe.js';

const FETCH_MOST = 100;
const RETURN_PAUSE_MILLISECONDS = 1_000;

interface TicketData {
  probeId: string;
  runId: string;
}

type Job = JobWithMetadata<TicketData>;

interface Held {
  lease: Lease;
  attempt: Attempt | null;
  done: Promise<void>;
}

const logger = getLogger('dispatcher');

export class Dispatcher {
  readonly #database: Database;
  readonly #means: Means;
  readonly #onDone: (runId: string) => void;
  /** What is in hand, by the IDs of the tickets. */
  readonly #held = new Map<string, Held>();
  /** Tickets that were fetched, perhaps, and of which nobody can say whether they are ours: on their way back. */
  readonly #returning = new Set<Promise<void>>();

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
    const { limits, leases } = this.#means;
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
    while (this.#held.size > 0 || this.#returning.size > 0) {
      await Promise.all([...[...this.#held.values()].map((held) => held.done), ...this.#returning]);
    }
  }

  /** Put the turns of everything that is still in hand on disk, at once. */
  spoolAll(): void {
    for (const held of this.#held.values()) {
      held.attempt?.spool();
    }
  }

  /** Take from one provider's queue, as far as there is room. @returns whether more may be waiting there. */
  async #fetchOf(provider: string, share: number, signal: AbortSignal): Promise<boolean> {
    const most = Math.min(this.#means.limits.room(provider), share, FETCH_MOST);
    if (most < 1) {
      return false;
    }
    const since = moment();
    let jobs: Job[] = [];
    try {
      // Limits, tickets and probes in one transaction: a ticket whose probe cannot be read was never taken.
      const { wanted, probes } = await this.#database.db.transaction().execute(async (trx) => {
        const allowance = await allowanceOf(trx, provider, this.#means.limits.of(provider));
        const batchSize = Math.min(most, allowance.room);
        if (batchSize < 1) {
          return { wanted: Number.POSITIVE_INFINITY, probes: new Map<string, Probe>() };
        }
        jobs = await this.#database.boss.fetch<TicketData>(queueOf(provider), {
          batchSize,
          includeMetadata: true,
          ...(allowance.full.length > 0 ? { ignoreGroups: allowance.full } : {}),
          db: dbOf(trx),
        });
        const found = await loadProbes(
          trx,
          jobs.map((job) => job.data.probeId),
        );
        if (jobs.length > 0 && allowance.tokens.size > 0) {
          await spend(trx, provider, allowance, requestsByModel(jobs, found));
        }
        return { wanted: batchSize, probes: found };
      });
      if (signal.aborted) {
        this.#giveBack(provider, jobs);
        return false;
      }
      for (const job of jobs) {
        this.#hold(job, provider, probes.get(job.data.probeId), since);
      }
      return jobs.length === wanted;
    } catch (error) {
      // Nobody knows whether the end of the transaction was reached.
      this.#giveBack(provider, jobs);
      throw error;
    }
  }

  /** Tickets that nobody works on go back now, and not when the silence about them has become too long. */
  #giveBack(provider: string, jobs: Job[]): void {
    if (jobs.length > 0) {
      const going = this.#giveBackOnce(provider, jobs).finally(() => this.#returning.delete(going));
      this.#returning.add(going);
    }
  }

  async #giveBackOnce(provider: string, jobs: Job[]): Promise<void> {
    const { settler, leaving } = this.#means;
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

  #hold(job: Job, provider: string, probe: Probe | undefined, since: Moment): void {
    const { leases } = this.#means;
    const ticket: Ticket = { id: job.id, retryCount: job.retryCount };
    const earlier = this.#held.get(ticket.id);
    const held: Held = { lease: leases.hold(ticket, provider, since), attempt: null, done: Promise.resolve() };
    held.done = this.#work(held, job, probe, earlier)
      .catch((error) => {
        if (!(error instanceof LapsedError)) {
          // The ticket's heartbeat ends with this, so the queue hands it out again.
          logger.error({ err: error, jobId: job.id }, 'a job could not be settled');
        }
      })
      .finally(() => {
        leases.release(held.lease);
        if (this.#held.get(ticket.id) === held) {
          this.#held.delete(ticket.id);
        }
        this.#onDone(job.data.runId);
      });
    this.#held.set(ticket.id, held);
  }

  async #work(held: Held, job: Job, fetched: Probe | undefined, earlier: Held | undefined): Promise<void> {
    const { settler, leases } = this.#means;
    let probe = fetched;
    if (earlier !== undefined) {
      // This handler was silent for so long that the queue gave it its own ticket anew. What it asks under it goes on.
      leases.renewWith(earlier.lease, held.lease.ticket, held.lease.confirmed);
      held.attempt = earlier.attempt;
      await earlier.done;
      if (earlier.lease.settled === held.lease.ticket) {
        return;
      }
      held.attempt = null;
      probe = (await loadProbes(this.#database.db, [job.data.probeId])).get(job.data.probeId);
    }
    const { provider, ticket } = held.lease;
    if (probe === undefined) {
      await settler.drop(ticket, provider, 'there is no such probe');
    } else if (!(await withoutAsking(ticket, probe, this.#means, job.sourceRootId !== null))) {
      await attempt(held.lease, probe, this.#means, (begun) => {
        held.attempt = begun;
      });
    }
  }
}

function requestsByModel(jobs: Job[], probes: Map<string, Probe>): Map<string, number> {
  const requests = new Map<string, number>();
  for (const job of jobs) {
    const probe = probes.get(job.data.probeId);
    const model = probe?.model_id ?? WHOLE;
    requests.set(model, (requests.get(model) ?? 0) + (probe === undefined ? 0 : requestsOf(probe)));
  }
  return requests;
}
