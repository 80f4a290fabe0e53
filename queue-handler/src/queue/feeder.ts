/**
 * Turns probes that are waiting into jobs of their provider's queue, a bounded number ahead for each run and provider.
 *
 * The bound is what keeps a launch of 18,000 probes from flooding the queue. Runs are fair to each other because a job
 * is the less urgent the more of its run are queued before it: the first jobs of a small run go before the hundreds that
 * a large one has waiting.
 */
import { sql, type Transaction } from 'kysely';
import type { Database } from '../database/connect.js';
import type { Tables } from '../database/schema.js';
import { takingLong } from '../database/time-limit.js';
import { deadlineOf, expirySeconds } from '../deadline.js';
import { messageOf } from '../errors.js';
import { getLogger } from '../log.js';
import { ALL_RUNS, lookAtBounds } from '../money/budget.js';
import { planCosts } from '../money/plan.js';
import { affordable, isAtBound, pauseAtBound, Rooms, unplanned } from '../money/room.js';
import { createProviderQueue, queueTickets } from '../pgboss.js';
import type { Settings } from '../settings.js';
import { Chooser, type Place } from './choice.js';
import { OpenModels } from './open-models.js';

// Any two handlers use the same number, so that one of them feeds at a time.
const FEEDER_LOCK = 0x70726f62;

const logger = getLogger('feeder');

type Trx = Transaction<Tables>;

interface Gap extends Place {
  deadline: number | null;
  /** Models that may wait for room in their service tier. */
  flex: string[];
}

export class Feeder {
  /** Runs of which nothing that waits fits into what a whole day may cost, as it was when the queues were filled last. */
  stuck: ReadonlySet<string> = new Set();
  readonly #database: Database;
  readonly #settings: Settings;
  readonly #known = new Set<string>();
  /** Runs under a bound of which it is known what their probes may cost. */
  readonly #planned = new Set<string>();
  readonly #trouble: (error: unknown) => void;
  readonly #models = new OpenModels();
  readonly #chooser: Chooser;

  /**
   * @param trouble is told of a run that cannot be queued, while the others are.
   * @param onDone is told of a run of which probes have ended without being asked.
   */
  constructor(
    database: Database,
    settings: Settings,
    trouble: (error: unknown) => void,
    onDone: (runId: string) => void,
  ) {
    this.#trouble = trouble;
    this.#database = database;
    this.#settings = settings;
    this.#chooser = new Chooser(onDone);
  }

