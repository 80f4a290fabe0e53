/** How much room there is under the bounds for what waits, so that no more is queued than may be asked. */
import { sql, type Transaction } from 'kysely';
import type { Tables } from '../database/schema.js';
import { ALL_RUNS, type Bound, DUST, lookAtBounds } from './budget.js';

type Trx = Transaction<Tables>;

/**
 * SQL: what a waiting probe `p` needs at most beyond what a handler that was lost had reserved for it. Null where nobody knows,
 * and then it fits nowhere: of a null and 0, `greatest` would take the 0.
 */
const NEED = sql`CASE WHEN p.dearest_usd IS NOT NULL THEN
  greatest(p.dearest_usd - coalesce((SELECT sum(r.usd) FROM reservations r WHERE r.probe_id = p.id), 0), 0) END`;

/** Dollars that are neither spent nor reserved nor meant for what is queued. */
export class Rooms {
  readonly #left: Map<string, number>;

  private constructor(left: Map<string, number>) {
    this.#left = left;
  }

  /** @param ownDayUsd what the handler that asks may spend a day; null where it has no bound. */
  static async of(trx: Trx, runs: string[], ownDayUsd: number | null): Promise<Rooms> {
    const bounds = await lookAtBounds(trx, runs, ownDayUsd);
    if (bounds.length === 0) {
      return new Rooms(new Map());
    }
    const { rows } = await sql<{ run_id: string; usd: string }>`
      SELECT p.run_id, sum(p.dearest_usd)::text AS usd FROM probe_results p
      WHERE p.status = 'QUEUED' AND p.dearest_usd IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM reservations r WHERE r.probe_id = p.id) GROUP BY 1`.execute(trx);
    const queued = new Map(rows.map(({ run_id: run, usd }) => [run, Number(usd)]));
    const all = [...queued.values()].reduce((total, usd) => total + usd, 0);
    return new Rooms(
      new Map(
        bounds.map(({ scope, usd, spent, reserved }) => [
          scope,
          usd - spent - reserved - (scope === ALL_RUNS ? all : (queued.get(scope) ?? 0)),
        ]),
      ),
    );
  }

  /** What is left for a run; null where nothing bounds it. */
  left(runId: string): number | null {
    const bounds = [this.#left.get(runId), this.#left.get(ALL_RUNS)].filter((one) => one !== undefined);
    return bounds.length === 0 ? null : Math.min(...bounds);
  }

  /** So much of it is meant for what is queued now. */
  take(runId: string, usd: number): void {
    for (const scope of [runId, ALL_RUNS]) {
      const left = this.#left.get(scope);
      if (left !== undefined) {
        this.#left.set(scope, left - usd);
      }
    }
  }
}

export interface Affordable {
  ids: string[];
  usd: number;
}

/** Of the probes of a run that wait for a provider the first that fit into so many dollars, dust aside. */
export async function affordable(
  trx: Trx,
  { runId, provider, most }: { runId: string; provider: string; most: number },
  usd: number,
): Promise<Affordable> {
  const room = usd + DUST;
  const { rows } = await sql<{ id: string; need: string }>`
    SELECT id, need::text AS need FROM (
      SELECT id, need, sum(need) OVER (ORDER BY position) AS together FROM (
        SELECT p.id, p.position, ${NEED} AS need FROM probe_results p
        WHERE p.run_id = ${runId} AND p.provider = ${provider} AND p.status = 'PENDING' AND ${NEED} <= ${room}::numeric
        ORDER BY p.position LIMIT ${most}) one) all_of_them
    WHERE together <= ${room}::numeric`.execute(trx);
  return { ids: rows.map(({ id }) => id), usd: rows.reduce((total, { need }) => total + Number(need), 0) };
}

/**
 * Whether nothing of a run is under way that may leave some of what is reserved for it, its judges included, and nothing of
 * what waits fits into so many dollars, dust aside.
 */
export async function isAtBound(trx: Trx, runId: string, usd: number): Promise<boolean> {
  const { rows } = await sql<{ over: boolean }>`
    SELECT NOT EXISTS (
      SELECT 1 FROM probe_results p WHERE p.run_id = ${runId} AND (
        p.status = 'QUEUED' OR p.status = 'PENDING' AND ${NEED} <= ${usd + DUST}::numeric))
    AND NOT EXISTS (
      SELECT 1 FROM reservations r WHERE r.run_id = ${runId} AND NOT EXISTS (
        SELECT 1 FROM probe_results p WHERE p.id = r.probe_id AND p.status = 'PENDING')) AS over`.execute(trx);
  return rows[0]?.over ?? false;
}

/**
 * Pause a run that has reached its bound.
 *
 * Who gives it another bound, or more to ask, has its row locked meanwhile: then it is left for the next time. And with the
 * row locked it is looked at once more, for what was seen before may be over.
 *
 * @returns its bound; null where it is not paused.
 */
export async function pauseAtBound(trx: Trx, runId: string): Promise<Bound | null> {
  const { rows: locked } = await sql`
    SELECT 1 FROM runs WHERE id = ${runId} AND status IN ('PENDING', 'RUNNING')
    FOR NO KEY UPDATE SKIP LOCKED`.execute(trx);
  const bound =
    locked.length === 0 ? undefined : (await lookAtBounds(trx, [runId])).find(({ scope }) => scope === runId);
  if (bound === undefined || !(await isAtBound(trx, runId, bound.usd - bound.spent - bound.reserved))) {
    return null;
  }
  await sql`UPDATE runs SET status = 'PAUSED' WHERE id = ${runId}`.execute(trx);
  await sql`UPDATE budgets SET reached_at = now() WHERE scope = ${runId}`.execute(trx);
  return bound;
}

/** Runs of which nobody has planned yet what their probes may cost: they came before the bound that holds for them. */
export async function unplanned(trx: Trx, runs: string[]): Promise<string[]> {
  const { rows } = await sql<{ run_id: string }>`
    SELECT DISTINCT run_id FROM probe_results
    WHERE run_id = ANY(${runs}::uuid[]) AND status = 'PENDING' AND dearest_usd IS NULL`.execute(trx);
  return rows.map((row) => row.run_id);
}
