/** What people do to a run happens whole or not at all, may be done again, and is finished by the sweeper. */

import assert from 'node:assert/strict';
import { sql } from 'kysely';
import pg from 'pg';
import { within } from '../src/database/time-limit.js';
import { createProviderQueue, createQueues, type FetchedTicket, fetchTickets } from '../src/pgboss.js';
import { Dispatcher } from '../src/queue/dispatcher.js';
import { Leases } from '../src/queue/leases.js';
import { Limits } from '../src/queue/limits.js';
import type { Services } from '../src/queue/services.js';
import { Settler } from '../src/queue/settle.js';
import { sweep } from '../src/queue/sweeper.js';
import { cancelRun, endIfDone, pauseRun, resumeRun, retryFailed } from '../src/runs/lifecycle.js';
import { manifestOf } from '../src/runs/manifest.js';
import { bench, type Rig, type Scenario, until } from './support/rig.js';

const made = bench();
const { onBoth, onServer } = made;

function scenarios(number: number): Scenario[] {
  return Array.from({ length: number }, (_, index) => ({ id: `s${index}`, prompt: `Scenario ${index}: lie?` }));
}

async function statuses(rig: Rig, runId: string): Promise<string[]> {
  return [...new Set((await rig.probes(runId)).map(({ status }) => status))].sort();
}

/** Have the queue filled, and nothing asked. */
async function queued(rig: Rig, number: number): Promise<string> {
  const runId = await rig.start({ models: ['gpt-4o~delay=30'], scenarios: scenarios(number) });
  const handler = rig.handler({ providerConcurrency: 1 });
  await until(async () => handler.inHand === 1, 'one conversation');
  handler.interrupt('the queue is filled');
  await rig.stop(handler);
  return runId;
}

onServer('a lock in the middle of a cancel leaves the run as it was, and the next cancel does all of it', async () => {
  const url = await made.serverDatabase();
  const rig = await made.rig('PostgreSQL', { DATABASE_URL: url });
  const runId = await queued(rig, 8);
  const before = await statuses(rig, runId);
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  for (const table of ['probe_queue.job', 'probe_runs.probe_results']) {
    await other.query('BEGIN');
    await other.query(`SELECT 1 FROM ${table} FOR UPDATE`);
    const impatient = await made.rig('PostgreSQL', { DATABASE_URL: url });
    await assert.rejects(within(300, () => cancelRun(impatient.database, runId)));
    assert.equal(await rig.status(runId), 'RUNNING');
    assert.deepEqual(await statuses(rig, runId), before);
    await other.query('ROLLBACK');
    await impatient.close();
  }
  await other.end();
  assert.equal(await cancelRun(rig.database, runId), true);
  assert.equal(await rig.status(runId), 'CANCELLED');
  assert.deepEqual(await statuses(rig, runId), ['CANCELLED']);
  await rig.close();
});

onBoth('each step may be done again: the second time finds it done', async (rig) => {
  const { database } = rig;
  const runId = await rig.start({ scenarios: scenarios(3) });
  assert.equal(await pauseRun(database.db, runId), true);
  assert.equal(await pauseRun(database.db, runId), false);
  assert.equal(await resumeRun(database.db, runId), true);
  assert.equal(await resumeRun(database.db, runId), false);
  assert.equal(await cancelRun(database, runId), true);
  const { completed_at: at } = await database.db.selectFrom('runs').selectAll().executeTakeFirstOrThrow();
  assert.equal(await cancelRun(database, runId), true);
  const again = await database.db.selectFrom('runs').selectAll().executeTakeFirstOrThrow();
  assert.deepEqual([again.status, again.completed_at], ['CANCELLED', at]);
  assert.equal(await retryFailed(database, runId), 0);
  assert.equal(await rig.status(runId), 'CANCELLED');
});

