/** What the status of a process says of the runs that it has worked on. */
import type { RunStatus } from '../model.js';

export interface Ended {
  status: RunStatus;
  /** Probes of it that have no answer, whether they failed, were cancelled, or wait for a run that is paused. */
  unanswered: number;
}

const ALL_SUCCEEDED = 0;
const ANSWERS_MISSING = 3;
const RUN_FAILED = 4;

/** 4 where a run has no answer at all, 3 where some are missing, and else 0. */
export function exitStatus(runs: readonly Ended[]): number {
  if (runs.some(({ status }) => status === 'FAILED')) {
    return RUN_FAILED;
  }
  return runs.some(({ unanswered }) => unanswered > 0) ? ANSWERS_MISSING : ALL_SUCCEEDED;
}
