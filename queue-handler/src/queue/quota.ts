/**
 * What the provider itself says is left of its quotas: what would be refused is not begun.
 *
 * Each answer says how many requests and tokens were left when it was admitted, and when the quota is full again. Until the
 * next answer the rest is reckoned: a quota fills evenly, and what was begun meanwhile is taken off. No clock: moments are
 * arguments, in milliseconds of a monotonic clock.
 */
import type { RateReport } from '../documents/documents.js';
import { LONGEST_PAUSE_SECONDS } from '../model.js';

/** Weight of the newest conversation in what one is reckoned to use. */
const WEIGHT = 0.2;

interface Known {
  left: number;
  limit: number;
  resetMilliseconds: number;
  at: number;
}

export class Quota {
  #requests: Known | null = null;
  #tokens: Known | null = null;
  /** Requests that the provider had not counted yet when it spoke, or that began after that. */
  #uncounted = 0;
  #tokensPerRequest = 0;

  /** An answer has come, while so many conversations were in flight with it; each of its requests used so many tokens. */
  told(report: RateReport, inFlight: number, tokensPerRequest: number, now: number): void {
    if (tokensPerRequest > 0) {
      const known = this.#tokensPerRequest || tokensPerRequest;
      this.#tokensPerRequest = known + WEIGHT * (tokensPerRequest - known);
    }
    const { requestsLeft, requestsLimit, requestsResetSeconds, tokensLeft, tokensLimit, tokensResetSeconds } = report;
    this.#requests = known(requestsLeft, requestsLimit, requestsResetSeconds, now) ?? this.#requests;
    this.#tokens = known(tokensLeft, tokensLimit, tokensResetSeconds, now) ?? this.#tokens;
    this.#uncounted = Math.max(0, inFlight - 1);
  }

  begun(): void {
    this.#uncounted += 1;
  }

  /** How many requests may begin now; infinite where nothing is known. */
  left(now: number): number {
    const requests = leftOf(this.#requests, now) - this.#uncounted;
    const perRequest = Math.max(1, this.#tokensPerRequest);
    const tokens = leftOf(this.#tokens, now) / perRequest - this.#uncounted;
    return Math.min(requests, tokens);
  }
}

function known(
  left: number | undefined,
  limit: number | undefined,
  seconds: number | undefined,
  now: number,
): Known | null {
  return left === undefined || limit === undefined
    ? null
    : { left, limit, resetMilliseconds: (seconds ?? 0) * 1000, at: now };
}

function leftOf(quota: Known | null, now: number): number {
  if (quota === null) {
    return Number.POSITIVE_INFINITY;
  }
  const elapsed = now - quota.at;
  // Once it is full, or was spoken of too long ago, nothing is known of what was counted meanwhile: the provider is asked, and
  // says it anew. Without this a conversation that never answers would be missing for ever.
  if (elapsed >= Math.min(quota.resetMilliseconds, LONGEST_PAUSE_SECONDS * 1000)) {
    return Number.POSITIVE_INFINITY;
  }
  return quota.left + (quota.limit - quota.left) * (Math.max(0, elapsed) / quota.resetMilliseconds);
}
