/** The status of a run on a terminal, drawn anew until the run has ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Progress, progressText } from '../runs/progress.js';
import type { Settings } from '../settings.js';
import { perform, toStdout } from './perform.js';

const PAUSE_MILLISECONDS = 1_000;
const ERASE_BELOW = '\u001b[J';

export async function watch(settings: Settings, run: string): Promise<void> {
  let drawn = 0;
  for (;;) {
    let answer = '';
    await perform(settings, 'status', { run, json: true }, async (text) => {
      answer += text;
    });
    const progress: Progress = JSON.parse(answer);
    const text = progressText(progress);
    await toStdout(`${drawn > 0 ? `\u001b[${drawn}A\r` : ''}${ERASE_BELOW}${text}\n`);
    const columns = process.stdout.columns || 80;
    drawn = text.split('\n').reduce((lines, line) => lines + Math.max(1, Math.ceil(line.length / columns)), 0);
    if (['COMPLETED', 'CANCELLED', 'FAILED'].includes(progress.status)) {
      return;
    }
    await sleep(PAUSE_MILLISECONDS);
  }
}
