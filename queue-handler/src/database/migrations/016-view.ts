import { type Kysely, sql } from 'kysely';

/** What `queue view` filters and searches by, so that it need not read every answer to find some. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) {
    await sql.raw(statement).execute(db);
  }
  await indexAnswers(db);
}

const STATEMENTS = [
  // Of each turn, in their order. Both are read from the content, so that they cannot say anything else.
  `ALTER TABLE transcripts
    ADD COLUMN finish_reasons jsonb NOT NULL
      GENERATED ALWAYS AS (jsonb_path_query_array(content, '$.turns[*].providerMetadata.finishReason')) STORED,
    ADD COLUMN truncated boolean NOT NULL
      GENERATED ALWAYS AS (content @? '$.turns[*].providerMetadata.truncated ? (@ == true)') STORED`,
  `CREATE FUNCTION answers_of(content jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
    RETURN (SELECT string_agg(turn ->> 'targetResponse', E'\\n')
      FROM jsonb_array_elements(content -> 'turns') turn)`,
];

/**
 * An index of every three letters, where the server has the extension for it and lets its user make use of it. Without
 * it the search reads answers one by one, and says how far it has come.
 */
async function indexAnswers(db: Kysely<unknown>): Promise<void> {
  const { rows: available } = await sql`SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'`.execute(db);
  if (available.length === 0) {
    return;
  }
  await sql`SAVEPOINT trigrams`.execute(db);
  try {
    await sql`CREATE EXTENSION IF NOT EXISTS pg_trgm`.execute(db);
    const { rows } = await sql<{ schema: string }>`
      SELECT n.nspname AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
      WHERE e.extname = 'pg_trgm'`.execute(db);
    const operators = sql.id(rows[0]?.schema ?? '', 'gin_trgm_ops');
    await sql`CREATE INDEX transcripts_answers ON transcripts USING gin (answers_of(content) ${operators})`.execute(db);
    await sql`RELEASE SAVEPOINT trigrams`.execute(db);
  } catch {
    // It may be there and not be allowed.
    await sql`ROLLBACK TO SAVEPOINT trigrams`.execute(db);
  }
}
