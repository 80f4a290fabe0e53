/** How long one try of a job may take: its own deadline, and what comes to it. */
import type { ModelSettings, ProbeSettings } from './documents/documents.js';
import { flexDeadlineDefault, probeDefault } from './documents/schemas.js';

/** What a job gets that names no deadline: the worker reads the same variable. */
export const DEFAULT_DEADLINE_SECONDS =
  deadlineSet(process.env.PROBE_DEADLINE_SECONDS) ?? probeDefault('deadlineSeconds');
/** The same for a job that may wait for room in its tier. */
const FLEX_DEADLINE_SECONDS = deadlineSet(process.env.PROBE_DEADLINE_SECONDS) ?? flexDeadlineDefault();
/** Beyond its own deadline a worker needs only the time to start and to write. */
export const MARGIN_SECONDS = 20;
/** The queue takes no longer expiry: https://github.com/timgit/pg-boss/blob/master/docs/api/queues.md */
export const MOST_EXPIRE_SECONDS = 86_400;
/** The longest deadline of which a try ends before its ticket does. */
export const MOST_DEADLINE_SECONDS = (MOST_EXPIRE_SECONDS - 2 * MARGIN_SECONDS) / 2;

/** The deadline of a job, as its worker reads it. */
export function deadlineOf(
  config: Pick<ProbeSettings, 'deadlineSeconds'> | null | undefined,
  model: Pick<ModelSettings, 'serviceTier'> | null | undefined,
): number {
  return config?.deadlineSeconds ?? (model?.serviceTier === 'flex' ? FLEX_DEADLINE_SECONDS : DEFAULT_DEADLINE_SECONDS);
}

/**
 * The most seconds that a try can take: in a warm process a provider's pause may hold a conversation up for as long as
 * its deadline before it begins; one that is to run alone may wait as long for its place.
 */
export function longestSeconds(deadlineSeconds: number): number {
  return 2 * deadlineSeconds + 2 * MARGIN_SECONDS;
}

/** When a ticket of a job with this deadline expires, in seconds. */
export function expirySeconds(deadlineSeconds: number): number {
  return Math.min(Math.ceil(longestSeconds(deadlineSeconds)), MOST_EXPIRE_SECONDS);
}

function deadlineSet(text: string | undefined): number | null {
  const seconds = Number(text?.trim() || Number.NaN);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : null;
}
