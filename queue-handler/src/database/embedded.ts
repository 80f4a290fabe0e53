/**
 * The embedded database as seen from the main thread: one connection that is given to one at a time, and a thread that may
 * be lost. After a loss the next statement opens the database anew, as it is after a crash.
 */
import { Worker } from 'node:worker_threads';
import { getLogger } from '../log.js';
import type { Failure, Reply, Request, Start } from './embedded-thread.js';
import type { PoolUse } from './pool-use.js';
import { isFull } from './room.js';
import { SESSION } from './session.js';
import { LONG_MILLISECONDS } from './time-limit.js';
import { timed } from './timed.js';

const WATCH_MILLISECONDS = 1_000;
// On a full disk the database may spin for ever; a statement that takes this long there is taken for that.
const SPIN_MILLISECONDS = 5_000;
const CLOSE_MILLISECONDS = 20_000;
// Statements are counted from 1.
const OPENING = 0;

const logger = getLogger('database');

/** The database has broken down; what was under way has not happened, and may be repeated. */
export class DatabaseLostError extends Error {
  override name = 'DatabaseLostError';
}

/** What the database says of a statement. */
export class StatementError extends Error {
  override name = 'StatementError';
  readonly code: string | undefined;
  readonly detail: string | undefined;
  readonly constraint: string | undefined;

  constructor({ message, code, detail, constraint }: Failure) {
    super(message);
    this.code = code;
    this.detail = detail;
    this.constraint = constraint;
  }
}

export interface Answer {
  rows: object[];
  affected: number | undefined;
}

interface Waiting {
  since: number;
  done(answer: Answer): void;
  failed(error: Error): void;
}

/** One thread with the database open in it. */
class Thread {
  readonly #worker: Worker;
  readonly #folder: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #watch: NodeJS.Timeout;
  #asked = 0;
  /** Why it is of no use any more. */
  lost: DatabaseLostError | null = null;

  private constructor(start: Start) {
    this.#folder = start.folder;
    this.#worker = new Worker(new URL('./embedded-thread.js', import.meta.url), {
      workerData: start,
      // Of what the database prints nothing is meant for people.
      stdout: true,
      stderr: true,
    });
    this.#worker.stdout.resume();
    this.#worker.stderr.resume();
    this.#watch = setInterval(() => this.#look(), WATCH_MILLISECONDS);
    this.#worker.on('message', (reply: Reply) => this.#take(reply));
    this.#worker.on('error', (error) => this.lose(error.message));
    this.#worker.on('exit', (status) => this.lose(`its thread ended with status ${status}`));
  }

  /** @throws DatabaseLostError saying why it cannot be opened. */
  static async open(start: Start): Promise<Thread> {
    const thread = new Thread(start);
    try {
      await new Promise((done, failed) => thread.#waiting.set(OPENING, { since: performance.now(), done, failed }));
      await thread.ask('script', SESSION, []);
    } catch (error) {
      await thread.close();
      throw error;
    }
    return thread;
  }

  ask(kind: Request['kind'], sql: string, parameters: readonly unknown[]): Promise<Answer> {
    if (this.lost !== null) {
      return Promise.reject(this.lost);
    }
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((done, failed) => {
      this.#waiting.set(id, { since: performance.now(), done, failed });
      this.#worker.postMessage({ id, kind, sql, parameters: [...parameters] } satisfies Request);
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#watch);
    if (this.lost === null) {
      const late = setTimeout(() => this.lose('it does not close'), CLOSE_MILLISECONDS);
      await this.ask('close', '', []).catch(() => {});
      clearTimeout(late);
      this.lost ??= new DatabaseLostError('the embedded database is closed');
    }
    await this.#worker.terminate();
  }

  lose(why: string): void {
    if (this.lost === null) {
      const cause = isFull(this.#folder) ? `its disk is full (${this.#folder})` : why;
      const opening = this.#waiting.has(OPENING);
      this.lost = new DatabaseLostError(opening ? cause : `the embedded database was lost: ${cause}`);
      if (!opening) {
        logger.error({ cause }, 'the embedded database was lost; it is opened anew when it is needed');
      }
      clearInterval(this.#watch);
      void this.#worker.terminate();
    }
    for (const { failed } of this.#waiting.values()) {
      failed(this.lost);
    }
    this.#waiting.clear();
  }

  #take(reply: Reply): void {
    if ('broken' in reply) {
      this.lose(reply.broken.message);
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('rows' in reply) {
      waiting?.done(reply);
    } else if (reply.failure.code === undefined) {
      // No SQLSTATE: not an answer of the database, but its end.
      this.lose(reply.failure.message);
      waiting?.failed(this.lost ?? new StatementError(reply.failure));
    } else {
      waiting?.failed(new StatementError(reply.failure));
    }
  }

  #look(): void {
    const [oldest] = this.#waiting.values();
    const waited = oldest === undefined ? 0 : performance.now() - oldest.since;
    if (waited > SPIN_MILLISECONDS && isFull(this.#folder)) {
      this.lose('its disk is full');
    } else if (waited > LONG_MILLISECONDS) {
      this.lose(`it has not answered for ${LONG_MILLISECONDS / 1000} s`);
    }
  }
}

/** The right to use the one connection, until it is given back. */
export interface Turn {
  ask(kind: 'query' | 'script', sql: string, parameters: readonly unknown[]): Promise<Answer>;
  end(): void;
}

export class Embedded {
  readonly #start: Start;
  readonly #queue: (() => void)[] = [];
  #thread: Thread;
  #opening: Promise<Thread> | null = null;
  #busy = false;
  #closed = false;

  private constructor(start: Start, thread: Thread) {
    this.#start = start;
    this.#thread = thread;
  }

  /** @throws Error saying why the database in the folder cannot be opened. */
  static async open(start: Start): Promise<Embedded> {
    return new Embedded(start, await Thread.open(start));
  }

  /** Wait for the connection. Everything that is asked in one turn is asked of one and the same session. */
  async turn(): Promise<Turn> {
    if (this.#busy) {
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    }
    this.#busy = true;
    let thread: Thread;
    try {
      thread = await this.#alive();
    } catch (error) {
      this.#next();
      throw error;
    }
    let over = false;
    return {
      ask: (kind, sql, parameters) => timed(() => thread.ask(kind, sql, parameters)),
      end: () => {
        if (!over) {
          over = true;
          this.#next();
        }
      },
    };
  }

  /** Its one connection, as a pool of one. */
  get use(): PoolUse {
    return { name: 'embedded', used: this.#busy ? 1 : 0, idle: this.#busy ? 0 : 1, waiting: this.#queue.length };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#opening?.catch(() => {});
    await this.#thread.close();
  }

  #next(): void {
    const next = this.#queue.shift();
    if (next === undefined) {
      this.#busy = false;
    } else {
      next();
    }
  }

  async #alive(): Promise<Thread> {
    if (this.#thread.lost === null || this.#closed) {
      return this.#thread;
    }
    if (isFull(this.#start.folder)) {
      throw new DatabaseLostError(`the embedded database cannot be opened: its disk is full (${this.#start.folder})`);
    }
    this.#opening ??= Thread.open(this.#start).finally(() => {
      this.#opening = null;
    });
    try {
      this.#thread = await this.#opening;
    } catch (error) {
      throw new DatabaseLostError('the embedded database cannot be opened', { cause: error });
    }
    logger.info('the embedded database is open again');
    return this.#thread;
  }
}
