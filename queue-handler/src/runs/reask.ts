/** Answers that are there and of no use: set aside, and their questions asked once more. Nothing paid for is deleted. */
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database/connect.js';
import { takingLong } from '../database/time-limit.js';
import { UsageError } from '../errors.js';
import { lockRun, reopen } from './reopen.js';
import { isScoringDue } from './scorings.js';

/**
 * What makes an answer unusable, as a condition on its transcript `t`. In this order: the first that is so is the reason
 * that is kept.
 */
const CONDITIONS = {
  // The provider cut a turn off at its token limit.
  truncated: sql<boolean>`t.content @? '$.turns[*].providerMetadata.truncated ? (@ == true)'`,
  // The provider itself says that a turn is a refusal, or that it was filtered; or the scorer that the answer is one.
  refused: sql<boolean>`(
    t.content @? '$.turns[*].providerMetadata.finishReason ? (@ == "refusal" || @ == "content_filter")'
    OR EXISTS (SELECT 1 FROM scores x WHERE x.transcript_id = t.id AND x.status = 'CURRENT' AND x.class = 'refusal'))`,
  // Read on the scale of the run, and without a decision. What a person says of it stands.
  unscored: sql<boolean>`EXISTS (
    SELECT 1 FROM scores x WHERE x.transcript_id = t.id AND x.status = 'CURRENT' AND x.class NOT IN ('refusal', 'manual')
      AND x.score IS NULL AND x.label IS NULL)`,
} satisfies Record<string, RawBuilder<boolean>>;

/** SQL: what of a transcript `t` is never an answer for another run. */
export const isTruncatedOrRefused = sql<boolean>`(${CONDITIONS.truncated} OR ${CONDITIONS.refused})`;

export type Unusable = keyof typeof CONDITIONS;
export const UNUSABLE = Object.keys(CONDITIONS) as Unusable[];

export interface Reasked {
  /** The probes that are asked once more, by what was wrong with their answers. */
  probes: { id: string; because: Unusable }[];
}

/**
 * Ask once more what was answered and is unusable in one of these ways. All of it happens or nothing; what waits to be
 * asked already is left as it is.
 *
 * @throws UsageError where the run was cancelled, or where its answers are just being scored, which decides of some of them.
 */
export async function reaskUnusable({ db }: Database, id: string, kinds: Unusable[]): Promise<Reasked> {
  const because = sql`CASE ${sql.join(
    UNUSABLE.filter((kind) => kinds.includes(kind)).map((kind) => sql`WHEN ${CONDITIONS[kind]} THEN ${sql.lit(kind)}`),
    sql` `,
  )} END`;
  return takingLong(() =>
    db.transaction().execute(async (trx) => {
      await lockRun(trx, id);
      if (kinds.some((kind) => kind !== 'truncated') && (await isScoringDue(trx, id))) {
        throw new UsageError(
          'its answers are still to be scored, which says what of them is of use; wait for that, or see: work',
        );
      }
      const { rows: probes } = await sql<{ id: string; because: Unusable; provider: string }>`
        WITH unusable AS (
          SELECT p.id, t.id AS transcript, ${because} AS because
          FROM probe_results p JOIN transcripts t ON t.run_id = p.run_id AND t.scenario_id = p.scenario_id
            AND t.model_id = p.model_id AND t.sample_index = p.sample_index AND t.superseded_at IS NULL
          WHERE p.run_id = ${id} AND p.status = 'SUCCEEDED'),
        aside AS (
          UPDATE transcripts t SET superseded_at = now(), superseded_because = u.because
          FROM unusable u WHERE t.id = u.transcript AND u.because IS NOT NULL RETURNING t.id)
        UPDATE probe_results p SET status = 'PENDING', failures = 0, crashes = 0, ticket_id = NULL, error = NULL,
          partial = NULL, counted_turns = 0, updated_at = now()
        FROM unusable u JOIN aside a ON a.id = u.transcript WHERE p.id = u.id
        RETURNING p.id, u.because, p.provider`.execute(trx);
      if (probes.length > 0) {
        await sql`
          DELETE FROM provider_stops WHERE run_id = ${id}
            AND provider = ANY(${[...new Set(probes.map(({ provider }) => provider))]}::text[])`.execute(trx);
        await reopen(trx, id);
      }
      return { probes: probes.map(({ id: probe, because: reason }) => ({ id: probe, because: reason })) };
    }),
  );
}
