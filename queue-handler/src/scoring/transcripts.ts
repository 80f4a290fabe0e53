/** The answers of a run as they are read to be scored: listed first, and then a page at a time. */
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import { takingLong } from '../database/time-limit.js';
import type { StoredScenario, TranscriptContent } from '../model.js';
import { pages } from '../runs/pages.js';
import type { Answered } from '../workers/scorer.js';

export interface Listed {
  id: string;
  bytes: number;
}

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** Those of a run that have no score in a scoring, some at a time. What was scored meanwhile does not come again. */
export async function* unscored(
  db: Db,
  runId: string,
  scoringId: string,
  most: number,
): AsyncGenerator<Listed[], void, undefined> {
  for (let after = BEFORE_ALL; ; ) {
    const { rows } = await takingLong(() =>
      sql<Listed>`
        SELECT t.id, pg_column_size(t.content)::int AS bytes FROM transcripts t
        WHERE t.run_id = ${runId} AND t.superseded_at IS NULL AND t.id > ${after}::uuid AND NOT EXISTS (
          SELECT 1 FROM scores s WHERE s.transcript_id = t.id AND s.scoring_id = ${scoringId} AND s.class <> 'manual')
        ORDER BY t.id LIMIT ${most}`.execute(db),
    );
    const last = rows.at(-1);
    if (last === undefined) {
      return;
    }
    yield rows;
    after = last.id;
  }
}

/** Transcripts of which only the IDs are known. */
export async function listed(db: Db, ids: string[]): Promise<Listed[]> {
  const { rows } = await sql<Listed>`
    SELECT id, pg_column_size(content)::int AS bytes FROM transcripts WHERE id = ANY(${ids}::uuid[]) ORDER BY id`.execute(
    db,
  );
  return rows;
}

/** The answers themselves. */
export async function* answersOf(db: Db, transcripts: Listed[]): AsyncGenerator<Answered[]> {
  for (const page of pages(transcripts)) {
    const { rows } = await takingLong(() =>
      sql<{
        id: string;
        model_id: string;
        key: string;
        sample_index: number;
        content: TranscriptContent;
        scenario: StoredScenario;
      }>`
        SELECT t.id, t.model_id, s.key, t.sample_index, t.content, s.content AS scenario
        FROM transcripts t JOIN scenarios s ON s.id = t.scenario_id
        WHERE t.id = ANY(${page.map(({ id }) => id)}::uuid[]) ORDER BY t.id`.execute(db),
    );
    yield rows.map((row) => ({
      id: row.id,
      modelId: row.model_id,
      scenarioId: row.key,
      sampleIndex: row.sample_index,
      ...(isTurned(row.scenario) && { orientation: 'flipped' as const }),
      content: row.content,
    }));
  }
}

/** Whether a score of this scenario means the opposite. One whose labels are only listed in another order is not. */
export function isTurned({ orientation, turned }: Pick<StoredScenario, 'orientation' | 'turned'>): boolean {
  return orientation === 'flipped' && turned !== false;
}
