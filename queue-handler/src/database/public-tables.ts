/** Tables of versions that kept them in the schema `public`: they move, with everything that was paid for. */
import { sql, type Transaction } from 'kysely';
import { getLogger } from '../log.js';
import { DATA_SCHEMA } from './names.js';
import type { Tables } from './schema.js';

const FIRST = '001-initial';
const TABLES = [
  'definitions',
  'scenarios',
  'runs',
  'probe_results',
  'transcripts',
  'provider_stops',
  'analysis_results',
  'handlers',
];
// No other application is likely to have these together.
const OWN_COLUMNS = ['run_id', 'scenario_id', 'ticket_id', 'crashes', 'partial'];

const logger = getLogger('migrate');

export async function adoptFromPublic(trx: Transaction<Tables>): Promise<void> {
  const { rows: columns } = await sql`
    SELECT 1 FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'probe_results'
      AND column_name = ANY(${OWN_COLUMNS}::text[])`.execute(trx);
  const { rows: there } = await sql<{ table: string | null; own: string | null }>`
    SELECT to_regclass('public.kysely_migration')::text AS table,
           to_regclass(${`${DATA_SCHEMA}.runs`})::text AS own`.execute(trx);
  if (columns.length < OWN_COLUMNS.length || there[0]?.table == null || there[0].own != null) {
    return;
  }
  const { rows } = await sql<{ name: string }>`SELECT name FROM public.kysely_migration`.execute(trx);
  if (rows.length !== 1 || rows[0]?.name !== FIRST) {
    return;
  }
  for (const table of TABLES) {
    await sql.raw(`ALTER TABLE public.${table} SET SCHEMA ${DATA_SCHEMA}`).execute(trx);
  }
  await sql`DROP TABLE public.kysely_migration, public.kysely_migration_lock`.execute(trx);
  await sql
    .raw(`CREATE TABLE ${DATA_SCHEMA}.migrations (
    name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`)
    .execute(trx);
  await sql`INSERT INTO migrations (name) VALUES (${FIRST})`.execute(trx);
  // Jobs in the queue of that version are of no use: the sweeper finds that their probes have none, and queues them anew.
  logger.info({ schema: DATA_SCHEMA }, 'the tables have moved from the schema public into one of their own');
}
