/** The handler as a process: started, told to stop, and gone in order. */
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import { openDatabase } from '../database/connect.js';
import { getLogger } from '../log.js';
import { Handler } from '../queue/handler.js';
import { analysisQueue } from '../queue/names.js';
import type { Settings } from '../settings.js';
import { serveCommands } from './control.js';

const logger = getLogger('work');
const LOOK_MILLISECONDS = 500;

/** @param untilIdle end when no run is open and no analysis is due, instead of waiting for the next. */
export async function work(settings: Settings, untilIdle: boolean): Promise<void> {
  const database = await openDatabase(settings, true);
  const handler = new Handler(database, settings);
  const onSignal = (signal: NodeJS.Signals): void => {
    logger.info({ signal }, 'asked to stop');
    handler.stop();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  const control = database.shared ? null : await serveCommands(database, settings.dataFolder);
  try {
    await handler.run(untilIdle ? idleWatch(database.db) : undefined);
  } finally {
    await control?.close();
    await database.close();
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
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
        OR EXISTS (SELECT 1 FROM pgboss.job WHERE name = ${analysisQueue} AND state < 'completed') AS busy`.execute(db);
    return rows[0]?.busy === false;
  };
}
