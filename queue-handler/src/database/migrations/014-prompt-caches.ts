import { type Kysely, sql } from 'kysely';

/** Which preambles lie in the caches of the providers, and how much was read from them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) {
    await sql.raw(statement).execute(db);
  }
}

const STATEMENTS = [
  `ALTER TABLE scenarios ADD COLUMN preamble_sha256 text`, // null without a preamble, and for scenarios from before
  // Over all runs: a provider's cache knows none. What is old is deleted.
  `CREATE TABLE prompt_caches (
    provider text NOT NULL,
    model_id text NOT NULL,
    preamble_sha256 text NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT now(), -- when the first with this preamble was queued, alone
    opened_at timestamptz, -- when it, or another after it, was last answered or failed; then the others may follow
    PRIMARY KEY (provider, model_id, preamble_sha256)
  )`,
  // Of the input, what came from a cache; null where the provider does not say, and for answers from before.
  `ALTER TABLE transcripts ADD COLUMN cached_tokens bigint`,
];
