/** Why what waits is waiting, and until when: for each model of a run, from the rows that delay it. */
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import type { RunStatus } from '../model.js';
import { LONGEST_PAUSE_SECONDS, WHOLE } from '../model.js';
import { boundText, type RunBudgetState, tooDearUnder } from '../money/state.js';
import { delayOf, inFlightOf } from '../pgboss.js';
import type { HandlerAtWork } from './handlers.js';
import { ALONE_SECONDS, cacheState } from './prompt-caches.js';

/**
 * - `PAUSED`: the run is.
 * - `NO_HANDLER`: nobody is at work.
 * - `UNFIT`: every handler at work is on a machine that cannot run a worker.
 * - `RETRY`: an earlier try failed, and the next one is due later: at a time that the provider named, or after a backoff.
 * - `BUDGET`: it does not fit under a bound on what may be spent, with what is spent and what is under way.
 * - `TOO_DEAR`: it may cost more than a whole day may, or nobody knows how much, and a bound holds. No time mends that.
 * - `PROVIDER_PAUSE`: the provider has asked for a time without calls.
 * - `CONCURRENCY`: as many conversations are in flight as may be, of the provider or of the model.
 * - `RATE`: as many requests a minute were begun as may be.
 * - `CACHE`: the first with the same preamble is asked alone, so that the others find it in the provider's cache.
 * - `TURN`: nothing delays it but what is before it.
 */
export type WaitReason =
  | 'PAUSED'
  | 'NO_HANDLER'
  | 'UNFIT'
  | 'RETRY'
  | 'BUDGET'
  | 'TOO_DEAR'
  | 'PROVIDER_PAUSE'
  | 'CONCURRENCY'
  | 'RATE'
  | 'CACHE'
  | 'TURN';

export interface Wait {
  reason: WaitReason;
  /** How many probes wait for this. */
  probes: number;
  message: string;
  /** When it is over at the earliest, by the clock of the database; null where that cannot be said. */
  until: string | null;
  /** The same in seconds from now. */
  seconds: number | null;
}

/** Probes of a model that wait. */
export interface Waiting {
  modelId: string;
  provider: string;
  waiting: number;
}

interface Retry {
  model_id: string;
  probes: number;
  seconds: number;
  code: string | null;
  named: boolean | null;
}

/** A bound of a provider or of a model of it, and how far it is used. */
export interface Bound {
  provider: string;
  model_id: string;
  concurrency: number | null;
  requests_per_minute: number | null;
  tokens: number | null;
  filled: number | null;
  pause: number | null;
  active: number;
}

/** @param models those of the run, each with the number of its probes that wait. */
export async function waitsOf(
  db: Db,
  run: { id: string; status: RunStatus; budget: RunBudgetState | null },
  models: Waiting[],
  handlers: HandlerAtWork[],
): Promise<Map<string, Wait[]>> {
  const waiting = models.filter((model) => model.waiting > 0);
  if (waiting.length === 0) {
    return new Map();
  }
  const { rows: clock } = await sql<{ now: Date }>`SELECT now() AS now`.execute(db);
  const now = new Date(clock[0]?.now ?? 0).getTime();
  const retries = Object.groupBy(await retriesOf(db, run.id), (row) => row.model_id);
  const behind = new Map((await behindFirst(db, run.id)).map((row) => [row.model_id, row]));
  const bounds = await boundsOf(db, [...new Set(waiting.map((model) => model.provider))]);
  const after = (seconds: number | null): Pick<Wait, 'until' | 'seconds'> =>
    seconds === null
      ? { until: null, seconds: null }
      : { until: new Date(now + seconds * 1000).toISOString(), seconds: Math.ceil(Math.max(0, seconds)) };
  const whole = wholeReason(run.status, handlers, run.budget);
  const tooDear = run.budget === null ? null : await tooDearUnder(db, run.id, run.budget);
  return new Map(
    waiting.map((model) => {
      if (whole !== null) {
        return [model.modelId, [{ ...whole, probes: model.waiting, ...after(null) }]];
      }
      const waits: Wait[] = (retries[model.modelId] ?? []).map(({ probes, seconds, code, named }) => ({
        reason: 'RETRY',
        probes,
        message: `retried after ${code ?? 'a failure'}, ${named ? 'when the provider said' : 'with a growing pause'}`,
        ...after(seconds),
      }));
      const first = behind.get(model.modelId);
      if (first !== undefined) {
        const message = 'the first with the same preamble goes alone, and fills the cache for them';
        waits.push({ reason: 'CACHE', probes: first.probes, message, ...after(first.seconds) });
      }
      const rest = model.waiting - waits.reduce((sum, wait) => sum + wait.probes, 0);
      if (rest > 0) {
        const { seconds, ...reason } = tooDear?.(model.modelId) ?? reasonOf(model, bounds);
        waits.push({ ...reason, probes: rest, ...after(seconds) });
      }
      return [model.modelId, waits];
    }),
  );
}

