import { type Kysely, sql } from 'kysely';

/** Which database this is, for what is kept outside of it; and when a handler last did something, not only that it lives. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) {
    await sql.raw(statement).execute(db);
  }
}

const STATEMENTS = [
  `CREATE TABLE identity (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    id uuid NOT NULL DEFAULT gen_random_uuid()
  )`,
  `INSERT INTO identity DEFAULT VALUES`,
  `ALTER TABLE handlers ADD COLUMN worked_at timestamptz`, // when its last round over the queues ended
];
