/** The same scenarios and models in two runs: where they differ most stands first. */
import { sql } from 'kysely';
import type { Db } from '../../database/schema.js';
import { takingLong } from '../../database/time-limit.js';
import type { VersusAnswer, VersusRow } from '../api.js';
import type { Known } from './run.js';

interface Row {
  scenario: string;
  name: string | null;
  model: string;
  first: number | null;
  second: number | null;
  first_count: number;
  second_count: number;
  total: number;
}

export async function versusOf(
  db: Db,
  [one, other]: [Known, Known],
  offset: number,
  limit: number,
): Promise<VersusAnswer> {
  const { rows } = await takingLong(() =>
    sql<Row>`
      WITH means AS (
        SELECT t.run_id, s.key, max(s.content ->> 'name') AS name, t.model_id, avg(x.score)::float8 AS mean, count(*)::int AS answers
        FROM transcripts t JOIN scenarios s ON s.id = t.scenario_id
        LEFT JOIN scores x ON x.transcript_id = t.id AND x.status = 'CURRENT'
        WHERE t.run_id IN (${one.id}, ${other.id}) AND t.superseded_at IS NULL GROUP BY 1, 2, 4)
      SELECT a.key AS scenario, a.name, a.model_id AS model, a.mean AS first, b.mean AS second, a.answers AS first_count,
        b.answers AS second_count, (count(*) OVER ())::int AS total
      FROM means a JOIN means b ON b.key = a.key AND b.model_id = a.model_id AND b.run_id = ${other.id}
      WHERE a.run_id = ${one.id}
      ORDER BY abs(b.mean - a.mean) DESC NULLS LAST, a.key COLLATE "C", a.model_id COLLATE "C"
      OFFSET ${offset} LIMIT ${limit}`.execute(db),
  );
  return {
    runs: [one, other].map(({ id, name, scale }) => ({ id, name, scale })),
    rows: rows.map(
      (row): VersusRow => ({
        scenario: row.scenario,
        name: row.name,
        model: row.model,
        means: [row.first, row.second],
        counts: [row.first_count, row.second_count],
        difference: row.first === null || row.second === null ? null : row.second - row.first,
      }),
    ),
    offset,
    totalRows: rows[0]?.total ?? 0,
  };
}
