/** How far the bounds are used that hold for a run, and what waits for them. */
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import { ALL_RUNS, type Bound, lookAtBounds } from './budget.js';

/** US dollars. */
export interface RunBudgetState {
  /** Its own bound; null where it has none. */
  usd: number | null;
  /** What was spent under it, and what may have been. */
  spent: number;
  /** What is under way may cost so much more at most. */
  reserved: number;
  /** The run is paused because nothing more fits. */
  reached: boolean;
  /** The bound on all runs on one day (UTC), if there is one. */
  day: { usd: number; spent: number; reserved: number } | null;
}

/** Null where nothing bounds the run. */
export async function budgetOf(db: Db, runId: string): Promise<RunBudgetState | null> {
  const bounds = await lookAtBounds(db, [runId]);
  if (bounds.length === 0) {
    return null;
  }
  const own = bounds.find(({ scope }) => scope === runId);
  const day = bounds.find(({ scope }) => scope === ALL_RUNS);
  const row = await db.selectFrom('budgets').select('reached_at').where('scope', '=', runId).executeTakeFirst();
  return {
    usd: own?.usd ?? null,
    spent: own?.spent ?? 0,
    reserved: own?.reserved ?? 0,
    reached: row?.reached_at != null,
    day: day === undefined ? null : { usd: day.usd, spent: day.spent, reserved: day.reserved },
  };
}

/** Why a model that waits has to: the cheapest of what waits does not fit, now or ever. Null where it does. */
export type TooDear = (modelId: string) => {
  reason: 'BUDGET' | 'TOO_DEAR';
  message: string;
  seconds: number | null;
} | null;

export async function tooDearUnder(db: Db, runId: string, state: RunBudgetState): Promise<TooDear> {
  const { rows } = await sql<{ model_id: string; least: string | null; midnight: number }>`
    SELECT model_id, min(dearest_usd)::text AS least,
      extract(epoch FROM date_trunc('day', now() AT TIME ZONE 'UTC') + interval '1 day' - now() AT TIME ZONE 'UTC')::float8
        AS midnight
    FROM probe_results WHERE run_id = ${runId} AND status = 'PENDING' GROUP BY 1`.execute(db);
  const waiting = new Map(rows.map((row) => [row.model_id, row]));
  const room = (bound: Pick<Bound, 'usd' | 'spent' | 'reserved'>): number => bound.usd - bound.spent - bound.reserved;
  return (modelId) => {
    const found = waiting.get(modelId);
    if (found === undefined) {
      return null;
    }
    if (found.least === null) {
      const message = `${modelId} has no price, or its answers no limit, without which nothing is asked under a bound; see: budget RUN USD`;
      return { reason: 'TOO_DEAR', message, seconds: null };
    }
    const least = Number(found.least);
    if (state.day !== null && least > state.day.usd) {
      const { usd } = state.day;
      const message = `the next may cost ${dollars(least)} dollars, more than the ${dollars(usd)} that a whole day may cost; lower maxTokens, or raise QUEUE_BUDGET_USD`;
      return { reason: 'TOO_DEAR', message, seconds: null };
    }
    if (state.day !== null && least > room(state.day)) {
      const message = `${boundText(state.day)} a day over all runs, and the next may cost ${dollars(least)}`;
      return { reason: 'BUDGET', message, seconds: found.midnight };
    }
    if (state.usd !== null && least > room({ ...state, usd: state.usd })) {
      return {
        reason: 'BUDGET',
        message: `${boundText(state)}, and the next may cost ${dollars(least)}`,
        seconds: null,
      };
    }
    return null;
  };
}

/** "0.93 dollars are spent and 0.05 reserved of the 1.00 that may be". */
export function boundText({ usd, spent, reserved }: { usd: number | null; spent: number; reserved: number }): string {
  const held = reserved > 0 ? ` and ${dollars(reserved)} reserved` : '';
  return `${dollars(spent)} dollars are spent${held} of the ${dollars(usd ?? 0)} that may be`;
}

function dollars(amount: number): string {
  // Four digits of less than that would be a 0.
  if (amount > 0 && amount < 0.0001) {
    return String(Number(amount.toPrecision(2)));
  }
  return amount.toFixed(amount >= 1 || amount === 0 ? 2 : 4);
}
