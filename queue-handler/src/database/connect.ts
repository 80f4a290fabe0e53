/** The database of a command: PostgreSQL where DATABASE_URL names one, else PGlite in a folder of this machine. */
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { Kysely, sql } from 'kysely';
import { PgBoss } from 'pg-boss';
import { type Address, readAddress } from '../address.js';
import { monotonic } from '../clock.js';
import { messageOf, UsageError } from '../errors.js';
import { getLogger } from '../log.js';
import type { Settings } from '../settings.js';
import { Embedded } from './embedded.js';
import { embeddedBoss, embeddedDialect } from './embedded-dialect.js';
import { explained } from './explain.js';
import { ownFolder, refuseShared } from './folder.js';
import { FolderInUseError, lockFolder } from './folder-lock.js';
import { migrate } from './migrate.js';
import { QUEUE_SCHEMA } from './names.js';
import { roomProblem } from './room.js';
import type { Tables } from './schema.js';
import { type Opened, openServer } from './server.js';
import { takingLong } from './time-limit.js';

export type Db = Kysely<Tables>;

export interface Database {
  db: Db;
  boss: PgBoss;
  /** Whether other processes may be working on the same tables. */
  shared: boolean;
  /** Which database this is, wherever its files or its server are: a UUID that it has had from its beginning. */
  identity: string;
  /** Where it is, for people. */
  shown: string;
  close(): Promise<void>;
}

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
 * @throws FolderInUseError where another process has the embedded database; UsageError or Error that names the cure.
 */
export async function openDatabase(settings: Settings, supervise: boolean): Promise<Database> {
  const address = settings.databaseUrl === null ? null : readAddress(settings.databaseUrl);
  try {
    return await opened(settings, address, supervise);
  } catch (error) {
    if (error instanceof FolderInUseError || error instanceof UsageError || address === null) {
      throw error;
    }
    throw new Error(`the database ${address.shown} cannot be used: ${explained(error, address)}`, { cause: error });
  }
}

async function opened(settings: Settings, address: Address | null, supervise: boolean): Promise<Database> {
  const { db, boss: own, onStarted, close } = address === null ? await openEmbedded(settings) : openServer(address);
  const boss = new PgBoss({
    ...own,
    schema: QUEUE_SCHEMA,
    createSchema: false,
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
  let identity: string;
  try {
    await takingLong(() => migrate(db));
    await refuseNewerQueue(db);
    await boss.start();
    onStarted();
    identity = (await db.selectFrom('identity').select('id').executeTakeFirstOrThrow()).id;
  } catch (error) {
    await boss.stop({ graceful: false, close: true }).catch(() => {});
    await close();
    throw error;
  }
  return {
    db,
    boss,
    shared: address !== null,
    identity,
    shown: shownDatabase(settings),
    async close() {
      await boss.stop({ graceful: false, close: true }).catch(() => {});
      await close();
    },
  };
}

/** Where the database of these settings is, for people; nothing is opened. */
export function shownDatabase(settings: Settings): string {
  return settings.databaseUrl === null
    ? `the embedded database in ${resolve(settings.dataFolder)}`
    : `the database ${readAddress(settings.databaseUrl).shown}`;
}

/** The queue's tables are pg-boss's, which brings old ones up to date and says nothing of newer ones. */
async function refuseNewerQueue(db: Db): Promise<void> {
  const { rows: there } = await sql<{ table: string | null }>`
    SELECT to_regclass(${`${QUEUE_SCHEMA}.version`})::text AS table`.execute(db);
  if (there[0]?.table == null) {
    return;
  }
  const { rows } = await sql<{ version: number }>`SELECT version FROM ${sql.table(`${QUEUE_SCHEMA}.version`)}`.execute(
    db,
  );
  const known: number = createRequire(import.meta.url)('pg-boss/package.json').pgboss.schema;
  const found = Number(rows[0]?.version ?? 0);
  if (found > known) {
    throw new UsageError(
      `the queue's tables in the schema ${QUEUE_SCHEMA} are of version ${found}, and this program knows them up to ${known}: ` +
        'a newer version of it made them; update the program',
    );
  }
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

async function openEmbedded(settings: Settings): Promise<Opened> {
  const folder = ownFolder(settings.dataFolder);
  refuseShared(folder);
  const lock = lockFolder(folder);
  let embedded: Embedded;
  try {
    const files = join(folder, 'pglite');
    const problem = roomProblem(folder, settings.roomMegabytes);
    if (problem !== null) {
      logger.warn(problem);
    }
    embedded = await Embedded.open(files);
  } catch (error) {
    lock.release();
    throw new Error(
      `the embedded database in ${folder} cannot be opened: ${messageOf(error)}; set QUEUE_DATA to another folder, or ` +
        'DATABASE_URL to a PostgreSQL server',
      { cause: error },
    );
  }
  const db: Db = new Kysely({ dialect: embeddedDialect(embedded) });
  return {
    db,
    boss: { db: embeddedBoss(embedded), backend: 'pglite' },
    onStarted() {},
    async close() {
      await embedded.close();
      lock.release();
    },
  };
}
