/**
 * Brings the tables up to date. It looks first: where nothing is to be done, nothing is locked. The lock ends with the
 * transaction that migrates, so that it cannot stay behind on a connection that a pooler keeps.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql, type Transaction } from 'kysely';
import { UsageError } from '../errors.js';
import { getLogger } from '../log.js';
import { QUEUE_SCHEMA } from '../pgboss.js';
import * as initial from './migrations/001-initial.js';
import * as identity from './migrations/002-identity.js';
import * as limits from './migrations/003-limits.js';
import * as deletion from './migrations/004-deletion.js';
import * as notAsked from './migrations/005-not-asked.js';
import * as earlier from './migrations/006-earlier-answers.js';
import * as scores from './migrations/007-scores.js';
import * as manifests from './migrations/008-manifests.js';
import * as money from './migrations/010-money.js';
import * as rates from './migrations/013-rates.js';
import * as promptCaches from './migrations/014-prompt-caches.js';
import * as reused from './migrations/015-reused-answers.js';
import * as view from './migrations/016-view.js';
import * as order from './migrations/018-order.js';
import { DATA_SCHEMA } from './names.js';
import { adoptFromPublic } from './public-tables.js';
import type { Tables } from './schema.js';

type Trx = Transaction<Tables>;

// A migration knows the tables as they were then, and not as they are now.
const MIGRATIONS: [name: string, up: (trx: never) => Promise<void>][] = [
  ['001-initial', initial.up],
  ['002-identity', identity.up],
  ['003-limits', limits.up],
  ['004-deletion', deletion.up],
  ['005-not-asked', notAsked.up],
  ['006-earlier-answers', earlier.up],
  ['007-scores', scores.up],
  ['008-manifests', manifests.up],
  ['010-money', money.up],
  ['013-rates', rates.up],
  ['014-prompt-caches', promptCaches.up],
  ['015-reused-answers', reused.up],
  ['016-view', view.up],
  ['018-order', order.up],
];

// Any two processes use the same number.
export const MIGRATION_LOCK = 0x70726f62_6d696700n;
const LOCK_SECONDS = 60;
const LOOK_MILLISECONDS = 200;
const SILENT_MILLISECONDS = 2_000;

const logger = getLogger('migrate');

/** @throws UsageError where the tables are newer than this program; what the database said, where a migration failed. */
export async function migrate(db: Kysely<Tables>, lockSeconds = LOCK_SECONDS): Promise<void> {
  if ((await pending(db)).length > 0) {
    await db.transaction().execute(async (trx) => {
      await lock(trx, lockSeconds);
      await createSchema(trx, DATA_SCHEMA);
      await createSchema(trx, QUEUE_SCHEMA);
      await adoptFromPublic(trx);
      await sql
        .raw(
          `CREATE TABLE IF NOT EXISTS ${DATA_SCHEMA}.migrations (
            name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
        )
        .execute(trx);
      // Another process may have done it meanwhile.
      for (const [name, up] of await pending(trx)) {
        await up(trx as never);
        await sql`INSERT INTO migrations (name) VALUES (${name})`.execute(trx);
      }
    });
  }
}

async function pending(db: Kysely<Tables> | Trx): Promise<typeof MIGRATIONS> {
  const { rows: there } = await sql<{ table: string | null }>`
    SELECT to_regclass(${`${DATA_SCHEMA}.migrations`})::text AS table`.execute(db);
  if (there[0]?.table == null) {
    return MIGRATIONS;
  }
  const { rows } = await sql<{ name: string }>`SELECT name FROM migrations`.execute(db);
  const done = new Set(rows.map((row) => row.name));
  const unknown = [...done].filter((name) => !MIGRATIONS.some(([known]) => known === name)).sort();
  if (unknown.length > 0) {
    throw new UsageError(
      `the tables of this database were made by a newer version of this program (${unknown.join(', ')}); update the program`,
    );
  }
  return MIGRATIONS.filter(([name]) => !done.has(name));
}

/** The right to migrate, until the transaction ends. @throws Error where another process keeps it. */
async function lock(trx: Trx, seconds: number): Promise<void> {
  const began = performance.now();
  for (let said = false; ; ) {
    const { rows } = await sql<{ taken: boolean }>`
      SELECT pg_try_advisory_xact_lock(${String(MIGRATION_LOCK)}::bigint) AS taken`.execute(trx);
    if (rows[0]?.taken === true) {
      return;
    }
    const waited = performance.now() - began;
    if (waited > seconds * 1000) {
      throw new Error(
        `another process has been bringing the tables up to date for ${seconds} s; wait for it, or end it ` +
          "(SELECT pid, query FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE locktype = 'advisory')",
      );
    }
    if (!said && waited > SILENT_MILLISECONDS) {
      said = true;
      logger.warn({ seconds }, 'another process brings the tables up to date; this one waits for it');
    }
    await sleep(LOOK_MILLISECONDS);
  }
}

/** Only where it is missing: to ask for one that is there needs a right that its user may lack. */
async function createSchema(trx: Trx, name: string): Promise<void> {
  const { rows } = await sql`SELECT 1 FROM pg_namespace WHERE nspname = ${name}`.execute(trx);
  if (rows.length === 0) {
    await sql.raw(`CREATE SCHEMA ${name}`).execute(trx);
  }
}
