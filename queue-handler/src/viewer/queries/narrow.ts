/**
 * What a filter says of scenarios and of texts, as the rows that are meant. It is looked up first, because the database
 * guesses badly how many scenarios have some level, and would read the rest in a way that is good for few.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../database/schema.js';
import type { Filter } from '../filter.js';
import { type Found, type Patience, search } from './search.js';

export interface Narrowed {
  /** The IDs of their rows; null for all. */
  scenarios: string[] | null;
  /** Null where no text is looked for. */
  found: Found | null;
}

export const ALL: Narrowed = { scenarios: null, found: null };

export async function narrow(db: Db, runId: string, filter: Filter, patience: Patience): Promise<Narrowed> {
  const scenarios = await scenariosOf(db, runId, filter);
  return { scenarios, found: await search(db, runId, filter, scenarios, patience) };
}

async function scenariosOf(db: Db, runId: string, filter: Filter): Promise<string[] | null> {
  const conditions: RawBuilder<unknown>[] = [
    ...oneOf(sql`s.key`, filter.scenarios),
    ...oneOf(sql`coalesce(s.content ->> 'orientation', 'normal')`, filter.orientations),
    ...Object.entries(filter.dimensions).flatMap(([name, levels]) =>
      oneOf(sql`s.content -> 'dimensions' ->> ${name}::text`, levels),
    ),
  ];
  if (conditions.length === 0) {
    return null;
  }
  const { rows } = await sql<{ id: string }>`
    SELECT s.id FROM scenarios s JOIN runs r ON r.definition_id = s.definition_id
    WHERE r.id = ${runId} AND ${sql.join(conditions, sql` AND `)}`.execute(db);
  return rows.map(({ id }) => id);
}

function oneOf(column: RawBuilder<unknown>, values: string[]): RawBuilder<unknown>[] {
  return values.length === 0 ? [] : [sql`${column} = ANY(${values}::text[])`];
}
