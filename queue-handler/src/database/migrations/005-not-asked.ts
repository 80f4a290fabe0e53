import { type Kysely, sql } from 'kysely';

/** That a probe was not asked, because its provider or its model is stopped, as a fact and not as a sentence. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) {
    await sql.raw(statement).execute(db);
  }
}

const STATEMENTS = [
  // What is stopped for the run, where the probe has FAILED without being asked.
  `ALTER TABLE probe_results ADD COLUMN not_asked text CHECK (not_asked IN ('provider', 'model'))`,
  `UPDATE probe_results SET not_asked = CASE WHEN error ->> 'message' LIKE 'not asked, because the model %' THEN 'model'
      ELSE 'provider' END
    WHERE status = 'FAILED' AND error ->> 'message' LIKE 'not asked, because the % is stopped for this run: %'`,
];
