/** Errors that end no handler: an outage of the database is said once and waited for, anything else is said as what it is. */
import { messageOf } from '../errors.js';
import { getLogger } from '../log.js';
import { onceAMinute } from '../news.js';
import { pause } from '../waiting.js';
import { isOutage } from './outage.js';

const PAUSE_MILLISECONDS = 1_000;

const logger = getLogger('handler');

export class Trouble {
  readonly #stopping: AbortSignal;
  /** An outage was said, and is not over. */
  #out = false;
  readonly #isNews = onceAMinute();

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
    if (this.#isNews(message)) {
      logger.error({ err: error }, `a part of the work cannot be done, and is retried: ${message}`);
    }
  }
}
