/** What comes before a conversation and after it, in the order of the matrix: by scenario, then model, then sample. */
import { sql } from 'kysely';
import type { Db } from '../../database/schema.js';
import type { NeighboursAnswer, Place } from '../api.js';
import type { Filter } from '../filter.js';
import { narrow } from './narrow.js';
import { probesOf } from './probes.js';
import type { Known } from './run.js';
import type { Patience } from './search.js';

interface Row {
  scenario: string;
  model: string;
  sample: number;
  number: number;
  of: number;
}

export async function neighboursOf(
  db: Db,
  run: Known,
  filter: Filter,
  place: Place,
  patience: Patience,
): Promise<NeighboursAnswer> {
  const narrowed = await narrow(db, run.id, filter, patience);
  const models = run.config.models.map(({ modelId }) => modelId);
  const { rows } = await sql<Row>`
    WITH listed AS (
      SELECT key AS scenario, model_id AS model, sample_index AS sample, (count(*) OVER ())::int AS of,
        (row_number() OVER (ORDER BY position, scenario_id, array_position(${models}::text[], model_id), sample_index))::int
          AS number
      FROM ${probesOf(run.id, filter, narrowed, ['key', 'position'])} p)
    SELECT * FROM listed WHERE number BETWEEN
      (SELECT number - 1 FROM listed WHERE scenario = ${place.scenario} AND model = ${place.model} AND sample = ${place.sample})
      AND (SELECT number + 1 FROM listed WHERE scenario = ${place.scenario} AND model = ${place.model} AND sample = ${place.sample})
    ORDER BY number`.execute(db);
  const at = rows.findIndex(
    ({ scenario, model, sample }) => scenario === place.scenario && model === place.model && sample === place.sample,
  );
  const placed = (row: Row | undefined): Place | null =>
    row === undefined ? null : { run: run.id, scenario: row.scenario, model: row.model, sample: row.sample };
  return {
    before: placed(rows[at - 1]),
    after: at < 0 ? null : placed(rows[at + 1]),
    number: rows[at]?.number ?? 0,
    of: rows[at]?.of ?? 0,
    searched: narrowed.found?.searched ?? null,
  };
}
