/** How much may be asked of whom, now: bounds that an operator sets, and what the providers' own answers teach. */
import type { Limit, ProviderLimit, Settings } from '../settings.js';

// What a token bucket may hold: a burst of this many seconds' worth of requests.
const BURST_SECONDS = 5;
// As other clients of these APIs do it: a fifth less after a refusal, and no second time within the cool-down.
const DECREASE = 0.8;
const COOL_DOWN_MILLISECONDS = 15_000;
// A provider that names an hour is asked again from time to time all the same: other models may be free.
const LONGEST_PAUSE_MILLISECONDS = 600_000;

export type Clock = () => number;

/** Concurrency and requests per minute of a provider or of a model, as this handler's share. */
class Gate {
  inFlight = 0;
  #tokens: number;
  #filledAt: number;

  constructor(
    private readonly limit: Limit,
    private readonly clock: Clock,
  ) {
    this.#tokens = this.#capacity(1);
    this.#filledAt = clock();
  }

  /** How many more conversations may begin. */
  room(share: number): number {
    const byConcurrency =
      this.limit.concurrency === undefined
        ? Number.POSITIVE_INFINITY
        : Math.max(1, Math.floor(this.limit.concurrency * share)) - this.inFlight;
    return Math.min(byConcurrency, this.#available(share));
  }

  /** A conversation of so many requests begins. */
  take(requests: number): void {
    this.inFlight += 1;
    if (this.limit.requestsPerMinute !== undefined) {
      this.#tokens -= requests;
    }
  }

  leave(): void {
    this.inFlight -= 1;
  }

  #available(share: number): number {
    if (this.limit.requestsPerMinute === undefined) {
      return Number.POSITIVE_INFINITY;
    }
    const now = this.clock();
    const perMillisecond = (this.limit.requestsPerMinute * share) / 60_000;
    this.#tokens = Math.min(this.#capacity(share), this.#tokens + (now - this.#filledAt) * perMillisecond);
    this.#filledAt = now;
    return Math.floor(this.#tokens + 1e-9);
  }

  #capacity(share: number): number {
    return Math.max(1, ((this.limit.requestsPerMinute ?? 0) * share * BURST_SECONDS) / 60);
  }
}

/** One provider as this handler may use it. */
export class ProviderGate {
  readonly #own: Gate;
  readonly #models: ReadonlyMap<string, Gate>;
  readonly #most: number;
  readonly #clock: Clock;
  #learnt: number;
  #coolUntil = 0;
  #pausedUntil = 0;

  constructor(limit: ProviderLimit, clock: Clock) {
    this.#clock = clock;
    this.#own = new Gate(limit, clock);
    this.#models = new Map(Object.entries(limit.models ?? {}).map(([model, own]) => [model, new Gate(own, clock)]));
    this.#most = limit.concurrency ?? Number.POSITIVE_INFINITY;
    this.#learnt = this.#most;
  }

  get inFlight(): number {
    return this.#own.inFlight;
  }

  /** How many conversations may begin now. `share` is this handler's part of what is allowed to all of them. */
  room(share: number): number {
    if (this.#clock() < this.#pausedUntil) {
      return 0;
    }
    const learnt = Math.max(1, Math.floor(this.#learnt * share)) - this.#own.inFlight;
    const room = Math.min(learnt, this.#own.room(share));
    // Where models have bounds of their own, one job is fetched at a time, so that none is taken over its bound.
    return this.#models.size > 0 ? Math.min(room, 1) : room;
  }

  /** Models of which nothing more may begin now. */
  fullModels(share: number): string[] {
    return [...this.#models].filter(([, gate]) => gate.room(share) < 1).map(([model]) => model);
  }

  /** A conversation of so many requests begins, which is in flight until its outcome is stored. */
  begin(model: string, requests: number): void {
    this.#own.take(requests);
    this.#models.get(model)?.take(requests);
  }

  end(model: string): void {
    this.#own.leave();
    this.#models.get(model)?.leave();
  }

  /** A conversation was held: a little more may be dared. */
  succeeded(): void {
    this.#learnt = Math.min(this.#most, this.#learnt + 1 / this.#learnt);
  }

  /** The provider refused one of what is in flight for haste: less at once, and nothing before the time it named. */
  refused(retryAfterSeconds: number | undefined): void {
    const now = this.#clock();
    if (now >= this.#coolUntil) {
      this.#learnt = Math.max(1, Math.min(this.#learnt, this.#own.inFlight) * DECREASE);
      this.#coolUntil = now + COOL_DOWN_MILLISECONDS;
    }
    if (retryAfterSeconds !== undefined) {
      const pause = Math.min(retryAfterSeconds * 1000, LONGEST_PAUSE_MILLISECONDS);
      this.#pausedUntil = Math.max(this.#pausedUntil, now + pause);
    }
  }
}

/** All providers, and this handler's bound over all of them. */
export class Limits {
  /** This handler's part of what is allowed to all handlers together: 1 over their number. */
  share = 1;
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #gates = new Map<string, ProviderGate>();

  constructor(settings: Settings, clock: Clock = Date.now) {
    this.#settings = settings;
    this.#clock = clock;
  }

  gate(provider: string): ProviderGate {
    let gate = this.#gates.get(provider);
    if (gate === undefined) {
      const own = this.#settings.limits[provider];
      gate = new ProviderGate({ concurrency: this.#settings.providerConcurrency, ...own }, this.#clock);
      this.#gates.set(provider, gate);
    }
    return gate;
  }

  /** How many conversations may begin now, whoever is asked. */
  get free(): number {
    return this.#settings.concurrency - [...this.#gates.values()].reduce((sum, gate) => sum + gate.inFlight, 0);
  }

  /** How many conversations with this provider may begin now. */
  room(provider: string): number {
    return Math.min(this.gate(provider).room(this.share), this.free);
  }
}
