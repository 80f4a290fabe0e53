/** What a judge was paid for: stored as it comes, and found when the same answer is scored again. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import type { EarlierVerdict, Judge, PaidVerdict } from '../documents/documents.js';

/** Store a verdict, and what it cost; one that is there stays. @returns whether it was new. */
export async function keepVerdict(db: Db, paid: PaidVerdict): Promise<boolean> {
  const { scenarioId: transcriptId, modelId, sampleIndex, startedAt, durationMs, turn } = paid;
  const question = createHash('sha256').update(turn.probePrompt).digest('hex');
  const verdict = JSON.stringify({ modelId, sampleIndex, startedAt, durationMs, turn });
  const cost = (turn as { providerMetadata?: { costUsd?: number | null } }).providerMetadata?.costUsd ?? null;
  const { rows } = await sql`
    WITH kept AS (
      INSERT INTO verdicts (transcript_id, model_id, sample_index, prompt_sha256, verdict)
      VALUES (${transcriptId}, ${modelId}, ${sampleIndex}, ${question}, ${verdict}::jsonb)
      ON CONFLICT DO NOTHING RETURNING transcript_id)
    INSERT INTO spendings (run_id, model_id, judge, usd, unpriced)
    SELECT t.run_id, ${modelId}, true, ${cost ?? 0}::numeric, ${cost === null}
    FROM kept JOIN transcripts t ON t.id = kept.transcript_id RETURNING id`.execute(db);
  return rows.length > 0;
}

/** What the judges have said of these transcripts, to whatever question. */
export async function verdictsOf(db: Db, judges: Judge[], transcripts: string[]): Promise<EarlierVerdict[]> {
  const { rows } = await sql<{ verdict: EarlierVerdict }>`
    SELECT verdict FROM verdicts WHERE transcript_id = ANY(${transcripts}::uuid[])
      AND model_id = ANY(${judges.map(({ modelId }) => modelId)}::text[])
    ORDER BY transcript_id, model_id, sample_index`.execute(db);
  return rows.map((row) => row.verdict);
}
