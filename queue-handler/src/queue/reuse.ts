/**
 * Answers that are there already. A probe whose conversation would send the same bytes to the same place as one that is
 * stored takes its answer over, and is not asked: for the same sample index, from another run, of the last so many days, by
 * the version of the model that was last seen at work. An answer that was cut off or refused is never taken over, nor one
 * whose model did not say its version; and of one stored answer, a run takes no second copy: two samples that are one
 * would look like agreement.
 */
import { sql, type Transaction } from 'kysely';
import type { Db } from '../database/connect.js';
import type { Tables } from '../database/schema.js';
import { getLogger } from '../log.js';
import { additionOfReplaced } from '../money/account.js';
import { isTruncatedOrRefused } from '../runs/reask.js';
import { fingerprints } from '../workers/fingerprint.js';
import { jobOf, loadProbes } from './probe.js';

type Trx = Transaction<Tables>;

/** In the place of a number: the conversation cannot be told from here, and is asked. */
const UNKNOWN = '';
// Conversations that a worker looks at at a time.
const CELLS = 1_000;

const logger = getLogger('reuse');

export interface Taken {
  /** The probes that have their answer. */
  ids: Set<string>;
  /** Answers that would have been taken over, had their models said which version they are. */
  unversioned: number;
}

/** Take answers over for some waiting probes of a run. */
export async function takeOver(trx: Trx, runId: string, days: number, ids: string[]): Promise<Taken> {
  if (ids.length === 0) {
    return { ids: new Set(), unversioned: 0 };
  }
  const { rows } = await sql<{ id: string; probe_id: string | null; unversioned: boolean }>`
    WITH same AS (
      SELECT p.id AS probe_id, p.position, p.run_id, p.scenario_id, p.model_id, p.sample_index, t.id AS source, t.model_version,
             t.completed_at, t.model_id AS source_model
      FROM probe_results p JOIN transcripts t
        ON t.conversation_sha256 = p.conversation_sha256 AND t.sample_index = p.sample_index
      WHERE p.id = ANY(${ids}::uuid[]) AND p.conversation_sha256 <> ${UNKNOWN}
        AND t.run_id <> p.run_id AND t.reused IS NULL AND t.superseded_at IS NULL
        AND t.completed_at > now() - make_interval(days => ${days}) AND NOT ${isTruncatedOrRefused}
        -- What was set aside of this run is asked again, and not taken over again.
        AND NOT EXISTS (SELECT 1 FROM transcripts a WHERE a.run_id = p.run_id AND a.scenario_id = p.scenario_id
          AND a.model_id = p.model_id AND a.sample_index = p.sample_index)
        AND NOT EXISTS (SELECT 1 FROM transcripts u
          WHERE u.run_id = p.run_id AND u.reused ->> 'transcriptId' = t.id::text)),
    served AS (
      SELECT s.*, s.model_version = (
        SELECT v.model_version FROM transcripts v WHERE v.model_id = s.source_model AND v.conversation_sha256 IS NOT NULL
          AND v.reused IS NULL AND v.model_version IS NOT NULL ORDER BY v.completed_at DESC LIMIT 1) AS current
      FROM same s),
    one AS (
      SELECT DISTINCT ON (source) * FROM (
        SELECT DISTINCT ON (probe_id) * FROM served WHERE current ORDER BY probe_id, completed_at DESC, source) best
      ORDER BY source, position),
    taken AS (
      INSERT INTO transcripts (run_id, scenario_id, model_id, model_version, sample_index, definition_snapshot, content,
        turn_count, input_tokens, output_tokens, reasoning_tokens, cached_tokens, cost_snapshot, warnings, started_at,
        completed_at, duration_ms, conversation_sha256, reused)
      SELECT o.run_id, o.scenario_id, o.model_id, t.model_version, o.sample_index,
        jsonb_build_object('definitionId', d.id, 'name', d.name, 'version', d.version, 'scenarioId', c.key,
          'scenario', c.content, 'config', r.config -> 'config'),
        t.content, t.turn_count, t.input_tokens, t.output_tokens, t.reasoning_tokens, t.cached_tokens,
        coalesce(t.cost_snapshot - 'unpriced', jsonb_build_object('currency', 'USD', 'costInputPerMillion', 0,
          'costOutputPerMillion', 0)) || '{"inputCost": 0, "outputCost": 0, "totalCost": 0, "estimated": false}',
        t.warnings, t.started_at, t.completed_at, t.duration_ms, t.conversation_sha256,
        jsonb_build_object('transcriptId', t.id, 'runId', t.run_id,
          'completedAt', to_char(t.completed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
      FROM one o JOIN transcripts t ON t.id = o.source JOIN runs r ON r.id = o.run_id
        JOIN definitions d ON d.id = r.definition_id JOIN scenarios c ON c.id = o.scenario_id
      RETURNING scenario_id, model_id, sample_index)
    SELECT p.id, o.probe_id, false AS unversioned
    FROM taken k JOIN probe_results p ON p.run_id = ${runId} AND p.scenario_id = k.scenario_id
      AND p.model_id = k.model_id AND p.sample_index = k.sample_index JOIN one o ON o.probe_id = p.id
    UNION ALL
    SELECT DISTINCT probe_id, NULL::uuid, true FROM served
    WHERE model_version IS NULL AND probe_id NOT IN (SELECT probe_id FROM one)`.execute(trx);
  const taken = rows.flatMap(({ id, probe_id }) => (probe_id === null ? [] : [id]));
  if (taken.length > 0) {
    await sql`
      WITH old AS (
          SELECT id, run_id, model_id, counted_turns, partial -> 'turns' AS turns FROM probe_results
          WHERE id = ANY(${taken}::uuid[]) FOR NO KEY UPDATE),
        added AS (${additionOfReplaced('old', [])})
      UPDATE probe_results p SET status = 'SUCCEEDED', error = NULL, partial = NULL, not_asked = NULL, ticket_id = NULL,
        updated_at = now() FROM old WHERE p.id = old.id`.execute(trx);
  }
  return { ids: new Set(taken), unversioned: rows.filter(({ unversioned }) => unversioned).length };
}

