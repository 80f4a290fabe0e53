/** The database of a command: PostgreSQL where DATABASE_URL names one, else PGlite in a folder of this machine. */
import { join, resolve } from 'node:path';
import { Kysely } from 'kysely';
import { type Address, readAddress } from '../address.js';
import { messageOf, UsageError } from '../errors.js';
import { getLogger } from '../log.js';
import { type Boss, newBoss, refuseNewerQueue, stopBoss } from '../pgboss.js';
import type { Settings } from '../settings.js';
import { Embedded } from './embedded.js';
import { embeddedBoss, embeddedDialect } from './embedded-dialect.js';
import { explained } from './explain.js';
import { ownFolder, refuseShared } from './folder.js';
import { FolderInUseError, lockFolder } from './folder-lock.js';
import { migrate } from './migrate.js';
import type { PoolUse } from './pool-use.js';
import { roomProblem } from './room.js';
import type { Db } from './schema.js';
import { type Opened, openServer } from './server.js';
import { takingLong } from './time-limit.js';

export type { Db };

export interface Database {
  db: Db;
  boss: Boss;
  /** Whether other processes may be working on the same tables. */
  shared: boolean;
  /** Which database this is, wherever its files or its server are: a UUID that it has had from its beginning. */
  identity: string;
  /** Where it is, for people. */
  shown: string;
  /** How far its connections are in use. */
  pools(): PoolUse[];
  close(): Promise<void>;
}

const logger = getLogger('database');

/**
 * Open the database and bring its tables up to date.
 *
 * @param supervise whether this process looks after the queue: expiry of lost jobs, removal of old ones.
 * @param brief whether it is opened for one short command.
 * @throws FolderInUseError where another process has the embedded database; UsageError or Error that names the cure.
 */
export async function openDatabase(settings: Settings, supervise: boolean, brief = false): Promise<Database> {
  const address = settings.databaseUrl === null ? null : readAddress(settings.databaseUrl);
  try {
    return await opened(settings, address, supervise, brief);
  } catch (error) {
    if (error instanceof FolderInUseError || error instanceof UsageError || address === null) {
      throw error;
    }
    throw new Error(`the database ${address.shown} cannot be used: ${explained(error, address)}`, { cause: error });
  }
}

async function opened(
  settings: Settings,
  address: Address | null,
  supervise: boolean,
  brief: boolean,
): Promise<Database> {
  const {
    db,
    boss: own,
    onStarted,
    pools,
    close,
  } = address === null ? await openEmbedded(settings, brief) : openServer(address);
  const boss = newBoss(own, settings, supervise);
  let identity: string;
  try {
    await takingLong(() => migrate(db));
    await refuseNewerQueue(db);
    await boss.start();
    onStarted();
    identity = (await db.selectFrom('identity').select('id').executeTakeFirstOrThrow()).id;
  } catch (error) {
    await stopBoss(boss);
    await close();
    throw error;
  }
  return {
    db,
    boss,
    shared: address !== null,
    identity,
    shown: shownDatabase(settings),
    pools,
    async close() {
      await stopBoss(boss);
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

async function openEmbedded(settings: Settings, brief: boolean): Promise<Opened> {
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
    embedded = await Embedded.open({ folder: files, brief });
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
    boss: embeddedBoss(embedded),
    onStarted() {},
    pools: () => [embedded.use],
    async close() {
      await embedded.close();
      lock.release();
    },
  };
}
