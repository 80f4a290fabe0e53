/**
 * A run is read part by part, between which others may delete it, extend it or have it scored anew: whether what was read is of
 * one run, whole, and of one scoring. A transaction over all of it would hold up whoever cleans the tables for as long.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../database/connect.js';
import { UsageError } from '../errors.js';
import { terminalText } from '../terminal-text.js';

/** What is so of a run while it is read. */
export interface Basis {
  id: string;
  name: string;
  probes: number;
  /** The scoring whose scores count; null where none do. */
  scoring: string | null;
}

/** The run changed while it was read, and what came of it is not to be used. */
export class ChangedError extends Error {}

interface Seen extends Omit<Basis, 'id'> {
  /** How many probes it has of which nobody has deleted any. */
  whole: number;
}

/** @throws UsageError where the run is gone, or a part of it. */
export async function basisOf(db: Db, id: string): Promise<Basis> {
  const { whole, ...seen } = (await seenOf(db, id)) ?? { name: id, probes: 0, whole: 1, scoring: null };
  if (seen.probes < whole) {
    throw new UsageError(`${terminalText(seen.name)} is being deleted, and a part of it is gone; see: delete`);
  }
  return { id, ...seen };
}

/** Called when all of it was read. @throws ChangedError saying what has happened meanwhile. */
export async function refuseChanged(db: Db, before: Basis): Promise<void> {
  const now = await seenOf(db, before.id);
  const happened =
    now === null || now.probes < before.probes
      ? 'was deleted, or a part of it,'
      : now.probes > before.probes
        ? 'was extended'
        : now.scoring !== before.scoring
          ? 'was scored anew'
          : null;
  if (happened !== null) {
    throw new ChangedError(
      `${terminalText(before.name)} ${happened} while it was read, so what was read is no whole; give the command again`,
    );
  }
}

/** Whether its deletion has begun, and is not over. */
export async function isGoneInPart(db: Db, id: string): Promise<boolean> {
  const seen = await seenOf(db, id);
  return seen !== null && seen.probes < seen.whole;
}

/**
 * SQL: how many probes a run, by its alias, has of which nobody has deleted any: each model is asked each scenario as often as
 * the samples say, from the start.
 */
function wholeOf(run: string): RawBuilder<number> {
  const [config, definition] = [sql.ref(`${run}.config`), sql.ref(`${run}.definition_id`)];
  return sql<number>`(jsonb_array_length(${config} -> 'models') * (${config} ->> 'samples')::int
    * (SELECT count(*) FROM scenarios WHERE definition_id = ${definition}))::int`;
}

/** SQL: whether nobody has begun to delete a run, by its alias. */
export function isWhole(run: string): RawBuilder<boolean> {
  return sql<boolean>`((SELECT count(*) FROM probe_results WHERE run_id = ${sql.ref(`${run}.id`)}) >= ${wholeOf(run)})`;
}

async function seenOf(db: Db, id: string): Promise<Seen | null> {
  const { rows } = await sql<Seen>`
    SELECT r.name, (SELECT count(*)::int FROM probe_results WHERE run_id = r.id) AS probes,
      ${wholeOf('r')} AS whole,
      (SELECT id FROM scorings WHERE run_id = r.id AND status = 'CURRENT') AS scoring
    FROM runs r WHERE r.id = ${id}`.execute(db);
  return rows[0] ?? null;
}
