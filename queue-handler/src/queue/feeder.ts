/**
 * Turns probes that are waiting into jobs of their provider's queue, a bounded number ahead for each run and provider.
 *
 * The bound is what keeps a launch of 18,000 probes from flooding the queue. Runs are fair to each other because a job
 * is the less urgent the more of its run are queued before it: the first jobs of a small run go before the hundreds that
 * a large one has waiting.
 */
import { sql, type Transaction } from 'kysely';
import { monotonic } from '../clock.js';
import type { Database } from '../database/connect.js';
import type { Tables } from '../database/schema.js';
import { deadlineOf, expirySeconds } from '../deadline.js';
import { messageOf } from '../errors.js';
import { createProviderQueue, queueTickets } from '../pgboss.js';
import type { Settings } from '../settings.js';

// Any two handlers use the same number, so that one of them feeds at a time.
const FEEDER_LOCK = 0x70726f62;
// How often it is looked which models are open: no oftener, and with no more than a fiftieth of the time.
const MODELS_MILLISECONDS = 2_000;
const MODELS_SHARE = 50;

interface Gap {
  run_id: string;
  provider: string;
  missing: number;
  deadline: number | null;
  /** Models that may wait for room in their service tier. */
  flex: string[];
}

export class Feeder {
  readonly #database: Database;
  readonly #settings: Settings;
  readonly #known = new Set<string>();
  readonly #trouble: (error: unknown) => void;
  /** The models of probes that are open, by provider. */
  models: ReadonlyMap<string, readonly string[]> = new Map();
  #modelsDue = Number.NEGATIVE_INFINITY;

  /** @param trouble is told of a run that cannot be queued, while the others are. */
  constructor(database: Database, settings: Settings, trouble: (error: unknown) => void) {
    this.#trouble = trouble;
    this.#database = database;
    this.#settings = settings;
  }

  /** Fill the queues once. @returns the providers that have open probes in a run that goes on. */
  async feed(): Promise<string[]> {
    const { db } = this.#database;
    const providers = await this.#openProviders();
    for (const provider of providers) {
      if (!this.#known.has(provider)) {
        await createProviderQueue(this.#database.boss, provider, this.#settings);
        this.#known.add(provider);
      }
    }
    if (providers.length > 0) {
      await this.#lookForModels();
      const failed = await db.transaction().execute(async (trx) => {
        const { rows: lock } = await sql<{ taken: boolean }>`
          SELECT pg_try_advisory_xact_lock(${FEEDER_LOCK}) AS taken`.execute(trx);
        if (lock[0]?.taken !== true) {
          return null;
        }
        const { rows: gaps } = await sql<Gap>`
          SELECT r.id AS run_id, o.provider, ${this.#settings.queueDepth} - o.queued AS missing,
                 (r.config -> 'config' ->> 'deadlineSeconds')::float8 AS deadline,
                 jsonb_path_query_array(r.config,
                   '$.models[*] ? (@.modelConfig.serviceTier == "flex").modelId') AS flex
          FROM runs r CROSS JOIN LATERAL (
            SELECT provider, count(*) FILTER (WHERE status = 'QUEUED')::int AS queued,
                   count(*) FILTER (WHERE status = 'PENDING') AS pending
            FROM probe_results WHERE run_id = r.id AND status IN ('PENDING', 'QUEUED') GROUP BY provider) o
          WHERE r.status IN ('PENDING', 'RUNNING') AND o.pending > 0 AND o.queued < ${this.#settings.queueDepth}
          ORDER BY r.created_at`.execute(trx);
        let failure: unknown = null;
        for (const gap of gaps) {
          // What is wrong with one run stops no other.
          await sql`SAVEPOINT gap`.execute(trx);
          try {
            await this.#fill(trx, gap);
            await sql`RELEASE SAVEPOINT gap`.execute(trx);
          } catch (error) {
            failure = new Error(`run ${gap.run_id} cannot be queued: ${messageOf(error)}`, { cause: error });
            await sql`ROLLBACK TO SAVEPOINT gap`.execute(trx);
          }
        }
        return failure;
      });
      if (failed !== null) {
        this.#trouble(failed);
      }
    }
    return providers;
  }

  async #openProviders(): Promise<string[]> {
    const { rows } = await sql<{ provider: string }>`
      SELECT DISTINCT p.provider FROM runs r JOIN probe_results p ON p.run_id = r.id
      WHERE r.status IN ('PENDING', 'RUNNING', 'PAUSED', 'CANCELLED') AND p.status IN ('PENDING', 'QUEUED')
        AND (p.status = 'QUEUED' OR r.status IN ('PENDING', 'RUNNING'))`.execute(this.#database.db);
    return rows.map((row) => row.provider).sort();
  }

  /** Every open probe is looked at for it, so it is done seldom, and the more seldom the longer it takes. */
  async #lookForModels(): Promise<void> {
    const began = monotonic();
    if (began < this.#modelsDue) {
      return;
    }
    const { rows } = await sql<{ provider: string; models: string[] }>`
      SELECT p.provider, array_agg(DISTINCT p.model_id) AS models
      FROM runs r JOIN probe_results p ON p.run_id = r.id
      WHERE r.status IN ('PENDING', 'RUNNING') AND p.status IN ('PENDING', 'QUEUED') GROUP BY 1`.execute(
      this.#database.db,
    );
    this.models = new Map(rows.map(({ provider, models }) => [provider, models]));
    const now = monotonic();
    this.#modelsDue = now + Math.max(MODELS_MILLISECONDS, MODELS_SHARE * (now - began));
  }

  async #fill(trx: Transaction<Tables>, gap: Gap): Promise<void> {
    const { rows } = await sql<{ id: string; model_id: string; ticket_id: string }>`
      UPDATE probe_results p SET status = 'QUEUED', ticket_id = gen_random_uuid(), updated_at = now()
      FROM (SELECT id FROM probe_results
            WHERE run_id = ${gap.run_id} AND provider = ${gap.provider} AND status = 'PENDING'
            ORDER BY position LIMIT ${gap.missing} FOR UPDATE SKIP LOCKED) next
      WHERE p.id = next.id
      RETURNING p.id, p.model_id, p.ticket_id`.execute(trx);
    if (rows.length === 0) {
      return;
    }
    const expiryOf = (modelId: string): number =>
      expirySeconds(
        deadlineOf({ deadlineSeconds: gap.deadline }, gap.flex.includes(modelId) ? { serviceTier: 'flex' } : null),
      );
    await queueTickets(
      this.#database.boss,
      trx,
      gap.provider,
      rows.map((row, index) => ({
        id: row.ticket_id,
        probeId: row.id,
        runId: gap.run_id,
        modelId: row.model_id,
        priority: gap.missing - this.#settings.queueDepth - index,
        expireInSeconds: expiryOf(row.model_id),
      })),
    );
    await sql`UPDATE runs SET status = 'RUNNING', started_at = coalesce(started_at, now())
      WHERE id = ${gap.run_id} AND (status = 'PENDING' OR started_at IS NULL)`.execute(trx);
  }
}
