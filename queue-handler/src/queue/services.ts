/** What a handler has, and each attempt works with. */
import type { Spool } from '../runs/spool.js';
import type { WorkerPool } from '../workers/pool.js';
import type { Health } from './health.js';
import type { Leases } from './leases.js';
import type { Limits } from './limits.js';
import type { Settler } from './settle.js';

export interface Services {
  settler: Settler;
  leases: Leases;
  pool: WorkerPool;
  limits: Limits;
  spool: Spool;
  health: Health;
  /** Dollars that may be spent a day over all runs, as this handler is set; null where it has no bound. */
  dayUsd: number | null;
  /** The handler interrupts its work: nothing that fails is retried here, and what is not stored goes to disk. */
  interrupted: AbortSignal;
  /** The process leaves: nothing is waited for any more. */
  leaving: AbortSignal;
}
