/** A value that takes the database some work, made anew as often as that is cheap, and never twice at once. */
import { monotonic } from '../clock.js';
import { messageOf } from '../errors.js';
import { getLogger } from '../log.js';
import { onceAMinute } from '../news.js';

// A scrape every few seconds, of each handler, must not become the main work of the database.
const SHORTEST_MILLISECONDS = 10_000;
const SHARE = 20;

const logger = getLogger('metrics');

export class Counted<T> {
  /** What was counted last. */
  value: T | null = null;
  /** How often it could not be counted. */
  failures = 0;
  readonly #count: () => Promise<T>;
  readonly #clock: () => number;
  #countedAt = Number.NEGATIVE_INFINITY;
  #nextAt = Number.NEGATIVE_INFINITY;
  #counting: Promise<void> | null = null;
  readonly #isNews = onceAMinute();

  constructor(count: () => Promise<T>, clock: () => number = monotonic) {
    this.#count = count;
    this.#clock = clock;
  }

  /** How old the value is, in seconds. */
  get age(): number {
    return (this.#clock() - this.#countedAt) / 1000;
  }

  /** When the value is as new as it shall be. What fails leaves the value as it was. */
  async refresh(): Promise<void> {
    if (this.#counting === null && this.#clock() >= this.#nextAt) {
      this.#counting = this.#refresh();
    }
    await this.#counting;
  }

  async #refresh(): Promise<void> {
    const began = this.#clock();
    try {
      this.value = await this.#count();
      this.#countedAt = began;
    } catch (error) {
      this.failures += 1;
      if (this.#isNews(messageOf(error))) {
        logger.warn({ err: error }, 'how the queue stands could not be counted');
      }
    } finally {
      const took = this.#clock() - began;
      this.#nextAt = began + Math.max(SHORTEST_MILLISECONDS, SHARE * took);
      this.#counting = null;
    }
  }
}
