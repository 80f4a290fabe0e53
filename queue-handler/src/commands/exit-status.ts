/** What the status of a process says of the runs that it has worked on. */
import type { RunStatus } from '../model.js';

export interface Ended {
  status: RunStatus;
  /** Probes of it that have failed. */
  failed: number;
}

const ALL_SUCCEEDED = 0;
const PROBES_FAILED = 3;
const RUN_FAILED = 4;

/** 4 where a run has no answer at all, 3 where some are missing, and else 0. */
export function exitStatus(runs: readonly Ended[]): number {
  if (runs.some(({ status }) => status === 'FAILED')) {
    return RUN_FAILED;
  }
  return runs.some(({ failed }) => failed > 0) ? PROBES_FAILED : ALL_SUCCEEDED;
}
