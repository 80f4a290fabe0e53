/** Where conversations are held: a few warm processes, or a process for each. */
import { runOnce } from './one-shot.js';
import type { Outcome } from './outcome.js';
import type { WorkerProcess } from './process.js';
import type { OnTurn } from './turns.js';
import { WarmWorker } from './warm.js';

export interface Task {
  job: { jobId: string; runId: string; modelId: string; config?: { deadlineSeconds?: number } };
  provider: string;
  /** In a process of its own, because an earlier try of it took a process down. */
  alone: boolean;
  onTurn: OnTurn;
}

export const DEFAULT_DEADLINE_SECONDS = 280;
// Beyond its own deadline a worker needs only the time to start and to write.
const MARGIN_SECONDS = 20;

/**
 * The most seconds that a try can take: in a warm process a provider's pause may hold a conversation up for as long as
 * its deadline before it begins.
 */
export function longestSeconds(deadlineSeconds: number): number {
  return 2 * deadlineSeconds + 2 * MARGIN_SECONDS;
}

export class WorkerPool {
  readonly #size: number;
  readonly #concurrency: number;
  #warm: WarmWorker[] = [];
  readonly #leaving = new Set<WarmWorker>();
  readonly #single = new Set<WorkerProcess>();

  /** `size` 0: one process per conversation. */
  constructor(size: number, concurrency: number) {
    this.#size = size;
    this.#concurrency = Math.ceil(concurrency / Math.max(size, 1));
  }

  async run(task: Task): Promise<Outcome> {
    const deadline = task.job.config?.deadlineSeconds ?? DEFAULT_DEADLINE_SECONDS;
    if (this.#size > 0 && !task.alone) {
      const watchdog = (longestSeconds(deadline) - MARGIN_SECONDS) * 1000;
      const worker = this.#choose(task.provider);
      const outcome = await worker.run(task.job, watchdog, task.onTurn);
      if (outcome.kind === 'failure' && outcome.error.stopsProvider) {
        worker.shut.add(task.provider);
      }
      return outcome;
    }
    let process: WorkerProcess | undefined;
    try {
      return await runOnce(task.job, {
        ids: { jobId: task.job.jobId, runId: task.job.runId, modelId: task.job.modelId },
        timeoutMilliseconds: (deadline + MARGIN_SECONDS) * 1000,
        onTurn: task.onTurn,
        onStart: (started) => {
          process = started;
          this.#single.add(started);
        },
      });
    } finally {
      if (process !== undefined) {
        this.#single.delete(process);
      }
    }
  }

  /** PIDs of the processes, for tests and for the curious. */
  get pids(): number[] {
    return [...this.#warm, ...this.#leaving, ...this.#single].flatMap((worker) => worker.pid ?? []);
  }

  /** End every conversation now; each comes back with its paid turns. */
  interrupt(): void {
    for (const worker of [...this.#warm, ...this.#leaving, ...this.#single]) {
      worker.terminate();
    }
  }

  /** Let the idle processes leave. */
  async close(): Promise<void> {
    const all = [...this.#warm, ...this.#leaving];
    for (const worker of this.#warm) {
      worker.retire();
    }
    await Promise.all(all.map((worker) => worker.exited));
  }

  /** The least busy process that still asks this provider; dead ones are replaced here. */
  #choose(provider: string): WarmWorker {
    this.#warm = this.#warm.filter((worker) => {
      if (worker.usable && worker.shut.has(provider)) {
        // It has learnt that the key is wrong or the credit gone, which may be mended by now.
        worker.retire();
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
    const started = new WarmWorker(this.#concurrency);
    this.#warm.push(started);
    return started;
  }
}
