/** How far a run is, counted from its rows. */
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import type { RunStatus } from '../model.js';
import { budgetOf, type RunBudgetState } from '../money/state.js';
import { isInHand } from '../pgboss.js';
import { handlersAtWork } from './handlers.js';
import { type Wait, waitsOf } from './waits.js';

export interface ModelProgress {
  modelId: string;
  provider: string;
  total: number;
  succeeded: number;
  waiting: number;
  inFlight: number;
  cancelled: number;
  failed: Record<string, number>;
  /** Why what waits is waiting; empty where nothing waits. */
  waits: Wait[];
  /** Probes that ended a minute, of late. */
  perMinute: number;
  /** Seconds until the last one has ended, at that rate; null where it cannot be said, or none is open. */
  etaSeconds: number | null;
  inputTokens: number;
  outputTokens: number;
  /** Of the input whose provider says so, the part that came from a cache, from 0 to 1; null where none says so. */
  cachedShare: number | null;
  /** Answers that were there already, and of which the tokens are not these. */
  reused: number;
}

export interface Progress {
  id: string;
  name: string;
  status: RunStatus;
  models: ModelProgress[];
  /** `model` is null where the whole provider is stopped. */
  stops: { provider: string; model: string | null; code: string; message: string }[];
  /** Probes that ended a minute, of late. */
  perMinute: number;
  /** Seconds until the slowest model has ended; null where it cannot be said. */
  etaSeconds: number | null;
  /** What the run may cost; null where nothing bounds it. */
  budget: RunBudgetState | null;
  /** Why handlers that are alive take no jobs. */
  problems: string[];
  handlers: number;
}

// A rate is that of the last minute where enough has ended in it, and that of a longer time where not.
const MINUTE = 60;
const LONGER_SECONDS = 600;
const ENOUGH = 10;

export async function progressOf(db: Db, runId: string): Promise<Progress> {
  const run = await db
    .selectFrom('runs')
    .select(['id', 'name', 'status'])
    .select(sql<number>`extract(epoch FROM now() - coalesce(started_at, now()))::int`.as('elapsed'))
    .where('id', '=', runId)
    .executeTakeFirstOrThrow();
  const { rows } = await sql<{
    model_id: string;
    provider: string;
    status: string;
    code: string | null;
    active: boolean;
    probes: number;
  }>`
    SELECT p.model_id, p.provider, p.status, CASE WHEN p.status = 'FAILED' THEN p.error ->> 'code' END AS code,
           p.status = 'QUEUED' AND ${isInHand('p')} AS active, count(*)::int AS probes
    FROM probe_results p
    WHERE p.run_id = ${runId}
    GROUP BY 1, 2, 3, 4, 5 ORDER BY min(p.position)`.execute(db);
  // Of answers that were set aside as well: they were paid for.
  const tokens = await sql<{
    model_id: string;
    tokens_in: string;
    tokens_out: string;
    cached_share: number | null;
    reused: number;
  }>`
    SELECT model_id, coalesce(sum(input_tokens) FILTER (WHERE reused IS NULL), 0)::text AS tokens_in,
           coalesce(sum(output_tokens) FILTER (WHERE reused IS NULL), 0)::text AS tokens_out,
           sum(cached_tokens) FILTER (WHERE reused IS NULL)::float8
             / nullif(sum(input_tokens) FILTER (WHERE reused IS NULL AND cached_tokens IS NOT NULL), 0)::float8 AS cached_share,
           count(*) FILTER (WHERE reused IS NOT NULL AND superseded_at IS NULL)::int AS reused
    FROM transcripts WHERE run_id = ${runId} GROUP BY 1`.execute(db);
  const models = new Map<string, ModelProgress>();
  for (const row of rows) {
    const model = models.get(row.model_id) ?? blank(row.model_id, row.provider);
    models.set(row.model_id, model);
    count(model, row);
  }
  for (const row of tokens.rows) {
    const model = models.get(row.model_id);
    if (model !== undefined) {
      model.inputTokens = Number(row.tokens_in);
      model.outputTokens = Number(row.tokens_out);
      model.cachedShare = row.cached_share;
      model.reused = row.reused;
    }
  }
  // What ended without being asked, because its provider is stopped, says nothing of how fast answers come.
  const recent = await sql<{ model_id: string } & Ended>`
    SELECT model_id, count(*)::int AS longer,
           count(*) FILTER (WHERE updated_at > now() - make_interval(secs => ${MINUTE}))::int AS minute
    FROM probe_results
    WHERE run_id = ${runId} AND status IN ('SUCCEEDED', 'FAILED') AND not_asked IS NULL
      AND updated_at > now() - make_interval(secs => ${LONGER_SECONDS})
    GROUP BY 1`.execute(db);
  for (const row of recent.rows) {
    const model = models.get(row.model_id);
    if (model !== undefined) {
      model.perMinute = rateOf(row, run.elapsed);
    }
  }
  const all = [...models.values()];
  const goesOn = run.status === 'PENDING' || run.status === 'RUNNING';
  for (const model of all) {
    model.etaSeconds = goesOn ? etaOf(model) : null;
  }
  const open = all.filter((model) => model.waiting + model.inFlight > 0);
  const etas = open.flatMap((model) => model.etaSeconds ?? []);
  const stops = await sql<{ provider: string; model: string | null; code: string; message: string }>`
    SELECT provider, nullif(model_id, '') AS model, error ->> 'code' AS code, error ->> 'message' AS message
    FROM provider_stops WHERE run_id = ${runId} ORDER BY provider, model_id`.execute(db);
  const budget = await budgetOf(db, runId);
  const handlers = await handlersAtWork(db);
  const problems = [...new Set(handlers.flatMap((row) => row.problem ?? []))];
  const waits = await waitsOf(db, { ...run, budget }, all, handlers);
  for (const model of all) {
    model.waits = waits.get(model.modelId) ?? [];
  }
  return {
    id: run.id,
    name: run.name,
    status: run.status,
    models: all,
    stops: stops.rows,
    perMinute: rounded(all.reduce((sum, model) => sum + model.perMinute, 0)),
    etaSeconds: etas.length > 0 && etas.length === open.length ? Math.max(...etas) : null,
    budget,
    problems,
    handlers: handlers.length,
  };
}