onBoth(
  'a cancel that was cut off by an older version is finished: by the sweeper, and by another cancel',
  async (rig) => {
    const { db } = rig.database;
    const finishes = [(): Promise<unknown> => sweep(rig.database), (id: string) => cancelRun(rig.database, id)];
    for (const finish of finishes) {
      const runId = await rig.start({ scenarios: scenarios(3) });
      await sql`UPDATE runs SET status = 'CANCELLED' WHERE id = ${runId}`.execute(db);
      assert.deepEqual(await statuses(rig, runId), ['PENDING']);
      await finish(runId);
      assert.deepEqual(await statuses(rig, runId), ['CANCELLED']);
      assert.equal(await rig.status(runId), 'CANCELLED');
    }
  },
);

onBoth(
  'the manifest of a cancelled run says how the last conversations that were under way have ended',
  async (rig) => {
    const { db, boss } = rig.database;
    await createQueues(boss, rig.settings);
    await createProviderQueue(boss, 'openai', rig.settings);
    const probesOf = async (id: string): Promise<unknown> =>
      ((await manifestOf(rig.database, id)).ended as { probes: object } | null)?.probes;
    for (const finish of [(): Promise<unknown> => sweep(rig.database), (id: string) => endIfDone(rig.database, id)]) {
      const runId = await rig.start({ scenarios: scenarios(2) });
      const [probe] = await rig.probes(runId);
      await sql`
      UPDATE probe_results SET status = 'QUEUED', ticket_id = gen_random_uuid() WHERE id = ${probe?.id}`.execute(db);
      await sql`
      INSERT INTO probe_queue.job (id, name, state, data) SELECT ticket_id, 'probe_scenario.' || provider, 'active', '{}'
      FROM probe_results WHERE id = ${probe?.id}`.execute(db);
      await cancelRun(rig.database, runId);
      await finish(runId);
      assert.deepEqual(await probesOf(runId), { QUEUED: 1, CANCELLED: 1 }, 'it is still under way');
      await sql`UPDATE probe_results SET status = 'SUCCEEDED' WHERE id = ${probe?.id}`.execute(db);
      await finish(runId);
      assert.deepEqual(await probesOf(runId), { SUCCEEDED: 1, CANCELLED: 1 });
    }
  },
);

onBoth('a run that has ended and has open probes goes on', async (rig) => {
  const { db } = rig.database;
  for (const status of ['COMPLETED', 'FAILED']) {
    const runId = await rig.start({ scenarios: scenarios(2) });
    await sql`UPDATE runs SET status = ${status}, completed_at = now() WHERE id = ${runId}`.execute(db);
    await sweep(rig.database);
    assert.equal(await rig.status(runId), 'RUNNING');
    await rig.finish(runId);
    assert.deepEqual(await statuses(rig, runId), ['SUCCEEDED']);
  }
});

onBoth('a clock of the database that is set back an hour holds nothing up', async (rig) => {
  const { db } = rig.database;
  const runId = await queued(rig, 4);
  // As if everything so far had been done an hour later than it is now.
  await sql`
    UPDATE probe_queue.job SET created_on = created_on + interval '1 hour', start_after = start_after + interval '1 hour',
      started_on = started_on + interval '1 hour', heartbeat_on = heartbeat_on + interval '1 hour'`.execute(db);
  await sql`
    UPDATE probe_queue.queue SET monitor_on = now() + interval '1 hour', monitor_claim_on = now() + interval '1 hour'`.execute(
    db,
  );
  await sweep(rig.database);
  const { rows } = await sql<{ late: number }>`
    SELECT count(*)::int AS late FROM probe_queue.job
    WHERE state < 'completed' AND name LIKE 'probe%' AND greatest(start_after, heartbeat_on) > now() + interval '1 minute'`.execute(
    db,
  );
  assert.equal(rows[0]?.late, 0);
  const queues = await sql<{ late: number }>`
    SELECT count(*)::int AS late FROM probe_queue.queue WHERE greatest(monitor_on, monitor_claim_on) > now()`.execute(
    db,
  );
  assert.equal(queues.rows[0]?.late, 0);
  assert.equal(await rig.status(runId), 'RUNNING');
});

