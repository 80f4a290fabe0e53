/** Brings the tables up to date; handlers that start together wait for each other. */
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import * as initial from './migrations/001-initial.js';
import * as limits from './migrations/002-limits.js';
import type { Tables } from './schema.js';

const MIGRATIONS: Record<string, Migration> = { '001-initial': initial, '002-limits': limits };

/** @throws what the database said, where a migration failed; then nothing of it is there. */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    throw error;
  }
}
