/**
 * Where a text stands within prompts and answers, in whatever case. A server reads all answers in one statement, with
 * several processes, if it can in the time that a search has. Else they are read some at a time, so that an embedded database
 * does what else is asked of it meanwhile; and what was not read when the time was over is said.
 */
import { type RawBuilder, sql } from 'kysely';
import { monotonic } from '../../clock.js';
import type { Db } from '../../database/schema.js';
import { takingLong } from '../../database/time-limit.js';
import type { Searched } from '../api.js';
import type { Filter } from '../filter.js';
import { answersFrom } from './probes.js';

export interface Found {
  transcripts: string[];
  /** By their prompts. */
  scenarios: string[];
  /** Without a transcript: by the turns that are paid for, or the cause of their failure. */
  probes: string[];
  searched: Searched;
}

export interface Patience {
  milliseconds: number;
  /** Whether the database has processes of its own for one statement. */
  shared: boolean;
}

// More are more than anybody reads.
const MOST_MATCHES = 5_000;
const AT_ONCE = 1_000;
// What is left of the time when the one statement did not come to its end.
const REST = 0.2;
// https://www.postgresql.org/docs/current/errcodes-appendix.html: query_canceled.
const CANCELED = '57014';
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/**
 * Null where the filter has no text. What the rest of the filter keeps back is not looked through.
 *
 * @param scenarios those that the filter lets through; null for all.
 */
export async function search(
  db: Db,
  runId: string,
  filter: Filter,
  scenarios: string[] | null,
  patience: Patience,
): Promise<Found | null> {
  const text = filter.text.trim();
  if (text === '') {
    return null;
  }
  const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
  const { rows: asking } = await sql<{ id: string }>`
    SELECT s.id FROM scenarios s JOIN runs r ON r.definition_id = s.definition_id
    WHERE r.id = ${runId} AND (s.content ->> 'prompt' ILIKE ${pattern} OR s.content ->> 'preamble' ILIKE ${pattern}
      OR s.key ILIKE ${pattern} OR s.content ->> 'name' ILIKE ${pattern}
      OR EXISTS (SELECT 1 FROM jsonb_path_query(s.content, '$.followups[*].prompt') asked WHERE asked #>> '{}' ILIKE ${pattern}))`.execute(
    db,
  );
  const { rows: probes } = await sql<{ id: string }>`
    SELECT p.id FROM probe_results p WHERE p.run_id = ${runId} AND p.status <> 'SUCCEEDED'
      AND (p.partial IS NOT NULL AND answers_of(p.partial) ILIKE ${pattern} OR p.error ->> 'message' ILIKE ${pattern})`.execute(
    db,
  );
  const answers = answersFrom(runId, filter, scenarios);
  const told =
    answers === null
      ? { ids: [], searched: { looked: 0, of: 0, cut: null } }
      : await searchAnswers(db, answers, text, pattern, patience);
  return {
    transcripts: told.ids,
    scenarios: asking.map(({ id }) => id),
    probes: probes.map(({ id }) => id),
    searched: told.searched,
  };
}

async function searchAnswers(
  db: Db,
  answers: RawBuilder<unknown>,
  text: string,
  pattern: string,
  patience: Patience,
): Promise<{ ids: string[]; searched: Searched }> {
  const { rows: sums } = await sql<{ answers: number }>`SELECT count(*)::int AS answers ${answers}`.execute(db);
  const of = sums[0]?.answers ?? 0;
  // Twice as fast, and the same where there is no letter beyond ASCII to fold.
  const folding = /^[\x20-\x7e]*$/.test(text) ? sql`COLLATE "C"` : sql``;
  const matches = sql<boolean>`answers_of(t.content) ${folding} ILIKE ${pattern}`;
  if (patience.shared) {
    const rows = await hurried(db, patience.milliseconds, (trx) =>
      sql<{ id: string }>`SELECT t.id ${answers} AND ${matches} ORDER BY t.id LIMIT ${MOST_MATCHES + 1}`.execute(trx),
    );
    if (rows !== null) {
      const cut = rows.length > MOST_MATCHES ? 'matches' : null;
      return { ids: rows.slice(0, MOST_MATCHES).map(({ id }) => id), searched: { looked: of, of, cut } };
    }
  }
  const until = monotonic() + (patience.shared ? REST : 1) * patience.milliseconds;
  const ids: string[] = [];
  let looked = 0;
  for (let after = BEFORE_ALL; ; ) {
    const { rows } = await sql<{ id: string; matches: boolean }>`
      SELECT t.id, coalesce(${matches}, false) AS matches ${answers} AND t.id > ${after}::uuid
      ORDER BY t.id LIMIT ${AT_ONCE}`.execute(db);
    looked += rows.length;
    ids.push(...rows.filter((row) => row.matches).map(({ id }) => id));
    const last = rows.at(-1);
    if (last === undefined || rows.length < AT_ONCE) {
      return { ids, searched: { looked, of, cut: null } };
    }
    if (ids.length >= MOST_MATCHES || monotonic() > until) {
      return { ids, searched: { looked, of, cut: ids.length >= MOST_MATCHES ? 'matches' : 'time' } };
    }
    after = last.id;
  }
}

/** What a statement brings in time, or null. */
async function hurried<T>(db: Db, milliseconds: number, ask: (trx: Db) => Promise<{ rows: T[] }>): Promise<T[] | null> {
  try {
    return await takingLong(() =>
      db.transaction().execute(async (trx) => {
        // Of 0 PostgreSQL thinks that there is no limit.
        await sql`SELECT set_config('statement_timeout', ${String(Math.max(1, Math.ceil(milliseconds)))}, true)`.execute(
          trx,
        );
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
