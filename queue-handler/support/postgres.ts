/** A PostgreSQL server for a while, in a folder that goes with it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

export interface Server {
  port: number;
  /** The folder of its data and its socket. */
  folder: string;
  /** The URL of a new database: empty, or a copy of another one to which nobody is connected. */
  createDatabase(template?: string): Promise<string>;
  /** Kill every process of it at once. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface User {
  uid?: number;
  gid?: number;
}

/** Why there can be no server here, or null. */
export function missing(): string | null {
  if (binaries() === null) {
    return 'no PostgreSQL server is installed (Debian: apt-get install postgresql)';
  }
  return user() === null ? 'a PostgreSQL server does not run as root, and there is no user postgres' : null;
}

export interface Configuration {
  /** Lines of pg_hba.conf, before those that let everybody in. */
  hba?: string[];
  /** Lines of postgresql.conf. */
  conf?: string[];
  /** Files beside postgresql.conf. */
  files?: Record<string, string>;
  /** The data folder, which stays; a new one, which goes with the server, where it is left out. */
  data?: string;
}

/** A cluster in a new folder, of the user that servers run as. @returns its data folder. */
export function makeCluster(folder: string): string {
  const owner = user() ?? {};
  mkdirSync(folder, { recursive: true });
  own(folder, owner);
  const data = join(folder, 'data');
  execFileSync(
    join(binaries() ?? '', 'initdb'),
    ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8'],
    { ...owner, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' }, stdio: 'ignore' },
  );
  return data;
}

function own(path: string, { uid, gid }: User): void {
  if (uid !== undefined && gid !== undefined) {
    chownSync(path, uid, gid);
  }
}

export async function startServer(configuration: Configuration = {}): Promise<Server> {
  const { hba = [], conf = [], files = {} } = configuration;
  const bin = binaries() ?? '';
  const owner = user() ?? {};
  const folder = mkdtempSync(join(tmpdir(), 'queue-pg-'));
  own(folder, owner);
  const made = process.env.QUEUE_TEST_CLUSTER;
  const data = configuration.data ?? (made ? join(folder, 'data') : makeCluster(folder));
  if (made && configuration.data === undefined) {
    // With owners and rights, which Node does not copy.
    execFileSync('cp', ['-a', made, data]);
  }
  const options = { ...owner, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } };
  const edit = (name: string, text: string): void => {
    const path = join(data, name);
    writeFileSync(path, text, { mode: 0o600 });
    own(path, owner);
  };
  const trusted = readFileSync(join(data, 'pg_hba.conf'), 'utf8');
  edit('pg_hba.conf', [...hba, trusted].join('\n'));
  edit('postgresql.auto.conf', `${conf.join('\n')}\n`);
  for (const [name, text] of Object.entries(files)) {
    edit(name, text);
  }
  const port = await freePort();
  const url = (name: string): string => `postgres://postgres@127.0.0.1:${port}/${name}`;
  let child: ChildProcess | null = null;
  let gone: Promise<unknown> = Promise.resolve();
  let databases = 0;

  const server: Server = {
    port,
    folder,
    async createDatabase(template) {
      databases += 1;
      const name = `test_${databases}`;
      await query(url('postgres'), `CREATE DATABASE ${name}${template === undefined ? '' : ` TEMPLATE ${template}`}`);
      return url(name);
    },
    async start() {
      // fsync guards against a power cut, which no test makes; a killed server loses nothing without it.
      const args = [
        '-D',
        data,
        '-p',
        String(port),
        '-k',
        folder,
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'fsync=off',
      ];
      for (let attempt = 0; attempt < 100; attempt += 1) {
        const started = spawn(join(bin, 'postgres'), args, { ...options, stdio: 'ignore' });
        let alive = true;
        gone = new Promise((done) =>
          started.once('exit', () => {
            alive = false;
            done(null);
          }),
        );
        child = started;
        while (alive) {
          if (await answers(url('postgres'))) {
            return;
          }
          await sleep(50);
        }
        // Processes of a killed server may still hold its memory for a moment.
        await sleep(100);
      }
      throw new Error('the PostgreSQL server does not start');
    },
    async kill() {
      child?.kill('SIGKILL');
      await gone;
    },
    async stop() {
      child?.kill('SIGINT');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

export async function query(url: string, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

async function answers(url: string): Promise<boolean> {
  return query(url, 'SELECT 1').then(
    () => true,
    () => false,
  );
}

function binaries(): string | null {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...(process.env.PATH ?? '').split(':'), ...versions.map((version) => join(root, version, 'bin'))];
  return folders.find((folder) => folder !== '' && existsSync(join(folder, 'initdb'))) ?? null;
}

let asked: User | null | undefined;

function user(): User | null {
  if (asked === undefined) {
    asked = process.getuid?.() === 0 ? postgres() : {};
  }
  return asked;
}

function postgres(): User | null {
  try {
    const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { stdio: 'pipe' }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return null;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}
