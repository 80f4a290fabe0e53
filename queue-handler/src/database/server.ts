/** A PostgreSQL server: connections of which each is prepared, bounded, and known to take any text. */
import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import type { Address } from '../address.js';
import { UsageError } from '../errors.js';
import { getLogger } from '../log.js';
import type { BossConnection } from '../pgboss.js';
import { QueueClient } from './client.js';
import { PatientPool } from './patient-pool.js';
import type { PoolUse } from './pool-use.js';
import type { Db } from './schema.js';
import { LONG_MILLISECONDS, timeLimit, within } from './time-limit.js';

const POOL_SIZE = 12;
const BOSS_POOL_SIZE = 6;
const CONNECT_MILLISECONDS = 10_000;
// Before the usual firewall forgets a connection on which nothing is said.
const KEEP_ALIVE_MILLISECONDS = 15_000;

const logger = getLogger('database');

export interface Opened {
  db: Db;
  boss: BossConnection;
  pools(): PoolUse[];
  /** The queue's tables are made, so that its statements need no long time any more. */
  onStarted(): void;
  close(): Promise<void>;
}

export function openServer(address: Address): Opened {
  const pool = poolOf(address, 'queue-handler', POOL_SIZE);
  const bossPool = poolOf(address, 'queue-handler-boss', BOSS_POOL_SIZE);
  const db: Db = new Kysely({ dialect: new PostgresDialect({ pool }) });
  // The queue's timers begin with it, and would keep the limit that its start has.
  const usual = timeLimit();
  let limit = LONG_MILLISECONDS;
  return {
    db,
    boss: { db: { executeSql: (text, values) => within(limit, () => bossPool.query(text, values)) } },
    onStarted() {
      limit = usual;
    },
    pools: () => [useOf('runs', pool), useOf('queue', bossPool)],
    async close() {
      await Promise.all([db.destroy(), bossPool.end()]);
    },
  };
}

function useOf(name: PoolUse['name'], { totalCount, idleCount, waiting }: PatientPool): PoolUse {
  return { name, used: totalCount - idleCount, idle: idleCount, waiting };
}

function poolOf(address: Address, name: string, max: number): PatientPool {
  const pool = new PatientPool({
    ...address.config,
    Client: QueueClient,
    max,
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    application_name: name,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MILLISECONDS,
    onConnect: (client: pg.PoolClient) => prepared(client as unknown as QueueClient, address),
  } as unknown as pg.PoolConfig);
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle connection was lost'));
  return pool;
}

/** @throws UsageError where the database could not store every answer. */
async function prepared(client: QueueClient, { database }: Address): Promise<void> {
  const encoding = await client.prepare();
  if (encoding !== 'UTF8') {
    throw new UsageError(
      `DATABASE_URL: the encoding of the database ${database} is ${encoding}, in which not every answer can be stored; ` +
        `make one that takes any text: CREATE DATABASE probes TEMPLATE template0 ENCODING 'UTF8'`,
    );
  }
}
