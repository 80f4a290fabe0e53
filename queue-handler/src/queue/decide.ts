/** What becomes of a try: one decision, made of its outcome and of the tries before it, and of nothing else. */
import type { ProbeSuccess, RateReport } from '../documents/documents.js';
import type { AttemptError } from '../model.js';
import type { Outcome } from '../workers/outcome.js';
import type { Probe } from './probe.js';

// A worker that dies is retried twice, each time alone; one whose output is malformed once.
const CRASHES_ALLOWED = 2;
const MALFORMED_ALLOWED = 1;

/**
 * - `succeed`: the transcript is stored, and the probe has ended.
 * - `give back`: the probe waits as if it had never been taken; no try is counted.
 * - `retry`: the ticket is handed out once more, after `delaySeconds` or the queue's own backoff.
 * - `fail`: the probe has ended with the error.
 */
export type Fate =
  | { readonly action: 'succeed'; readonly document: ProbeSuccess }
  | { readonly action: 'give back' }
  | {
      readonly action: 'retry';
      readonly error: AttemptError;
      /** Which count of the probe's row is raised. */
      readonly counts: 'failures' | 'crashes';
      readonly delaySeconds: number | undefined;
      readonly stops: Stopped;
    }
  | { readonly action: 'fail'; readonly error: AttemptError; readonly stops: Stopped };

/** What the run does not ask any more, because it must fail in the same way. */
export type Stopped = 'provider' | 'model' | null;

export interface Decision {
  readonly fate: Fate;
  /** What the provider showed of the pace at which it may be asked. */
  readonly pace: 'faster' | 'slower' | 'same';
  /** What the provider says is left of its quotas. */
  readonly rates: RateReport | undefined;
  /** The pause that the provider asked for, of every handler. */
  readonly pauseSeconds: number | undefined;
  /** The machine may be to blame: it is examined before the next job. */
  readonly suspectsMachine: boolean;
}

/** The tries before this one, and how many there may be. */
export type Tries = Pick<Probe, 'failures' | 'crashes'> & { run_config: Pick<Probe['run_config'], 'retryLimit'> };

export function decide(outcome: Outcome, probe: Tries): Decision {
  if (outcome.kind === 'success') {
    const fate = { action: 'succeed', document: outcome.document } as const;
    const { rates } = outcome.document;
    // The worker waits and asks again by itself: a conversation may be held, and have been refused before.
    const pace = (rates?.refusals ?? 0) > 0 ? 'slower' : 'faster';
    return { fate, pace, rates, pauseSeconds: undefined, suspectsMachine: false };
  }
  const { kind, error, rates } = outcome;
  const rateLimited = error.code === 'RATE_LIMIT' && error.retryable;
  return {
    fate: fateOf(outcome, probe),
    pace: rateLimited || (rates?.refusals ?? 0) > 0 ? 'slower' : 'same',
    rates,
    pauseSeconds: rateLimited ? error.retryAfterSeconds : undefined,
    suspectsMachine: kind === 'crashed' || error.code === 'CONFIG_ERROR',
  };
}

/** The worker's own verdict, within the run's bound; the handler judges only what the worker could not. */
function fateOf({ kind, error }: Exclude<Outcome, { kind: 'success' }>, probe: Tries): Fate {
  const stops = error.stopsProvider ? 'provider' : error.stopsModel ? 'model' : null;
  const retry = { action: 'retry', error, stops, delaySeconds: error.retryAfterSeconds } as const;
  const fail = { action: 'fail', error, stops } as const;
  switch (kind) {
    case 'interrupted':
    case 'unstarted':
      return { action: 'give back' };
    case 'crashed':
      return probe.crashes < CRASHES_ALLOWED ? { ...retry, counts: 'crashes' } : fail;
    case 'malformed':
      return probe.crashes < MALFORMED_ALLOWED ? { ...retry, counts: 'crashes' } : fail;
    case 'failure':
      return error.retryable && probe.failures < probe.run_config.retryLimit ? { ...retry, counts: 'failures' } : fail;
  }
}
