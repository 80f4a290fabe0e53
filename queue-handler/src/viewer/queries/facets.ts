/** By what the probes of a run can be filtered. */
import { sql } from 'kysely';
import type { Db } from '../../database/schema.js';
import type { Facet, FacetsAnswer } from '../api.js';
import { noFilter } from '../filter.js';
import { ALL } from './narrow.js';
import { probesOf } from './probes.js';

// A dimension of more levels is a number, or a text that is another in each scenario: no list to choose from.
const MOST_LEVELS = 60;
const MOST_VALUES = 200;

const COLUMNS = [
  'state',
  'code',
  'score_text',
  'class',
  'version',
  'finish',
  'orientation',
  'truncated',
  'refused',
] as const;

interface Combined {
  model: string;
  state: string;
  code: string | null;
  score: string | null;
  class: string | null;
  version: string | null;
  /** JSON. */
  finish: string | null;
  orientation: string;
  truncated: boolean;
  refused: boolean;
  count: number;
}

export async function facetsOf(db: Db, runId: string): Promise<FacetsAnswer> {
  // Read once, and few: each combination of values as a row.
  const { rows } = await sql<Combined>`
    SELECT model_id AS model, state, code, score_text AS score, class, version, finish, orientation, truncated, refused,
      count(*)::int AS count
    FROM ${probesOf(runId, noFilter(), ALL, COLUMNS)} p GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10`.execute(db);
  const { rows: levels } = await sql<{ name: string; level: string; count: number }>`
    SELECT d.key AS name, d.value AS level, count(*)::int AS count
    FROM runs r JOIN scenarios s ON s.definition_id = r.definition_id,
      jsonb_each_text(CASE jsonb_typeof(s.content -> 'dimensions') WHEN 'object' THEN s.content -> 'dimensions' ELSE '{}' END) d
    WHERE r.id = ${runId} GROUP BY 1, 2 ORDER BY 1, 2`.execute(db);
  const sums = (of: (row: Combined) => readonly (string | null)[]): Facet[] => {
    const counts = new Map<string, number>();
    for (const row of rows) {
      for (const value of new Set(of(row))) {
        if (value !== null) {
          counts.set(value, (counts.get(value) ?? 0) + row.count);
        }
      }
    }
    return [...counts]
      .map(([value, count]) => ({ value, count }))
      .sort((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1))
      .slice(0, MOST_VALUES);
  };
  const many = (is: (row: Combined) => boolean): number =>
    rows.reduce((sum, row) => sum + (is(row) ? row.count : 0), 0);
  return {
    models: sums(({ model }) => [model]),
    states: sums(({ state }) => [state]),
    codes: sums(({ code }) => [code]),
    scores: sums(({ score }) => [score]).sort(byNumber),
    classes: sums((row) => [row.class]),
    finish: sums(({ finish }) => JSON.parse(finish ?? '[]')),
    versions: sums(({ version }) => [version]),
    orientations: sums(({ orientation }) => [orientation]),
    dimensions: Object.entries(Object.groupBy(levels, ({ name }) => name))
      .map(([name, found]) => ({
        name,
        levels: (found ?? []).map(({ level: value, count }) => ({ value, count })).sort(byNumber),
      }))
      .filter((dimension) => dimension.levels.length <= MOST_LEVELS),
    truncated: many(({ truncated }) => truncated),
    refused: many(({ refused }) => refused),
  };
}

/** What is blank is no 0. */
function numberOf(value: string): number {
  return value.trim() === '' ? Number.NaN : Number(value);
}

/** Numbers first, in their order, and words after them. */
function byNumber(one: Facet, other: Facet): number {
  const [a, b] = [numberOf(one.value), numberOf(other.value)];
  if (Number.isNaN(a) || Number.isNaN(b)) {
    return Number.isNaN(a) && Number.isNaN(b) ? (one.value < other.value ? -1 : 1) : Number.isNaN(a) ? 1 : -1;
  }
  return a - b;
}
