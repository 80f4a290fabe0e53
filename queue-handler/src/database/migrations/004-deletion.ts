import { type Kysely, sql } from 'kysely';

/** What the deletion of a run needs, and what it leaves. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) {
    await sql.raw(statement).execute(db);
  }
}

const STATEMENTS = [
  // So that answers on the disk of another machine are known for those of a run that was deleted.
  `CREATE TABLE deleted_runs (
    id uuid PRIMARY KEY,
    deleted_at timestamptz NOT NULL DEFAULT now()
  )`,
  // Without them each scenario that is deleted makes the database look through every probe and every transcript.
  `CREATE INDEX probe_results_by_scenario ON probe_results (scenario_id)`,
  `CREATE INDEX transcripts_by_scenario ON transcripts (scenario_id)`,
];
