/** Connections on which nothing passes any more, although both ends believe that they are open. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { sql } from 'kysely';
import { openDatabase } from '../src/database/connect.js';
import { within } from '../src/database/time-limit.js';
import { progressOf } from '../src/runs/progress.js';
import { query } from '../support/postgres.js';
import { repeats } from '../support/simulator.js';
import { startAnew } from './support/forking.js';
import { Middle } from './support/middle.js';
import { bench, Rig, testSettings, until } from './support/rig.js';

startAnew();

const made = bench();
const { onServer } = made;

// For this one test what takes longer counts as silence. A statement that is late for another reason is asked again.
const PATIENCE_MILLISECONDS = 3_000;

onServer(
  'a handler whose connections are forgotten by a firewall goes on over new ones, and pays for nothing twice',
  async () => {
    const url = new URL(await made.serverDatabase());
    const direct = url.href;
    const middle = await Middle.to(Number(url.port));
    url.port = String(middle.port);
    try {
      await within(PATIENCE_MILLISECONDS, async () => {
        const settings = testSettings({ DATABASE_URL: url.href, QUEUE_DATA: made.folder() });
        const rig = new Rig(await openDatabase(settings, true), settings, made.simulator);
        await rig.simulator.forget();
        const scenarios = Array.from({ length: 20 }, (_, index) => ({ id: `s${index}`, prompt: `Scenario ${index}?` }));
        const runId = await rig.start({ models: ['gpt-4o~delay=0.1'], scenarios });
        const handler = rig.handler({ providerConcurrency: 2 });
        await until(async () => (await rig.simulator.asked()).length >= 4, 'answers');
        middle.forget();
        const done = async (): Promise<unknown> =>
          (await query(direct, `SELECT count(*)::int AS n FROM probe_runs.probe_results WHERE status = 'SUCCEEDED'`))[0]
            ?.n;
        await until(async () => (await done()) === scenarios.length, 'the end of the run over new connections');
        await until(async () => (await rig.status(runId)) === 'COMPLETED', 'the end of the run');
        assert.equal(repeats(await rig.simulator.asked()), 0);
        await rig.stop(handler);
        await rig.close();
      });
    } finally {
      await middle.close();
    }
  },
);

onServer('a statement that is not answered fails with its reason, and its connection is not used again', async () => {
  const url = new URL(await made.serverDatabase());
  const middle = await Middle.to(Number(url.port));
  url.port = String(middle.port);
  try {
    const settings = testSettings({ DATABASE_URL: url.href, QUEUE_DATA: made.folder() });
    const database = await openDatabase(settings, false);
    middle.forget();
    await assert.rejects(
      within(200, () => sql`SELECT 1`.execute(database.db)),
      /the database did not answer within 0\.2 s/,
    );
    const { rows } = await sql<{ one: number }>`SELECT 1 AS one`.execute(database.db);
    assert.equal(rows[0]?.one, 1);
    middle.mute();
    await within(200, () => database.close());
  } finally {
    await middle.close();
  }
});

// attack (database): a server takes connections and never answers
test('a server that takes a connection and says nothing is given up within its time', async () => {
  const silent = createServer((socket) => socket.on('error', () => {}).resume());
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
  const { port } = silent.address() as { port: number };
  const settings = testSettings({ DATABASE_URL: `postgres://u:p@127.0.0.1:${port}/x`, QUEUE_DATA: made.folder() });
  await assert.rejects(
    openDatabase(settings, false),
    /x at 127\.0\.0\.1:\d+ cannot be used: .*timeout.*check host, port and firewall/,
  );
  await new Promise((done) => silent.close(done));
});

onServer('a handler that lives and does nothing is said to be that, although its timer runs', async () => {
  const rig = await made.rig('PostgreSQL');
  const runId = await rig.start();
  const { db } = rig.database;
  await sql`INSERT INTO handlers (id, host, pid, worked_at)
    VALUES (gen_random_uuid(), 'h', 1, now() - interval '300 seconds')`.execute(db);
  assert.match((await progressOf(db, runId)).problems.join(), /^it lives, and has done nothing for 30\d s$/);
  await sql`DELETE FROM handlers`.execute(db);
  const handler = rig.handler();
  await rig.ended(runId);
  const { rows } = await sql<{ fresh: boolean }>`
    SELECT worked_at > now() - interval '100 seconds' AS fresh FROM handlers`.execute(db);
  assert.deepEqual(rows, [{ fresh: true }]);
  assert.deepEqual((await progressOf(db, runId)).problems, []);
  await rig.stop(handler);
  await rig.close();
});
