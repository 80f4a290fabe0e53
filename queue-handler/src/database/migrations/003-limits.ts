import { type Kysely, sql } from 'kysely';

/** Limits that hold over all handlers, stops of one model, and how often a handler is heard of. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) {
    await sql.raw(statement).execute(db);
  }
}

const STATEMENTS = [
  `CREATE TABLE provider_limits (
    provider text NOT NULL,
    model_id text NOT NULL DEFAULT '', -- '' for the provider as a whole
    concurrency int, -- as set for the handler that asked last; null for no bound
    requests_per_minute int,
    tokens float8, -- requests that might begin at filled_at; null for as many as the bucket holds
    filled_at timestamptz,
    paused_until timestamptz, -- the provider itself asked for a pause
    PRIMARY KEY (provider, model_id)
  )`,
  // '' for all models of the provider.
  `ALTER TABLE provider_stops ADD COLUMN model_id text NOT NULL DEFAULT ''`,
  `ALTER TABLE provider_stops DROP CONSTRAINT provider_stops_pkey`,
  `ALTER TABLE provider_stops ADD PRIMARY KEY (run_id, provider, model_id)`,
  // A handler that is silent for this long has lost its tickets, and is not at work.
  `ALTER TABLE handlers ADD COLUMN heartbeat_seconds int NOT NULL DEFAULT 30`,
];
