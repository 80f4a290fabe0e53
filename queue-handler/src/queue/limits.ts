/**
 * How much this handler asks at once: its own bound, and a window that the answers of the providers widen and narrow. What all handlers
 * together may ask stands in the database (`allowance.ts`).
 */
import { monotonic } from '../clock.js';
import { LONGEST_PAUSE_SECONDS } from '../model.js';
import type { Settings } from '../settings.js';

// As other clients of these APIs do it: a fifth less after a 429, and no second time within the cool-down.
const DECREASE = 0.8;
const COOL_DOWN_MILLISECONDS = 15_000;

/** Milliseconds, from any moment on. */
export type Clock = () => number;

/** One provider as this handler may use it. */
export class ProviderGate {
  inFlight = 0;
  readonly #most: number;
  readonly #clock: Clock;
  #window: number;
  #coolUntil = Number.NEGATIVE_INFINITY;
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(most: number, clock: Clock) {
    this.#most = most;
    this.#window = most;
    this.#clock = clock;
  }

  /** How many more conversations may begin now. */
  get room(): number {
    return this.#clock() < this.#pausedUntil ? 0 : Math.max(1, Math.floor(this.#window)) - this.inFlight;
  }

  /** A conversation begins, which is in flight until its outcome is stored. */
  begin(): void {
    this.inFlight += 1;
  }

  end(): void {
    this.inFlight -= 1;
  }

  /** A conversation was held: the window widens a little. */
  succeeded(): void {
    this.#window = Math.min(this.#most, this.#window + 1 / this.#window);
  }

  /** The provider limited the rate: the window narrows, and nothing begins before the time that was named. */
  rateLimited(retryAfterSeconds: number | undefined): void {
    const now = this.#clock();
    if (now >= this.#coolUntil) {
      this.#window = Math.max(1, Math.min(this.#window, this.inFlight) * DECREASE);
      this.#coolUntil = now + COOL_DOWN_MILLISECONDS;
    }
    if (retryAfterSeconds !== undefined) {
      const pause = Math.min(retryAfterSeconds, LONGEST_PAUSE_SECONDS) * 1000;
      this.#pausedUntil = Math.max(this.#pausedUntil, now + pause);
    }
  }
}

/** All providers, and this handler's bound over all of them. */
export class Limits {
  /**
   * Handlers that are at work. Each leaves the others an even part of what all may have together, rounded up, so that the
   * quickest does not take everything. It is courtesy and no bound: the bound holds however wrong this number is.
   */
  handlers = 1;
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #gates = new Map<string, ProviderGate>();

  constructor(settings: Settings, clock: Clock = monotonic) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** What is set for a provider, over all handlers. */
  of(provider: string): Settings['limits'][string] & { concurrency: number } {
    return { concurrency: this.#settings.providerConcurrency, ...this.#settings.limits[provider] };
  }

  gate(provider: string): ProviderGate {
    let gate = this.#gates.get(provider);
    if (gate === undefined) {
      gate = new ProviderGate(this.of(provider).concurrency, this.#clock);
      this.#gates.set(provider, gate);
    }
    return gate;
  }

  /** Conversations in flight, by provider. */
  get inFlight(): Map<string, number> {
    return new Map([...this.#gates].map(([provider, gate]) => [provider, gate.inFlight]));
  }

  /** How many conversations may begin now, with all providers. */
  get free(): number {
    return this.#settings.concurrency - [...this.#gates.values()].reduce((sum, gate) => sum + gate.inFlight, 0);
  }

  /** How many conversations with this provider this handler would begin now. */
  room(provider: string): number {
    const gate = this.gate(provider);
    const part = Math.ceil(this.of(provider).concurrency / Math.max(1, this.handlers)) - gate.inFlight;
    const room = Math.min(gate.room, part, this.free);
    // Where models have bounds of their own, one job is fetched at a time, so that none is taken over its bound.
    return Object.keys(this.of(provider).models ?? {}).length > 0 ? Math.min(room, 1) : room;
  }
}
