/** Waits that end when they are told to. */
import { setTimeout as sleep } from 'node:timers/promises';

/** The wait was given up because the process leaves. */
export class GivenUpError extends Error {
  override name = 'GivenUpError';
}

/** Milliseconds, or less where the signal comes. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, signal && { signal }).catch(() => {});
}

/** What the promise comes to. @throws GivenUpError once the signal comes, though the promise may still go on. */
export async function orGivenUp<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => {};
  const given = new Promise<never>((_, reject) => {
    stop = () => reject(new GivenUpError('given up, because the process leaves'));
    signal.addEventListener('abort', stop, { once: true });
  });
  // Nobody may be left to hear what becomes of either.
  given.catch(() => {});
  promise.catch(() => {});
  if (signal.aborted) {
    stop();
  }
  try {
    return await Promise.race([promise, given]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** When the promise has come to anything, or the signal has come. @returns whether it was the promise. */
export async function settledOr(promise: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  try {
    await orGivenUp(promise, signal);
    return true;
  } catch (error) {
    return !(error instanceof GivenUpError);
  }
}
