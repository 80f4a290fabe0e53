/** A number of places, and a queue for them in which nobody waits beyond a bound. */

export class Slots {
  #free: number;
  readonly #waiting = new Set<(got: boolean) => void>();

  constructor(places: number) {
    this.#free = places;
  }

  /** Take a place. @returns false where none came free in time, or all who waited were sent away. */
  async take(milliseconds: number): Promise<boolean> {
    if (this.#free > 0) {
      this.#free -= 1;
      return true;
    }
    return new Promise((resolve) => {
      const settle = (got: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(settle);
        resolve(got);
      };
      const timer = setTimeout(() => settle(false), milliseconds);
      this.#waiting.add(settle);
    });
  }

  /** Give a place back: to the one that has waited longest. */
  give(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
    } else {
      next(true);
    }
  }

  /** Send everybody away who waits. */
  dismiss(): void {
    for (const settle of [...this.#waiting]) {
      settle(false);
    }
  }
}
