/** Which run is meant. A command changes or shows the one run that was named, or none. */
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import { UsageError } from '../errors.js';
import type { RunStatus } from '../model.js';
import { terminalText } from '../terminal-text.js';

export interface Found {
  id: string;
  name: string;
  status: RunStatus;
}

const SHOWN = 5;
// Fewer digits are too easily another run's.
const SHORTEST_BEGINNING = 4;
const SHORTEST_ABBREVIATION = 3;

/** The run with this ID, with this beginning of one, or with this name. @throws UsageError listing what else it could be. */
export async function findRun(db: Db, given: string): Promise<Found> {
  return chosenOf(await candidates(db, given, false), given);
}

/**
 * The same, and where there is none the run whose name alone begins so: for commands that look, and say which run they took.
 * One that changes something or pays needs the whole name: `delete study-1` must not mean study-10 when study-1 is gone.
 *
 * @param onAbbreviated told which run is meant.
 */
export async function lookUpRun(db: Db, given: string, onAbbreviated: (run: Found) => Promise<void>): Promise<Found> {
  const exact = await candidates(db, given, false);
  if (exact.length > 0 || given.trim().length < SHORTEST_ABBREVIATION) {
    return chosenOf(exact, given);
  }
  const run = chosenOf(await candidates(db, given, true), given, 'begins the names of');
  await onAbbreviated(run);
  return run;
}

type Candidate = Found & { created: string };

async function candidates(db: Db, given: string, abbreviated: boolean): Promise<Candidate[]> {
  const wanted = given.trim();
  if (wanted === '') {
    throw new UsageError(
      'RUN is empty: name a run by its ID, the beginning of one, or its name; a variable may not be set; see: status',
    );
  }
  const beginning = new RegExp(`^[0-9a-f-]{${SHORTEST_BEGINNING},36}$`, 'i').test(wanted) ? wanted.toLowerCase() : null;
  const { rows } = await sql<Candidate>`
    SELECT id, name, status, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS created
    FROM runs WHERE CASE WHEN ${abbreviated}::boolean THEN starts_with(name, ${wanted}) ELSE
      name = ${given} OR name = ${wanted} OR coalesce(starts_with(id::text, ${beginning}::text), false) END
    ORDER BY runs.created_at DESC, id`.execute(db);
  return rows;
}

/** @throws UsageError where there is none, or more than one. */
function chosenOf(rows: Candidate[], given: string, what = 'is the name, or the beginning of the ID, of'): Found {
  const exact = rows.find((row) => row.id === given.trim().toLowerCase());
  const [first] = rows;
  if (exact !== undefined) {
    return chosen(exact);
  }
  if (first === undefined) {
    throw new UsageError(`no run has the ID or the name "${terminalText(given)}"; see: status`);
  }
  if (rows.length > 1) {
    const listed = rows
      .slice(0, SHOWN)
      .map((row) => `\n  ${row.id}  ${terminalText(row.name)}  ${row.status}  ${row.created} UTC`);
    const more = rows.length > SHOWN ? `\n  and ${rows.length - SHOWN} more` : '';
    throw new UsageError(`"${terminalText(given)}" ${what} ${rows.length} runs; give the ID:${listed.join('')}${more}`);
  }
  return chosen(first);
}

function chosen({ id, name, status }: Found): Found {
  return { id, name, status };
}
