/**
 * One `probe.py --jsonl` process with many conversations in flight.
 *
 * What becomes of each of them when it ends:
 *
 * - A job whose own watchdog fired counts as crashed: it would hang every time. The process is asked to end, and
 *   the jobs that it then gives back, with their turns, have done nothing wrong: they are interrupted.
 * - Where it dies, or has to be killed, nobody can tell which of the jobs was the cause, so each that has no document
 *   counts as crashed and is tried in a process of its own next. A second crash is then its own: no job runs out of
 *   tries through the fault of others.
 * - The same where it writes something that is no document: every job in flight may be the one whose answer it was.
 * - Where the handler ends it, all are interrupted, also those that it had no time left to give back.
 */
import { getLogger } from '../log.js';
import type { IdentifiedJob } from '../model.js';
import { readLines } from './lines.js';
import { DOCUMENT_LIMIT } from './one-shot.js';
import { crashed, interrupted, malformed, type Outcome, outcomeOf, stuck, type Unsuccessful } from './outcome.js';
import { PATIENCE, type Patience, WorkerProcess } from './process.js';
import { type OnAsk, type OnTurn, readTurns, type TurnChannel, turnOptions } from './turns.js';

interface Waiting {
  settle: (outcome: Outcome) => void;
  onTurn: OnTurn;
  timer: NodeJS.Timeout;
  /** The number of its line on the worker's stdin: what ties a document to it that has no job ID. */
  line: number;
  /** What it comes to unless it comes to its own end. */
  endedAs: Unsuccessful | null;
}

export interface WarmOptions {
  patience?: Patience;
  documentLimit?: number;
  /** How long the handler's word on a job holds. */
  leaseSeconds?: number;
  onAsk?: OnAsk;
}

const logger = getLogger('pool');

export class WarmWorker {
  /** Providers, and models of them, of which this process knows that they cannot be asked. */
  readonly shut = new Set<string>();
  readonly #process: WorkerProcess;
  readonly #patience: Patience;
  readonly #waiting = new Map<string, Waiting>();
  #channel: TurnChannel | null = null;
  #lines = 0;
  #retired = false;
  #alive = true;

  constructor(concurrency: number, options: WarmOptions = {}) {
    const { patience = PATIENCE, documentLimit = DOCUMENT_LIMIT, leaseSeconds, onAsk } = options;
    this.#patience = patience;
    this.#process = new WorkerProcess({
      script: 'probe.py',
      args: ['--jsonl', '--concurrency', String(concurrency), ...turnOptions(leaseSeconds)],
      patience,
      onStdout: (stdout) =>
        readLines(
          stdout,
          documentLimit,
          (line, complete) => this.#result(line, complete),
          (head) => this.#distrust(`a line of more than ${documentLimit} characters`, head),
        ),
      onTurns: (turns) => {
        this.#channel = readTurns(turns, (turn) => this.#waiting.get(turn.jobId)?.onTurn(turn), onAsk);
      },
    });
    void this.#process.exited.then((exit) => {
      this.#alive = false;
      const { code, signal } = exit;
      if (this.#waiting.size > 0) {
        logger.error({ jobs: this.#waiting.size, code, signal, err: exit.spawnError }, 'a warm worker died');
      }
      for (const [id, { endedAs }] of [...this.#waiting]) {
        this.#settle(id, endedAs ?? crashed(exit));
      }
    });
  }

  get pid(): number | undefined {
    return this.#alive ? this.#process.pid : undefined;
  }

  get inFlight(): number {
    return this.#waiting.size;
  }

  get usable(): boolean {
    return this.#alive && !this.#retired && !this.#process.terminating;
  }

  get exited(): Promise<unknown> {
    return this.#process.exited;
  }

  /** Hold one conversation. `watchdogMilliseconds`: when it counts as stuck. */
  run(job: IdentifiedJob, watchdogMilliseconds: number, onTurn: OnTurn): Promise<Outcome> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#giveUp(job.jobId, watchdogMilliseconds), watchdogMilliseconds);
      this.#lines += 1;
      this.#waiting.set(job.jobId, { settle: resolve, onTurn, timer, line: this.#lines, endedAs: null });
      this.#process.write(`${JSON.stringify(job)}\n`);
    });
  }

  /** Ask nothing more for one job; it comes back as interrupted, with its paid turns, and the others go on. */
  cancel(jobId: string): void {
    const waiting = this.#waiting.get(jobId);
    if (waiting !== undefined) {
      waiting.endedAs ??= interrupted();
      this.#channel?.cancel(jobId);
    }
  }

  /** Take no more jobs, finish those in flight, and leave. */
  retire(): void {
    this.#retired = true;
    this.#process.end();
  }

  /** Leave now that there is nothing to do; a process that does not is ended. */
  async leave(): Promise<void> {
    this.retire();
    const timer = setTimeout(() => this.terminate(), this.#patience.killAfterMilliseconds);
    await this.#process.exited;
    clearTimeout(timer);
  }

  /** End now: conversations in flight come back as interrupted, with their paid turns. */
  terminate(): void {
    for (const waiting of this.#waiting.values()) {
      waiting.endedAs ??= interrupted();
    }
    this.#process.terminate();
  }

  #result(line: string, complete: boolean): void {
    if (line.trim() === '') {
      return;
    }
    let document: { jobId?: unknown; line?: unknown } | null;
    try {
      document = JSON.parse(line);
    } catch {
      // The beginning of a line is what a process leaves that is killed while it writes; its exit says the rest.
      if (complete) {
        this.#distrust('a line that is no JSON document', line);
      }
      return;
    }
    const id = this.#jobOf(document?.jobId, document?.line);
    const waiting = id === null ? undefined : this.#waiting.get(id);
    if (id === null || waiting === undefined) {
      logger.warn({ jobId: document?.jobId, line: document?.line }, 'a document for no job in flight');
      return;
    }
    this.#settle(id, outcomeOf(document, waiting.endedAs ?? (this.#process.terminating ? interrupted() : null)));
  }

  /** A job that the worker could not read, such as one that is too large, is answered by its line alone. */
  #jobOf(jobId: unknown, line: unknown): string | null {
    if (typeof jobId === 'string') {
      return jobId;
    }
    for (const [id, waiting] of this.#waiting) {
      if (waiting.line === line) {
        return id;
      }
    }
    return null;
  }

  #giveUp(id: string, milliseconds: number): void {
    const waiting = this.#waiting.get(id);
    // Where the process is being ended already, for whatever reason, this job is not the one to blame.
    if (waiting === undefined || this.#process.terminating) {
      return;
    }
    waiting.endedAs = stuck(milliseconds);
    logger.error({ jobId: id, pid: this.pid, milliseconds }, 'a warm worker is ended: it does not answer a job');
    this.#process.terminate();
  }

  #distrust(why: string, output: string): void {
    if (this.#process.terminating) {
      return;
    }
    for (const waiting of this.#waiting.values()) {
      waiting.endedAs = malformed(why, output);
    }
    logger.error({ why, pid: this.pid }, 'a warm worker is ended: what it writes cannot be trusted');
    this.#process.terminate();
  }

  #settle(id: string, outcome: Outcome): void {
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) {
      this.#waiting.delete(id);
      clearTimeout(waiting.timer);
      waiting.settle(outcome);
    }
  }
}
