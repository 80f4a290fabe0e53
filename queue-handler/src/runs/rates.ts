/** What each provider and model may do at this moment, why, and how it came to that: from rows, for any process. */
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import type { RateReport } from '../documents/documents.js';
import { LONGEST_PAUSE_SECONDS, WHOLE } from '../model.js';
import { inFlightOf } from '../pgboss.js';
import type { Limit, Settings } from '../settings.js';

export interface RateChange {
  at: string;
  allowed: number;
  why: string;
}

export interface ModelRate extends Limit {
  modelId: string;
  inFlight: number;
  /** Conversations in flight that the handlers at work allow themselves together; null where none has asked it yet. */
  allowed: number | null;
  why: string | null;
  /** What the provider said last is left of its quotas. */
  report: RateReport | null;
  /** The changes of late, the newest first. */
  history: RateChange[];
}

export interface ProviderRate extends Limit {
  provider: string;
  inFlight: number;
  /** Seconds until the pause is over that the provider asked for; null where it asked for none. */
  pausedSeconds: number | null;
  models: ModelRate[];
}

export async function ratesOf(
  db: Db,
  settings: Pick<Settings, 'limits' | 'providerConcurrency'>,
): Promise<ProviderRate[]> {
  const { rows: flying } = await sql<{ provider: string; model_id: string; in_flight: number; pause: number | null }>`
    SELECT l.provider, l.model_id, (${inFlightOf('l')})::int AS in_flight,
           extract(epoch FROM l.paused_until - now())::float8 AS pause
    FROM (
      SELECT provider, model_id FROM provider_limits UNION SELECT provider, model_id FROM rate_windows
      UNION SELECT provider, model_id FROM rate_changes UNION SELECT provider, ${WHOLE} FROM rate_changes) k
    JOIN LATERAL (SELECT k.provider, k.model_id, (SELECT paused_until FROM provider_limits p
      WHERE p.provider = k.provider AND p.model_id = k.model_id) AS paused_until) l ON true
    ORDER BY l.provider, l.model_id`.execute(db);
  const { rows: windows } = await sql<{
    provider: string;
    model_id: string;
    allowed: number;
    why: string;
    report: RateReport | null;
  }>`
    SELECT w.provider, w.model_id, sum(w.allowed)::int AS allowed,
           (array_agg(w.why ORDER BY w.changed_at DESC))[1] AS why,
           (array_agg(w.report ORDER BY w.changed_at DESC))[1] AS report
    FROM rate_windows w JOIN handlers h ON h.id = w.handler_id
    WHERE h.seen_at > now() - make_interval(secs => h.heartbeat_seconds)
    GROUP BY 1, 2`.execute(db);
  const { rows: changes } = await sql<{ provider: string; model_id: string; history: RateChange[] }>`
    SELECT provider, model_id, jsonb_agg(jsonb_build_object('at', at, 'allowed', allowed, 'why', why) ORDER BY id DESC)
      AS history
    FROM rate_changes GROUP BY 1, 2`.execute(db);
  const of = <T extends { provider: string; model_id: string }>(rows: T[], provider: string, model: string) =>
    rows.find((row) => row.provider === provider && row.model_id === model);
  const providers = [...new Set([...flying.map(({ provider }) => provider), ...Object.keys(settings.limits)])].sort();
  return providers.map((provider) => {
    const { models: bounds = {}, ...whole } = settings.limits[provider] ?? {};
    const known = flying.filter((row) => row.provider === provider && row.model_id !== WHOLE);
    const ids = [...new Set([...known.map((row) => row.model_id), ...Object.keys(bounds)])].sort();
    const row = of(flying, provider, WHOLE);
    const pause = row?.pause ?? 0;
    return {
      provider,
      concurrency: settings.providerConcurrency,
      ...whole,
      inFlight: row?.in_flight ?? 0,
      pausedSeconds: pause > 0 && pause <= LONGEST_PAUSE_SECONDS + 1 ? Math.ceil(pause) : null,
      models: ids.map((modelId) => {
        const window = of(windows, provider, modelId);
        return {
          modelId,
          ...bounds[modelId],
          inFlight: of(flying, provider, modelId)?.in_flight ?? 0,
          allowed: window?.allowed ?? null,
          why: window?.why ?? null,
          report: window?.report ?? null,
          history: of(changes, provider, modelId)?.history ?? [],
        };
      }),
    };
  });
}