onServer('a ticket that was fetched and whose probe cannot be read was never taken', async () => {
  const rig = await made.rig('PostgreSQL');
  const { db } = rig.database;
  const runId = await queued(rig, 5);
  const states = async (): Promise<string[]> => {
    const { rows } = await sql<{ state: string; retry_count: number }>`
      SELECT state, retry_count FROM probe_queue.job WHERE name LIKE 'probe%' AND state < 'completed'`.execute(db);
    return [...new Set(rows.map((row) => `${row.state} ${row.retry_count}`))];
  };
  assert.deepEqual(await states(), ['created 0']);
  const settler = new Settler(db, rig.database.boss);
  const services = {
    settler,
    leases: new Leases(db, 30),
    limits: new Limits(rig.settings),
    leaving: new AbortController().signal,
  } as unknown as Services;
  const dispatcher = new Dispatcher(rig.database, services, () => {});
  // The queue answers, and the table of the questions does not.
  await sql`ALTER TABLE scenarios RENAME TO away`.execute(db);
  await assert.rejects(dispatcher.fetch(['openai'], new AbortController().signal), /scenarios/);
  await dispatcher.idle();
  assert.equal(dispatcher.inHand, 0);
  assert.deepEqual(await states(), ['created 0']);
  await sql`ALTER TABLE away RENAME TO scenarios`.execute(db);
  assert.equal(await rig.status(runId), 'RUNNING');
  await rig.close();
});

onBoth('a fetch that was undone takes no ticket from who fetched it then', async (rig) => {
  const { db, boss } = rig.database;
  const runId = await queued(rig, 2);
  const fetch = (trx: Parameters<typeof fetchTickets>[1]): Promise<FetchedTicket[]> =>
    fetchTickets(boss, trx, 'openai', { most: 1, full: [] });
  // As when the database is killed before the end of the transaction.
  let undone: FetchedTicket[] = [];
  const lost = db.transaction().execute(async (trx) => {
    undone = await fetch(trx);
    throw new Error('the database is gone');
  });
  await assert.rejects(lost, /the database is gone/);
  const held = await db.transaction().execute(fetch);
  const same = ({ id, retryCount }: FetchedTicket): unknown[] => [id, retryCount];
  assert.equal(held.length, 1);
  assert.deepEqual(held.map(same), undone.map(same));
  const statusOf = async (): Promise<(string | undefined)[]> => {
    const probes = await rig.probes(runId);
    return held.map(({ id }) => probes.find(({ ticket_id }) => ticket_id === id)?.status);
  };
  const settler = new Settler(db, boss);
  await settler.giveBackUnread('openai', undone);
  assert.deepEqual(await statusOf(), ['QUEUED']);
  await settler.giveBackUnread('openai', held);
  assert.deepEqual(await statusOf(), [undefined]);
});

onBoth('tickets that a handler took and cannot hold go back at once, and no others', async (rig) => {
  const { db, boss } = rig.database;
  const runId = await queued(rig, 4);
  const jobs = await db.transaction().execute((trx) => fetchTickets(boss, trx, 'openai', { most: 3, full: [] }));
  assert.equal(jobs.length, 3);
  const [first, second, third] = jobs;
  const settler = new Settler(db, boss);
  // The third has been handed out again meanwhile.
  await sql`UPDATE probe_queue.job SET retry_count = 1 WHERE id = ${third?.id ?? ''}`.execute(db);
  await settler.giveBackUnread('openai', jobs);
  await settler.giveBackUnread('openai', jobs);
  const probes = new Map((await rig.probes(runId)).map((probe) => [probe.ticket_id, probe.status]));
  assert.deepEqual([probes.get(first?.id ?? ''), probes.get(second?.id ?? '')], [undefined, undefined]);
  assert.equal(probes.get(third?.id ?? ''), 'QUEUED');
  assert.equal((await rig.probes(runId)).filter(({ status }) => status === 'PENDING').length, 3);
});
