import { type Kysely, sql } from 'kysely';

/** What was spent, what is reserved, and bounds on both. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) {
    await sql.raw(statement).execute(db);
  }
}

const STATEMENTS = [
  // One row for each try that cost something, and each verdict of a judge. Rows outlive their run: the money is gone.
  `CREATE TABLE spendings (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    run_id uuid NOT NULL,
    probe_id uuid, -- null where a judge was asked, or the run is deleted
    model_id text NOT NULL,
    judge boolean NOT NULL DEFAULT false,
    at timestamptz NOT NULL DEFAULT now(),
    usd numeric NOT NULL DEFAULT 0, -- what is known
    unpriced boolean NOT NULL DEFAULT false, -- a part of it is not known
    at_most numeric NOT NULL DEFAULT 0, -- of a run under a bound: what that part may have cost
    -- Whether the sums in "budgets" have it: the row is written without waiting for anybody, and added when they are used.
    in_run boolean NOT NULL DEFAULT false,
    in_all boolean NOT NULL DEFAULT false
  )`,
  `CREATE INDEX spendings_by_run ON spendings (run_id)`,
  `CREATE INDEX spendings_by_day ON spendings (at)`,
  `CREATE INDEX spendings_new_in_run ON spendings (run_id) WHERE NOT in_run`,
  `CREATE INDEX spendings_new_in_all ON spendings (at) WHERE NOT in_all`,
  // What a try that is under way may cost at most. One whose handler was lost stays until its probe is taken again.
  `CREATE TABLE reservations (
    ticket_id uuid NOT NULL,
    retry_count int NOT NULL,
    run_id uuid NOT NULL,
    probe_id uuid, -- null where a judge is asked
    scoring_id uuid, -- then this
    usd numeric NOT NULL,
    turns numeric[] NOT NULL, -- the same for each turn that was to be asked; of a judge for each question
    first_turn int NOT NULL DEFAULT 0, -- how many turns there were before
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (ticket_id, retry_count)
  )`,
  `CREATE INDEX reservations_by_probe ON reservations (probe_id)`,
  `CREATE INDEX reservations_by_run ON reservations (run_id)`,
  `CREATE TABLE budgets (
    scope uuid PRIMARY KEY, -- a run, or all zeros for all runs together
    usd numeric, -- the bound; null for all runs, whose bound the handlers have
    spent numeric NOT NULL DEFAULT 0, -- as far as the spendings say that they are in it; of all runs: on this day (UTC)
    day date,
    reached_at timestamptz -- the run is paused because nothing more fits
  )`,
  `ALTER TABLE probe_results ADD COLUMN counted_turns int NOT NULL DEFAULT 0`, // turns in "partial" that are among the spendings
  `ALTER TABLE probe_results ADD COLUMN dearest_usd numeric`, // what the rest of it may cost at most; null where nobody knows
  `ALTER TABLE handlers ADD COLUMN budget_usd numeric`, // what may be spent a day, over all runs, as this handler is set
  // What was spent before. Turns did not say yet what they cost.
  `INSERT INTO spendings (run_id, probe_id, model_id, at, usd, unpriced)
    SELECT t.run_id, p.id, t.model_id, t.created_at, coalesce((t.cost_snapshot ->> 'totalCost')::numeric, 0),
      t.cost_snapshot ->> 'totalCost' IS NULL
    FROM transcripts t LEFT JOIN probe_results p ON p.run_id = t.run_id AND p.scenario_id = t.scenario_id
      AND p.model_id = t.model_id AND p.sample_index = t.sample_index`,
  `INSERT INTO spendings (run_id, probe_id, model_id, at, usd, unpriced)
    SELECT run_id, id, model_id, updated_at, coalesce((error -> 'costSnapshot' ->> 'totalCost')::numeric, 0),
      error -> 'costSnapshot' ->> 'totalCost' IS NULL OR jsonb_array_length(partial -> 'turns') > 0
    FROM probe_results WHERE status <> 'SUCCEEDED' AND (jsonb_array_length(partial -> 'turns') > 0
      OR jsonb_array_length(error -> 'discarded') > 0 OR error ->> 'billing' = 'unknown')`,
  `UPDATE probe_results SET counted_turns = jsonb_array_length(partial -> 'turns') WHERE partial IS NOT NULL`,
  `INSERT INTO spendings (run_id, model_id, judge, at, unpriced)
    SELECT t.run_id, v.model_id, true, v.created_at, true FROM verdicts v JOIN transcripts t ON t.id = v.transcript_id`,
];
