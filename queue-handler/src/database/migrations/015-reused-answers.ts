import { type Kysely, sql } from 'kysely';

/** Answers that were there already, and are taken over in place of a question that was asked before. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) {
    await sql.raw(statement).execute(db);
  }
}

const STATEMENTS = [
  // What the conversation asks, as its worker says: null as long as nobody has asked, '' where it cannot be asked from here.
  `ALTER TABLE probe_results ADD COLUMN conversation_sha256 text`,
  `ALTER TABLE transcripts ADD COLUMN conversation_sha256 text`, // null for answers from before
  `ALTER TABLE transcripts ADD COLUMN reused jsonb`, // {transcriptId, runId, completedAt} of the answer that was taken over
  `CREATE INDEX transcripts_by_conversation ON transcripts (conversation_sha256, sample_index)
    WHERE conversation_sha256 IS NOT NULL AND reused IS NULL`,
  `CREATE INDEX transcripts_by_model ON transcripts (model_id, completed_at) WHERE conversation_sha256 IS NOT NULL`,
];
