/** `view`: the application in a browser, on the database in use, until it is told to end. */
import { existsSync } from 'node:fs';
import { shownDatabase } from '../database/connect.js';
import { messageOf, UsageError } from '../errors.js';
import type { Settings } from '../settings.js';
import { serveViewer, type Viewer } from '../viewer/server.js';
import { toStdout } from './output.js';
import { ViewDatabase } from './view-database.js';

export interface ViewOptions {
  /** null: the usual one, or another where that is taken. */
  port: number | null;
}

/** So that addresses of pages mean the same tomorrow. */
const USUAL_PORT = 4747;
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @throws UsageError where there is no database, or the port is taken. */
export async function view(settings: Settings, { port }: ViewOptions): Promise<void> {
  const database = openView(settings);
  try {
    // What is wrong with the database is said here, and not in the browser.
    await database.act('view', { question: 'runs', words: '' });
    const viewer = await served(database, port);
    await toStdout(`${viewer.address}\nshows ${shownDatabase(settings)}; Ctrl-C ends it\n`);
    await ended();
    await viewer.close();
  } finally {
    await database.close();
  }
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
