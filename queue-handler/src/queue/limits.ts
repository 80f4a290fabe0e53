/**
 * How much this handler asks at once: its own bound, and for each model a window that the answers of the provider widen and
 * narrow (`window.ts`), and what the provider says is left (`quota.ts`). What all handlers together may ask stands in the
 * database (`allowance.ts`).
 */
import { monotonic } from '../clock.js';
import type { RateReport } from '../documents/documents.js';
import { LONGEST_PAUSE_SECONDS } from '../model.js';
import type { Settings } from '../settings.js';
import { Quota } from './quota.js';
import { START, Window } from './window.js';

/** Milliseconds, from any moment on. */
export type Clock = () => number;

/** What was learned of a model's rate, for people who ask. */
export interface Learned {
  allowed: number;
  why: string;
}

/** One model as this handler may use it. */
export class ModelGate {
  inFlight = 0;
  readonly #window: Window;
  readonly #quota = new Quota();
  readonly #clock: Clock;
  #report: RateReport | null = null;

  constructor(most: number, clock: Clock) {
    this.#window = new Window(most);
    this.#clock = clock;
  }

  /** How many more conversations may begin now. */
  get room(): number {
    return Math.min(this.#window.allowed - this.inFlight, Math.floor(this.#quota.left(this.#clock())));
  }

  /** A conversation begins, which is in flight until its outcome is stored. */
  begin(): void {
    this.inFlight += 1;
    this.#window.began(this.inFlight);
    this.#quota.begun();
  }

  end(): void {
    this.inFlight -= 1;
  }

  /** A conversation was held, and nothing was refused in it: the window widens a little. */
  succeeded(): void {
    this.#window.answered(this.inFlight, this.#clock());
  }

  /** The provider limited the rate: the window narrows. */
  rateLimited(): void {
    this.#window.refused(this.inFlight, this.#clock());
  }

  /** What the provider says is left, in a conversation whose requests used so many tokens each. */
  told(report: RateReport, tokensPerRequest: number): void {
    this.#report = report;
    this.#quota.told(report, this.inFlight, tokensPerRequest, this.#clock());
  }

  get learned(): Learned {
    const { allowed, cause, starting } = this.#window;
    return { allowed, why: starting && cause !== 'at its bound' ? 'doubles until the first refusal' : WHY[cause] };
  }

  /** What the provider said last is left. */
  get report(): RateReport | null {
    return this.#report;
  }
}

const WHY = {
  start: 'doubles until the first refusal',
  doubled: 'doubles until the first refusal',
  grown: 'grows by one a round trip while it is used',
  refused: 'lowered by a fifth: the provider limited the rate',
  'at its bound': 'as many as are allowed to be',
} as const;

/** One provider as this handler may use it. */
export class ProviderGate {
  readonly models = new Map<string, ModelGate>();
  readonly #most: (model: string) => number;
  readonly #clock: Clock;
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(most: (model: string) => number, clock: Clock) {
    this.#most = most;
    this.#clock = clock;
  }

  get inFlight(): number {
    return [...this.models.values()].reduce((sum, model) => sum + model.inFlight, 0);
  }

  get paused(): boolean {
    return this.#clock() < this.#pausedUntil;
  }

  model(id: string): ModelGate {
    let model = this.models.get(id);
    if (model === undefined) {
      model = new ModelGate(this.#most(id), this.#clock);
      this.models.set(id, model);
    }
    return model;
  }

  /** Nothing begins before the time that the provider named. */
  pause(seconds: number): void {
    const milliseconds = Math.min(seconds, LONGEST_PAUSE_SECONDS) * 1000;
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock() + milliseconds);
  }
}

/** All providers, and this handler's bound over all of them. */
export class Limits {
  /**
   * Handlers that are at work. Each leaves the others an even part of what all may have together, rounded up, so that the
   * quickest does not take everything. It is courtesy and no bound: the bound holds however wrong this number is.
   */
  handlers = 1;
  /** The models of open probes, by provider. */
  asked: ReadonlyMap<string, readonly string[]> = new Map();
  readonly gates = new Map<string, ProviderGate>();
  readonly #settings: Settings;
  readonly #clock: Clock;

  constructor(settings: Settings, clock: Clock = monotonic) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** What is set for a provider, over all handlers. */
  of(provider: string): Settings['limits'][string] & { concurrency: number } {
    return { concurrency: this.#settings.providerConcurrency, ...this.#settings.limits[provider] };
  }

  gate(provider: string): ProviderGate {
    let gate = this.gates.get(provider);
    if (gate === undefined) {
      const { concurrency, models } = this.of(provider);
      gate = new ProviderGate(
        (model) => Math.min(concurrency, models?.[model]?.concurrency ?? concurrency),
        this.#clock,
      );
      this.gates.set(provider, gate);
    }
    return gate;
  }

  /** Conversations in flight, by provider. */
  get inFlight(): Map<string, number> {
    return new Map([...this.gates].map(([provider, gate]) => [provider, gate.inFlight]));
  }

  /** How many conversations may begin now, with all providers. */
  get free(): number {
    return this.#settings.concurrency - [...this.gates.values()].reduce((sum, gate) => sum + gate.inFlight, 0);
  }

  /** Models of which this handler would begin nothing more now. */
  full(provider: string): string[] {
    const gate = this.gate(provider);
    return this.#models(provider).filter((model) => gate.model(model).room < 1);
  }

  /** How many conversations with this provider this handler would begin now, of the models that are not full. */
  room(provider: string): number {
    const gate = this.gate(provider);
    if (gate.paused) {
      return 0;
    }
    const models = this.#models(provider);
    // Of which models the next jobs are, nobody knows: none of those that are not full gets more than it may.
    const open = models.map((model) => gate.model(model).room).filter((room) => room >= 1);
    const ofModels = models.length === 0 ? START : open.length === 0 ? 0 : Math.min(...open);
    const { concurrency, models: bounded } = this.of(provider);
    const part = Math.ceil(concurrency / Math.max(1, this.handlers)) - gate.inFlight;
    const room = Math.min(ofModels, concurrency - gate.inFlight, part, this.free);
    // Where models have bounds of their own, one job is fetched at a time, so that none is taken over its bound.
    return Object.keys(bounded ?? {}).length > 0 ? Math.min(room, 1) : room;
  }

  #models(provider: string): string[] {
    const underWay = [...this.gate(provider).models].filter(([, model]) => model.inFlight > 0).map(([id]) => id);
    return [...new Set([...(this.asked.get(provider) ?? []), ...underWay])];
  }
}
