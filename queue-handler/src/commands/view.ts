/** `view`: the application in a browser, on the database in use, until it is told to end. */
import { existsSync } from 'node:fs';
import { shownDatabase } from '../database/connect.js';
import { messageOf, UsageError } from '../errors.js';
import type { Settings } from '../settings.js';
import { exportFolder } from '../viewer/export/write.js';
import { serveViewer, type Viewer } from '../viewer/server.js';
import { toStdout } from './output.js';
import { ViewDatabase } from './view-database.js';

export interface ViewOptions {
  /** The one that is shown first, or those that are exported; null or none for all. */
  runs: string[];
  /** null: the usual one, or another where that is taken. */
  port: number | null;
  /** A folder to write in place of serving. */
  folder: string | null;
  redact: boolean;
}

/** So that addresses of pages mean the same tomorrow. */
const USUAL_PORT = 4747;
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @throws UsageError where there is no database, no such run, or the port is taken. */
export async function view(settings: Settings, { runs, port, folder, redact }: ViewOptions): Promise<void> {
  const database = openView(settings);
  try {
    if (folder !== null) {
      const page = await exportFolder(database, { folder, runs, redact });
      await toStdout(`${page}\n`);
      return;
    }
    await show(database, settings, runs, port);
  } finally {
    await database.close();
  }
}

async function show(database: ViewDatabase, settings: Settings, runs: string[], port: number | null): Promise<void> {
  const [run] = runs;
  // What is wrong with the database or the run is said here, and not in the browser.
  const { status, body } = await (run === undefined
    ? database.ask('runs', '')
    : database.ask('find', new URLSearchParams({ run }).toString()));
  const found = JSON.parse(body);
  if (status !== 200) {
    throw new UsageError(found.error);
  }
  const viewer = await served(database, port);
  const page = run === undefined ? '' : `&to=run/${found.id}`;
  await toStdout(`${viewer.address}${page}\nshows ${shownDatabase(settings)}; Ctrl-C ends it\n`);
  await ended();
  await viewer.close();
}

/** @throws UsageError where there is no database. */
export function openView(settings: Settings): ViewDatabase {
  if (settings.databaseUrl === null && !existsSync(settings.dataFolder)) {
    throw new UsageError(
      `there is no database yet: ${shownDatabase(settings)} would be it; go to the folder of an earlier command, or set ` +
        'QUEUE_DATA or DATABASE_URL; start RUN.json makes one',
    );
  }
  return new ViewDatabase(settings);
}

async function served(database: ViewDatabase, port: number | null): Promise<Viewer> {
  try {
    return await serveViewer(database, port ?? USUAL_PORT);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
      throw error;
    }
    if (port !== null) {
      throw new UsageError(`--port ${port}: another program listens there (${messageOf(error)}); choose another one`);
    }
    return serveViewer(database, 0);
  }
}

async function ended(): Promise<void> {
  await new Promise<void>((done) => {
    for (const signal of ENDING) {
      process.once(signal, () => done());
    }
  });
}
