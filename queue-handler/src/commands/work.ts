/** The handler as a process: started, told to stop, and gone in order. */
import { sql } from 'kysely';
import { monotonic } from '../clock.js';
import type { Database, Db } from '../database/connect.js';
import { openDatabase } from '../database/connect.js';
import { FolderInUseError } from '../database/folder-lock.js';
import { UsageError } from '../errors.js';
import { getLogger } from '../log.js';
import type { MetricsServer } from '../metrics/serve.js';
import { isAnalysisDue } from '../pgboss.js';
import { Handler } from '../queue/handler.js';
import { isScoringDue } from '../runs/scorings.js';
import { type Settings, unknownSettings } from '../settings.js';
import { settledOr } from '../waiting.js';
import { askOwner, type ControlServer, serveCommands } from './control.js';
import { FolderWait } from './perform.js';

const logger = getLogger('work');
const LOOK_MILLISECONDS = 500;
// SIGHUP: the terminal was closed.
const STOPPING = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
// The exit status of `--until-idle` where probes failed: the handler did its work, and not every answer is there.
const PROBES_FAILED = 3;
// A database that does not let go of a process that leaves, and then the process itself.
const CLOSE_MILLISECONDS = 5_000;

/** @param untilIdle end when no run is open and neither scores nor an analysis are due, and do not wait for the next. */
export async function work(settings: Settings, untilIdle: boolean): Promise<void> {
  for (const name of unknownSettings()) {
    logger.warn({ name }, 'no setting has this name, so it sets nothing');
  }
  const database = await openOnceFree(settings);
  logger.info({ database: database.shown }, 'the database is open');
  const handler = new Handler(database, settings);
  const idle = untilIdle ? new IdleWatch(database.db, handler.touched) : null;
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    signals += 1;
    logger.info({ signal }, signals === 1 ? 'asked to stop' : 'asked again to stop');
    if (signals === 1) {
      handler.stop();
    } else {
      handler.interrupt('asked again to stop');
    }
  };
  for (const signal of STOPPING) {
    process.on(signal, onSignal);
  }
  // Whatever does not end in order after that is not waited for: turns in hand are on disk by then.
  handler.leaving.addEventListener('abort', () => setTimeout(() => process.exit(1), CLOSE_MILLISECONDS).unref());
  let control: ControlServer | null = null;
  let metrics: MetricsServer | null = null;
  try {
    metrics = settings.metricsPort > 0 ? await metricsOf(handler, database, settings) : null;
    control = database.shared ? null : await serveCommands(database, settings);
    await handler.run(idle === null ? undefined : () => idle.look());
    if (idle !== null && (await idle.failed()) > 0) {
      process.exitCode = PROBES_FAILED;
    }
  } finally {
    await settledOr(
      Promise.all([control?.close(), metrics?.close()]).then(() => database.close()),
      handler.leaving,
    );
    for (const signal of STOPPING) {
      process.off(signal, onSignal);
    }
  }
  if (handler.leaving.aborted) {
    // Something still holds a socket or a child of this process.
    process.exit();
  }
}

/** The library is read by those who want it. */
async function metricsOf(handler: Handler, database: Database, settings: Settings): Promise<MetricsServer> {
  const { serveMetrics } = await import('../metrics/serve.js');
  return serveMetrics(handler, database, settings);
}

/** A short command may just have the embedded database open; another handler keeps it. */
async function openOnceFree(settings: Settings): Promise<Database> {
  const wait = new FolderWait();
  for (;;) {
    try {
      return await openDatabase(settings, true);
    } catch (error) {
      if (!(error instanceof FolderInUseError) || !(await isLeft(settings.dataFolder))) {
        throw error;
      }
      await wait.for(error);
    }
  }
}

/** Whether the process that has the database open is none that keeps it: a short command, or a viewer that makes room. */
async function isLeft(folder: string): Promise<boolean> {
  try {
    await askOwner(folder, 'leave', {}, async () => {});
    return true;
  } catch (error) {
    // It says that it keeps it; whatever else happened, it may be gone by the next look.
    return !(error instanceof UsageError);
  }
}

/** Whether there is nothing to do, looked up now and then; and whether what there was to do has succeeded. */
class IdleWatch {
  readonly #db: Db;
  /** Runs that this handler has worked on. */
  readonly #touched: ReadonlySet<string>;
  /** Runs that were open at some look. */
  readonly #seen = new Set<string>();
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(db: Db, touched: ReadonlySet<string>) {
    this.#db = db;
    this.#touched = touched;
  }

  /** A paused run is nothing to do. */
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
    if (open.length > 0) {
      return false;
    }
    return !(await isScoringDue(this.#db)) && !(await isAnalysisDue(this.#db));
  }

  /** How many probes have failed, of all runs that were open meanwhile. */
  async failed(): Promise<number> {
    const runs = [...new Set([...this.#seen, ...this.#touched])];
    const { rows } = await sql<{ failed: number }>`
      SELECT count(*)::int AS failed FROM probe_results
      WHERE status = 'FAILED' AND run_id = ANY(${runs}::uuid[])`.execute(this.#db);
    return rows[0]?.failed ?? 0;
  }
}
