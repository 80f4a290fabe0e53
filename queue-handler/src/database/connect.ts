/** The database of a command: PostgreSQL where DATABASE_URL names one, else PGlite in a folder of this machine. */
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { monotonic } from '../clock.js';
import { messageOf } from '../errors.js';
import { getLogger } from '../log.js';
import type { Settings } from '../settings.js';
import { type FolderLock, lockFolder } from './folder-lock.js';
import { migrate } from './migrate.js';
import { serialPGliteDialect } from './pglite.js';
import type { Tables } from './schema.js';

export type Db = Kysely<Tables>;

export interface Database {
  db: Db;
  boss: PgBoss;
  /** Whether other processes may be working on the same tables. */
  shared: boolean;
  close(): Promise<void>;
}

const POOL_SIZE = 12;
const BOSS_POOL_SIZE = 6;
const CONNECT_MILLISECONDS = 10_000;
const REPEAT_MILLISECONDS = 60_000;

// The queue's own, but for the time: a wall clock that is set back would stop its polling for as long.
const STEADY = {
  now: () => performance.timeOrigin + performance.now(),
  setTimeout: (action: () => void, milliseconds: number) => setTimeout(action, milliseconds),
  clearTimeout: (handle: unknown) => clearTimeout(handle as NodeJS.Timeout),
  setInterval: (action: () => void, milliseconds: number) => setInterval(action, milliseconds),
  clearInterval: (handle: unknown) => clearInterval(handle as NodeJS.Timeout),
};

const logger = getLogger('database');

/**
 * Open the database and bring its tables up to date.
 *
 * @param supervise whether this process looks after the queue: expiry of lost jobs, removal of old ones.
 * @throws FolderInUseError where another process has the embedded database; anything the database says.
 */
export async function openDatabase(settings: Settings, supervise: boolean): Promise<Database> {
  const opened = settings.databaseUrl === null ? await embedded(settings) : server(settings.databaseUrl);
  const boss = new PgBoss({
    ...opened.boss,
    supervise,
    schedule: false,
    superviseIntervalSeconds: settings.monitorSeconds,
    monitorIntervalSeconds: settings.monitorSeconds,
    registerInstance: false,
    openTelemetry: { enabled: false },
    warningQueueSize: 1_000_000,
    clock: STEADY,
  });
  // Without a listener, an error of a background query would end the process.
  const isNews = onceAMinute();
  boss.on('error', (error) =>
    logger[isNews(messageOf(error)) ? 'warn' : 'debug']({ err: error }, 'the queue reports an error'),
  );
  boss.on('warning', (warning) => logger.debug({ warning: warning.message }, 'the queue warns'));
  try {
    await migrate(opened.db);
    await boss.start();
  } catch (error) {
    await boss.stop({ graceful: false, close: true }).catch(() => {});
    await opened.close();
    throw error;
  }
  return {
    db: opened.db,
    boss,
    shared: settings.databaseUrl !== null,
    async close() {
      await boss.stop({ graceful: false, close: true }).catch(() => {});
      await opened.close();
    },
  };
}

/** Whether a text was not seen within the last minute: an outage repeats the same few every half second. */
function onceAMinute(): (text: string) => boolean {
  const seen = new Map<string, number>();
  return (text) => {
    const now = monotonic();
    const isNew = now - (seen.get(text) ?? Number.NEGATIVE_INFINITY) > REPEAT_MILLISECONDS;
    if (isNew) {
      seen.set(text, now);
    }
    return isNew;
  };
}

interface Opened {
  db: Db;
  boss: ConstructorParameters<typeof PgBoss>[0] & object;
  close(): Promise<void>;
}

function server(connectionString: string): Opened {
  const pool = new pg.Pool({
    connectionString,
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    application_name: 'queue-handler',
    keepAlive: true,
  });
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle connection was lost'));
  // The pool listens to idle connections only. One that is lost in use fails its query, and says so in an event of its
  // own besides, which would end the process where nobody listens.
  pool.on('connect', (client) => client.on('error', () => {}));
  const db: Db = new Kysely({ dialect: new PostgresDialect({ pool }) });
  return {
    db,
    boss: {
      connectionString,
      max: BOSS_POOL_SIZE,
      connectionTimeoutMillis: CONNECT_MILLISECONDS,
      application_name: 'queue-handler-boss',
    },
    close: () => db.destroy(),
  };
}

async function embedded(settings: Settings): Promise<Opened> {
  const { fromPglite } = await import('pg-boss');
  const { PGlite } = await import('@electric-sql/pglite');
  const folder = resolve(settings.dataFolder);
  await mkdir(folder, { recursive: true });
  const lock: FolderLock = await lockFolder(folder);
  let pglite: PGlite;
  try {
    pglite = await PGlite.create(resolve(folder, 'pglite'));
  } catch (error) {
    await lock.release();
    throw new Error(`the embedded database in ${folder} cannot be opened; set DATABASE_URL or QUEUE_DATA`, {
      cause: error,
    });
  }
  const db: Db = new Kysely({ dialect: serialPGliteDialect(pglite) });
  return {
    db,
    boss: { db: fromPglite(pglite), backend: 'pglite' },
    async close() {
      await db.destroy();
      await lock.release();
    },
  };
}
