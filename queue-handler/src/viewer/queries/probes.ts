/**
 * The probes of a run that a filter lets through, as a table of a statement. Answers are read from their transcripts, and
 * only what has none from the rows of the probes: a probe that succeeded has one transcript that counts, and no other
 * probe has one. To join the two tables row by row would take several times as long.
 */
import { type RawBuilder, sql } from 'kysely';
import { type Filter, NO_SCORE } from '../filter.js';
import type { Narrowed } from './narrow.js';

/** The columns that a statement can read beside `scenario_id`, `model_id`, `sample_index`. */
const COLUMNS = {
  state: { answered: sql`'SUCCEEDED'`, other: sql`p.status` },
  code: { answered: sql`NULL::text`, other: sql`CASE WHEN p.status = 'FAILED' THEN p.error ->> 'code' END` },
  score: { answered: sql`x.score`, other: sql`NULL::float8` },
  label: { answered: sql`x.label`, other: sql`NULL::text` },
  class: { answered: sql`x.class`, other: sql`NULL::text` },
  score_text: {
    answered: sql`CASE WHEN x.id IS NOT NULL THEN coalesce(x.score::text, x.label, ${sql.lit(NO_SCORE)}) END`,
    other: sql`NULL::text`,
  },
  version: { answered: sql`t.model_version`, other: sql`NULL::text` },
  finish: { answered: sql`t.finish_reasons::text`, other: sql`NULL::text` },
  truncated: { answered: sql`t.truncated`, other: sql`false` },
  // The provider says so of a turn, or the scorer of the answer.
  refused: {
    answered: sql`(t.finish_reasons ?| array['refusal', 'content_filter'] OR coalesce(x.class = 'refusal', false))`,
    other: sql`false`,
  },
  key: { answered: sql`s.key`, other: sql`s.key` },
  position: { answered: sql`s.position`, other: sql`s.position` },
  orientation: {
    answered: sql`coalesce(s.content ->> 'orientation', 'normal')`,
    other: sql`coalesce(s.content ->> 'orientation', 'normal')`,
  },
} satisfies Record<string, { answered: RawBuilder<unknown>; other: RawBuilder<unknown> }>;

export type ColumnName = keyof typeof COLUMNS;

const OF_SCORES: ColumnName[] = ['score', 'label', 'class', 'score_text', 'refused'];
const OF_SCENARIOS: ColumnName[] = ['key', 'position', 'orientation'];

/** @param narrowed what the filter says of scenarios and texts, looked up before. */
export function probesOf(
  runId: string,
  filter: Filter,
  narrowed: Narrowed,
  columns: readonly ColumnName[],
): RawBuilder<unknown> {
  const branches: RawBuilder<unknown>[] = [];
  const named = (which: 'answered' | 'other'): RawBuilder<unknown> =>
    sql.join(
      columns.map((name) => sql`, ${COLUMNS[name][which]} AS ${sql.ref(name)}`),
      sql``,
    );
  const reads = (names: ColumnName[]): boolean => columns.some((name) => names.includes(name));
  const joined = (scenarios: RawBuilder<unknown>): RawBuilder<unknown> => (reads(OF_SCENARIOS) ? scenarios : sql``);
  if (wants(filter, 'SUCCEEDED') && filter.codes.length === 0) {
    branches.push(sql`
      SELECT t.scenario_id, t.model_id, t.sample_index ${named('answered')}
      FROM transcripts t ${joined(sql`JOIN scenarios s ON s.id = t.scenario_id`)}
      ${scoresFor(filter, reads(OF_SCORES))} WHERE ${sql.join(answered(runId, filter, narrowed), sql` AND `)}`);
  }
  if (!wantsAnswer(filter)) {
    branches.push(sql`
      SELECT p.scenario_id, p.model_id, p.sample_index ${named('other')}
      FROM probe_results p ${joined(sql`JOIN scenarios s ON s.id = p.scenario_id`)}
      WHERE ${sql.join(other(runId, filter, narrowed), sql` AND `)}`);
  }
  if (branches.length === 0) {
    // The filter wants what cannot be together, such as a failure with a score.
    return probesOf(runId, { ...filter, states: [], codes: [] }, { ...narrowed, scenarios: [] }, columns);
  }
  return sql`(${sql.join(branches, sql` UNION ALL `)})`;
}