/** Find out what the next waiting conversations of a run ask. What cannot be found out is asked as ever. */
export async function identify(db: Db, runId: string): Promise<void> {
  const { rows: cells } = await sql<{ id: string }>`
    SELECT id FROM (
      SELECT DISTINCT ON (scenario_id, model_id) id, position FROM (
        SELECT id, scenario_id, model_id, position FROM probe_results
        WHERE run_id = ${runId} AND status = 'PENDING' AND conversation_sha256 IS NULL AND partial IS NULL
        ORDER BY position LIMIT ${CELLS}) next
      ORDER BY scenario_id, model_id, position) cell
    ORDER BY position`.execute(db);
  const probes = [
    ...(
      await loadProbes(
        db,
        cells.map(({ id }) => id),
      )
    ).values(),
  ];
  if (probes.length === 0) {
    return;
  }
  let found: (string | null)[];
  try {
    const prints = await fingerprints(probes.map((probe) => jobOf(probe, probe.id)));
    found = prints.map(({ conversationSha256 }) => conversationSha256);
  } catch (error) {
    logger.warn({ err: error, runId }, 'it cannot be told which answers are there already; they are asked');
    found = probes.map(() => null);
  }
  await sql`
    UPDATE probe_results p SET conversation_sha256 = f.sha
    FROM unnest(${probes.map((probe) => probe.scenario_id)}::uuid[], ${probes.map((probe) => probe.model_id)}::text[],
                ${found.map((sha) => sha ?? UNKNOWN)}::text[]) AS f (scenario_id, model_id, sha)
    WHERE p.run_id = ${runId} AND p.scenario_id = f.scenario_id AND p.model_id = f.model_id
      AND p.status = 'PENDING' AND p.conversation_sha256 IS NULL`.execute(db);
}
