import { type Kysely, sql } from 'kysely';

/** What another laboratory needs to do a run again, beside what the run itself says. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) {
    await sql.raw(statement).execute(db);
  }
}

const STATEMENTS = [
  // Runs that are older have none.
  `CREATE TABLE manifests (
    run_id uuid PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    file jsonb NOT NULL, -- the run's file, but for its definition, which is stored as such
    file_sha256 text NOT NULL, -- of the whole file, written as RFC 8785 says
    stored_by jsonb NOT NULL, -- the program and the machine that stored the run
    ended jsonb -- when, as what, with how many probes of each status, on which database; of its last end
  )`,
  // Handlers of one kind are one row, however many of them there were.
  `CREATE TABLE run_machines (
    run_id uuid NOT NULL REFERENCES runs ON DELETE CASCADE,
    sha256 text NOT NULL, -- of the row's machine
    machine jsonb NOT NULL, -- program, packages, system, Node and Python of a handler that has ended a probe of the run
    seen_at timestamptz NOT NULL DEFAULT now(), -- when the first of them did
    PRIMARY KEY (run_id, sha256)
  )`,
];
