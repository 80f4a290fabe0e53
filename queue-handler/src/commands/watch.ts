/** The status of a run on a terminal, drawn anew until the run has ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '../clock.js';
import { ENDED } from '../model.js';
import type { Settings } from '../settings.js';
import { type RunView, runText } from '../view/run-text.js';
import { screenOf } from '../view/screen.js';
import { toStdout } from './output.js';
import { perform } from './perform.js';
import { Picture } from './picture.js';

const PAUSE_MILLISECONDS = 1_000;
// Where nobody is at work, every look opens the embedded database and keeps everyone else from it.
const LOOK_SHARE = 4;

/**
 * @param isEnd when it is not followed any more.
 * @returns the run as it was seen last.
 */
export async function watch(settings: Settings, run: string, isEnd = hasEnded): Promise<RunView> {
  const picture = new Picture(process.stdout);
  let wanted = run;
  for (;;) {
    const began = monotonic();
    const view = await lookedUp(settings, wanted);
    // That a name was abbreviated is said once.
    wanted = view.id;
    const isOver = isEnd(view);
    await toStdout(picture.drawn(runText(view, screenOf(process.stdout, !isOver))));
    if (isOver) {
      return view;
    }
    await sleep(Math.max(PAUSE_MILLISECONDS, LOOK_SHARE * (monotonic() - began)));
  }
}

/** @throws UsageError where there is no such run. */
export async function lookedUp(settings: Settings, run: string): Promise<RunView> {
  let answer = '';
  await perform(settings, 'status', { run, json: true }, async (text) => {
    answer += text;
  });
  return JSON.parse(answer);
}

/** Whether nothing more is asked for a run, and its answers are scored. */
export function hasEnded({ status, scores }: RunView): boolean {
  return ENDED.includes(status) && scores?.status !== 'OPEN';
}
