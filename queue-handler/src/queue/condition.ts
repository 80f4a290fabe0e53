/** Whether a handler does its work, as a machine that watches it is told: proved by what it has done, and not by an open port. */
import { messageOf } from '../errors.js';
import { STUCK_SECONDS } from '../runs/handlers.js';
import { isOutage } from './outage.js';

/** What is known of a handler at one moment. */
export interface Signs {
  /** Its first look at the database is over. */
  started: boolean;
  /** It was told to stop. */
  stopping: boolean;
  /** It has shown that this machine can run a worker. */
  fit: boolean;
  /** Why the machine is not fit to work, or null. */
  problem: string | null;
  /** What the last round over the queues failed with, or null. */
  failure: unknown;
  /** Since a round over the queues ended. */
  idleSeconds: number;
}

/**
 * - `working`: jobs are taken as they come, or none are due.
 * - `stopping`: what is under way is brought to its end, and nothing new is begun.
 * - `failing`: no job is taken, and `reason` says why.
 */
export type Condition = { status: 'working' | 'stopping' } | { status: 'failing'; reason: string };

export function conditionOf({ started, stopping, fit, problem, failure, idleSeconds }: Signs): Condition {
  if (stopping) {
    return { status: 'stopping' };
  }
  const reason = !started
    ? 'the handler is starting'
    : idleSeconds > STUCK_SECONDS
      ? `nothing has been done for ${Math.floor(idleSeconds)} s`
      : failure !== null
        ? said(failure)
        : fit
          ? null
          : (problem ?? 'it is not known yet whether the machine is fit to work');
  return reason === null ? { status: 'working' } : { status: 'failing', reason };
}

function said(failure: unknown): string {
  const message = messageOf(failure);
  return isOutage(failure)
    ? `the database does not answer: ${message}`
    : `a part of the work cannot be done: ${message}`;
}
