/**
 * Where a text stands within prompts and answers, in whatever case. With the index of three letters everything is looked
 * up; without it, or for fewer letters, answers are read one by one for a bounded time, and what was not read is said.
 */
import { sql } from 'kysely';
import { monotonic } from '../../clock.js';
import type { Db } from '../../database/schema.js';
import { takingLong } from '../../database/time-limit.js';
import type { Searched } from '../api.js';
import type { Filter } from '../filter.js';

export interface Found {
  transcripts: string[];
  /** By their prompts. */
  scenarios: string[];
  /** Without a transcript: by the turns that are paid for, or the cause of their failure. */
  probes: string[];
  searched: Searched;
}

// More are more than anybody reads, and each has to be read here.
const MOST_MATCHES = 5_000;
const AT_ONCE = 1_000;
const SHORTEST_INDEXED = 3;
// https://www.postgresql.org/docs/current/errcodes-appendix.html: query_canceled.
const CANCELED = '57014';
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** Null where the filter has no text. @param milliseconds how long answers are read where there is no index. */
export async function search(db: Db, runId: string, filter: Filter, milliseconds: number): Promise<Found | null> {
  const text = filter.text.trim();
  if (text === '') {
    return null;
  }
  const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
  const models = filter.models.length > 0 ? sql`AND t.model_id = ANY(${filter.models}::text[])` : sql``;
  const { rows: scenarios } = await sql<{ id: string }>`
    SELECT s.id FROM scenarios s JOIN runs r ON r.definition_id = s.definition_id
    WHERE r.id = ${runId} AND (s.content ->> 'prompt' ILIKE ${pattern} OR s.content ->> 'preamble' ILIKE ${pattern}
      OR s.key ILIKE ${pattern} OR s.content ->> 'name' ILIKE ${pattern}
      OR EXISTS (SELECT 1 FROM jsonb_path_query(s.content, '$.followups[*].prompt') asked WHERE asked #>> '{}' ILIKE ${pattern}))`.execute(
    db,
  );
  const { rows: probes } = await sql<{ id: string }>`
    SELECT p.id FROM probe_results p WHERE p.run_id = ${runId} AND p.status <> 'SUCCEEDED'
      AND (p.partial IS NOT NULL AND answers_of(p.partial) ILIKE ${pattern} OR p.error ->> 'message' ILIKE ${pattern})
    LIMIT ${MOST_MATCHES}`.execute(db);
  const { rows: sums } = await sql<{ answers: number; indexed: boolean }>`
    SELECT count(*)::int AS answers, to_regclass('transcripts_answers') IS NOT NULL AS indexed
    FROM transcripts t WHERE t.run_id = ${runId} AND t.superseded_at IS NULL ${models}`.execute(db);
  const { answers: of, indexed } = sums[0] ?? { answers: 0, indexed: false };
  const whole = (transcripts: string[], searched: Omit<Searched, 'of'>): Found => ({
    transcripts,
    scenarios: scenarios.map(({ id }) => id),
    probes: probes.map(({ id }) => id),
    searched: { ...searched, of },
  });
  if (indexed && hasLetters(text)) {
    const rows = await hurried(db, milliseconds, (trx) =>
      sql<{ id: string }>`
        SELECT t.id FROM transcripts t WHERE t.run_id = ${runId} AND t.superseded_at IS NULL ${models}
          AND answers_of(t.content) ILIKE ${pattern} LIMIT ${MOST_MATCHES}`.execute(trx),
    );
    if (rows !== null) {
      const cut = rows.length === MOST_MATCHES ? 'matches' : null;
      return whole(
        rows.map(({ id }) => id),
        { looked: of, cut },
      );
    }
  }
  const until = monotonic() + milliseconds;
  const transcripts: string[] = [];
  let looked = 0;
  for (let after = BEFORE_ALL; ; ) {
    const { rows } = await sql<{ id: string; matches: boolean }>`
      SELECT t.id, coalesce(answers_of(t.content) ILIKE ${pattern}, false) AS matches FROM transcripts t
      WHERE t.run_id = ${runId} AND t.superseded_at IS NULL ${models} AND t.id > ${after}::uuid
      ORDER BY t.id LIMIT ${AT_ONCE}`.execute(db);
    looked += rows.length;
    transcripts.push(...rows.filter(({ matches }) => matches).map(({ id }) => id));
    const last = rows.at(-1);
    if (last === undefined || rows.length < AT_ONCE) {
      return whole(transcripts, { looked, cut: null });
    }
    if (transcripts.length >= MOST_MATCHES) {
      return whole(transcripts, { looked, cut: 'matches' });
    }
    if (monotonic() > until) {
      return whole(transcripts, { looked, cut: 'time' });
    }
    after = last.id;
  }
}

/**
 * What a statement brings in time, or null. Words of which each stands in most answers let through nearly all of them, and
 * each has to be read.
 */
async function hurried<T>(db: Db, milliseconds: number, ask: (trx: Db) => Promise<{ rows: T[] }>): Promise<T[] | null> {
  try {
    return await takingLong(() =>
      db.transaction().execute(async (trx) => {
        await sql`SELECT set_config('statement_timeout', ${String(Math.ceil(milliseconds))}, true)`.execute(trx);
        return (await ask(trx)).rows;
      }),
    );
  } catch (error) {
    if ((error as { code?: string }).code === CANCELED) {
      return null;
    }
    throw error;
  }
}

/** Whether the index can help. Letters beyond ASCII are none to it in a database whose locale is C. */
function hasLetters(text: string): boolean {
  return new RegExp(`[A-Za-z0-9]{${SHORTEST_INDEXED},}`).test(text);
}
