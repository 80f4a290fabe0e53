/** The status of a run on a terminal, drawn anew until the run has ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '../clock.js';
import type { Settings } from '../settings.js';
import { type RunView, runText } from '../view/run-text.js';
import { toStdout } from './output.js';
import { perform } from './perform.js';

const PAUSE_MILLISECONDS = 1_000;
// Where nobody is at work, every look opens the embedded database and keeps everyone else from it.
const LOOK_SHARE = 4;
const ERASE_BELOW = '\u001b[J';
const ERASE_ALL = '\u001b[2J\u001b[H';

export async function watch(settings: Settings, run: string): Promise<void> {
  let drawn = 0;
  for (;;) {
    let answer = '';
    const began = monotonic();
    await perform(settings, 'status', { run, json: true }, async (text) => {
      answer += text;
    });
    const progress: RunView = JSON.parse(answer);
    const text = runText(progress);
    const took = monotonic() - began;
    // A terminal that does not know its size says 0.
    const columns = process.stdout.columns || 80;
    const rows = process.stdout.rows || 24;
    const back = drawn >= rows ? ERASE_ALL : `${drawn > 0 ? `\u001b[${drawn}A\r` : ''}${ERASE_BELOW}`;
    await toStdout(`${back}${text}\n`);
    drawn = text.split('\n').reduce((lines, line) => lines + Math.max(1, Math.ceil(line.length / columns)), 0);
    if (['COMPLETED', 'CANCELLED', 'FAILED'].includes(progress.status) && progress.scores?.status !== 'OPEN') {
      return;
    }
    await sleep(Math.max(PAUSE_MILLISECONDS, LOOK_SHARE * took));
  }
}
