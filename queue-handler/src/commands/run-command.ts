/** `run` as it is given: with real providers, or with the simulator around it. */
import { UsageError } from '../errors.js';
import { checkRunFile, readRunFile } from '../runs/run-file.js';
import type { Settings } from '../settings.js';
import { said } from '../view/progress-text.js';
import { screenOf } from '../view/screen.js';
import { shellWord } from '../view/shell-words.js';
import { toStdout } from './output.js';
import { commandsBefore, REHEARSED, rehearsalFolder, rehearse } from './rehearsal.js';
import { commandName, runFile } from './run.js';

export interface RunCommand {
  name?: string;
  simulate?: boolean;
  answers?: string;
  log?: boolean;
}

/** @throws UsageError where the file or an option is wrong. */
export async function runCommand(settings: Settings, path: string, options: RunCommand): Promise<void> {
  const { name, simulate = false, answers, log = false } = options;
  if (answers !== undefined && !simulate) {
    throw new UsageError('run: --answers FILE are those of the simulator; add --simulate');
  }
  const read = await readRunFile(path);
  const file = name === undefined ? read : checkRunFile({ ...read, name }, '--name');
  const given = [...['run', path], ...(name === undefined ? [] : ['--name', name]), ...(log ? ['--log'] : [])];
  if (simulate) {
    const text = `a rehearsal: the simulator answers, nothing is paid; the database is in ${rehearsalFolder(settings)}`;
    await toStdout(`${said(text, screenOf(process.stdout, false)).join('\n')}\n`);
    process.exitCode = await rehearse(settings, file, given, answers ?? null);
    return;
  }
  const rehearsed = process.env[REHEARSED];
  const isRehearsed = rehearsed !== undefined;
  const words = [...given, ...(isRehearsed ? ['--simulate'] : []), ...(rehearsed ? ['--answers', rehearsed] : [])];
  await runFile(settings, file, {
    log,
    queue: commandName(),
    before: process.env.QUEUE_DATA && !isRehearsed ? [] : commandsBefore(settings),
    again: [commandName(), ...words.map(shellWord)].join(' '),
  });
}
