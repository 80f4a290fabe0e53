/** Does what a command asks: in this process, or in the one that has the embedded database open. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../database/connect.js';
import { FolderInUseError } from '../database/folder-lock.js';
import { drained } from '../drained.js';
import type { Settings } from '../settings.js';
import { ACTIONS, type ActionArguments, type ActionName } from './actions.js';
import { askOwner } from './control.js';

// The owner may be just starting or just leaving, or be another short command.
export const TRIES = 40;
export const PAUSE_MILLISECONDS = 250;

/** @throws UsageError where the arguments are wrong; FolderInUseError where the owner never answers. */
export async function perform<N extends ActionName>(
  settings: Settings,
  name: N,
  given: ActionArguments<N>,
  write: (text: string) => Promise<void> = toStdout,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const database = await openDatabase(settings, false);
      try {
        await ACTIONS[name]({ database, write }, given);
      } finally {
        await database.close();
      }
      return;
    } catch (error) {
      if (!(error instanceof FolderInUseError)) {
        throw error;
      }
      if (await askedOwner(settings, name, given, write)) {
        return;
      }
      if (attempt === TRIES) {
        throw error;
      }
    }
    await sleep(PAUSE_MILLISECONDS);
  }
}

async function askedOwner<N extends ActionName>(
  settings: Settings,
  name: N,
  given: ActionArguments<N>,
  write: (text: string) => Promise<void>,
): Promise<boolean> {
  try {
    await askOwner(settings.dataFolder, name, given, write);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') {
      return false;
    }
    throw error;
  }
}

export async function toStdout(text: string): Promise<void> {
  if (!process.stdout.write(text)) {
    await drained(process.stdout);
  }
}
