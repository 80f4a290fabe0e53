/** PostgreSQL servers as they are: with settings, encodings, rights, certificates and poolers that nobody asked for. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import pg from 'pg';
import { readAddress } from '../src/address.js';
import { openDatabase } from '../src/database/connect.js';
import { MIGRATION_LOCK, migrate } from '../src/database/migrate.js';
import { query, type Server, startServer } from '../support/postgres.js';
import { Queue } from './support/cli.js';
import { Pooler } from './support/pooler.js';
import { bench, testSettings } from './support/rig.js';

const made = bench();
const { onServer } = made;

// A key and a certificate of its own for 127.0.0.1, which no authority has signed.
let guarded: Promise<Server> | null = null;
after(async () => (await guarded)?.stop());

const ADVISORY_LOCKS = `SELECT pid FROM pg_locks JOIN pg_database d ON d.oid = database AND d.datname = current_database()
  WHERE locktype = 'advisory'`;

/** A server that asks for passwords in each of the ways, and can encrypt. */
async function guardedServer(): Promise<Server> {
  guarded ??= (async () => {
    const folder = made.folder();
    const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    execFileSync(
      'openssl',
      [...args, '-addext', 'subjectAltName=DNS:localhost', '-keyout', join(folder, 'k'), '-out', join(folder, 'c')],
      { stdio: 'ignore' },
    );
    const server = await startServer({
      hba: ['scram scram-sha-256', 'md5 md5', 'clear password'].map((line) => {
        const [user, how] = line.split(' ');
        return `host all ${user} 127.0.0.1/32 ${how}`;
      }),
      conf: ['ssl = on', 'max_connections = 12', 'superuser_reserved_connections = 3'],
      files: {
        'server.key': readFileSync(join(folder, 'k'), 'utf8'),
        'server.crt': readFileSync(join(folder, 'c'), 'utf8'),
      },
    });
    const url = `postgres://postgres@127.0.0.1:${server.port}/postgres`;
    await query(url, `CREATE USER scram PASSWORD 'canary-word'`);
    await query(url, `CREATE USER clear PASSWORD 'canary-word'`);
    await query(url, `SET password_encryption = 'md5'; CREATE USER md5 PASSWORD 'canary-word'`);
    return server;
  })();
  return guarded;
}

/** What a command says that cannot use the database. */
async function refusal(url: string, env: NodeJS.ProcessEnv = {}): Promise<{ code: number | null; stderr: string }> {
  const { PGPASSWORD: _, ...others } = process.env;
  const queue = new Queue({ ...others, QUEUE_DATA: made.folder(), LOG_LEVEL: 'error', ...env, DATABASE_URL: url });
  const { code, stderr } = await queue.run('status');
  return { code, stderr };
}

// attack (database): the defaults of a shared database turn dates, numbers or encodings into others
onServer('whatever the defaults of server, database and role are, a run ends and its export is true', async () => {
  const url = await made.emptyServerDatabase();
  const name = new URL(url).pathname.slice(1);
  for (const setting of [
    "DateStyle TO 'German, DMY'",
    "IntervalStyle TO 'sql_standard'",
    "TimeZone TO 'Asia/Kathmandu'",
    'extra_float_digits TO -15',
    'bytea_output TO escape',
    'standard_conforming_strings TO off',
    // The first statement of a connection, which lifts it, has to end within it.
    'statement_timeout TO 100',
    'lock_timeout TO 1',
    'idle_in_transaction_session_timeout TO 1',
    'default_transaction_isolation TO serializable',
    'default_transaction_read_only TO on',
    "search_path TO pg_catalog, 'nowhere'",
  ]) {
    await query(url.replace(name, 'postgres'), `ALTER DATABASE ${name} SET ${setting}`);
  }
  const rig = await made.rig('PostgreSQL', { DATABASE_URL: url });
  await rig.simulator.forget();
  const runId = await rig.start({
    scenarios: [{ id: 'a', prompt: 'Is it right to lie about numbers?', followups: [{ prompt: 'Why?' }] }],
  });
  await rig.finish(runId);
  assert.equal((await rig.probe(runId)).status, 'SUCCEEDED');
  const queue = new Queue({ ...process.env, DATABASE_URL: url, QUEUE_DATA: made.folder() });
  const { code, stdout, stderr } = await queue.run('export', runId);
  assert.equal(code, 0, stderr);
  const line = JSON.parse(stdout);
  const turns = line.content.turns as { inputTokens: number; outputTokens: number }[];
  assert.equal(
    line.inputTokens,
    turns.reduce((sum, turn) => sum + turn.inputTokens, 0),
  );
  assert.ok(line.inputTokens > 20 && line.inputTokens % 10 !== 0, 'a number that rounding would show in');
  assert.match(line.startedAt, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Math.abs(Date.parse(line.completedAt) - Date.now()) < 600_000, line.completedAt);
  assert.ok(Number.isInteger(line.durationMs));
  await rig.close();
});

