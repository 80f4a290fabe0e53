/** Tries to store something until the database takes it: what is to be stored was paid for. */
import { getLogger } from '../log.js';
import { GivenUpError, orGivenUp, pause as wait } from '../waiting.js';

const FIRST_PAUSE_MILLISECONDS = 200;
const LONGEST_PAUSE_MILLISECONDS = 5_000;

// The classes of SQLSTATE that say something of what was sent, and not of the state of the server.
// https://www.postgresql.org/docs/15/errcodes-appendix.html
const OF_THE_STATEMENT = /^(0A|21|22|23|42|44|54|P0)/;

const NEVER = { ending: new AbortController().signal, leaving: new AbortController().signal };

const logger = getLogger('persist');

/** Whether the same try would fail again: the database refuses what was sent, or this program cannot even send it. */
export function isPermanent(error: unknown): boolean {
  // A text beyond what the engine can hold, or a bug: no outage.
  if (error instanceof RangeError || error instanceof TypeError) {
    return true;
  }
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && code.length === 5 && OF_THE_STATEMENT.test(code);
}

/**
 * @param onOutage called once when the first try fails for a reason that may pass.
 * @param ending no further try is made once the handler ends in haste, and `leaving` ends a try that is under way.
 * @throws what the statement itself is refused for, and whatever `passes` says is not to be tried again; GivenUpError, or
 *   the last error, where the handler ends.
 */
export async function persist<T>(
  action: () => Promise<T>,
  passes: (error: unknown) => boolean,
  onOutage: () => void = () => {},
  { ending, leaving }: { ending: AbortSignal; leaving: AbortSignal } = NEVER,
): Promise<T> {
  for (let pause = FIRST_PAUSE_MILLISECONDS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MILLISECONDS)) {
    try {
      return await orGivenUp(action(), leaving);
    } catch (error) {
      if (passes(error) || isPermanent(error) || error instanceof GivenUpError || ending.aborted) {
        throw error;
      }
      if (pause === FIRST_PAUSE_MILLISECONDS) {
        logger.warn({ err: error }, 'the database does not take an outcome; it is tried again until it does');
        onOutage();
      }
    }
    await wait(pause, ending);
  }
}
