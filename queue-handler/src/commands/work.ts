/** `work`: a handler, until it is told to stop or nothing is left to do. */
import { sql } from 'kysely';
import { monotonic } from '../clock.js';
import type { Db } from '../database/connect.js';
import type { Handler } from '../queue/handler.js';
import { isAnalysisDue } from '../runs/analyses.js';
import { isScoringDue } from '../runs/scorings.js';
import type { Settings } from '../settings.js';
import { atWork, openOnceFree } from './at-work.js';
import { type Ended, exitStatus } from './exit-status.js';

const LOOK_MILLISECONDS = 500;

export interface WorkOptions {
  /** End when no run is open and neither scores nor an analysis are due, and do not wait for the next. */
  untilIdle: boolean;
  /** Log lines on a terminal too, in place of progress. */
  log: boolean;
}

export async function work(settings: Settings, { untilIdle, log }: WorkOptions): Promise<void> {
  const database = await openOnceFree(settings, log);
  if (!untilIdle) {
    await atWork(database, settings, { log, keepsPicture: true });
    return;
  }
  const idle = new IdleWatch(database.db);
  await atWork(database, settings, {
    log,
    keepsPicture: true,
    begun: (handler) => idle.follow(handler),
    isOver: () => idle.look(),
    async conclude() {
      process.exitCode = exitStatus(await idle.ended());
    },
  });
}

/** Those that the handler has worked on, and those of which nothing can be asked. */
type Runs = Pick<Handler, 'touched' | 'stuck'>;

/** Whether there is nothing to do, looked up now and then; and whether all of what there was to do has its answer. */
class IdleWatch {
  readonly #db: Db;
  #handler: Runs = { touched: new Set(), stuck: new Set() };
  /** Runs that were open at some look. */
  readonly #seen = new Set<string>();
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(db: Db) {
    this.#db = db;
  }

  follow(handler: Runs): void {
    this.#handler = handler;
  }

  /** A paused run is nothing to do, and neither is one of which nothing can be asked. */
  async look(): Promise<boolean> {
    if (monotonic() - this.#lookedAt < LOOK_MILLISECONDS) {
      return false;
    }
    this.#lookedAt = monotonic();
    const { rows: open } = await sql<{ id: string }>`
      SELECT id FROM runs WHERE status IN ('PENDING', 'RUNNING')`.execute(this.#db);
    for (const { id } of open) {
      this.#seen.add(id);
    }
    if (open.some(({ id }) => !this.#handler.stuck.has(id))) {
      return false;
    }
    return !(await isScoringDue(this.#db)) && !(await isAnalysisDue(this.#db));
  }

  /** What became of all runs that were open meanwhile. */
  async ended(): Promise<Ended[]> {
    const runs = [...new Set([...this.#seen, ...this.#handler.touched])];
    const { rows } = await sql<Ended>`
      SELECT status, (SELECT count(*)::int FROM probe_results p WHERE p.run_id = r.id AND p.status <> 'SUCCEEDED') AS unanswered
      FROM runs r WHERE id = ANY(${runs}::uuid[])`.execute(this.#db);
    return rows;
  }
}