// attack (database): an encoding that cannot hold an answer
onServer('a database that cannot hold every text is refused before anything is stored in it', async () => {
  for (const encoding of ['LATIN1', 'SQL_ASCII']) {
    const url = (await made.emptyServerDatabase()).replace(/[^/]+$/, `odd_${encoding.toLowerCase()}`);
    const name = new URL(url).pathname.slice(1);
    await query(
      url.replace(name, 'postgres'),
      `CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`,
    );
    const { code, stderr } = await refusal(url);
    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      new RegExp(`encoding of the database ${name} is ${encoding}.*CREATE DATABASE .*ENCODING 'UTF8'`),
    );
    const [row] = await query(url, `SELECT count(*)::int AS n FROM pg_namespace WHERE nspname LIKE 'probe%'`);
    assert.equal(row?.n, 0);
  }
});

// attack (database): tables of another application in the same database have our names
onServer("another application's pg-boss and tables are left as they are", async () => {
  const url = await made.emptyServerDatabase();
  await query(
    url,
    `CREATE SCHEMA pgboss; CREATE TABLE pgboss.version (version int); INSERT INTO pgboss.version VALUES (25);
     CREATE TABLE runs (id int, name text); INSERT INTO runs VALUES (1, 'not ours');
     CREATE TABLE kysely_migration (name text); INSERT INTO kysely_migration VALUES ('001-initial')`,
  );
  const database = await openDatabase(testSettings({ DATABASE_URL: url, QUEUE_DATA: made.folder() }), true);
  await database.close();
  assert.deepEqual(await query(url, 'SELECT * FROM pgboss.version'), [{ version: 25 }]);
  assert.deepEqual(await query(url, 'SELECT * FROM public.runs'), [{ id: 1, name: 'not ours' }]);
  const tables = await query(
    url,
    `SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
  );
  assert.deepEqual(
    tables.map((row) => row.schemaname),
    ['pgboss', 'probe_queue', 'probe_runs', 'public'],
  );
});

onServer('tables of the version before, which lay in public, move with all that was paid for', async () => {
  const url = await made.emptyServerDatabase();
  const settings = testSettings({ DATABASE_URL: url, QUEUE_DATA: made.folder() });
  const rig = await made.rig('PostgreSQL', { DATABASE_URL: url });
  await rig.simulator.forget();
  const runId = await rig.start();
  await rig.finish(runId);
  await rig.close();
  // As that version left them.
  await query(
    url,
    `DROP TABLE probe_runs.identity; DROP TABLE probe_runs.migrations; ALTER TABLE probe_runs.handlers DROP COLUMN worked_at;
     DROP TABLE probe_runs.provider_limits; DROP TABLE probe_runs.deleted_runs; DROP TABLE probe_runs.verdicts;
     DROP TABLE probe_runs.scores; DROP TABLE probe_runs.scorings; ALTER TABLE probe_runs.probe_results DROP COLUMN not_asked;
     DROP INDEX probe_runs.probe_results_by_scenario, probe_runs.transcripts_by_scenario, probe_runs.probe_results_in_order;
     ALTER TABLE probe_runs.handlers DROP COLUMN heartbeat_seconds;
     DROP TABLE probe_runs.rate_windows; DROP TABLE probe_runs.rate_changes; DROP TABLE probe_runs.prompt_caches;
     ALTER TABLE probe_runs.scenarios DROP COLUMN preamble_sha256;
     ALTER TABLE probe_runs.probe_results DROP COLUMN conversation_sha256;
     ALTER TABLE probe_runs.transcripts DROP COLUMN cached_tokens, DROP COLUMN conversation_sha256, DROP COLUMN reused;
     ALTER TABLE probe_runs.provider_stops DROP COLUMN model_id CASCADE;
     ALTER TABLE probe_runs.provider_stops ADD PRIMARY KEY (run_id, provider);
     ALTER TABLE probe_runs.transcripts DROP COLUMN superseded_at, DROP COLUMN superseded_because,
       DROP COLUMN finish_reasons, DROP COLUMN truncated,
       ADD UNIQUE (run_id, scenario_id, model_id, sample_index);
     DROP FUNCTION probe_runs.answers_of; DROP TABLE probe_runs.spendings, probe_runs.reservations, probe_runs.budgets;
     ALTER TABLE probe_runs.probe_results DROP COLUMN counted_turns, DROP COLUMN dearest_usd;
     ALTER TABLE probe_runs.handlers DROP COLUMN budget_usd;
     DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'probe_runs' LOOP
       EXECUTE format('ALTER TABLE probe_runs.%I SET SCHEMA public', t); END LOOP; END $$;
     CREATE TABLE kysely_migration (name text); INSERT INTO kysely_migration VALUES ('001-initial');
     CREATE TABLE kysely_migration_lock (id text); DROP SCHEMA probe_queue CASCADE`,
  );
  const database = await openDatabase(settings, false);
  const { rows } = await sql<{ n: number }>`SELECT count(*)::int AS n FROM transcripts`.execute(database.db);
  assert.equal(rows[0]?.n, 1);
  assert.match(database.identity, /^[0-9a-f-]{36}$/);
  await database.close();
});

onServer('tables that a newer version made are said to be that, and are left alone', async () => {
  const url = await made.emptyServerDatabase();
  const settings = testSettings({ DATABASE_URL: url, QUEUE_DATA: made.folder() });
  await (await openDatabase(settings, false)).close();
  await query(url, `INSERT INTO probe_runs.migrations VALUES ('999-future')`);
  await assert.rejects(openDatabase(settings, false), /made by a newer version of this program \(999-future\); update/);
  await query(
    url,
    `DELETE FROM probe_runs.migrations WHERE name = '999-future'; UPDATE probe_queue.version SET version = 999`,
  );
  await assert.rejects(openDatabase(settings, false), /schema probe_queue are of version 999.*update the program/);
  assert.deepEqual(await query(url, 'SELECT version FROM probe_queue.version'), [{ version: 999 }]);
});

onServer('a right that is missing is named with the statement that gives it, and that statement mends it', async () => {
  const url = await made.emptyServerDatabase();
  const name = new URL(url).pathname.slice(1);
  await query(url, `DO $$ BEGIN CREATE USER poor; EXCEPTION WHEN duplicate_object THEN NULL; END $$`);
  const poor = url.replace('postgres@', 'poor@');
  const { code, stderr } = await refusal(poor);
  assert.equal(code, 1, stderr);
  const [grant] = /GRANT CREATE ON DATABASE \w+ TO \w+/.exec(stderr) ?? assert.fail(stderr);
  assert.equal(grant, `GRANT CREATE ON DATABASE ${name} TO poor`);
  await query(url, grant);
  const settings = testSettings({ DATABASE_URL: poor, QUEUE_DATA: made.folder() });
  await (await openDatabase(settings, true)).close();
});

onServer('where nothing is to migrate nothing is locked; where something is, the wait is said and ends', async () => {
  const url = await made.emptyServerDatabase();
  const settings = testSettings({ DATABASE_URL: url, QUEUE_DATA: made.folder() });
  const database = await openDatabase(settings, false);
  const holder = new pg.Client({ connectionString: url });
  holder.on('error', () => {});
  await holder.connect();
  await holder.query('SELECT pg_advisory_lock($1::bigint)', [String(MIGRATION_LOCK)]);
  await (await openDatabase(settings, false)).close();
  await query(
    url,
    `DELETE FROM probe_runs.migrations WHERE name = '002-identity'; DROP TABLE probe_runs.identity;
    ALTER TABLE probe_runs.handlers DROP COLUMN worked_at`,
  );
  await assert.rejects(
    migrate(database.db, 0),
    /another process has been bringing the tables up to date for 0 s; .*pg_locks/,
  );
  const waiting = migrate(database.db);
  await holder.end();
  await waiting;
  // Nothing of it is left on any connection.
  assert.deepEqual(await query(url, ADVISORY_LOCKS), []);
  await database.close();
});

onServer(
  'behind a pooler that lends connections by the transaction, commands and handlers work, and leave nothing behind',
  async () => {
    const url = await made.emptyServerDatabase();
    const name = new URL(url).pathname.slice(1);
    await query(url, `ALTER DATABASE ${name} SET DateStyle TO 'German'`);
    const pooler = await Pooler.to(Number(new URL(url).port), { user: 'postgres', database: name });
    try {
      const pooled = `postgres://postgres@127.0.0.1:${pooler.port}/${name}`;
      const rig = await made.rig('PostgreSQL', { DATABASE_URL: pooled });
      await rig.simulator.forget();
      const runId = await rig.start({ samples: 5 });
      await rig.finish(runId);
      assert.equal(await rig.status(runId), 'COMPLETED');
      const queue = new Queue({ ...process.env, DATABASE_URL: pooled, QUEUE_DATA: made.folder() });
      const { code, stdout, stderr } = await queue.run('export', runId);
      assert.equal(code, 0, stderr);
      assert.match(JSON.parse(stdout.split('\n')[0] ?? '').startedAt, /^20\d\d-/);
      await rig.close();
      assert.ok(pooler.lent > 50);
      // The connections go to others as they were.
      const stranger = new pg.Client({ connectionString: pooled });
      await stranger.connect();
      for (let round = 0; round < 4; round += 1) {
        const { rows } = await stranger.query(`SELECT current_setting('DateStyle') AS style,
        current_setting('search_path') AS path, current_setting('statement_timeout') AS timeout`);
        assert.deepEqual(rows, [{ style: 'German, DMY', path: '"$user", public', timeout: '0' }]);
      }
      await stranger.end();
      assert.deepEqual(await query(url, ADVISORY_LOCKS), []);
    } finally {
      await pooler.close();
    }
  },
);