export interface Ended {
  /** Within the last minute. */
  minute: number;
  /** Within the last ten. */
  longer: number;
}

/** Probes a minute, from what ended of late and how long the run has been going on. */
export function rateOf(ended: Ended, elapsedSeconds: number): number {
  const recent = ended.minute >= ENOUGH || elapsedSeconds <= MINUTE;
  const seconds = Math.max(1, Math.min(elapsedSeconds, recent ? MINUTE : LONGER_SECONDS));
  return rounded(((recent ? ended.minute : ended.longer) * 60) / seconds);
}

function etaOf(model: ModelProgress): number | null {
  const open = model.waiting + model.inFlight;
  return open > 0 && model.perMinute > 0 ? Math.ceil((open / model.perMinute) * 60) : null;
}

function rounded(rate: number): number {
  return rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate);
}

function blank(modelId: string, provider: string): ModelProgress {
  return {
    modelId,
    provider,
    total: 0,
    succeeded: 0,
    waiting: 0,
    inFlight: 0,
    cancelled: 0,
    failed: {},
    waits: [],
    perMinute: 0,
    etaSeconds: null,
    inputTokens: 0,
    outputTokens: 0,
    cachedShare: null,
    reused: 0,
  };
}

function count(
  model: ModelProgress,
  row: { status: string; code: string | null; active: boolean; probes: number },
): void {
  model.total += row.probes;
  switch (row.status) {
    case 'SUCCEEDED':
      model.succeeded += row.probes;
      break;
    case 'FAILED':
      model.failed[row.code ?? 'UNKNOWN'] = (model.failed[row.code ?? 'UNKNOWN'] ?? 0) + row.probes;
      break;
    case 'CANCELLED':
      model.cancelled += row.probes;
      break;
    default:
      model[row.active ? 'inFlight' : 'waiting'] += row.probes;
  }
}
