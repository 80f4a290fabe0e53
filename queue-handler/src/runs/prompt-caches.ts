/**
 * What the providers have in their caches, as far as order helps: of the probes with one preamble, for one model, the first is
 * asked alone, and the others when it has been answered, so that they find the preamble in the cache. Nothing is held up by it
 * for long: where the first fails, or has not been answered within a minute, the others go as well.
 */
import { sql, type Transaction } from 'kysely';
import type { Db } from '../database/connect.js';
import type { Tables } from '../database/schema.js';

type Trx = Transaction<Tables>;

/** How long the first is waited for. */
export const ALONE_SECONDS = 60;
/** How long a preamble stays in the shortest-lived of the caches after its last use (Anthropic's and OpenAI's: 5 minutes). */
export const LIFE_SECONDS = 300;
// What is not older than this need not be written once more.
const REFRESH_SECONDS = 60;
const FORGOTTEN_HOURS = 1;
// Further ahead than any clock that is only inexact: what lies there was written before a clock was set back.
const CLOCK_SECONDS = 5;

/**
 * - `open`: the preamble is in the cache, or was waited for long enough.
 * - `alone`: the first is on its way.
 * - `cold`: nobody has asked with it of late.
 */
export type CacheState = 'open' | 'alone' | 'cold';

/** SQL: the state of a row of `prompt_caches`, by its alias, which may be missing. */
export function cacheState(alias: string) {
  const opened = sql.ref(`${alias}.opened_at`);
  const begun = sql.ref(`${alias}.begun_at`);
  const within = (column: typeof opened, seconds: number) =>
    sql`${column} BETWEEN now() - make_interval(secs => ${seconds}) AND now() + make_interval(secs => ${CLOCK_SECONDS})`;
  return sql<CacheState>`CASE
    WHEN ${within(opened, LIFE_SECONDS)} THEN 'open'
    WHEN ${opened} IS NULL AND ${within(begun, ALONE_SECONDS)} THEN 'alone'
    WHEN ${opened} IS NULL AND ${within(begun, ALONE_SECONDS + LIFE_SECONDS)} THEN 'open'
    ELSE 'cold' END`;
}

/** A probe that might be queued next. */
export interface Candidate {
  model_id: string;
  preamble_sha256: string | null;
  cache: CacheState;
}

/** Those that may be queued now, in their order, and which of them go alone. */
export function inOrder<T extends Candidate>(candidates: readonly T[], most: number): { next: T[]; alone: Set<T> } {
  const next: T[] = [];
  const alone = new Set<T>();
  const begun = new Set<string>();
  for (const one of candidates) {
    if (next.length >= most) {
      break;
    }
    if (one.preamble_sha256 === null || one.cache === 'open') {
      next.push(one);
    } else if (one.cache === 'cold') {
      const key = JSON.stringify([one.model_id, one.preamble_sha256]);
      if (!begun.has(key)) {
        begun.add(key);
        alone.add(one);
        next.push(one);
      }
    }
  }
  return { next, alone };
}

/** The first with their preambles are queued. */
export async function beginAlone(trx: Trx, provider: string, first: Iterable<Candidate>): Promise<void> {
  for (const { model_id, preamble_sha256 } of first) {
    await sql`
      INSERT INTO prompt_caches (provider, model_id, preamble_sha256) VALUES (${provider}, ${model_id}, ${preamble_sha256})
      ON CONFLICT (provider, model_id, preamble_sha256) DO UPDATE SET begun_at = now(), opened_at = NULL`.execute(trx);
  }
}

/** One of them was answered, or has failed: the others may follow. */
export async function openCache(
  db: Db,
  { provider, model_id, preamble_sha256 }: { provider: string; model_id: string; preamble_sha256: string | null },
): Promise<void> {
  await sql`
    UPDATE prompt_caches SET opened_at = now()
    WHERE provider = ${provider} AND model_id = ${model_id} AND preamble_sha256 = ${preamble_sha256}
      AND (opened_at IS NULL OR abs(extract(epoch FROM now() - opened_at)) > ${REFRESH_SECONDS})`.execute(db);
}

export async function forgetCaches(db: Db): Promise<void> {
  await sql`
    DELETE FROM prompt_caches
    WHERE abs(extract(epoch FROM now() - coalesce(opened_at, begun_at))) > ${FORGOTTEN_HOURS * 3600}`.execute(db);
}
