import { type Kysely, sql } from 'kysely';

/** Answers that are set aside, because their question is asked once more, stay beside the new ones. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) {
    await sql.raw(statement).execute(db);
  }
}

const PROBE = '(run_id, scenario_id, model_id, sample_index)';

const STATEMENTS = [
  // Null for the answer that counts, of which a probe has one or none.
  `ALTER TABLE transcripts ADD COLUMN superseded_at timestamptz`,
  `ALTER TABLE transcripts ADD COLUMN superseded_because text`, // what of it was of no use: truncated, refused, ...
  `ALTER TABLE transcripts DROP CONSTRAINT transcripts_run_id_scenario_id_model_id_sample_index_key`,
  `CREATE UNIQUE INDEX transcripts_current ON transcripts ${PROBE} WHERE superseded_at IS NULL`,
  `CREATE INDEX transcripts_superseded ON transcripts ${PROBE} WHERE superseded_at IS NOT NULL`,
];
