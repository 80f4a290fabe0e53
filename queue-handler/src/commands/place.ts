/** Which database a command works on, said where it could be another one than its user means. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { shownDatabase } from '../database/connect.js';
import type { Settings } from '../settings.js';
import { terminalLines } from '../terminal-text.js';
import { said } from '../view/progress-text.js';
import { screenOf } from '../view/screen.js';
import { noteOf } from './notes.js';

const USUAL_FOLDER = '.queue-data';

/** Whether the embedded database is there already. */
export function isMade({ dataFolder }: Pick<Settings, 'dataFolder'>): boolean {
  return existsSync(join(dataFolder, 'pglite'));
}

/**
 * Whether it could be another one: chosen by the folder in which the command runs, or one of two that are there.
 *
 * @param isTerminal a person looks, who may not know what the environment says.
 */
export function couldBeAnother(
  settings: Pick<Settings, 'databaseUrl' | 'dataFolder'>,
  isTerminal: boolean,
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  if (isTerminal) {
    return true;
  }
  if (settings.databaseUrl !== null) {
    return isMade(settings);
  }
  const isNamed = Boolean(env.QUEUE_DATA?.trim());
  return !isNamed || (resolve(settings.dataFolder) !== resolve(USUAL_FOLDER) && isMade({ dataFolder: USUAL_FOLDER }));
}

let isSaid = false;

/** Name it on stderr, where it could be another one; once in a process. */
export function sayPlace(settings: Settings): void {
  if (!isSaid && couldBeAnother(settings, Boolean(process.stderr.isTTY))) {
    isSaid = true;
    void toStderr(`in ${shownDatabase(settings)}`);
  }
}

/** The first use makes the embedded database, and takes its time. */
export function sayIfMade(settings: Settings, say: (text: string) => unknown = toStderr): void {
  if (settings.databaseUrl === null && !isMade(settings)) {
    say(`${shownDatabase(settings)} is made now, which takes some seconds`);
  }
}

/** A log line on a terminal, as a person reads it. */
export function sayLogLine(line: string): void {
  const note = noteOf(line);
  if (note !== null) {
    void toStderr(`${note.level === 'error' ? 'error' : 'warning'}: ${note.text}`);
  }
}

/** What is said beside the output. */
export async function toStderr(text: string): Promise<void> {
  process.stderr.write(terminalLines(`${said(`queue: ${text}`, screenOf(process.stderr, false)).join('\n')}\n`));
}
