/** Opens the database for a command, and says what is wrong where it cannot be opened. */
import { type Database, openDatabase } from '../database/connect.js';
import { FolderInUseError } from '../database/folder-lock.js';
import { messageOf, UsageError } from '../errors.js';
import type { Settings } from '../settings.js';

/** @throws FolderInUseError where another process has the embedded database; an Error that names the cure. */
export async function open(settings: Settings, supervise: boolean): Promise<Database> {
  try {
    return await openDatabase(settings, supervise);
  } catch (error) {
    if (error instanceof FolderInUseError || error instanceof UsageError || settings.databaseUrl === null) {
      throw error;
    }
    throw new Error(`the database of DATABASE_URL cannot be used: ${messageOf(error)}; check that URL and its server`, {
      cause: error,
    });
  }
}
