/** Does what a command asks: in this process, or in the one that has the embedded database open. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase, shownDatabase } from '../database/connect.js';
import { FolderInUseError } from '../database/folder-lock.js';
import { UsageError } from '../errors.js';
import type { Settings } from '../settings.js';
import { terminalText } from '../terminal-text.js';
import { type ActionArguments, type ActionName, act } from './actions.js';
import { askOwner } from './control.js';
import { toStdout } from './output.js';
import { sayIfMade, sayPlace, toStderr } from './place.js';

const PAUSE_MILLISECONDS = 250;
const SILENT_MILLISECONDS = 1_000;
// For one and the same process: others that take turns are waited for.
const PATIENCE_MILLISECONDS = 15_000;

/** What a command does that makes no database where there is none. */
const LOOKS: ReadonlySet<ActionName> = new Set([
  'status',
  'pause',
  'resume',
  'cancel',
  'delete',
  'retry-failed',
  'extend',
  'reask',
  'score',
  'export',
  'analysis',
  'report',
  'compare',
  'spend',
  'budget',
]);

/** @throws UsageError where the arguments are wrong; FolderInUseError where the owner never answers. */
export async function perform<N extends ActionName>(
  settings: Settings,
  name: N,
  given: ActionArguments<N>,
  write: (text: string) => Promise<void> = toStdout,
): Promise<void> {
  if (settings.databaseUrl === null && LOOKS.has(name) && !existsSync(settings.dataFolder)) {
    throw new UsageError(
      `there is no database yet: ${shownDatabase(settings)} would be it; go to the folder of an earlier command, or set ` +
        'QUEUE_DATA or DATABASE_URL; start RUN.json makes one',
    );
  }
  if (!namesItself(name, given)) {
    sayPlace(settings);
  }
  sayIfMade(settings);
  const wait = new FolderWait();
  for (;;) {
    try {
      const database = await openDatabase(settings, false, true);
      try {
        await act(name, { database, settings, write, note: toStderr }, given);
      } finally {
        await database.close();
      }
      return;
    } catch (error) {
      if (!(error instanceof FolderInUseError)) {
        throw error;
      }
      if (await askOwner(settings.dataFolder, name, given, write, toStderr)) {
        return;
      }
      await wait.for(error);
    }
  }
}

/** What stdout says of the database anyway. */
function namesItself(name: ActionName, given: object): boolean {
  return name === 'start' || (name === 'status' && 'run' in given && given.run === null);
}

/** The owner of the folder may be just starting or just leaving, or be another short command. */
export class FolderWait {
  #holder = '';
  #since = 0;
  #said = false;
  readonly #began = performance.now();

  /** A moment. @throws the error where the same process has held the folder for too long. */
  async for(error: FolderInUseError): Promise<void> {
    const now = performance.now();
    if (error.holder !== this.#holder) {
      this.#holder = error.holder;
      this.#since = now;
    }
    if (now - this.#since > PATIENCE_MILLISECONDS) {
      throw error;
    }
    if (!this.#said && now - this.#began > SILENT_MILLISECONDS) {
      this.#said = true;
      await toStderr(`waiting, because ${terminalText(error.message)}`);
    }
    await sleep(PAUSE_MILLISECONDS);
  }
}