  /** The models of probes that are open, by provider. */
  get models(): ReadonlyMap<string, readonly string[]> {
    return this.#models.found;
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
      await this.#models.look(db);
      // Noted when it is stored, and not before.
      let planned: string[] = [];
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
                   '$.models[*] ? (@.modelConfig.serviceTier == "flex").modelId') AS flex,
                 coalesce((r.config -> 'config' ->> 'promptCaching')::boolean, false) AS caching,
                 (r.config -> 'reuse' ->> 'days')::int AS reuse_days
          FROM runs r CROSS JOIN LATERAL (
            SELECT provider, count(*) FILTER (WHERE status = 'QUEUED')::int AS queued,
                   count(*) FILTER (WHERE status = 'PENDING') AS pending
            FROM probe_results WHERE run_id = r.id AND status IN ('PENDING', 'QUEUED') GROUP BY provider) o
          WHERE r.status IN ('PENDING', 'RUNNING') AND o.pending > 0 AND o.queued < ${this.#settings.queueDepth}
          ORDER BY r.created_at`.execute(trx);
        this.#chooser.begin(gaps);
        const runs = [...new Set(gaps.map((gap) => gap.run_id))];
        const rooms = await Rooms.of(trx, runs, this.#settings.budgetUsd);
        const bounded = runs.filter((run) => rooms.left(run) !== null);
        const unplannable = await this.#plan(trx, bounded);
        planned = bounded.filter((run) => !unplannable.has(run));
        let failure: unknown = [...unplannable.values()][0] ?? null;
        for (const [index, gap] of gaps.entries()) {
          const others = gaps.slice(index).filter((other) => other.run_id === gap.run_id).length;
          const problem = await apart(trx, gap.run_id, async () =>
            this.#fill(trx, gap, await this.#affordable(trx, gap, rooms, others)),
          );
          if (problem !== null) {
            failure = problem;
            this.#chooser.undo(gap);
          }
        }
        this.stuck = await this.#standStill(trx, planned);
        return failure;
      });
      for (const run of planned) {
        this.#planned.add(run);
      }
      if (failed !== null) {
        this.#trouble(failed);
      }
      await this.#chooser.identify(db);
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

  /** Note what the probes of runs may cost that came before a bound did. @returns the runs where that failed, and why. */
  async #plan(trx: Trx, runs: string[]): Promise<Map<string, Error>> {
    const failed = new Map<string, Error>();
    const unknown = runs.filter((run) => !this.#planned.has(run));
    if (unknown.length > 0) {
      const open = await unplanned(trx, unknown);
      for (const run of open) {
        const problem = await apart(trx, run, () => takingLong(() => planCosts(trx, run)));
        if (problem !== null) {
          failed.set(run, problem);
        }
      }
      for (const runId of await unplanned(trx, open)) {
        if (!failed.has(runId)) {
          logger.warn(
            { runId },
            'what models of the run may cost is not known, and they are not asked under the bound',
          );
        }
      }
    }
    return failed;
  }

  /**
   * The probes of a gap that fit under the bounds that hold for their run; null where none does.
   *
   * @param others gaps of the run that are left, this one included: each gets an even part of the room, and one probe at least
   *   where it fits into all of it.
   */
  async #affordable(trx: Trx, gap: Gap, rooms: Rooms, others: number): Promise<string[] | null> {
    const left = rooms.left(gap.run_id);
    if (left === null) {
      return null;
    }
    const wanted = { runId: gap.run_id, provider: gap.provider, most: gap.missing };
    let found = await affordable(trx, wanted, left / others);
    if (found.ids.length === 0) {
      found = await affordable(trx, { ...wanted, most: 1 }, left);
    }
    rooms.take(gap.run_id, found.usd);
    return found.ids;
  }

  /**
   * Pause runs of which nothing is under way, nothing fits under their own bound any more, and no answers are there.
   *
   * @returns those of which nothing fits into what a whole day may cost. They are not paused, for that bound is none of theirs:
   *   it goes with the handler that has it.
   */
  async #standStill(trx: Trx, runs: string[]): Promise<ReadonlySet<string>> {
    const bounds = await lookAtBounds(trx, runs, this.#settings.budgetUsd);
    const day = bounds.find(({ scope }) => scope === ALL_RUNS);
    const stuck = new Set<string>();
    for (const run of runs.filter((one) => !this.#chooser.isLooking(one))) {
      const own = bounds.find(({ scope }) => scope === run);
      const isReached = own !== undefined && (await isAtBound(trx, run, own.usd - own.spent - own.reserved));
      const bound = isReached ? await pauseAtBound(trx, run) : null;
      if (bound !== null) {
        logger.warn({ runId: run, usd: bound.usd, spent: bound.spent }, 'the run has reached its bound and is paused');
      } else if (day !== undefined && (await isAtBound(trx, run, day.usd))) {
        stuck.add(run);
        if (!this.stuck.has(run)) {
          logger.warn(
            { runId: run, usd: day.usd },
            'nothing of the run that waits fits into what a whole day may cost',
          );
        }
      }
    }
    return stuck;
  }

  /** @param fitting the probes that fit under a bound; null where none holds. */
  async #fill(trx: Trx, gap: Gap, fitting: string[] | null): Promise<void> {
    if (fitting?.length === 0 && gap.reuse_days === null) {
      return;
    }
    const among = fitting === null ? sql`` : sql`AND id = ANY(${fitting}::uuid[])`;
    const chosen = gap.caching || gap.reuse_days !== null ? await this.#chooser.choose(trx, gap, fitting) : null;
    const only = chosen === null ? among : sql`AND id = ANY(${chosen.ids}::uuid[])`;
    const { rows } = await sql<{ id: string; model_id: string; ticket_id: string }>`
      UPDATE probe_results p SET status = 'QUEUED', ticket_id = gen_random_uuid(), updated_at = now()
      FROM (SELECT id FROM probe_results
            WHERE run_id = ${gap.run_id} AND provider = ${gap.provider} AND status = 'PENDING' ${only}
            ORDER BY position LIMIT ${gap.missing} FOR UPDATE SKIP LOCKED) next
      WHERE p.id = next.id
      RETURNING p.id, p.model_id, p.ticket_id`.execute(trx);
    if (rows.length > 0 || (chosen?.taken ?? 0) > 0) {
      await sql`UPDATE runs SET status = 'RUNNING', started_at = coalesce(started_at, now())
        WHERE id = ${gap.run_id} AND (status = 'PENDING' OR started_at IS NULL)`.execute(trx);
    }
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
        // Others wait for one that goes alone.
        priority: chosen?.alone.has(row.id) ? 1 : gap.missing - this.#settings.queueDepth - index,
        expireInSeconds: expiryOf(row.model_id),
      })),
    );
  }
}

/** Do something for a run, so that what is wrong with it stops no other. @returns what went wrong, or null. */
async function apart(trx: Trx, runId: string, action: () => Promise<void>): Promise<Error | null> {
  await sql`SAVEPOINT apart`.execute(trx);
  try {
    await action();
    await sql`RELEASE SAVEPOINT apart`.execute(trx);
    return null;
  } catch (error) {
    await sql`ROLLBACK TO SAVEPOINT apart`.execute(trx);
    return new Error(`run ${runId} cannot be queued: ${messageOf(error)}`, { cause: error });
  }
}
