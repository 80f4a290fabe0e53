/** The end of a run's data: its transcripts, partial turns, dead letters, analysis, definition, and what waits on disk. */
import { rmSync } from 'node:fs';
import { sql, type Transaction } from 'kysely';
import type { Database } from '../database/connect.js';
import type { Tables } from '../database/schema.js';
import { UsageError } from '../errors.js';
import { ENDED } from '../model.js';
import { uncountedTurns } from '../money/account.js';
import { deleteJobsOfRun, deletionOfTickets, isAnalysed, isScored, withdrawAnalysis } from '../pgboss.js';
import { withdrawScoring } from './scorings.js';
import type { Spool } from './spool.js';

// As many as take moments: a handler goes on with its work between two of them.
const PROBES_AT_ONCE = 500;

type Trx = Transaction<Tables>;

/** The run is at work, or what has just been asked for it still is. */
export class AtWorkError extends UsageError {}

export interface Holdings {
  probes: number;
  transcripts: number;
  partials: number;
}

/** What would be deleted. @throws AtWorkError */
export async function holdingsOf({ db }: Database, id: string): Promise<Holdings> {
  return db.transaction().execute(async (trx) => {
    await lockEnded(trx, id);
    const { rows } = await sql<Holdings>`
      SELECT count(*)::int AS probes, count(*) FILTER (WHERE status <> 'SUCCEEDED' AND partial IS NOT NULL)::int AS partials,
             (SELECT count(*)::int FROM transcripts WHERE run_id = ${id}) AS transcripts
      FROM probe_results WHERE run_id = ${id}`.execute(trx);
    return rows[0] ?? { probes: 0, transcripts: 0, partials: 0 };
  });
}

/**
 * Delete a run, part after part; each part that is over is yielded. A caller that stops half-way leaves a run with fewer probes,
 * and the same command goes on from there.
 *
 * @throws AtWorkError where the run is at work, or was set to work meanwhile.
 */
export async function* deletion({ db }: Database, spool: Spool, id: string): AsyncGenerator<void> {
  const unsaved = [...spool.all()].flatMap((file) => ('problem' in file ? [] : [file]));
  for (;;) {
    const probes = await db.transaction().execute(async (trx) => {
      await lockEnded(trx, id);
      // One that has not begun would find a part of the run.
      await withdrawAnalysis(trx, id);
      await withdrawScoring(trx, id);
      const found = await deleteProbes(trx, id);
      if (found.length === 0) {
        await deleteRest(trx, id);
      }
      return found;
    });
    for (const { path } of unsaved.filter((file) => file.runId === id || probes.includes(file.probeId))) {
      rmSync(path, { force: true });
    }
    if (probes.length === 0) {
      return;
    }
    yield;
  }
}

async function lockEnded(trx: Trx, id: string): Promise<void> {
  const { rows } = await sql<{ name: string; status: string; open: boolean; analysed: boolean; scored: boolean }>`
    SELECT name, status,
      EXISTS (SELECT 1 FROM probe_results WHERE run_id = ${id} AND status IN ('PENDING', 'QUEUED')) AS open,
      ${isAnalysed(id)} AS analysed, ${isScored(id)} AS scored
    FROM runs WHERE id = ${id} FOR UPDATE`.execute(trx);
  const [run] = rows;
  if (run === undefined) {
    throw new AtWorkError('the run is being deleted by another process, or is gone');
  }
  if (!(ENDED as readonly string[]).includes(run.status)) {
    throw new AtWorkError(`it is ${run.status} and cannot be deleted: only a run that has ended can; see: cancel`);
  }
  if (run.open) {
    throw new AtWorkError('conversations of it are still under way, and bring answers; delete it when they have ended');
  }
  if (run.scored) {
    throw new AtWorkError('it is being scored; delete it when that is over');
  }
  if (run.analysed) {
    throw new AtWorkError('it is being analysed; delete it when that is over');
  }
}

/** Some probes with all that belongs to them. @returns their IDs. */
async function deleteProbes(trx: Trx, id: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    WITH part AS (SELECT id, scenario_id, model_id, sample_index, provider, ticket_id, status, partial, counted_turns, updated_at
        FROM probe_results WHERE run_id = ${id} LIMIT ${PROBES_AT_ONCE}),
      -- What was spent on them and is not written down yet.
      spent AS (INSERT INTO spendings (run_id, model_id, at, usd, unpriced)
        SELECT ${id}::uuid, model_id, updated_at, coalesce(usd, 0), usd IS NULL
        FROM part CROSS JOIN LATERAL (${uncountedTurns('part')}) turn),
      tickets AS (${deletionOfTickets('part')}),
      answers AS (DELETE FROM transcripts t USING part WHERE t.run_id = ${id} AND t.scenario_id = part.scenario_id
        AND t.model_id = part.model_id AND t.sample_index = part.sample_index)
    DELETE FROM probe_results p USING part WHERE p.id = part.id RETURNING p.id`.execute(trx);
  return rows.map((row) => row.id);
}

async function deleteRest(trx: Trx, id: string): Promise<void> {
  await deleteJobsOfRun(trx, id);
  // What was spent stays spent: those rows hold no more than IDs and dollars.
  await sql`UPDATE spendings SET probe_id = NULL WHERE run_id = ${id} AND probe_id IS NOT NULL`.execute(trx);
  await sql`DELETE FROM reservations WHERE run_id = ${id}`.execute(trx);
  await sql`DELETE FROM budgets WHERE scope = ${id}`.execute(trx);
  const { rows } = await sql<{ definition_id: string }>`
    DELETE FROM runs WHERE id = ${id} RETURNING definition_id`.execute(trx);
  for (const { definition_id } of rows) {
    await sql`DELETE FROM definitions d WHERE id = ${definition_id}
      AND NOT EXISTS (SELECT 1 FROM runs WHERE definition_id = d.id)`.execute(trx);
  }
  await sql`INSERT INTO deleted_runs (id) VALUES (${id}) ON CONFLICT DO NOTHING`.execute(trx);
}
