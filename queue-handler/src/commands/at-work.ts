/** The handler as a process: told to stop, and gone in order. */
import type { Database } from '../database/connect.js';
import { openDatabase } from '../database/connect.js';
import { FolderInUseError } from '../database/folder-lock.js';
import { UsageError } from '../errors.js';
import { divertLog, getLogger } from '../log.js';
import type { MetricsServer } from '../metrics/serve.js';
import { Handler } from '../queue/handler.js';
import { type Settings, unknownSettings } from '../settings.js';
import { settledOr } from '../waiting.js';
import { askOwner, type ControlServer, serveCommands } from './control.js';
import { Display, terminalOf } from './display.js';
import { FolderWait } from './perform.js';
import { sayIfMade } from './place.js';

const logger = getLogger('work');
// SIGHUP: the terminal was closed.
const STOPPING = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
// A database that does not let go of a process that leaves, and then the process itself.
const CLOSE_MILLISECONDS = 5_000;

export interface Course {
  /** Log lines on a terminal as well. */
  log: boolean;
  /** Runs that are shown there before anything of them is open. */
  runs?: string[];
  /** What can be said of the handler before it works. */
  begun?(handler: Handler): void;
  /** Whether it is over; without, it goes on until it is told to stop. */
  isOver?(): Promise<boolean>;
  /** Whether the last picture stays on the terminal where it ends by itself. */
  keepsPicture: boolean;
  /** Asked when the handler has stopped and the database is still open. */
  conclude?(): Promise<void>;
}

/** @returns the signal that ended it, or null where it ended by itself. */
export async function atWork(database: Database, settings: Settings, course: Course): Promise<NodeJS.Signals | null> {
  for (const name of unknownSettings()) {
    logger.warn({ name }, 'no setting has this name, so it sets nothing');
  }
  const terminal = terminalOf(course.log);
  const display = terminal === null ? null : new Display(database, terminal, course.runs);
  logger.info({ database: database.shown }, 'the database is open');
  const handler = new Handler(database, settings);
  course.begun?.(handler);
  const signals: NodeJS.Signals[] = [];
  const onSignal = (signal: NodeJS.Signals): void => {
    signals.push(signal);
    logger.info({ signal }, signals.length === 1 ? 'asked to stop' : 'asked again to stop');
    if (signals.length === 1) {
      display?.say('it stops when what is under way has ended; Ctrl-C once more stops it now');
      handler.stop();
    } else {
      display?.say('it stops now');
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
    await handler.run(course.isOver?.bind(course), () => display?.begin());
    const ended = display?.end(signals.length > 0 || course.keepsPicture);
    await settledOr(ended ?? Promise.resolve(), handler.leaving);
    await course.conclude?.();
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
  return signals[0] ?? null;
}

/** The library is read by those who want it. */
async function metricsOf(handler: Handler, database: Database, settings: Settings): Promise<MetricsServer> {
  const { serveMetrics } = await import('../metrics/serve.js');
  return serveMetrics(handler, database, settings);
}

/**
 * A short command may just have the embedded database open, and is waited for; a viewer makes room.
 *
 * @throws FolderInUseError where another handler has it.
 */
export async function openOnceFree(settings: Settings, log: boolean): Promise<Database> {
  const wait = new FolderWait();
  if (log) {
    divertLog(null);
  }
  // A log is lines of JSON and nothing else.
  sayIfMade(settings, terminalOf(log) === null ? (text) => logger.info(text) : undefined);
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
    await askOwner(folder, 'leave', {}, ...SILENT);
    return true;
  } catch (error) {
    // It says that it keeps it; whatever else happened, it may be gone by the next look.
    return !(error instanceof UsageError);
  }
}

const SILENT = [async () => {}, async () => {}] as const;
