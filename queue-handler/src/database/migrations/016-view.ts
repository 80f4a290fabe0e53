import { type Kysely, sql } from 'kysely';

/** What `queue view` filters and searches by. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) {
    await sql.raw(statement).execute(db);
  }
}

const STATEMENTS = [
  // Of each turn, in their order. Both are read from the content, so that they cannot say anything else.
  `ALTER TABLE transcripts
    ADD COLUMN finish_reasons jsonb NOT NULL
      GENERATED ALWAYS AS (jsonb_path_query_array(content, '$.turns[*].providerMetadata.finishReason')) STORED,
    ADD COLUMN truncated boolean NOT NULL
      GENERATED ALWAYS AS (content @? '$.turns[*].providerMetadata.truncated ? (@ == true)') STORED`,
  // Dear, so that a server reads with all the processes that it has for a statement. An index of it would cost each answer more
  // when it is stored than all the rest of it.
  `CREATE FUNCTION answers_of(content jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
    RETURN (SELECT string_agg(turn ->> 'targetResponse', E'\\n')
      FROM jsonb_array_elements(content -> 'turns') turn)`,
];
