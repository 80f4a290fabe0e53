/** Errors that end no handler: an outage of the database is said once and waited for, anything else is said as what it is. */
import { monotonic } from '../clock.js';
import { messageOf } from '../errors.js';
import { getLogger } from '../log.js';
import { pause } from '../waiting.js';
import { isOutage } from './outage.js';

const PAUSE_MILLISECONDS = 1_000;
const REPEAT_MILLISECONDS = 60_000;

const logger = getLogger('handler');

export class Trouble {
  readonly #stopping: AbortSignal;
  /** What was said and is not over, and when. */
  #out = false;
  readonly #said = new Map<string, number>();

  constructor(stopping: AbortSignal) {
    this.#stopping = stopping;
  }

  /** What the action brings, or `otherwise` after a pause where it fails. */
  async quietly<T>(action: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      const result = await action();
      if (this.#out) {
        this.#out = false;
        logger.info('the database answers again');
      }
      return result;
    } catch (error) {
      this.say(error);
      await pause(PAUSE_MILLISECONDS, this.#stopping);
      return otherwise;
    }
  }

  /** Say it, unless it was said a moment ago. */
  say(error: unknown): void {
    const message = messageOf(error);
    if (isOutage(error)) {
      if (!this.#out) {
        this.#out = true;
        logger.error({ err: error }, `the database does not answer: ${message}`);
      }
      return;
    }
    const now = monotonic();
    if (now - (this.#said.get(message) ?? Number.NEGATIVE_INFINITY) > REPEAT_MILLISECONDS) {
      this.#said.set(message, now);
      logger.error({ err: error }, `a part of the work cannot be done, and is tried again: ${message}`);
    }
  }
}
