/** Where conversations are held: a few warm processes, or a process for each. */
import { setImmediate } from 'node:timers/promises';
import { deadlineOf, MARGIN_SECONDS } from '../deadline.js';
import type { IdentifiedJob } from '../model.js';
import { runOnce } from './one-shot.js';
import { type Outcome, unasked } from './outcome.js';
import type { Patience, WorkerProcess } from './process.js';
import { Slots } from './slots.js';
import type { OnAsk, OnTurn } from './turns.js';
import { WarmWorker } from './warm.js';

export interface Task {
  job: IdentifiedJob;
  provider: string;
  /** In a process of its own, because an earlier try of it took a process down. */
  alone: boolean;
  onTurn: OnTurn;
  /** Aborted when nothing more is to be asked for it. */
  lost?: AbortSignal;
}

// A warm process that dies leaves hundreds of jobs that are to run alone; their processes must fit into the machine.
const ALONE_AT_ONCE = 16;

export interface PoolOptions {
  patience?: Patience;
  documentLimit?: number;
  marginSeconds?: number;
  aloneAtOnce?: number;
  /** How long the handler's word on a job holds; workers ask `onAsk` before a call where it is older. */
  leaseSeconds?: number;
  onAsk?: OnAsk;
}

export class WorkerPool {
  readonly #size: number;
  readonly #concurrency: number;
  readonly #options: PoolOptions;
  readonly #marginSeconds: number;
  readonly #places: Slots;
  #warm: WarmWorker[] = [];
  readonly #leaving = new Set<WarmWorker>();
  readonly #single = new Set<WorkerProcess>();
  #starts: Promise<unknown> = Promise.resolve();
  #over = false;

  /** `size` 0: one process per conversation. `concurrency`: conversations at once, at most. */
  constructor(size: number, concurrency: number, options: PoolOptions = {}) {
    this.#size = size;
    this.#concurrency = Math.ceil(concurrency / Math.max(size, 1));
    this.#options = options;
    this.#marginSeconds = options.marginSeconds ?? MARGIN_SECONDS;
    this.#places = new Slots(size === 0 ? concurrency : Math.min(concurrency, options.aloneAtOnce ?? ALONE_AT_ONCE));
  }

  async run(task: Task): Promise<Outcome> {
    if (this.#over || task.lost?.aborted) {
      return unasked();
    }
    const deadline = deadlineOf(task.job.config, task.job.modelConfig);
    if (this.#size > 0 && !task.alone) {
      return this.#runWarm(task, (2 * deadline + this.#marginSeconds) * 1000);
    }
    if (!(await this.#places.take(deadline * 1000))) {
      return unasked();
    }
    try {
      await this.#turnToStart();
      if (this.#over || task.lost?.aborted) {
        return unasked();
      }
      return await this.#runAlone(task, (deadline + this.#marginSeconds) * 1000);
    } finally {
      this.#places.give();
    }
  }

  /** PIDs of the processes, for tests and for the curious. */
  get pids(): number[] {
    return [...this.#warm, ...this.#leaving, ...this.#single].flatMap((worker) => worker.pid ?? []);
  }

  /** End every conversation now, for good; each comes back with its paid turns. */
  interrupt(): void {
    this.#over = true;
    this.#places.dismiss();
    for (const worker of [...this.#warm, ...this.#leaving, ...this.#single]) {
      worker.terminate();
    }
  }

  /** Let the idle processes leave. */
  async close(): Promise<void> {
    await Promise.all([...this.#warm, ...this.#leaving].map((worker) => worker.leave()));
  }

  async #runWarm(task: Task, watchdogMilliseconds: number): Promise<Outcome> {
    const model = `${task.provider}/${task.job.modelId}`;
    const worker = this.#choose([task.provider, model]);
    const cancel = (): void => worker.cancel(task.job.jobId);
    const running = worker.run(task.job, watchdogMilliseconds, task.onTurn);
    task.lost?.addEventListener('abort', cancel, { once: true });
    const outcome = await running;
    task.lost?.removeEventListener('abort', cancel);
    if (outcome.kind === 'failure' && outcome.error.stopsProvider) {
      worker.shut.add(task.provider);
    } else if (outcome.kind === 'failure' && outcome.error.stopsModel) {
      worker.shut.add(model);
    }
    return outcome;
  }

  /**
   * To start a process blocks the event loop for milliseconds, and to start hundreds at once for many seconds, in which
   * the first of them wait for the end of their jobs and the database for its client: each gets a turn of its own.
   */
  #turnToStart(): Promise<unknown> {
    this.#starts = this.#starts.then(() => setImmediate());
    return this.#starts;
  }

  async #runAlone(task: Task, timeoutMilliseconds: number): Promise<Outcome> {
    const { patience, documentLimit, leaseSeconds, onAsk } = this.#options;
    const { jobId, runId, modelId } = task.job;
    let process: WorkerProcess | undefined;
    const cancel = (): void => process?.terminate();
    try {
      return await runOnce(task.job, {
        ids: { jobId, runId, modelId },
        timeoutMilliseconds,
        onTurn: task.onTurn,
        onStart: (started) => {
          process = started;
          this.#single.add(started);
          task.lost?.addEventListener('abort', cancel, { once: true });
        },
        ...(patience && { patience }),
        ...(documentLimit && { documentLimit }),
        ...(leaseSeconds && { leaseSeconds }),
        ...(onAsk && { onAsk }),
      });
    } finally {
      task.lost?.removeEventListener('abort', cancel);
      if (process !== undefined) {
        this.#single.delete(process);
      }
    }
  }

  /** The least busy process that still asks this provider and this model; dead ones are replaced here. */
  #choose(asked: string[]): WarmWorker {
    this.#warm = this.#warm.filter((worker) => {
      if (worker.usable && asked.some((one) => worker.shut.has(one))) {
        // It knows that the key is wrong or the credit gone, which may be mended by now.
        worker.retire();
      }
      if (!worker.usable) {
        this.#leaving.add(worker);
        void worker.exited.then(() => this.#leaving.delete(worker));
      }
      return worker.usable;
    });
    const idlest = this.#warm.reduce<WarmWorker | null>(
      (best, worker) => (best === null || worker.inFlight < best.inFlight ? worker : best),
      null,
    );
    if (idlest !== null && (this.#warm.length >= this.#size || idlest.inFlight === 0)) {
      return idlest;
    }
    const started = new WarmWorker(this.#concurrency, this.#options);
    this.#warm.push(started);
    return started;
  }
}
