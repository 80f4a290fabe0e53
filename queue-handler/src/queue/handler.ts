/** The handler: feeds the queues, takes jobs, looks after what was lost, and ends in order. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { analyzeRun } from '../analysis/analyze.js';
import type { Database } from '../database/connect.js';
import { roomProblem } from '../database/room.js';
import { messageOf } from '../errors.js';
import { getLogger } from '../log.js';
import { endIfDone } from '../runs/lifecycle.js';
import type { Settings } from '../settings.js';
import { WorkerPool } from '../workers/pool.js';
import { Dispatcher } from './dispatcher.js';
import { Feeder } from './feeder.js';
import { Health } from './health.js';
import { Limits } from './limits.js';
import { analysisQueue, createQueues } from './names.js';
import { Settler } from './settle.js';
import { adoptSpool, Spool } from './spool.js';
import { releaseTickets, sweep } from './sweeper.js';

// However often jobs end, the queue is asked at most this often.
const SHORTEST_ROUND_MILLISECONDS = 40;
const FEED_MILLISECONDS = 200;
const OUTAGE_MILLISECONDS = 1_000;
const BEATS_PER_HEARTBEAT = 3;

const logger = getLogger('handler');

export class Handler {
  readonly id: string = randomUUID();
  readonly pool: WorkerPool;
  readonly #database: Database;
  readonly #settings: Settings;
  readonly #limits: Limits;
  readonly #spool: Spool;
  readonly #settler: Settler;
  readonly #feeder: Feeder;
  readonly #dispatcher: Dispatcher;
  readonly #health: Health;
  readonly #ended = new Set<string>();
  readonly #stop = new AbortController();
  #wake: () => void = () => {};
  #nudged = false;
  #fedAt = 0;
  /** When the last round over the queues ended: that a timer runs proves nothing. */
  #workedAt = performance.now();
  #providers: string[] = [];
  #out = false;

  constructor(database: Database, settings: Settings) {
    this.#database = database;
    this.#settings = settings;
    this.#limits = new Limits(settings);
    this.#spool = new Spool(settings.dataFolder, database.identity);
    this.#health = new Health(() =>
      database.shared ? null : roomProblem(settings.dataFolder, settings.roomMegabytes),
    );
    this.#settler = new Settler(database.db, database.boss);
    this.#feeder = new Feeder(database, settings);
    this.pool = new WorkerPool(settings.warmWorkers, settings.concurrency);
    const means = {
      settler: this.#settler,
      pool: this.pool,
      limits: this.#limits,
      spool: this.#spool,
      health: this.#health,
    };
    this.#dispatcher = new Dispatcher(database, means, (runId) => {
      this.#ended.add(runId);
      this.#nudged = true;
      this.#wake();
    });
  }

  /** Tickets that this handler has taken and not settled. */
  get inHand(): number {
    return this.#dispatcher.inHand;
  }

  /** Work until `stop` is called, or until `isOver` says so. */
  async run(isOver?: () => Promise<boolean>): Promise<void> {
    await createQueues(this.#database.boss, this.#settings);
    await adoptSpool(this.#database, this.#spool);
    if (!this.#database.shared) {
      await releaseTickets(this.#database);
    }
    await this.#beat();
    const analysis = await this.#database.boss.work<{ runId: string }>(
      analysisQueue,
      { pollingIntervalSeconds: 0.5 },
      async ([job]) => job && analyzeRun(this.#database.db, job.data.runId),
    );
    logger.info({ handler: this.id, warmWorkers: this.#settings.warmWorkers }, 'the handler takes jobs');
    const beat = this.#every((this.#settings.heartbeatSeconds * 1000) / BEATS_PER_HEARTBEAT, () => this.#beat());
    const sweeping = this.#every(Math.max(this.#settings.monitorSeconds, 1) * 1000, () => sweep(this.#database));
    while (!this.#stop.signal.aborted && !(isOver && (await this.#quietly(isOver, false)))) {
      const round = Date.now();
      await this.#quietly(() => this.#round(), undefined);
      this.#workedAt = performance.now();
      await this.#pause(round);
    }
    this.#stop.abort();
    await sweeping;
    await this.#drain();
    await beat;
    await this.#database.boss.offWork(analysisQueue, { id: analysis, wait: true });
    await this.pool.close();
    await this.#quietly(() => this.#database.db.deleteFrom('handlers').where('id', '=', this.id).execute(), undefined);
    logger.info('the handler has stopped');
  }

  /** Take nothing more; what is under way may end within the grace time, the rest goes back. */
  stop(): void {
    if (!this.#stop.signal.aborted) {
      logger.info({ inHand: this.#dispatcher.inHand }, 'the handler stops');
      this.#stop.abort();
      this.#wake();
    }
  }

  async #round(): Promise<void> {
    await this.#endRuns();
    const now = Date.now();
    if (now - this.#fedAt >= FEED_MILLISECONDS) {
      this.#fedAt = now;
      this.#providers = await this.#feeder.feed();
    }
    if (this.#providers.length > 0 && (await this.#isFit())) {
      await this.#dispatcher.fetch(this.#providers, this.#stop.signal);
    }
  }

  /** Whether this machine is fit to work; that it is not, or is again, is said at once. */
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
      this.#ended.delete(runId);
      if (await endIfDone(this.#database, runId, analysisQueue)) {
        logger.info({ runId }, 'the run has ended');
      }
    }
  }

  async #drain(): Promise<void> {
    const grace = setTimeout(() => {
      logger.warn({ inHand: this.#dispatcher.inHand }, 'the grace time is over; what is under way goes back');
      this.pool.interrupt();
    }, this.#settings.graceSeconds * 1000);
    const beating = new AbortController();
    const alive = this.#until(beating.signal, (this.#settings.heartbeatSeconds * 1000) / BEATS_PER_HEARTBEAT);
    await this.#dispatcher.idle();
    clearTimeout(grace);
    beating.abort();
    await alive;
    await this.#quietly(() => this.#endRuns(), undefined);
  }

  async #until(signal: AbortSignal, milliseconds: number): Promise<void> {
    while (!signal.aborted) {
      await this.#quietly(() => this.#dispatcher.heartbeat(), undefined);
      await sleep(milliseconds, undefined, { signal }).catch(() => {});
    }
  }

  /** Say that this handler lives, keep its tickets, and count who shares the limits. */
  async #beat(): Promise<void> {
    await this.#dispatcher.heartbeat();
    await sql`
      INSERT INTO handlers (id, host, pid, problem, worked_at)
      VALUES (${this.id}, ${hostname()}, ${process.pid}, ${this.#health.problem},
              now() - make_interval(secs => ${Math.floor((performance.now() - this.#workedAt) / 1000)}::int))
      ON CONFLICT (id) DO UPDATE SET seen_at = now(), problem = excluded.problem, worked_at = excluded.worked_at`.execute(
      this.#database.db,
    );
    const { rows } = await sql<{ live: number }>`
      SELECT count(*)::int AS live FROM handlers
      WHERE seen_at > now() - make_interval(secs => ${this.#settings.heartbeatSeconds})`.execute(this.#database.db);
    this.#limits.share = 1 / Math.max(1, rows[0]?.live ?? 1);
  }

  async #every(milliseconds: number, action: () => Promise<void>): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#quietly(action, undefined);
      await sleep(milliseconds, undefined, { signal: this.#stop.signal }).catch(() => {});
    }
  }

  /** An outage of the database ends no handler: it is said once, and waited for. */
  async #quietly<T>(action: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      const result = await action();
      if (this.#out) {
        this.#out = false;
        logger.info('the database answers again');
      }
      return result;
    } catch (error) {
      if (!this.#out) {
        this.#out = true;
        logger.error({ err: error }, `the database does not answer: ${messageOf(error)}`);
      }
      await sleep(OUTAGE_MILLISECONDS, undefined, { signal: this.#stop.signal }).catch(() => {});
      return otherwise;
    }
  }

  /** Until something has happened, or the next poll is due; and never without a breath in between. */
  async #pause(since: number): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (!this.#nudged) {
      const { signal } = this.#stop;
      await Promise.race([woken, sleep(this.#settings.pollMilliseconds, undefined, { signal }).catch(() => {})]);
    }
    this.#nudged = false;
    const spent = Date.now() - since;
    if (spent < SHORTEST_ROUND_MILLISECONDS && !this.#stop.signal.aborted) {
      await sleep(SHORTEST_ROUND_MILLISECONDS - spent);
    }
  }
}
