/** How far a run is, counted from its rows. */
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import type { RunStatus } from '../database/schema.js';

export interface ModelProgress {
  modelId: string;
  provider: string;
  total: number;
  succeeded: number;
  waiting: number;
  inFlight: number;
  cancelled: number;
  failed: Record<string, number>;
  inputTokens: number;
  outputTokens: number;
}

export interface Progress {
  id: string;
  name: string;
  status: RunStatus;
  models: ModelProgress[];
  stops: { provider: string; code: string; message: string }[];
  /** Probes that ended within the last minute. */
  perMinute: number;
  /** Seconds until the end at that rate; null where it cannot be said. */
  etaSeconds: number | null;
  /** Why handlers that are alive take no jobs. */
  problems: string[];
  handlers: number;
}

const LIVE_SECONDS = 90;

export async function progressOf(db: Db, runId: string): Promise<Progress> {
  const run = await db
    .selectFrom('runs')
    .select(['id', 'name', 'status'])
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
           j.state IS NOT NULL AS active, count(*)::int AS probes
    FROM probe_results p
    LEFT JOIN pgboss.job j ON p.status = 'QUEUED' AND j.name = 'probe_scenario.' || p.provider AND j.id = p.ticket_id
      AND j.state = 'active'
    WHERE p.run_id = ${runId}
    GROUP BY 1, 2, 3, 4, 5 ORDER BY min(p.position)`.execute(db);
  const tokens = await sql<{ model_id: string; tokens_in: string; tokens_out: string }>`
    SELECT model_id, sum(input_tokens)::text AS tokens_in, sum(output_tokens)::text AS tokens_out
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
    }
  }
  const recent = await sql<{ ended: number }>`
    SELECT count(*)::int AS ended FROM probe_results
    WHERE run_id = ${runId} AND status IN ('SUCCEEDED', 'FAILED') AND updated_at > now() - interval '1 minute'`.execute(
    db,
  );
  const perMinute = recent.rows[0]?.ended ?? 0;
  const open = [...models.values()].reduce((sum, model) => sum + model.waiting + model.inFlight, 0);
  const stops = await sql<{ provider: string; code: string; message: string }>`
    SELECT provider, error ->> 'code' AS code, error ->> 'message' AS message
    FROM provider_stops WHERE run_id = ${runId} ORDER BY provider`.execute(db);
  const handlers = await sql<{ problem: string | null }>`
    SELECT problem FROM handlers WHERE seen_at > now() - make_interval(secs => ${LIVE_SECONDS})`.execute(db);
  return {
    ...run,
    models: [...models.values()],
    stops: stops.rows,
    perMinute,
    etaSeconds: open > 0 && perMinute > 0 ? Math.round((open / perMinute) * 60) : null,
    problems: [...new Set(handlers.rows.flatMap((row) => row.problem ?? []))],
    handlers: handlers.rows.length,
  };
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
    inputTokens: 0,
    outputTokens: 0,
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

/** The progress as text for a person. */
export function progressText(progress: Progress): string {
  const lines = [`${progress.name}  ${progress.status}  ${progress.id}`];
  const rows = progress.models.map((model) => [
    model.modelId,
    `${model.succeeded}/${model.total}`,
    String(model.inFlight),
    String(model.waiting),
    [
      ...Object.entries(model.failed).map(([code, probes]) => `${code} ${probes}`),
      ...(model.cancelled > 0 ? [`cancelled ${model.cancelled}`] : []),
    ].join(', '),
    String(model.inputTokens),
    String(model.outputTokens),
  ]);
  lines.push(...table([['model', 'done', 'in flight', 'waiting', 'failed', 'tokens in', 'tokens out'], ...rows]));
  for (const stop of progress.stops) {
    lines.push(`${stop.provider} is stopped for this run: ${stop.code}: ${stop.message}`);
  }
  for (const problem of progress.problems) {
    lines.push(`a handler takes no jobs: ${problem}`);
  }
  const open = progress.models.some((model) => model.waiting + model.inFlight > 0);
  if (open) {
    const eta = progress.etaSeconds === null ? 'unknown' : duration(progress.etaSeconds);
    lines.push(`${progress.perMinute} a minute, time left ${eta}, handlers ${progress.handlers}`);
  }
  return lines.join('\n');
}

/** Columns side by side, the first to the left and numbers to the right. */
export function table(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        /^[\d/.]+$/.test(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes >= 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes} min ${seconds % 60} s`;
}
