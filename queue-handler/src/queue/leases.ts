/**
 * The tickets in hand, and how surely they are still ours.
 *
 * The queue takes a ticket back from a handler that it has not heard of for `heartbeatSeconds`, and gives it to another.
 * A handler that was frozen cannot know of that, so it must not trust what it knew before: each lease remembers when the
 * database last confirmed it, and no worker is told to go on where that is too long ago. Then the lease is looked at
 * first, and where it is lost, its conversation is ended before it has cost another question.
 */
import { ageOf, type Moment, moment } from '../clock.js';
import type { Db } from '../database/connect.js';
import { getLogger } from '../log.js';
import type { Ticket } from '../model.js';
import { LapsedError, renewTickets } from '../pgboss.js';
import { pause } from '../waiting.js';

/** One ticket in hand. */
export interface Lease {
  /** Another one where the queue took the first back and handed it out anew to this same handler. */
  ticket: Ticket;
  readonly provider: string;
  /** Aborted when the ticket is known to be in other hands: nothing more is to be asked for it. */
  readonly lost: AbortSignal;
  /** With which its outcome was stored. */
  settled: Ticket | null;
  /** When it was certainly ours: before the statement that confirmed it was sent. */
  confirmed: Moment;
}

// Of the heartbeat: what was confirmed within two thirds may be built upon, and a worker may build on the handler's word
// for another quarter. What is left is for clocks that run apart.
const TRUSTED = 2 / 3;
const WORD = 1 / 4;
const RETRY_MILLISECONDS = 500;

const logger = getLogger('leases');

export class Leases {
  readonly #db: Db;
  readonly #heartbeatMilliseconds: number;
  readonly #held = new Map<Lease, AbortController>();
  /** Tickets are being fetched: until this has settled, nobody can say that a lapsed ticket is not on its way back here. */
  #fetching: Promise<unknown> = Promise.resolve();
  #renewing: Promise<void> | null = null;

  constructor(db: Db, heartbeatSeconds: number) {
    this.#db = db;
    this.#heartbeatMilliseconds = heartbeatSeconds * 1000;
  }

  /** How long a worker may make calls on one word of this handler, in seconds. */
  get wordSeconds(): number {
    return (this.#heartbeatMilliseconds * WORD) / 1000;
  }

  /** A ticket was fetched, by a statement that was sent at `since`. */
  take(ticket: Ticket, provider: string, since: Moment): Lease {
    const controller = new AbortController();
    const lease: Lease = { ticket, provider, lost: controller.signal, settled: null, confirmed: since };
    this.#held.set(lease, controller);
    return lease;
  }

  /**
   * The queue heard nothing of a ticket for too long, and handed it out anew to this same handler, which works on it still:
   * the conversation goes on with what is new of the ticket. Ended and begun anew, it would pay for what is on the wire twice.
   *
   * @returns whether there is a conversation that can go on.
   */
  renewWith(lease: Lease, ticket: Ticket, since: Moment): boolean {
    if (!this.#held.has(lease) || lease.lost.aborted) {
      return false;
    }
    lease.ticket = ticket;
    lease.confirmed = since;
    return true;
  }

  /** Tickets are being fetched, until `fetching` has settled and they are in hand. */
  during(fetching: Promise<unknown>): void {
    this.#fetching = fetching.catch(() => {});
  }

  /**
   * Do what only the holder of the ticket may do; once more where the ticket was handed out anew to this handler
   * meanwhile.
   *
   * @throws LapsedError where it is in other hands.
   */
  async asHolder<T>(lease: Lease, action: (ticket: Ticket) => Promise<T>): Promise<T> {
    for (;;) {
      const { ticket } = lease;
      try {
        return await action(ticket);
      } catch (error) {
        if (!(error instanceof LapsedError)) {
          throw error;
        }
        await this.#fetching;
        if (lease.ticket === ticket) {
          throw error;
        }
      }
    }
  }

  /** The same for the outcome, after which the ticket is nobody's. @throws LapsedError */
  async settle(lease: Lease, action: (ticket: Ticket) => Promise<unknown>): Promise<void> {
    await this.asHolder(lease, async (ticket) => {
      await action(ticket);
      lease.settled = ticket;
    });
  }

  release(lease: Lease): void {
    this.#held.delete(lease);
  }

  /** The database said that the ticket is in other hands. */
  lose(lease: Lease): void {
    this.#held.get(lease)?.abort();
  }

  /** Say that all tickets in hand are being worked on, and find out which are not ours any more. */
  renew(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  /** Whether the ticket is certainly ours for long enough to build on it; asks the database where that is not known. */
  async assure(lease: Lease): Promise<boolean> {
    while (!lease.lost.aborted && !this.#isFresh(lease)) {
      await this.renew();
    }
    return !lease.lost.aborted;
  }

  /** The same, for as long as the database does not answer and nobody gives up. */
  async assurePatiently(lease: Lease, leaving: AbortSignal): Promise<boolean> {
    for (;;) {
      try {
        return await this.assure(lease);
      } catch (error) {
        if (leaving.aborted) {
          throw error;
        }
      }
      await pause(RETRY_MILLISECONDS, leaving);
    }
  }

  /** Look at every ticket in hand that was not looked at lately; those that are lost are known to be when this returns. */
  async assureAll(): Promise<void> {
    while ([...this.#held.keys()].some((lease) => !lease.lost.aborted && !this.#isFresh(lease))) {
      await this.renew();
    }
  }

  #isFresh(lease: Lease): boolean {
    return ageOf(lease.confirmed) < this.#heartbeatMilliseconds * TRUSTED;
  }

  async #renew(): Promise<void> {
    const leases = [...this.#held.keys()].filter((lease) => !lease.lost.aborted);
    if (leases.length === 0) {
      return;
    }
    const asked = moment();
    const tickets = leases.map(({ ticket }) => ticket);
    const renewed = await renewTickets(this.#db, leases);
    const ours = new Set(renewed.map(({ id, retryCount }) => `${id}:${retryCount}`));
    if (ours.size < leases.length) {
      await this.#fetching;
    }
    for (const [index, lease] of leases.entries()) {
      const ticket = tickets[index];
      if (ticket === undefined || ticket !== lease.ticket) {
        // Handed out anew to this handler meanwhile.
        continue;
      }
      if (ours.has(`${ticket.id}:${ticket.retryCount}`)) {
        lease.confirmed = asked;
      } else if (this.#held.has(lease)) {
        // It may have been settled by us a moment ago; then there is nobody left whom this ends.
        logger.debug({ jobId: lease.ticket.id }, 'a ticket is not ours any more');
        this.lose(lease);
      }
    }
  }
}
