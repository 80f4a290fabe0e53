/** Time that has passed, whatever is done to the clock on the wall. */

/** Milliseconds since some moment; never set back or forward. Every wait and every duration is counted by it. */
export function monotonic(): number {
  return performance.now();
}

/**
 * A moment whose age is rather too large than too small. The monotonic clock stands still while a machine sleeps, and the
 * wall clock can be set back: the larger of both is at least as long as what has really passed.
 */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

export function moment(): Moment {
  return { monotonic: monotonic(), wall: Date.now() };
}

/** Milliseconds since then. */
export function ageOf(then: Moment): number {
  return Math.max(monotonic() - then.monotonic, Date.now() - then.wall);
}
