import { type Kysely, sql } from 'kysely';

/** Everything a run is made of. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) {
    await sql.raw(statement).execute(db);
  }
}

const STATEMENTS = [
  `CREATE TABLE definitions (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    version text,
    content jsonb NOT NULL, -- the definition as it was given
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE TABLE scenarios (
    id uuid PRIMARY KEY,
    definition_id uuid NOT NULL REFERENCES definitions ON DELETE CASCADE,
    key text NOT NULL, -- the ID its author gave it
    position int NOT NULL,
    content jsonb NOT NULL,
    UNIQUE (definition_id, key)
  )`,
  `CREATE TABLE runs (
    id uuid PRIMARY KEY,
    definition_id uuid NOT NULL REFERENCES definitions,
    name text NOT NULL,
    status text NOT NULL DEFAULT 'PENDING'
      CHECK (status IN ('PENDING', 'RUNNING', 'PAUSED', 'COMPLETED', 'CANCELLED', 'FAILED')),
    config jsonb NOT NULL, -- models, samples, settings, limits
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    completed_at timestamptz
  )`,
  // One row a probe from the start of the run: progress is counted from these rows and stands nowhere else.
  `CREATE TABLE probe_results (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    run_id uuid NOT NULL REFERENCES runs ON DELETE CASCADE,
    scenario_id uuid NOT NULL REFERENCES scenarios,
    model_id text NOT NULL,
    provider text NOT NULL,
    sample_index int NOT NULL,
    status text NOT NULL DEFAULT 'PENDING'
      CHECK (status IN ('PENDING', 'QUEUED', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    ticket_id uuid, -- the job in the queue, while QUEUED
    failures int NOT NULL DEFAULT 0, -- tries that failed and may succeed later
    crashes int NOT NULL DEFAULT 0, -- tries in which the worker process died
    error jsonb, -- the outcome's cause where FAILED, the last try's where not
    partial jsonb, -- the turns paid for so far, where there is no transcript
    position int NOT NULL, -- the order in which probes are queued
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (run_id, scenario_id, model_id, sample_index)
  )`,
  `CREATE INDEX probe_results_open ON probe_results (run_id, provider, status, position)
    WHERE status IN ('PENDING', 'QUEUED')`,
  `CREATE INDEX probe_results_by_run ON probe_results (run_id, model_id, status)`,
  `CREATE TABLE transcripts (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    run_id uuid NOT NULL REFERENCES runs ON DELETE CASCADE,
    scenario_id uuid NOT NULL REFERENCES scenarios,
    model_id text NOT NULL,
    model_version text,
    sample_index int NOT NULL,
    definition_snapshot jsonb NOT NULL, -- what was asked, as it stood then
    content jsonb NOT NULL, -- {schemaVersion: 1, turns}
    turn_count int NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    reasoning_tokens bigint,
    cost_snapshot jsonb,
    warnings jsonb NOT NULL DEFAULT '[]',
    started_at timestamptz NOT NULL,
    completed_at timestamptz NOT NULL,
    duration_ms bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (run_id, scenario_id, model_id, sample_index)
  )`,
  `CREATE INDEX transcripts_recent ON transcripts (run_id, created_at)`,
  `CREATE TABLE provider_stops (
    run_id uuid NOT NULL REFERENCES runs ON DELETE CASCADE,
    provider text NOT NULL,
    error jsonb NOT NULL,
    stopped_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, provider)
  )`,
  `CREATE TABLE analysis_results (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    run_id uuid NOT NULL REFERENCES runs ON DELETE CASCADE,
    type text NOT NULL,
    input_hash text NOT NULL,
    code_version text,
    output jsonb NOT NULL,
    status text NOT NULL CHECK (status IN ('CURRENT', 'SUPERSEDED', 'FAILED')),
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE UNIQUE INDEX analysis_results_current ON analysis_results (run_id, type) WHERE status = 'CURRENT'`,
  `CREATE TABLE handlers (
    id uuid PRIMARY KEY,
    host text NOT NULL,
    pid int NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    problem text -- why it takes no jobs
  )`,
];
