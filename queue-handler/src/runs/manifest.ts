/**
 * What is kept of how a run came about, for whoever does it again: its file, and the programs and machines that stored it and
 * worked on it.
 */
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database, Db } from '../database/connect.js';
import type { Tables } from '../database/schema.js';
import type { RunFile } from '../documents/documents.js';
import { UsageError } from '../errors.js';
import { ENDED, type RunConfig, type RunStatus, type ScoringConfig } from '../model.js';
import { canonicalJson, sha256 } from '../provenance/canonical.js';
import { type Machine, machine } from '../provenance/machine.js';

type Trx = Transaction<Tables>;

export interface NewManifest {
  file: string;
  file_sha256: string;
  stored_by: string;
}

/** Of a run that is about to be stored. */
export async function newManifest(file: RunFile): Promise<NewManifest> {
  const { definition: _, ...others } = file;
  return {
    file: JSON.stringify(others),
    file_sha256: sha256(canonicalJson(file)),
    stored_by: JSON.stringify(await machine()),
  };
}

/** A handler has ended a probe of the run. */
export async function noteMachine(db: Db, runId: string, one: Machine): Promise<void> {
  const text = canonicalJson(one);
  // A run that was deleted meanwhile needs no machine.
  await sql`
    INSERT INTO run_machines (run_id, sha256, machine) SELECT id, ${sha256(text)}, ${text}::jsonb FROM runs WHERE id = ${runId}
    ON CONFLICT DO NOTHING`.execute(db);
}

/** The run has just ended. @param shared whether the database is a server, and not the embedded one. */
export async function noteEnd(trx: Trx, runId: string, shared: boolean): Promise<void> {
  await sql`
    UPDATE manifests m SET ended = jsonb_build_object('at', ${utc('r.completed_at')}, 'status', r.status,
      'probes', (SELECT jsonb_object_agg(status, probes) FROM (
        SELECT status, count(*) AS probes FROM probe_results WHERE run_id = r.id GROUP BY status) counted),
      'database', jsonb_build_object('kind', ${databaseKind(shared)}::text, 'version', current_setting('server_version')))
    FROM runs r WHERE r.id = ${runId} AND m.run_id = r.id`.execute(trx);
}

/** SQL: whether a run, by its alias, was cancelled with conversations under way, of which its manifest does not know the end. */
export function isNotedOpen(run: string): RawBuilder<boolean> {
  return sql<boolean>`(${sql.ref(`${run}.status`)} = 'CANCELLED' AND EXISTS (
    SELECT 1 FROM manifests m
    WHERE m.run_id = ${sql.ref(`${run}.id`)} AND m.ended -> 'probes' ?| ARRAY['PENDING', 'QUEUED']))`;
}

/** SQL: a moment as ISO 8601 in UTC, which no setting of the server bends. */
export function utc(column: string) {
  return sql<string | null>`to_char(${sql.ref(column)} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

export function databaseKind(shared: boolean): string {
  return shared ? 'PostgreSQL' : 'PGlite';
}

/** What is known of a run, in the form in which an export has it. */
export interface RunManifest {
  schemaVersion: 1;
  run: {
    id: string;
    name: string;
    status: RunStatus;
    createdAt: string;
    startedAt: string | null;
    completedAt: string | null;
  };
  /** As it is now: models with their settings and prices, samples, settings, scale. */
  config: RunConfig;
  /** How its answers were scored, by which version; null where they were not. */
  scoring: { config: ScoringConfig; scorerVersions: string[] } | null;
  /** As it was given; null for a run of an earlier version of this program. */
  file: { sha256: string; content: object } | null;
  storedBy: Machine | null;
  /** What kinds of machines have worked on it. */
  machines: Machine[];
  ended: object | null;
  database: { kind: string; version: string };
}

export async function manifestOf({ db, shared }: Database, runId: string): Promise<RunManifest> {
  const { rows } = await sql<Row>`
    SELECT r.name, r.status, r.config, ${utc('r.created_at')} AS created_at, ${utc('r.started_at')} AS started_at,
      ${utc('r.completed_at')} AS completed_at, d.content AS definition, m.file, m.file_sha256, m.stored_by, m.ended,
      current_setting('server_version') AS server,
      (SELECT jsonb_agg(x.machine ORDER BY x.seen_at, x.sha256) FROM run_machines x WHERE x.run_id = r.id) AS machines,
      (SELECT jsonb_build_object('config', c.config, 'scorerVersions', coalesce((
        SELECT jsonb_agg(DISTINCT scorer_version) FROM scores WHERE scoring_id = c.id), '[]'))
        FROM scorings c WHERE c.run_id = r.id AND c.status = 'CURRENT') AS scoring
    FROM runs r JOIN definitions d ON d.id = r.definition_id LEFT JOIN manifests m ON m.run_id = r.id
    WHERE r.id = ${runId}`.execute(db);
  const [row] = rows;
  if (row === undefined) {
    throw new UsageError('the run is gone');
  }
  return {
    schemaVersion: 1,
    run: {
      id: runId,
      name: row.name,
      status: row.status,
      createdAt: row.created_at,
      startedAt: row.started_at,
      completedAt: row.completed_at,
    },
    config: row.config,
    scoring: row.scoring,
    file:
      row.file === null || row.file_sha256 === null
        ? null
        : { sha256: row.file_sha256, content: { ...row.file, definition: row.definition } },
    storedBy: row.stored_by,
    machines: row.machines ?? [],
    // Of an end after which the run went on, nothing is said.
    ended: ENDED.includes(row.status) ? row.ended : null,
    database: { kind: databaseKind(shared), version: row.server },
  };
}

interface Row {
  name: string;
  status: RunStatus;
  config: RunConfig;
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  definition: object;
  file: object | null;
  file_sha256: string | null;
  stored_by: Machine | null;
  ended: object | null;
  server: string;
  machines: Machine[] | null;
  scoring: RunManifest['scoring'];
}
