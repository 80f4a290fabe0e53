/** Tries to store something until the database takes it: what is to be stored was paid for. */
import { getLogger } from '../log.js';
import { LapsedError } from '../pgboss.js';
import { GivenUpError, orGivenUp, pause as wait } from '../waiting.js';

const FIRST_PAUSE_MILLISECONDS = 200;
const LONGEST_PAUSE_MILLISECONDS = 5_000;

// The classes of SQLSTATE that say something of what was sent, and not of the state of the server.
// https://www.postgresql.org/docs/15/errcodes-appendix.html
const OF_THE_STATEMENT = /^(0A|21|22|23|42|44|54|P0)/;

const logger = getLogger('persist');

/** Whether the same statement would fail once more: the database refuses what was sent, or this program cannot even send it. */
export function isPermanent(error: unknown): boolean {
  // A text beyond what the engine can hold, or a bug: no outage.
  if (error instanceof RangeError || error instanceof TypeError) {
    return true;
  }
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && code.length === 5 && OF_THE_STATEMENT.test(code);
}

export interface Persistence {
  /** No further try is made. */
  interrupted: AbortSignal;
  /** A try that is under way is given up. */
  leaving: AbortSignal;
  /** Called once when the first try fails for a reason that may pass. */
  onOutage?: () => void;
}

/**
 * @throws what the statement itself is refused for; LapsedError, after which nothing is to be stored; GivenUpError, or the
 *   last error, where the handler ends.
 */
export async function persist<T>(
  action: () => Promise<T>,
  { interrupted, leaving, onOutage }: Persistence,
): Promise<T> {
  for (let pause = FIRST_PAUSE_MILLISECONDS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MILLISECONDS)) {
    try {
      return await orGivenUp(action(), leaving);
    } catch (error) {
      if (error instanceof LapsedError || isPermanent(error) || error instanceof GivenUpError || interrupted.aborted) {
        throw error;
      }
      if (pause === FIRST_PAUSE_MILLISECONDS) {
        logger.warn({ err: error }, 'the database does not take an outcome; it is stored as soon as it does');
        onOutage?.();
      }
    }
    await wait(pause, interrupted);
  }
}
