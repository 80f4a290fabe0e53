/**
 * How many conversations with one model may be in flight: a window that finds its own height.
 *
 * It starts low and doubles with each round trip until the provider refuses for the first time; from then on it grows by one
 * a round trip, and each refusal takes a fifth off it. It grows only while it is used: a window that nobody fills says
 * nothing of what the provider would bear. Whatever else goes wrong (an overload, a broken connection) leaves it as it is.
 *
 * No clock and no database: moments are arguments, in milliseconds of a monotonic clock.
 */

/** As many at first: enough that a launch at 400 a minute loses no time, and few enough for the smallest account. */
export const START = 16;
const DECREASE = 0.8;
const USED = 0.8;
// A refusal is seldom alone: those that were under way together count as one, and nothing is added meanwhile.
const COOL_DOWN_MILLISECONDS = 15_000;

/** Why a window is as high as it is. */
export type Cause = 'start' | 'doubled' | 'grown' | 'refused' | 'at its bound';

export class Window {
  readonly #most: number;
  #allowed: number;
  #starting = true;
  #cause: Cause = 'start';
  #coolUntil = Number.NEGATIVE_INFINITY;
  /** A round trip: as many answers as were allowed when it began. */
  #round: { limit: number; answers: number; peak: number };

  /** @param most of which it never allows more. */
  constructor(most: number, start = START) {
    this.#most = Math.max(1, most);
    this.#allowed = Math.min(this.#most, Math.max(1, start));
    this.#round = { limit: this.allowed, answers: 0, peak: 0 };
  }

  get allowed(): number {
    return Math.max(1, Math.floor(this.#allowed + 1e-9));
  }

  get cause(): Cause {
    return this.#allowed >= this.#most ? 'at its bound' : this.#cause;
  }

  /** Whether it still doubles. */
  get starting(): boolean {
    return this.#starting;
  }

  /** So many are in flight now. */
  began(inFlight: number): void {
    this.#round.peak = Math.max(this.#round.peak, inFlight);
  }

  /** One was answered, while so many were in flight with it. */
  answered(inFlight: number, now: number): void {
    const round = this.#round;
    round.peak = Math.max(round.peak, inFlight);
    const used = round.peak >= USED * Math.min(round.limit, this.#most);
    if (used && now >= this.#coolUntil && this.#allowed < this.#most) {
      this.#allowed = Math.min(this.#most, this.#allowed + (this.#starting ? 1 : 1 / this.#allowed));
      this.#cause = this.#starting ? 'doubled' : 'grown';
    }
    round.answers += 1;
    if (round.answers >= round.limit) {
      this.#round = { limit: this.allowed, answers: 0, peak: inFlight - 1 };
    }
  }

  /** One was refused for the rate, while so many were in flight with it. @returns whether that lowered it. */
  refused(inFlight: number, now: number): boolean {
    this.#starting = false;
    if (now < this.#coolUntil) {
      return false;
    }
    this.#allowed = Math.max(1, Math.min(this.#allowed, inFlight) * DECREASE);
    this.#cause = 'refused';
    this.#coolUntil = now + COOL_DOWN_MILLISECONDS;
    this.#round = { limit: this.allowed, answers: 0, peak: 0 };
    return true;
  }
}
