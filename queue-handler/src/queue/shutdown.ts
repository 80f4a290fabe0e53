/** How a handler ends: it is asked to; it interrupts what is under way; it leaves, whatever it has begun. */
import { getLogger } from '../log.js';

// From the interruption to the leaving: a worker has five seconds until it is killed, and its turns one more to reach the disk.
const LEAVE_MILLISECONDS = 6_500;

const logger = getLogger('handler');

export class Shutdown {
  readonly #asked = new AbortController();
  readonly #interrupted = new AbortController();
  readonly #leaving = new AbortController();
  #grace: NodeJS.Timeout | undefined;
  #leave: NodeJS.Timeout | undefined;

  /** Nothing new is begun. */
  get asked(): AbortSignal {
    return this.#asked.signal;
  }

  /** What is under way is ended, and nothing that fails is retried. */
  get interrupted(): AbortSignal {
    return this.#interrupted.signal;
  }

  /** Nothing is waited for any more. */
  get leaving(): AbortSignal {
    return this.#leaving.signal;
  }

  ask(): void {
    this.#asked.abort();
  }

  /** What is under way may go on for so long. */
  drain(seconds: number, onOver: () => void): void {
    this.#grace = setTimeout(onOver, seconds * 1000);
  }

  interrupt(): void {
    this.#asked.abort();
    this.#interrupted.abort();
    this.#leave ??= setTimeout(() => {
      logger.warn('the handler leaves what it waits for');
      this.#leaving.abort();
    }, LEAVE_MILLISECONDS);
  }

  over(): void {
    clearTimeout(this.#grace);
    clearTimeout(this.#leave);
  }
}
