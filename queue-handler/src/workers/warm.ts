/** One `probe.py --jsonl` process with many conversations in flight. */
import { getLogger } from '../log.js';
import { readLines } from './lines.js';
import { DOCUMENT_LIMIT } from './one-shot.js';
import { crashed, type Outcome, outcomeOf } from './outcome.js';
import { WorkerProcess } from './process.js';
import { type OnTurn, readTurns, TURNS } from './turns.js';

interface Waiting {
  settle: (outcome: Outcome) => void;
  onTurn: OnTurn;
  timer: NodeJS.Timeout;
}

const logger = getLogger('pool');

export class WarmWorker {
  /** Providers of which this process has learnt that they cannot be asked; it will not ask them again. */
  readonly shut = new Set<string>();
  readonly #process: WorkerProcess;
  readonly #waiting = new Map<string, Waiting>();
  #retired = false;
  #alive = true;

  constructor(concurrency: number) {
    this.#process = new WorkerProcess({
      script: 'probe.py',
      args: ['--jsonl', '--concurrency', String(concurrency), ...TURNS],
      onStdout: (stdout) =>
        readLines(
          stdout,
          DOCUMENT_LIMIT,
          (line) => this.#result(line),
          () => this.#breakDown('a line without an end'),
        ),
      onTurns: (turns) => readTurns(turns, (turn) => this.#waiting.get(turn.jobId)?.onTurn(turn)),
    });
    void this.#process.exited.then((exit) => {
      this.#alive = false;
      if (this.#waiting.size > 0) {
        logger.error({ jobs: this.#waiting.size, code: exit.code, signal: exit.signal }, 'a warm worker died');
      }
      for (const id of [...this.#waiting.keys()]) {
        this.#settle(id, crashed(exit));
      }
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
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

  /** Hold one conversation. `watchdogMilliseconds`: when the process counts as stuck. */
  run(job: { jobId: string }, watchdogMilliseconds: number, onTurn: OnTurn): Promise<Outcome> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#breakDown(`no answer for ${watchdogMilliseconds} ms`), watchdogMilliseconds);
      this.#waiting.set(job.jobId, { settle: resolve, onTurn, timer });
      this.#process.write(`${JSON.stringify(job)}\n`);
    });
  }

  /** Take no more jobs, finish those in flight, and leave. */
  retire(): void {
    this.#retired = true;
    this.#process.end();
  }

  /** End now: conversations in flight come back as interrupted, with their paid turns. */
  terminate(): void {
    this.#process.terminate();
  }

  #result(line: string): void {
    if (line.trim() === '') {
      return;
    }
    let document: { jobId?: unknown };
    try {
      document = JSON.parse(line);
    } catch {
      this.#breakDown('a line on stdout that is no document');
      return;
    }
    if (typeof document.jobId !== 'string' || !this.#waiting.has(document.jobId)) {
      logger.warn({ jobId: document.jobId }, 'a document for no job in flight');
      return;
    }
    this.#settle(document.jobId, outcomeOf(document, this.#process.terminating));
  }

  /** The process cannot be trusted any more; whoever can still save his turns does. */
  #breakDown(why: string): void {
    logger.error({ why, pid: this.pid }, 'a warm worker is ended');
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
