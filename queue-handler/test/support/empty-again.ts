/** Makes a database that a test has used what it was before. */
import { sql } from 'kysely';
import type { Db } from '../../src/database/connect.js';
import { DATA_SCHEMA } from '../../src/database/names.js';
import { QUEUE_SCHEMA } from '../../src/pgboss.js';

/** What makes a database what it is, and stays. */
const OWN_TABLES = ['migrations', 'identity', 'version', 'queue'];

/** Changes with whatever a test makes in a database that is no row: a table, a trigger, a function, a constraint, a setting. */
export async function shapeOf(db: Db): Promise<string> {
  const { rows } = await sql<{ shape: string }>`
    SELECT concat_ws(' ', (SELECT count(*) || '/' || max(oid) FROM pg_class), (SELECT count(*) || '/' || max(oid) FROM pg_proc),
      (SELECT count(*) || '/' || max(oid) FROM pg_trigger), (SELECT count(*) || '/' || max(oid) FROM pg_constraint),
      (SELECT count(*) FROM pg_db_role_setting),
      (SELECT md5(string_agg(name || '=' || setting, ',' ORDER BY name)) FROM pg_settings WHERE source = 'session')
    ) AS shape`.execute(db);
  return rows[0]?.shape ?? '';
}

export async function removeRows(db: Db): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
    WHERE schemaname IN (${DATA_SCHEMA}, ${QUEUE_SCHEMA}) AND tablename <> ALL(${OWN_TABLES})`.execute(db);
  await db.transaction().execute(async (trx) => {
    // Whatever refers to what.
    await sql`SET LOCAL session_replication_role = replica`.execute(trx);
    for (const { name } of rows) {
      await sql`DELETE FROM ${sql.raw(name)}`.execute(trx);
    }
  });
}