/** What delays all models alike. */
export function wholeReason(
  status: RunStatus,
  handlers: HandlerAtWork[],
  budget: RunBudgetState | null = null,
): Pick<Wait, 'reason' | 'message'> | null {
  if (status === 'PAUSED' && budget?.reached) {
    return { reason: 'PAUSED', message: `the run is paused: ${boundText(budget)}; see: budget RUN USD` };
  }
  if (status === 'PAUSED') {
    return { reason: 'PAUSED', message: 'the run is paused; see: resume' };
  }
  if (handlers.length === 0) {
    return { reason: 'NO_HANDLER', message: 'no handler is at work; see: work' };
  }
  const problems = handlers.map(({ problem }) => problem);
  return problems.every((problem) => problem !== null)
    ? { reason: 'UNFIT', message: `no handler is fit to work: ${[...new Set(problems)].join('; ')}` }
    : null;
}

/** What delays a model that has no retry before it. */
export function reasonOf(
  model: Waiting,
  bounds: Bound[],
): Pick<Wait, 'reason' | 'message'> & { seconds: number | null } {
  const own = bounds.filter(
    (row) => row.provider === model.provider && (row.model_id === WHOLE || row.model_id === model.modelId),
  );
  for (const { pause } of own) {
    if (pause !== null && pause > 0 && pause <= LONGEST_PAUSE_SECONDS + 1) {
      return { reason: 'PROVIDER_PAUSE', message: `${model.provider} asked for a pause (Retry-After)`, seconds: pause };
    }
  }
  for (const row of own) {
    const whose = row.model_id === WHOLE ? row.provider : row.model_id;
    if (row.concurrency !== null && row.active >= row.concurrency) {
      const message = `${row.active} conversations with ${whose} are in flight, and ${row.concurrency} may be`;
      return { reason: 'CONCURRENCY', message, seconds: null };
    }
  }
  for (const row of own) {
    const perSecond = (row.requests_per_minute ?? 0) / 60;
    const left = (row.tokens ?? 1) + (row.filled ?? 0) * perSecond;
    if (perSecond > 0 && left < 1) {
      const whose = row.model_id === WHOLE ? row.provider : row.model_id;
      const message = `${whose} may be asked ${row.requests_per_minute} times a minute`;
      return { reason: 'RATE', message, seconds: (1 - left) / perSecond };
    }
  }
  return { reason: 'TURN', message: 'its turn has not come yet', seconds: null };
}

async function retriesOf(db: Db, runId: string): Promise<Retry[]> {
  const { rows } = await sql<Retry>`
    SELECT p.model_id, count(*)::int AS probes,
           min(j.seconds) AS seconds,
           p.error ->> 'code' AS code, p.error ? 'retryAfterSeconds' AS named
    FROM probe_results p
    JOIN LATERAL (${delayOf('p')}) j ON true
    WHERE p.run_id = ${runId} AND p.status = 'QUEUED'
    GROUP BY 1, 4, 5 ORDER BY 3`.execute(db);
  return rows;
}

/** Probes that wait for the first with their preamble, and until when at the latest. */
async function behindFirst(db: Db, runId: string): Promise<{ model_id: string; probes: number; seconds: number }[]> {
  const { rows } = await sql<{ model_id: string; probes: number; seconds: number }>`
    SELECT p.model_id, count(*)::int AS probes,
           max(extract(epoch FROM k.begun_at - now()) + ${ALONE_SECONDS})::float8 AS seconds
    FROM probe_results p JOIN runs r ON r.id = p.run_id JOIN scenarios s ON s.id = p.scenario_id
    JOIN prompt_caches k ON k.provider = p.provider AND k.model_id = p.model_id AND k.preamble_sha256 = s.preamble_sha256
    WHERE p.run_id = ${runId} AND p.status = 'PENDING' AND r.config -> 'config' -> 'promptCaching' = 'true'
      AND ${cacheState('k')} = 'alone'
    GROUP BY 1`.execute(db);
  return rows;
}

export async function boundsOf(db: Db, providers: string[]): Promise<Bound[]> {
  const { rows } = await sql<Bound>`
    SELECT l.provider, l.model_id, l.concurrency, l.requests_per_minute, l.tokens,
           extract(epoch FROM now() - l.filled_at)::float8 AS filled,
           extract(epoch FROM l.paused_until - now())::float8 AS pause,
           (${inFlightOf('l')})::int AS active
    FROM provider_limits l WHERE l.provider = ANY(${providers}::text[]) ORDER BY l.provider, l.model_id`.execute(db);
  return rows;
}
