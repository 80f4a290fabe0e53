/** The handler: feeds the queues, takes jobs, looks after what was lost, and ends in order. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { analyzeRun } from '../analysis/analyze.js';
import { ageOf, type Moment, moment, monotonic } from '../clock.js';
import type { Database } from '../database/connect.js';
import { roomProblem } from '../database/room.js';
import { getLogger } from '../log.js';
import { openDay } from '../money/open.js';
import { analyseOrders, createQueues, scoreOrders } from '../pgboss.js';
import { machine } from '../provenance/machine.js';
import { processHome } from '../runs/handlers.js';
import { endIfDone } from '../runs/lifecycle.js';
import { noteMachine } from '../runs/manifest.js';
import { queueScorings } from '../runs/scorings.js';
import { adoptSpool, Spool } from '../runs/spool.js';
import { scoreRun } from '../scoring/score.js';
import type { Settings } from '../settings.js';
import { orGivenUp, pause, settledOr } from '../waiting.js';
import { WorkerPool } from '../workers/pool.js';
import { type Condition, conditionOf } from './condition.js';
import { Dispatcher } from './dispatcher.js';
import { Feeder } from './feeder.js';
import { Health } from './health.js';
import { Leases } from './leases.js';
import { Limits } from './limits.js';
import { loadProbes } from './probe.js';
import { RateKeeper } from './rates.js';
import { deleteExpired } from './retention.js';
import { Settler } from './settle.js';
import { Shutdown } from './shutdown.js';
import { releaseTickets, sweep } from './sweeper.js';
import { Trouble } from './trouble.js';

// However often jobs end, the queue is asked at most this often.
const SHORTEST_ROUND_MILLISECONDS = 40;
const FEED_MILLISECONDS = 200;
const BEATS_PER_HEARTBEAT = 3;
// How often others can see what this handler has learned of rates.
const RATES_MILLISECONDS = 2_000;
// How often the handler looks whether it was frozen.
const WATCH_MILLISECONDS = 500;

const logger = getLogger('handler');

export class Handler {
  readonly id: string = randomUUID();
  readonly pool: WorkerPool;
  /** Runs that this handler has ended a probe of. */
  readonly touched = new Set<string>();
  readonly #database: Database;
  readonly #settings: Settings;
  readonly #limits: Limits;
  readonly #leases: Leases;
  readonly #spool: Spool;
  readonly #settler: Settler;
  readonly #feeder: Feeder;
  readonly #dispatcher: Dispatcher;
  readonly #health: Health;
  readonly #ended = new Set<string>();
  /** Runs whose manifests say what kind of machine this handler is on. */
  readonly #noted = new Set<string>();
  readonly #shutdown = new Shutdown();
  readonly #trouble: Trouble;
  #wake: () => void = () => {};
  #nudged = false;
  #fedAt = Number.NEGATIVE_INFINITY;
  /** When the last round over the queues ended: that a timer runs proves nothing. */
  #workedAt = monotonic();
  /** When the database last heard of this handler. */
  #beaten: Moment | null = null;
  #providers: string[] = [];
  /** The first look at the database is over. */
  #started = false;
  /** What the last round failed with, or null. */
  #failure: unknown = null;

  constructor(database: Database, settings: Settings) {
    this.#database = database;
    this.#settings = settings;
    this.#spool = new Spool(settings.dataFolder, database.identity);
    this.#health = new Health(() =>
      database.shared ? null : roomProblem(settings.dataFolder, settings.roomMegabytes),
    );
    this.#settler = new Settler(database.db, database.boss);
    this.#limits = new Limits(settings);
    this.#leases = new Leases(database.db, settings.heartbeatSeconds);
    this.#trouble = new Trouble(this.#shutdown.asked);
    const onDone = (runId: string): void => {
      this.#ended.add(runId);
      this.touched.add(runId);
      this.#nudged = true;
      this.#wake();
    };
    this.#feeder = new Feeder(database, settings, (error) => this.#trouble.say(error), onDone);
    this.pool = new WorkerPool(settings.warmWorkers, settings.concurrency, {
      leaseSeconds: this.#leases.wordSeconds,
      // A worker that asks gets its answer when every ticket has been looked at, and the lost ones are called off.
      onAsk: () => this.#leases.assureAll(),
    });
    const services = {
      settler: this.#settler,
      leases: this.#leases,
      pool: this.pool,
      limits: this.#limits,
      spool: this.#spool,
      health: this.#health,
      dayUsd: settings.budgetUsd,
      interrupted: this.#shutdown.interrupted,
      leaving: this.#shutdown.leaving,
    };
    this.#dispatcher = new Dispatcher(database, services, onDone);
  }

  /** Tickets that this handler has taken and not settled. */
  get inHand(): number {
    return this.#dispatcher.inHand;
  }

  /** Whether it does its work. */
  get condition(): Condition {
    return conditionOf({
      started: this.#started,
      stopping: this.#shutdown.asked.aborted,
      fit: this.#health.passed,
      problem: this.#health.problem,
      failure: this.#failure,
      idleSeconds: (monotonic() - this.#workedAt) / 1000,
    });
  }

  /** Open runs of which nothing is asked, however long one waits. */
  get stuck(): ReadonlySet<string> {
    return this.#feeder.stuck;
  }

  /** What is under way in this handler, by provider. */
  get inFlight(): Map<string, number> {
    return this.#limits.inFlight;
  }

  /** Conversations whose paid turns are on disk, because the database has not taken them. */
  get unsaved(): number {
    return this.#spool.size;
  }

  /** Aborted when nothing is waited for any more: the process leaves, whatever it has begun. */
  get leaving(): AbortSignal {
    return this.#shutdown.leaving;
  }

  /** Work until `stop` is called, or until `isOver` says so; `onReady` is told when jobs are taken. */
  async run(isOver?: () => Promise<boolean>, onReady?: () => void): Promise<void> {
    const { asked, leaving } = this.#shutdown;
    try {
      // Nothing is in hand yet, so nothing is lost where it is told to stop meanwhile.
      await orGivenUp(this.#prepare(), asked);
    } catch (error) {
      if (!asked.aborted) {
        throw error;
      }
      return;
    }
    this.#started = true;
    const endAnalyses = await analyseOrders(this.#database.boss, (runId) => analyzeRun(this.#database.db, runId));
    const endScorings = await scoreOrders(this.#database.boss, (order, lost) =>
      scoreRun(this.#database, order, this.#settings, AbortSignal.any([asked, lost])),
    );
    logger.info({ handler: this.id, warmWorkers: this.#settings.warmWorkers }, 'the handler takes jobs');
    onReady?.();
    const beatMilliseconds = (this.#settings.heartbeatSeconds * 1000) / BEATS_PER_HEARTBEAT;
    const over = new AbortController();
    const rates = new RateKeeper();
    const besides = [
      this.#every(beatMilliseconds, over.signal, () => this.#beat()),
      this.#every(this.#settings.monitorSeconds * 1000, asked, () => sweep(this.#database)),
      this.#every(this.#settings.monitorSeconds * 1000, asked, () =>
        deleteExpired(this.#database, this.#spool, this.#settings.retentionDays),
      ),
      this.#every(RATES_MILLISECONDS, over.signal, () => rates.keep(this.#database.db, this.id, this.#limits.gates)),
      this.#watch(over.signal),
    ];
    let turn: Promise<unknown> = Promise.resolve();
    while (!asked.aborted) {
      turn = this.#turn(isOver);
      await settledOr(turn, asked);
    }
    this.#shutdown.drain(this.#settings.graceSeconds, () => this.interrupt('the grace time is over'));
    await settledOr(turn, leaving);
    await settledOr(this.#dispatcher.idle(), leaving);
    await settledOr(
      this.#trouble.quietly(() => this.#endRuns(), undefined),
      leaving,
    );
    over.abort();
    await settledOr(Promise.all([...besides, endScorings(), endAnalyses()]), leaving);
    await settledOr(this.pool.close(), leaving);
    await settledOr(this.#database.db.deleteFrom('handlers').where('id', '=', this.id).execute(), leaving);
    this.#dispatcher.spoolAll();
    this.#shutdown.over();
    logger.info({ inHand: this.#dispatcher.inHand }, 'the handler has stopped');
  }

  /** Take nothing more; what is under way may end within the grace time, the rest goes back. */
  stop(): void {
    if (!this.#shutdown.asked.aborted) {
      logger.info({ inHand: this.#dispatcher.inHand }, 'the handler stops');
      this.#shutdown.ask();
      this.#wake();
    }
  }

  /** Stop within seconds, whatever is waited for: conversations end now, and what cannot be stored at once goes to disk. */
  interrupt(why: string): void {
    this.stop();
    if (!this.#shutdown.interrupted.aborted) {
      logger.warn({ inHand: this.#dispatcher.inHand }, `${why}; what is under way goes back`);
      this.#shutdown.interrupt();
      this.pool.interrupt();
    }
  }

  async #prepare(): Promise<void> {
    await createQueues(this.#database.boss, this.#settings);
    await adoptSpool(this.#database, this.#spool);
    if (!this.#database.shared) {
      await releaseTickets(this.#database);
    }
    await this.#beat();
  }

  /** One look at everything, and the pause after it. */
  async #turn(isOver?: () => Promise<boolean>): Promise<void> {
    if (isOver && (await this.#trouble.quietly(isOver, false))) {
      this.#shutdown.ask();
      return;
    }
    const began = monotonic();
    await this.#trouble.quietly(() => this.#remembered(() => this.#round()), undefined);
    this.#workedAt = monotonic();
    await this.#pause(began);
  }

  /** What comes of a round is known until the next one. */
  async #remembered(round: () => Promise<void>): Promise<void> {
    try {
      await round();
      this.#failure = null;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  async #round(): Promise<void> {
    // After a freeze first of all: what this handler still believes to hold may be in other hands.
    await this.#leases.assureAll();
    // After an outage of the database, too: nobody counts with a handler that was not heard of, nor with its bound.
    if (!this.#isHeardOf) {
      await this.#beat();
    }
    await this.#endRuns();
    const now = monotonic();
    if (now - this.#fedAt >= FEED_MILLISECONDS) {
      this.#fedAt = now;
      await queueScorings(this.#database);
      this.#providers = await this.#feeder.feed();
      this.#limits.asked = this.#feeder.models;
      if (this.#database.shared && this.#providers.length > 0) {
        await this.#countHandlers();
      }
    }
    const due = this.#providers.length > 0;
    // Who watches the handler is not left to learn with the first job that the machine is not fit.
    const watched = this.#settings.metricsPort > 0;
    if ((due || watched) && (await this.#isFit()) && due) {
      await this.#dispatcher.fetch(this.#providers, this.#shutdown.asked);
    }
  }

  /** Whether this machine is fit to work; a change is said at once. */
  async #isFit(): Promise<boolean> {
    const { problem } = this.#health;
    const fit = await this.#health.check();
    if (this.#health.problem !== problem) {
      await this.#beat();
    }
    return fit;
  }

  /** Runs of which a probe has just ended: was it the last? */
  async #endRuns(): Promise<void> {
    for (const runId of [...this.#ended]) {
      if (!this.#noted.has(runId)) {
        await noteMachine(this.#database.db, runId, await machine(this.#health.report));
        this.#noted.add(runId);
      }
      if (await endIfDone(this.#database, runId)) {
        logger.info({ runId }, 'the run has ended');
      }
      this.#ended.delete(runId);
    }
  }

  get #isHeardOf(): boolean {
    return this.#beaten !== null && ageOf(this.#beaten) < this.#settings.heartbeatSeconds * 1000;
  }

  /** Say that this handler lives, and renew its tickets. */
  async #beat(): Promise<void> {
    await this.#leases.renew();
    const asked = moment();
    await sql`
      INSERT INTO handlers (id, host, pid, problem, heartbeat_seconds, budget_usd, worked_at)
      VALUES (${this.id}, ${processHome()}, ${process.pid}, ${this.#health.problem}, ${this.#settings.heartbeatSeconds},
              ${this.#settings.budgetUsd}::numeric, now() - make_interval(secs => ${Math.floor((monotonic() - this.#workedAt) / 1000)}::int))
      ON CONFLICT (id) DO UPDATE SET seen_at = now(), problem = excluded.problem, worked_at = excluded.worked_at`.execute(
      this.#database.db,
    );
    if (this.#settings.budgetUsd !== null && !this.#isHeardOf) {
      // Others that took tickets meanwhile saw no bound of this handler.
      await openDay(this.#database.db, loadProbes);
    }
    this.#beaten = asked;
  }

  async #countHandlers(): Promise<void> {
    const { rows } = await sql<{ live: number }>`
      SELECT count(*)::int AS live FROM handlers
      WHERE problem IS NULL AND seen_at > now() - make_interval(secs => heartbeat_seconds)`.execute(this.#database.db);
    this.#limits.handlers = rows[0]?.live ?? 1;
  }

  /** Notice at once that the process was frozen, and look at the tickets before anything goes on. */
  async #watch(over: AbortSignal): Promise<void> {
    const longest = (this.#settings.heartbeatSeconds * 1000) / BEATS_PER_HEARTBEAT;
    for (let looked = monotonic(); !over.aborted; ) {
      await pause(WATCH_MILLISECONDS, over);
      const gap = monotonic() - looked - WATCH_MILLISECONDS;
      looked = monotonic();
      if (gap > longest) {
        logger.warn({ seconds: Math.round(gap / 1000) }, 'the handler was frozen; it looks at its tickets first');
        await this.#trouble.quietly(() => this.#leases.assureAll(), undefined);
      }
    }
  }

  async #every(milliseconds: number, over: AbortSignal, action: () => Promise<void>): Promise<void> {
    while (!over.aborted) {
      await this.#trouble.quietly(action, undefined);
      await pause(milliseconds, over);
    }
  }

  /** Until something has happened, or the next poll is due; and never without a breath in between. */
  async #pause(since: number): Promise<void> {
    const { asked } = this.#shutdown;
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (!this.#nudged) {
      const poll = new AbortController();
      await Promise.race([woken, pause(this.#settings.pollMilliseconds, AbortSignal.any([asked, poll.signal]))]);
      poll.abort();
    }
    this.#nudged = false;
    await pause(Math.max(0, SHORTEST_ROUND_MILLISECONDS - (monotonic() - since)), asked);
  }
}
