/** How long the database takes for what it is asked, from the sending to the answer. */
import { monotonic } from '../clock.js';
import { measured } from '../measured.js';

/** What the action brings; how long it took is said. */
export async function timed<T>(action: () => Promise<T>): Promise<T> {
  const began = monotonic();
  let failed = true;
  try {
    const result = await action();
    failed = false;
    return result;
  } finally {
    measured('statement', { seconds: (monotonic() - began) / 1000, failed });
  }
}
