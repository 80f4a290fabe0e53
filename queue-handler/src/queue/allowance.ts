/**
 * What all handlers together may ask of a provider, kept in the database.
 *
 * A ticket that is active is a conversation in flight, so the tickets themselves are the leases on the limits: they are
 * counted, and as many more are taken as there is room for, in one transaction that locks the provider's row. So a limit
 * holds at every moment, however many handlers start, stop or die: none has a share of its own that the others would
 * have to know of.
 */
import { sql, type Transaction } from 'kysely';
import type { Db } from '../database/connect.js';
import type { Tables } from '../database/schema.js';
import { LONGEST_PAUSE_SECONDS, WHOLE } from '../model.js';
import { inFlightByModel } from '../pgboss.js';
import type { Limit, ProviderLimit } from '../settings.js';

type Trx = Transaction<Tables>;

// What a token bucket may hold: a burst of this many seconds' worth of requests.
const BURST_SECONDS = 5;

/** A token bucket: how many requests might begin at some moment, and how long ago that was. */
export interface Bucket {
  /** null: it is full. */
  tokens: number | null;
  seconds: number;
}

/** How many requests may begin now. */
export function filled(bucket: Bucket, requestsPerMinute: number): number {
  const capacity = Math.max(1, (requestsPerMinute * BURST_SECONDS) / 60);
  if (bucket.tokens === null) {
    return capacity;
  }
  return Math.min(capacity, bucket.tokens + (Math.max(0, bucket.seconds) * requestsPerMinute) / 60);
}

interface Row {
  model_id: string;
  concurrency: number | null;
  requests_per_minute: number | null;
  tokens: number | null;
  seconds: number;
  pause: number;
}

/** What may begin now with one provider. */
export interface Allowance {
  room: number;
  /** Models of which nothing more may begin. */
  full: string[];
  /** What is left in the buckets, by model. */
  readonly tokens: Map<string, number>;
}

/** Lock the provider for this transaction, and count what is in flight and what is left. */
export async function allowanceOf(trx: Trx, provider: string, limit: ProviderLimit): Promise<Allowance> {
  const limits = new Map<string, Limit>([[WHOLE, limit], ...Object.entries(limit.models ?? {})]);
  const rows = await lock(trx, provider, limits);
  const inFlight = await inFlightByModel(trx, provider);
  inFlight.set(
    WHOLE,
    [...inFlight.values()].reduce((sum, number) => sum + number, 0),
  );
  const tokens = new Map<string, number>();
  const room = (name: string): number => {
    const { concurrency, requestsPerMinute } = limits.get(name) ?? {};
    const row = rows.get(name);
    const byConcurrency =
      concurrency === undefined ? Number.POSITIVE_INFINITY : concurrency - (inFlight.get(name) ?? 0);
    if (requestsPerMinute === undefined) {
      return byConcurrency;
    }
    const left = filled({ tokens: row?.tokens ?? null, seconds: row?.seconds ?? 0 }, requestsPerMinute);
    tokens.set(name, left);
    return Math.min(byConcurrency, Math.floor(left + 1e-9));
  };
  const pause = rows.get(WHOLE)?.pause ?? 0;
  const isPaused = pause > 0 && pause <= LONGEST_PAUSE_SECONDS + 1;
  const whole = room(WHOLE);
  const full = [...limits.keys()].filter((name) => name !== WHOLE && room(name) < 1);
  return { room: isPaused ? 0 : whole, full, tokens };
}

/** Conversations of so many requests begin. */
export async function spend(
  trx: Trx,
  provider: string,
  { tokens }: Allowance,
  requests: Map<string, number>,
): Promise<void> {
  const all = [...requests.values()].reduce((sum, one) => sum + one, 0);
  for (const [name, left] of tokens) {
    const spent = name === WHOLE ? all : (requests.get(name) ?? 0);
    await sql`
      UPDATE provider_limits SET tokens = ${left - spent}::float8, filled_at = clock_timestamp()
      WHERE provider = ${provider} AND model_id = ${name}`.execute(trx);
  }
}

/** The provider has asked for so many seconds without calls, of every handler. */
export async function pauseProvider(db: Db, provider: string, seconds: number): Promise<void> {
  const bounded = Math.min(seconds, LONGEST_PAUSE_SECONDS);
  await sql`
    INSERT INTO provider_limits (provider, model_id, paused_until)
    VALUES (${provider}, ${WHOLE}, clock_timestamp() + make_interval(secs => ${bounded}))
    ON CONFLICT (provider, model_id) DO UPDATE SET paused_until = CASE
      WHEN provider_limits.paused_until > excluded.paused_until
        AND provider_limits.paused_until <= clock_timestamp() + make_interval(secs => ${LONGEST_PAUSE_SECONDS})
      THEN provider_limits.paused_until ELSE excluded.paused_until END`.execute(db);
}

async function lock(trx: Trx, provider: string, limits: Map<string, Limit>): Promise<Map<string, Row>> {
  for (let made = false; ; made = true) {
    const { rows } = await sql<Row>`
      SELECT model_id, concurrency, requests_per_minute, tokens,
             coalesce(extract(epoch FROM clock_timestamp() - filled_at), 0)::float8 AS seconds,
             coalesce(extract(epoch FROM paused_until - clock_timestamp()), 0)::float8 AS pause
      FROM provider_limits WHERE provider = ${provider} ORDER BY model_id FOR UPDATE`.execute(trx);
    const found = new Map(rows.map((row) => [row.model_id, row]));
    const changed = [...limits].filter(([name, limit]) => differs(found.get(name), limit));
    if (changed.length === 0 || made) {
      return found;
    }
    for (const [name, { concurrency, requestsPerMinute }] of changed) {
      await sql`
        INSERT INTO provider_limits (provider, model_id, concurrency, requests_per_minute)
        VALUES (${provider}, ${name}, ${concurrency ?? null}, ${requestsPerMinute ?? null})
        ON CONFLICT (provider, model_id) DO UPDATE SET
          concurrency = excluded.concurrency, requests_per_minute = excluded.requests_per_minute`.execute(trx);
    }
  }
}

function differs(row: Row | undefined, { concurrency, requestsPerMinute }: Limit): boolean {
  return (
    row === undefined ||
    row.concurrency !== (concurrency ?? null) ||
    row.requests_per_minute !== (requestsPerMinute ?? null)
  );
}
