/** What a scrape gets: the counters of this handler, its state at this moment, and how the whole queue stands. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/connect.js';
import type { Handler } from '../queue/handler.js';
import { type Standing, standingOf } from '../runs/standing.js';
import { Counted } from './counted.js';
import { Instruments } from './instruments.js';

// A scrape has ten seconds as a rule. What the database has not said by then is as old as its age says.
const PATIENCE_MILLISECONDS = 4_000;

/** Of a handler, what is shown. */
export type Shown = Pick<Handler, 'condition' | 'inFlight' | 'unsaved'>;

export class Exposition {
  readonly #instruments = new Instruments();
  readonly #handler: Shown;
  readonly #database: Pick<Database, 'db' | 'pools'>;
  readonly #standing: Counted<Standing>;
  readonly #own: ReturnType<typeof ownGauges>;
  readonly #shared: ReturnType<typeof sharedGauges>;
  /** Failures to count that the counter has. */
  #told = 0;

  constructor(handler: Shown, database: Pick<Database, 'db' | 'pools'>) {
    this.#handler = handler;
    this.#database = database;
    this.#standing = new Counted(() => standingOf(database.db));
    this.#own = ownGauges(this.#instruments);
    this.#shared = sharedGauges(this.#instruments);
  }

  get contentType(): string {
    return this.#instruments.registry.contentType;
  }

  /** The text of one scrape; within seconds, whether the database answers or not. */
  async text(): Promise<string> {
    const patience = new AbortController();
    const late = sleep(PATIENCE_MILLISECONDS, undefined, { signal: patience.signal, ref: false }).catch(() => {});
    await Promise.race([this.#standing.refresh(), late]);
    patience.abort();
    this.#showOwn();
    if (this.#standing.value !== null) {
      this.#showStanding(this.#standing.value);
    }
    return this.#instruments.registry.metrics();
  }

  close(): void {
    this.#instruments.close();
  }

  #showOwn(): void {
    const { working, inFlight, unsaved, pool, age, failures } = this.#own;
    working.set(this.#handler.condition.status === 'failing' ? 0 : 1);
    inFlight.reset();
    for (const [provider, number] of this.#handler.inFlight) {
      inFlight.inc({ provider: this.#instruments.provider(provider) }, number);
    }
    unsaved.set(this.#handler.unsaved);
    for (const { name, used, idle, waiting } of this.#database.pools()) {
      pool.set({ pool: name, state: 'used' }, used);
      pool.set({ pool: name, state: 'idle' }, idle);
      pool.set({ pool: name, state: 'waiting' }, waiting);
    }
    age.set(this.#standing.age);
    failures.inc(this.#standing.failures - this.#told);
    this.#told = this.#standing.failures;
  }

  #showStanding({ runs, probes, waits, handlers }: Standing): void {
    const gauges = this.#shared;
    for (const gauge of Object.values(gauges)) {
      gauge.reset();
    }
    for (const { status, runs: number } of runs) {
      gauges.runs.set({ status: status.toLowerCase() }, number);
    }
    for (const { provider, state, code, probes: number } of probes) {
      const labels = { provider: this.#instruments.provider(provider), state, code: this.#instruments.code(code) };
      gauges.probes.inc(labels, number);
    }
    for (const { provider, reason, probes: number } of waits) {
      gauges.waiting.inc({ provider: this.#instruments.provider(provider), reason: reason.toLowerCase() }, number);
    }
    gauges.handlers.set({ state: 'fit' }, handlers.fit);
    gauges.handlers.set({ state: 'unfit' }, handlers.unfit);
  }
}

/** Of this handler; the sum over all handlers is that of the queue. */
function ownGauges(instruments: Instruments) {
  return {
    working: instruments.gauge('working', '1: this handler does its work; 0: it does not, and /healthz says why', []),
    inFlight: instruments.gauge('in_flight', 'Conversations that are in flight in this handler', ['provider']),
    unsaved: instruments.gauge(
      'unsaved_conversations',
      'Conversations whose paid turns are on the disk of this machine, because the database has not taken them',
      [],
    ),
    pool: instruments.gauge(
      'database_connections',
      'Connections of this handler to the database, used and idle, and statements that are waiting for one',
      ['pool', 'state'],
    ),
    age: instruments.gauge(
      'count_age_seconds',
      'How old the numbers are that are counted in the database; Inf: there are none yet',
      [],
    ),
    failures: instruments.counter('count_failures_total', 'How often they could not be counted', []),
  };
}

/** Of the whole queue, counted in the database: the same on each handler, so their maximum counts and not their sum. */
function sharedGauges(instruments: Instruments) {
  return {
    runs: instruments.gauge('runs', 'Runs in the database by status', ['status']),
    probes: instruments.gauge(
      'probes',
      'Probes of the runs that have not ended, by state and, where they have failed, by the code of the failure',
      ['provider', 'state', 'code'],
    ),
    waiting: instruments.gauge('probes_waiting', 'Of these the waiting ones, by what they wait for', [
      'provider',
      'reason',
    ]),
    handlers: instruments.gauge('handlers', 'Handlers that are alive, by whether they are fit to work', ['state']),
  };
}
