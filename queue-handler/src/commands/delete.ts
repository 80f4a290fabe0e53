/** The deletion of a run, which nothing brings back: somebody has to say so. */
import { createInterface } from 'node:readline/promises';
import { UsageError } from '../errors.js';
import type { Holdings } from '../runs/delete.js';
import type { Settings } from '../settings.js';
import { terminalText } from '../terminal-text.js';
import { perform } from './perform.js';

/** @param sure without asking. @throws UsageError where nobody said yes. */
export async function deleteRun(settings: Settings, run: string, sure: boolean): Promise<void> {
  await perform(settings, 'delete', { run: sure ? run : await confirmed(settings, run), sure: true });
}

/** The ID of the run that the user has said yes to: another of its name may be stored meanwhile. */
async function confirmed(settings: Settings, run: string): Promise<string> {
  let answer = '';
  await perform(settings, 'delete', { run, sure: false }, async (text) => {
    answer += text;
  });
  const { id, name, probes, transcripts, partials }: Holdings & { id: string; name: string } = JSON.parse(answer);
  const what =
    `${terminalText(name)} (${id}): ${probes} probes, ${transcripts} transcripts and ${partials} conversations that were ` +
    'paid for in part';
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new UsageError(`${what} would be deleted, for good; nothing is deleted without --yes`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const said = await terminal.question(`Delete ${what}, for good? [y/N] `);
    if (!/^y(?:es)?$/i.test(said.trim())) {
      throw new UsageError('nothing is deleted');
    }
  } finally {
    terminal.close();
  }
  return id;
}
