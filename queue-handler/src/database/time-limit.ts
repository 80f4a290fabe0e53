/** How long a statement may take, seen from this side: a server that is cut off says nothing, so no answer is waited for without end. */
import { AsyncLocalStorage } from 'node:async_hooks';

/** What is asked while a handler works takes milliseconds; a machine under load gets a lot more. */
export const USUAL_MILLISECONDS = 30_000;
/** To store a run of a million probes, or to bring the tables up to date. */
export const LONG_MILLISECONDS = 600_000;

const limit = new AsyncLocalStorage<number>();

/** The limit of whatever is asked from here. */
export function timeLimit(): number {
  return limit.getStore() ?? USUAL_MILLISECONDS;
}

/** Give the statements of an action a limit of their own. */
export function within<T>(milliseconds: number, action: () => Promise<T>): Promise<T> {
  return limit.run(milliseconds, action);
}

/** Let the statements of an action take long. */
export function takingLong<T>(action: () => Promise<T>): Promise<T> {
  return within(LONG_MILLISECONDS, action);
}
