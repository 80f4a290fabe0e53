import { type Kysely, sql } from 'kysely';

/** How much each handler asks of each model, and how it came to that. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) {
    await sql.raw(statement).execute(db);
  }
}

const STATEMENTS = [
  `CREATE TABLE rate_windows (
    handler_id uuid NOT NULL REFERENCES handlers ON DELETE CASCADE,
    provider text NOT NULL,
    model_id text NOT NULL,
    allowed int NOT NULL, -- conversations in flight
    why text NOT NULL,
    report jsonb, -- what the provider said last is left of its quotas
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (handler_id, provider, model_id)
  )`,
  // The last changes of each model, whichever handler made them.
  `CREATE TABLE rate_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider text NOT NULL,
    model_id text NOT NULL,
    allowed int NOT NULL,
    why text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE INDEX rate_changes_by_model ON rate_changes (provider, model_id, id)`,
];