/** FROM and WHERE over the transcripts t that a filter lets through, whatever they say; null where it lets none through. */
export function answersFrom(runId: string, filter: Filter, scenarios: string[] | null): RawBuilder<unknown> | null {
  if (!wants(filter, 'SUCCEEDED') || filter.codes.length > 0) {
    return null;
  }
  const conditions = answered(runId, filter, { scenarios, found: null });
  return sql`FROM transcripts t ${scoresFor(filter, false)} WHERE ${sql.join(conditions, sql` AND `)}`;
}

function scoresFor(filter: Filter, isRead: boolean): RawBuilder<unknown> {
  return isRead || filter.scores.length > 0 || filter.classes.length > 0 || filter.refused
    ? sql`LEFT JOIN scores x ON x.transcript_id = t.id AND x.status = 'CURRENT'`
    : sql``;
}

function wants({ states }: Filter, state: string): boolean {
  return states.length === 0 || states.includes(state);
}

/** Whether nothing without an answer can be meant. */
function wantsAnswer(filter: Filter): boolean {
  const lists = [filter.scores, filter.classes, filter.finish, filter.versions];
  return filter.truncated || filter.refused || lists.some((list) => list.length > 0);
}

function answered(runId: string, filter: Filter, { scenarios, found }: Narrowed): RawBuilder<unknown>[] {
  const all = [sql`t.run_id = ${runId}`, sql`t.superseded_at IS NULL`, ...within(sql`t.scenario_id`, scenarios)];
  all.push(...oneOf(sql`t.model_id`, filter.models), ...oneOf(sql`t.model_version`, filter.versions));
  all.push(...oneOf(sql`x.class`, filter.classes), ...ofScore(filter.scores));
  if (filter.finish.length > 0) {
    all.push(sql`t.finish_reasons ?| ${filter.finish}::text[]`);
  }
  if (filter.truncated) {
    all.push(sql`t.truncated`);
  }
  if (filter.refused) {
    all.push(COLUMNS.refused.answered);
  }
  if (found !== null) {
    all.push(sql`(t.id = ANY(${found.transcripts}::uuid[]) OR t.scenario_id = ANY(${found.scenarios}::uuid[]))`);
  }
  return all;
}

function other(runId: string, filter: Filter, { scenarios, found }: Narrowed): RawBuilder<unknown>[] {
  const all = [sql`p.run_id = ${runId}`, sql`p.status <> 'SUCCEEDED'`, ...within(sql`p.scenario_id`, scenarios)];
  all.push(...oneOf(sql`p.model_id`, filter.models), ...oneOf(sql`p.status`, filter.states));
  if (filter.codes.length > 0) {
    all.push(sql`p.status = 'FAILED'`, ...oneOf(sql`p.error ->> 'code'`, filter.codes));
  }
  if (found !== null) {
    all.push(sql`(p.id = ANY(${found.probes}::uuid[]) OR p.scenario_id = ANY(${found.scenarios}::uuid[]))`);
  }
  return all;
}

/** Each in the column in which it stands, of which the database knows how many there are. */
function ofScore(scores: string[]): RawBuilder<unknown>[] {
  if (scores.length === 0) {
    return [];
  }
  const numbers = scores.filter((score) => score.trim() !== '' && Number.isFinite(Number(score)));
  const any = [
    sql`x.score = ANY(${numbers}::float8[])`,
    sql`(x.score IS NULL AND x.label = ANY(${scores}::text[]))`,
    ...(scores.includes(NO_SCORE) ? [sql`(x.id IS NOT NULL AND x.score IS NULL AND x.label IS NULL)`] : []),
  ];
  return [sql`(${sql.join(any, sql` OR `)})`];
}

function within(column: RawBuilder<unknown>, scenarios: string[] | null): RawBuilder<unknown>[] {
  return scenarios === null ? [] : [sql`${column} = ANY(${scenarios}::uuid[])`];
}

function oneOf(column: RawBuilder<unknown>, values: string[]): RawBuilder<unknown>[] {
  return values.length === 0 ? [] : [sql`${column} = ANY(${values}::text[])`];
}
