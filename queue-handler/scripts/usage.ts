/** What a handler and its workers use, looked up from time to time while they run. */
import { childrenOf, statOf } from '../support/proc.js';

/** Seconds of processor time and bytes of memory. */
export interface Used {
  cpuHandler: number;
  cpuWorkers: number;
  peakHandler: number;
  /** Of all that lived at one moment together. */
  peakWorkers: number;
}

export class Usage {
  #cpuHandler = 0;
  #cpuReaped = 0;
  #peakHandler = 0;
  #peakWorkers = 0;
  readonly #cpuLiving = new Map<number, number>();

  constructor(private readonly pid: number) {}

  sample(): void {
    const own = statOf(this.pid);
    if (own === null) {
      return;
    }
    this.#cpuHandler = own.cpu;
    this.#cpuReaped = own.cpuOfChildren;
    this.#peakHandler = Math.max(this.#peakHandler, own.memory);
    let memory = 0;
    this.#cpuLiving.clear();
    for (const pid of childrenOf(this.pid)) {
      const stat = statOf(pid);
      memory += stat?.memory ?? 0;
      this.#cpuLiving.set(pid, stat?.cpu ?? 0);
    }
    this.#peakWorkers = Math.max(this.#peakWorkers, memory);
  }

  result(): Used {
    const living = [...this.#cpuLiving.values()].reduce((sum, cpu) => sum + cpu, 0);
    return {
      cpuHandler: this.#cpuHandler,
      cpuWorkers: this.#cpuReaped + living,
      peakHandler: this.#peakHandler,
      peakWorkers: this.#peakWorkers,
    };
  }
}