// attack (network): a server, or who stands in for it, asks for the password in clear or as an MD5 hash
onServer('a password goes to nobody who wants it in a form that others can read', async () => {
  const { port } = await guardedServer();
  for (const [user, how] of [
    ['clear', 'as it is'],
    ['md5', 'as an MD5 hash'],
  ]) {
    const url = `postgres://${user}:canary-word@127.0.0.1:${port}/postgres`;
    const { code, stderr } = await refusal(url);
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(`asks for the password ${how}, and the connection is not encrypted.*not sent; .*scram`),
    );
    assert.doesNotMatch(stderr, /canary/);
    // Encrypted, or where an operator says so, it is given.
    for (const [more, env] of [
      ['?sslmode=no-verify', {}],
      ['', { ALLOW_INSECURE_DATABASE: '1' }],
    ] as const) {
      const admitted = await refusal(`${url}${more}`, env);
      assert.match(admitted.stderr, /permission denied|GRANT/, 'it is let in, and lacks a right');
    }
  }
});

onServer('what stands in the way of a connection is said at once, with what mends it', async () => {
  const { port } = await guardedServer();
  const at = `127.0.0.1:${port}`;
  const cases: [url: string, code: number, said: RegExp][] = [
    [`postgres://scram@${at}/postgres`, 1, /asks for a password, and there is none: write it into DATABASE_URL/],
    [
      `postgres://scram:canary-wrong@${at}/postgres`,
      1,
      /password authentication failed.*; correct the user name or the/,
    ],
    [`postgres://postgres@${at}/nowhere`, 1, /"nowhere" does not exist; create it: CREATE DATABASE nowhere .*'UTF8'/],
    [
      `postgres://postgres@${at}/postgres?sslmode=require`,
      1,
      /self-signed certificate.*; name the authority .*sslrootcert/,
    ],
    [`postgres://postgres@${at}/postgres?sslmode=sometimes`, 2, /DATABASE_URL: sslmode is not one of disable, /],
    [
      `postgres://postgres@${at}/postgres?sslmode=verify-full&sslrootcert=/none`,
      2,
      /sslrootcert.*\/none: ENOENT.*correct/,
    ],
    [`postgres://postgres:can#ary@${at}/postgres`, 2, /cannot be read: .*# as %23/],
    [`postgres://postgres:12/canary@${at}/postgres`, 2, /ends the host's name too early.*\/ as %2F/],
    [`postgres://postgres:canary%@${at}/postgres`, 2, /cannot be read: .*% as %25/],
  ];
  for (const [url, code, said] of cases) {
    const answer = await refusal(url);
    assert.match(answer.stderr, said);
    assert.equal(answer.code, code, url);
    assert.doesNotMatch(answer.stderr, /canary|can#ary/);
  }
});

onServer('a server without a free connection is said to be that', async () => {
  const { port } = await guardedServer();
  const clients = Array.from({ length: 9 }, () => {
    const client = new pg.Client({ connectionString: `postgres://scram:canary-word@127.0.0.1:${port}/postgres` });
    client.on('error', () => {});
    return client;
  });
  await Promise.all(clients.map((client) => client.connect().catch(() => {})));
  const { code, stderr } = await refusal(`postgres://scram:canary-word@127.0.0.1:${port}/postgres`);
  await Promise.all(clients.map((client) => client.end().catch(() => {})));
  assert.equal(code, 1);
  assert.match(stderr, /no connection left: raise max_connections/);
});

// attack (network): password and answers on their way to the database are listened to
test('an address that leads to another machine demands encryption, or that somebody says it needs none', () => {
  const remote = 'postgres://u:canary@db.example.org/x';
  for (const mode of ['', '?sslmode=disable', '?sslmode=prefer', '?sslmode=allow', '?host=other.example.org']) {
    assert.throws(() => readAddress(`${remote}${mode}`, {}), /is another machine.*sslmode=verify-full.*ALLOW_INSECURE/);
  }
  assert.throws(() => readAddress('postgres://u:canary@127.0.0.1/x?host=db.example.org', {}), /is another machine/);
  for (const mode of ['require', 'verify-ca', 'verify-full', 'no-verify']) {
    assert.equal(readAddress(`${remote}?sslmode=${mode}`, {}).shown, 'x at db.example.org:5432');
  }
  readAddress(remote, { ALLOW_INSECURE_DATABASE: '1' });
  for (const here of ['127.0.0.1', 'localhost', '[::1]', '127.1.2.3']) {
    readAddress(`postgres://u:p@${here}/x`, {});
  }
  readAddress('postgres://u:p@/x?host=/var/run/postgresql', {});
});

// attack (network): another machine answers in the name of the database
onServer(
  'a server that answers over TLS with a certificate that is known is used, and one of another name is not',
  async () => {
    const { port } = await guardedServer();
    const cert = join(made.folder(), 'root.crt');
    writeFileSync(cert, readFileSync(join((await guardedServer()).folder, 'data', 'server.crt')));
    const url = (host: string): string =>
      `postgres://postgres@${host}:${port}/postgres?sslmode=verify-full&sslrootcert=${encodeURIComponent(cert)}`;
    const database = await openDatabase(
      testSettings({ DATABASE_URL: url('localhost'), QUEUE_DATA: made.folder() }),
      false,
    );
    const { rows } = await sql<{ ssl: boolean }>`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`.execute(
      database.db,
    );
    assert.equal(rows[0]?.ssl, true);
    await database.close();
    const other = await refusal(url('127.0.0.1'));
    assert.match(other.stderr, /use the host name that the certificate is made for/);
  },
);

test("no statement of the source names the schema in which another application's pg-boss is", () => {
  const source = fileURLToPath(new URL('../../src/', import.meta.url));
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  assert.ok(files.length > 50);
  for (const name of files) {
    assert.doesNotMatch(readFileSync(join(source, name), 'utf8'), /\bpgboss\.(?!schema|js)/, name);
  }
});
