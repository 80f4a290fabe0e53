/** The handler as a process: started, told to stop, and gone in order. */
import { sql } from 'kysely';
import type { Database, Db } from '../database/connect.js';
import { openDatabase } from '../database/connect.js';
import { FolderInUseError } from '../database/folder-lock.js';
import { getLogger } from '../log.js';
import { Handler } from '../queue/handler.js';
import { analysisQueue } from '../queue/names.js';
import { type Settings, unknownSettings } from '../settings.js';
import { type ControlServer, ownerAnswers, serveCommands } from './control.js';
import { FolderWait } from './perform.js';

const logger = getLogger('work');
const LOOK_MILLISECONDS = 500;
// SIGHUP: the terminal was closed.
const STOPPING = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** @param untilIdle end when no run is open and no analysis is due, instead of waiting for the next. */
export async function work(settings: Settings, untilIdle: boolean): Promise<void> {
  for (const name of unknownSettings()) {
    logger.warn({ name }, 'no setting has this name, so it sets nothing');
  }
  const database = await openOnceFree(settings);
  logger.info({ database: database.shown }, 'the database is open');
  const handler = new Handler(database, settings);
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    signals += 1;
    logger.info({ signal }, signals === 1 ? 'asked to stop' : 'asked again to stop: what is under way goes back now');
    handler.stop();
    if (signals > 1) {
      handler.pool.interrupt();
    }
  };
  for (const signal of STOPPING) {
    process.on(signal, onSignal);
  }
  let control: ControlServer | null = null;
  try {
    control = database.shared ? null : await serveCommands(database, settings);
    await handler.run(untilIdle ? idleWatch(database.db) : undefined);
  } finally {
    await control?.close();
    await database.close();
    for (const signal of STOPPING) {
      process.off(signal, onSignal);
    }
  }
}

/** A short command may just have the embedded database open; another handler keeps it. */
async function openOnceFree(settings: Settings): Promise<Database> {
  const wait = new FolderWait();
  for (;;) {
    try {
      return await openDatabase(settings, true);
    } catch (error) {
      if (!(error instanceof FolderInUseError) || (await ownerAnswers(settings.dataFolder))) {
        throw error;
      }
      await wait.for(error);
    }
  }
}

/** Whether there is nothing to do, looked up now and then. A paused run is nothing to do. */
function idleWatch(db: Db): () => Promise<boolean> {
  let lookedAt = 0;
  return async () => {
    if (Date.now() - lookedAt < LOOK_MILLISECONDS) {
      return false;
    }
    lookedAt = Date.now();
    const { rows } = await sql<{ busy: boolean }>`
      SELECT EXISTS (SELECT 1 FROM runs WHERE status IN ('PENDING', 'RUNNING'))
        OR EXISTS (SELECT 1 FROM probe_queue.job WHERE name = ${analysisQueue} AND state < 'completed') AS busy`.execute(
      db,
    );
    return rows[0]?.busy === false;
  };
}
