/** Scenarios by models: the rows of one page with each of their probes, and sums over everything that is let through. */
import { sql } from 'kysely';
import type { Db } from '../../database/schema.js';
import { takingLong } from '../../database/time-limit.js';
import type { Cell, Column, MatrixAnswer, Row, Sample, Sort } from '../api.js';
import type { Filter } from '../filter.js';
import { type Narrowed, narrow } from './narrow.js';
import { probesOf } from './probes.js';
import type { Known } from './run.js';
import type { Patience } from './search.js';

export interface MatrixAsked {
  filter: Filter;
  sort: Sort;
  offset: number;
  limit: number;
  patience: Patience;
}

interface Summed {
  scenario_id: string | null;
  model_id: string | null;
  count: number;
  scored: number;
  total: number | null;
  spread: number | null;
}

interface SampleRow extends Omit<Sample, 'sample'> {
  scenario_id: string;
  model_id: string;
  sample_index: number;
}

interface ScenarioRow {
  id: string;
  key: string;
  position: number;
  name: string | null;
  dimensions: Row['dimensions'] | null;
  orientation: string | null;
}

export async function matrixOf(db: Db, run: Known, asked: MatrixAsked): Promise<MatrixAnswer> {
  const { filter, sort, offset, limit, patience } = asked;
  const narrowed = await narrow(db, run.id, filter, patience);
  const { rows: sums } = await takingLong(() =>
    sql<Summed>`
      WITH cells AS (
        SELECT scenario_id, model_id, count(*) AS count, count(score) AS scored, sum(score) AS total, avg(score) AS mean
        FROM ${probesOf(run.id, filter, narrowed, ['score'])} p GROUP BY 1, 2)
      SELECT scenario_id, model_id, sum(count)::int AS count, sum(scored)::int AS scored, sum(total)::float8 AS total,
        (max(mean) - min(mean))::float8 AS spread
      FROM cells GROUP BY GROUPING SETS ((scenario_id), (model_id))`.execute(db),
  );
  const spreads = new Map(sums.flatMap((row) => (row.scenario_id === null ? [] : [[row.scenario_id, row.spread]])));
  const scenarios = await orderOf(db, run.id, sort, spreads);
  const page = scenarios.slice(offset, offset + limit);
  const samples = await samplesOf(db, run, filter, narrowed, page);
  const order = orderOfModels(run);
  const columns = sums
    .flatMap((row): Column[] =>
      row.model_id === null
        ? []
        : [
            {
              model: row.model_id,
              count: row.count,
              scored: row.scored,
              mean: row.scored === 0 || row.total === null ? null : row.total / row.scored,
            },
          ],
    )
    .sort((one, other) => order.indexOf(one.model) - order.indexOf(other.model));
  return {
    run: { id: run.id, name: run.name, status: run.status, samples: run.config.samples },
    scale: run.scale,
    columns,
    rows: page.map((scenario) => ({
      scenario: scenario.key,
      name: scenario.name,
      dimensions: scenario.dimensions ?? {},
      orientation: scenario.orientation,
      spread: spreads.get(scenario.id) ?? null,
      cells: samples.get(scenario.id) ?? [],
    })),
    offset,
    totalRows: scenarios.length,
    count: columns.reduce((sum, { count }) => sum + count, 0),
    searched: narrowed.found?.searched ?? null,
  };
}

/** Those that are let through, in their order. Sorted here: the collation of a database would order them otherwise elsewhere. */
async function orderOf(db: Db, runId: string, sort: Sort, spreads: Map<string, number | null>): Promise<ScenarioRow[]> {
  const { rows } = await sql<ScenarioRow>`
    SELECT s.id, s.key, s.position, s.content ->> 'name' AS name, s.content -> 'dimensions' AS dimensions,
      s.content ->> 'orientation' AS orientation
    FROM runs r JOIN scenarios s ON s.definition_id = r.definition_id WHERE r.id = ${runId}
    ORDER BY s.position, s.id`.execute(db);
  const through = rows.filter(({ id }) => spreads.has(id));
  switch (sort) {
    case 'spread':
      return through.sort((one, other) => (spreads.get(other.id) ?? -1) - (spreads.get(one.id) ?? -1));
    case 'name':
      return through.sort((one, other) => titleOf(one).localeCompare(titleOf(other), 'en', { numeric: true }));
    default:
      return through;
  }
}

function orderOfModels({ config }: Known): string[] {
  return config.models.map(({ modelId }) => modelId);
}

function titleOf({ name, key }: ScenarioRow): string {
  return name ?? key;
}

async function samplesOf(
  db: Db,
  run: Known,
  filter: Filter,
  narrowed: Narrowed,
  page: ScenarioRow[],
): Promise<Map<string, Cell[]>> {
  const order = orderOfModels(run);
  const ofPage = { ...narrowed, scenarios: page.map(({ id }) => id) };
  const columns = ['state', 'score', 'label', 'class', 'code', 'truncated', 'refused'] as const;
  const { rows } = await sql<SampleRow>`
    SELECT * FROM ${probesOf(run.id, filter, ofPage, columns)} p
    ORDER BY array_position(${order}::text[], model_id), sample_index`.execute(db);
  const byScenario = new Map<string, Cell[]>();
  for (const { scenario_id, model_id, sample_index, ...sample } of rows) {
    const cells = byScenario.get(scenario_id) ?? [];
    byScenario.set(scenario_id, cells);
    let cell = cells.at(-1);
    if (cell?.model !== model_id) {
      cell = { model: model_id, samples: [] };
      cells.push(cell);
    }
    cell.samples.push({ sample: sample_index, ...sample });
  }
  return byScenario;
}
