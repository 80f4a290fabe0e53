/** Waiting for something that other processes do. */
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MILLISECONDS = 120_000;
const LOOK_MILLISECONDS = 25;

/** Wait until it is so. @throws Error after two minutes, or so many milliseconds. */
export async function until(
  isSo: () => Promise<boolean> | boolean,
  what = 'what the test waits for',
  milliseconds = PATIENCE_MILLISECONDS,
): Promise<void> {
  const patience = Date.now() + milliseconds;
  while (!(await isSo())) {
    if (Date.now() > patience) {
      throw new Error(`${what} does not come about`);
    }
    await sleep(LOOK_MILLISECONDS);
  }
}
