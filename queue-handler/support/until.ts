/** Waiting for something that other processes do. */
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MILLISECONDS = 120_000;
// A look is a statement or a request, and hundreds of tests wait: what takes longer is looked at less often.
const LOOK_MILLISECONDS = 25;
const MOST_LOOK_MILLISECONDS = 100;
const SLOWER = 1.5;

/** Wait until it is so. @throws Error after two minutes, or so many milliseconds. */
export async function until(
  isSo: () => Promise<boolean> | boolean,
  what = 'what the test waits for',
  milliseconds = PATIENCE_MILLISECONDS,
): Promise<void> {
  const patience = Date.now() + milliseconds;
  for (let pause = LOOK_MILLISECONDS; !(await isSo()); pause = Math.min(pause * SLOWER, MOST_LOOK_MILLISECONDS)) {
    if (Date.now() > patience) {
      throw new Error(`${what} does not come about`);
    }
    await sleep(pause);
  }
}
