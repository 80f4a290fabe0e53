/** A database of a server with the tables of the queue in it, to be copied: to make them takes a third of a second. */
import { openDatabase } from '../../src/database/connect.js';
import { readSettings } from '../../src/settings.js';
import { query, type Server } from '../../support/postgres.js';

const TEMPLATE = 'migrated';

export async function makeTemplate(server: Server): Promise<void> {
  const url = await server.createDatabase();
  await (await openDatabase(readSettings({ DATABASE_URL: url }), true)).close();
  const name = new URL(url).pathname.slice(1);
  await query(url.replace(/[^/]+$/, 'postgres'), `ALTER DATABASE ${name} RENAME TO ${TEMPLATE}`);
}

/** @returns the URL of a copy, which is a database of its own. */
export async function copyTemplate(server: Server): Promise<string> {
  const url = await server.createDatabase(TEMPLATE);
  await query(url, 'UPDATE probe_runs.identity SET id = gen_random_uuid()');
  return url;
}
