/** How all runs stand that have not ended, counted from the rows as `status` counts one: for those who watch the queue. */
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import type { RunStatus } from '../model.js';
import { delayOf, isInHand } from '../pgboss.js';
import { handlersAtWork } from './handlers.js';
import { boundsOf, reasonOf, type Waiting, type WaitReason, wholeReason } from './waits.js';

export type ProbeState = 'waiting' | 'in_flight' | 'succeeded' | 'failed' | 'cancelled';

export interface Standing {
  /** Of all runs. */
  runs: { status: RunStatus; runs: number }[];
  /** Of runs that have not ended. `code` is that of a failure. */
  probes: { provider: string; state: ProbeState; code: string | null; probes: number }[];
  /** Why what waits is waiting. */
  waits: { provider: string; reason: WaitReason; probes: number }[];
  handlers: { fit: number; unfit: number };
}

interface Row {
  provider: string;
  model_id: string;
  run_status: RunStatus;
  state: ProbeState;
  code: string | null;
  probes: number;
  /** Of those that wait, how many wait for the time of their next try. */
  delayed: number;
}

/** Statuses of runs of which something may still be asked. */
const OPEN: RunStatus[] = ['PENDING', 'RUNNING', 'PAUSED'];

export async function standingOf(db: Db): Promise<Standing> {
  const { rows: runs } = await sql<Standing['runs'][number]>`
    SELECT status, count(*)::int AS runs FROM runs GROUP BY 1 ORDER BY 1`.execute(db);
  const { rows } = await sql<Row>`
    SELECT p.provider, p.model_id, r.status AS run_status,
           CASE WHEN p.status = 'QUEUED' AND ${isInHand('p')} THEN 'in_flight'
                WHEN p.status IN ('PENDING', 'QUEUED') THEN 'waiting' ELSE lower(p.status) END AS state,
           CASE WHEN p.status = 'FAILED' THEN coalesce(p.error ->> 'code', 'UNKNOWN') END AS code,
           count(*)::int AS probes,
           (count(*) FILTER (WHERE p.status = 'QUEUED' AND EXISTS (${delayOf('p')})))::int AS delayed
    FROM runs r JOIN probe_results p ON p.run_id = r.id
    WHERE r.status = ANY(${OPEN}::text[]) GROUP BY 1, 2, 3, 4, 5`.execute(db);
  const handlers = await handlersAtWork(db);
  const waiting = rows.filter(({ state }) => state === 'waiting');
  const bounds = await boundsOf(db, [...new Set(waiting.map(({ provider }) => provider))]);
  const waits = waiting.flatMap(({ provider, model_id: modelId, run_status: status, probes, delayed }) => {
    const whole = wholeReason(status, handlers);
    if (whole !== null) {
      return [{ provider, reason: whole.reason, probes }];
    }
    const model: Waiting = { provider, modelId, waiting: probes };
    return [
      { provider, reason: 'RETRY' as const, probes: delayed },
      { provider, reason: reasonOf(model, bounds).reason, probes: probes - delayed },
    ];
  });
  return {
    runs,
    probes: summed(rows, ({ provider, state, code }) => ({ provider, state, code })),
    waits: summed(
      waits.filter(({ probes }) => probes > 0),
      ({ provider, reason }) => ({ provider, reason }),
    ),
    handlers: {
      fit: handlers.filter(({ problem }) => problem === null).length,
      unfit: handlers.filter(({ problem }) => problem !== null).length,
    },
  };
}

/** The probes of rows that agree in what is asked of them, in one row. */
function summed<R extends { probes: number }, K extends object>(rows: R[], keyOf: (row: R) => K): (K & Probes)[] {
  const groups = new Map<string, K & Probes>();
  for (const row of rows) {
    const key = keyOf(row);
    const name = JSON.stringify(Object.values(key));
    groups.set(name, { ...key, probes: (groups.get(name)?.probes ?? 0) + row.probes });
  }
  return [...groups.values()];
}

interface Probes {
  probes: number;
}
