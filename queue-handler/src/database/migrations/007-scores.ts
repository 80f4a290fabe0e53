import { type Kysely, sql } from 'kysely';

/** What answers come down to on the scale of their run, each time that they were scored. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) {
    await sql.raw(statement).execute(db);
  }
}

const STATEMENTS = [
  // A run is scored as a whole, on one scale and by one version. OPEN until it is, and nothing of it counts before.
  `CREATE TABLE scorings (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    run_id uuid NOT NULL REFERENCES runs ON DELETE CASCADE,
    config jsonb NOT NULL, -- scale, turn, marker and judge, as a job of score.py takes them
    status text NOT NULL DEFAULT 'OPEN' CHECK (status IN ('OPEN', 'CURRENT', 'SUPERSEDED', 'FAILED')),
    failures int NOT NULL DEFAULT 0, -- tries that failed and may succeed later
    not_before timestamptz, -- when the next try may begin
    error jsonb, -- the cause where FAILED; else that of the last try, or why the judge gave no verdict
    report jsonb, -- what the judge did, and how far it and the parser agree with the people who looked
    created_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz
  )`,
  `CREATE UNIQUE INDEX scorings_open ON scorings (run_id) WHERE status = 'OPEN'`,
  `CREATE UNIQUE INDEX scorings_current ON scorings (run_id) WHERE status = 'CURRENT'`,
  `CREATE INDEX scorings_by_run ON scorings (run_id)`,
  `CREATE TABLE scores (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    scoring_id uuid NOT NULL REFERENCES scorings ON DELETE CASCADE,
    run_id uuid NOT NULL REFERENCES runs ON DELETE CASCADE,
    transcript_id uuid NOT NULL REFERENCES transcripts ON DELETE CASCADE,
    status text NOT NULL DEFAULT 'NEW' CHECK (status IN ('NEW', 'CURRENT', 'SUPERSEDED')),
    scorer_version text NOT NULL,
    class text NOT NULL, -- exact, marked, judged and manual are scored; ambiguous, refusal and none are not
    score float8, -- on the scale in its own order: turned back where it was asked in the opposite one
    raw_score float8, -- as the answer says it
    label text,
    raw_label text,
    span_start int, -- where in the answer the words stand that decided, in code points
    span_end int,
    orientation text NOT NULL,
    answer_sha256 text,
    details jsonb NOT NULL, -- what else the scorer says: its rule, and each verdict of a judge
    replaces uuid, -- the score in whose place a person put this one
    reason text, -- that person's
    who text,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  // A second scoring of an answer finds what a judge was paid for.
  `CREATE TABLE verdicts (
    transcript_id uuid NOT NULL REFERENCES transcripts ON DELETE CASCADE,
    model_id text NOT NULL,
    sample_index int NOT NULL,
    prompt_sha256 text NOT NULL, -- of the question: instructions, labels and answer
    verdict jsonb NOT NULL, -- as the worker handed it over
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (transcript_id, model_id, sample_index, prompt_sha256)
  )`,
  // What makes the work repeatable: an answer that has its score in a scoring is not scored again in it.
  `CREATE UNIQUE INDEX scores_once ON scores (scoring_id, transcript_id) WHERE class <> 'manual'`,
  `CREATE UNIQUE INDEX scores_manual_once ON scores (scoring_id, transcript_id)
    WHERE class = 'manual' AND status <> 'SUPERSEDED'`,
  `CREATE UNIQUE INDEX scores_current ON scores (transcript_id) WHERE status = 'CURRENT'`,
  `CREATE INDEX scores_by_scoring ON scores (scoring_id)`,
  `CREATE INDEX scores_by_transcript ON scores (transcript_id)`,
  `CREATE INDEX scores_by_run ON scores (run_id, status)`,
];
