import { type Kysely, sql } from 'kysely';

/** The probes of a run in their order, a page at a time: without it each page of an export reads all of them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE INDEX probe_results_in_order ON probe_results (run_id, position)`.execute(db);
}
