/** Data has an end: a run that is deleted, or kept for longer than runs are, leaves nothing of itself. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sql } from 'kysely';
import { analysisQueue, createQueues, deadQueue } from '../src/pgboss.js';
import { deleteExpired } from '../src/queue/retention.js';
import { AtWorkError, deletion, holdingsOf } from '../src/runs/delete.js';
import { extendRun } from '../src/runs/extend.js';
import { cancelRun, pauseRun, retryFailed } from '../src/runs/lifecycle.js';
import { reaskUnusable } from '../src/runs/reask.js';
import { adoptSpool, Spool } from '../src/runs/spool.js';
import { QUEUE, Queue } from './support/cli.js';
import { bench, type Rig, until } from './support/rig.js';

const made = bench();
const { onBoth, onEither } = made;

const CANARY = 'canarium';

function spoolOf(rig: Rig, folder = rig.settings.dataFolder): Spool {
  return new Spool(folder, rig.database.identity, `${folder}-elsewhere`);
}

/** Delete it, to the end or after so many parts. */
async function remove(rig: Rig, id: string, parts = Number.POSITIVE_INFINITY): Promise<void> {
  let left = parts;
  for await (const _ of deletion(rig.database, spoolOf(rig), id)) {
    left -= 1;
    if (left === 0) {
      return;
    }
  }
}

/** Every row of every table of ours that holds a text, as `table: row`. */
async function rowsWith({ database: { db } }: Rig, text: string): Promise<string[]> {
  const { rows: tables } = await sql<{ name: string }>`
    SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables
    WHERE table_schema IN ('probe_runs', 'probe_queue') AND table_type = 'BASE TABLE'`.execute(db);
  assert.ok(tables.length > 10);
  const found: string[] = [];
  for (const { name } of tables) {
    const { rows } = await sql<{ row: string }>`
      SELECT t::text AS row FROM ${sql.raw(name)} t WHERE position(${text} IN t::text) > 0`.execute(db);
    found.push(...rows.map(({ row }) => `${name}: ${row}`));
  }
  return found;
}

/** A run that leaves something everywhere: answers, a conversation paid for in part, dead letters, an analysis. */
async function fullRun(rig: Rig, name: string): Promise<string> {
  const followups = [{ prompt: `${CANARY} why? [[sim error=context]]` }];
  const runId = await rig.start({
    name: `${CANARY} ${name}`,
    scenarios: [
      { id: `${CANARY}-a`, prompt: `${CANARY}, is it right?` },
      { id: `${CANARY}-b`, prompt: `${CANARY}, is it wrong?`, followups },
    ],
  });
  const handler = rig.handler();
  await rig.ended(runId);
  await until(async () => (await analyses(rig, runId)) > 0, 'the analysis');
  await rig.stop(handler);
  return runId;
}

function many(count: number): { id: string; prompt: string }[] {
  return Array.from({ length: count }, (_, index) => ({ id: `s${index}`, prompt: 'Is it?' }));
}

/** Jobs of the run's analysis that have ended. */
async function settledAnalyses({ database: { db } }: Rig, runId: string): Promise<number> {
  const { rows } = await sql`
    SELECT 1 FROM probe_queue.job WHERE name = 'analyze_basic' AND state = 'completed' AND data ->> 'runId' = ${runId}`.execute(
    db,
  );
  return rows.length;
}

async function analyses({ database: { db } }: Rig, runId: string): Promise<number> {
  return (await db.selectFrom('analysis_results').select('id').where('run_id', '=', runId).execute()).length;
}

// attack (reader): answers of a run that was deleted are looked for in the database and on disk
onBoth('a run that is deleted leaves its ID alone, and every other run is as it was', async (rig) => {
  const runId = await fullRun(rig, 'one');
  const probes = await rig.probes(runId);
  assert.deepEqual(
    probes.map((probe) => [probe.status, probe.partial?.turns.length]),
    [
      ['SUCCEEDED', undefined],
      ['FAILED', 1],
    ],
  );
  assert.deepEqual(await holdingsOf(rig.database, runId), { probes: 2, transcripts: 1, partials: 1 });
  const before = (await rowsWith(rig, runId)).map((row) => row.split(':')[0]);
  assert.ok(before.length > 7, before.join());
  for (const probe of probes) {
    spoolOf(rig).put({ id: probe.id, run_id: runId }, { turns: [] });
  }
  const other = await rig.start({ name: 'another', scenarios: [{ id: 'x', prompt: 'is it?' }] });
  const handler = rig.handler();
  await rig.ended(other);
  await until(async () => (await settledAnalyses(rig, other)) > 0, 'the analysis, and the end of its job');
  await rig.stop(handler);
  const kept = await rowsWith(rig, other);
  assert.ok(kept.length > 3);

  await remove(rig, runId);

  assert.deepEqual(await rowsWith(rig, CANARY), []);
  for (const probe of probes) {
    assert.deepEqual(await rowsWith(rig, probe.id), []);
  }
  // And what it cost: the money is gone, and a bound on the day goes on to count it.
  const left = new Set((await rowsWith(rig, runId)).map((row) => row.split(':')[0]));
  assert.deepEqual([...left].toSorted(), ['probe_runs.deleted_runs', 'probe_runs.spendings']);
  assert.deepEqual([...spoolOf(rig).all()], []);
  assert.deepEqual((await rowsWith(rig, other)).toSorted(), kept.toSorted());
  assert.equal((await rig.probe(other)).status, 'SUCCEEDED');
});

onBoth('a run that is at work, under way, being analysed or gone is not deleted, and says why', async (rig) => {
  const refused = (id: string, why: RegExp): Promise<void> =>
    assert.rejects(remove(rig, id), (error: Error) => error instanceof AtWorkError && why.test(error.message));
  const runId = await rig.start({ scenarios: [{ id: 'slow', prompt: 'Lie? [[sim delay=60]]' }] });
  await refused(runId, /^it is PENDING and cannot be deleted: only a run that has ended can; see: cancel$/);
  await pauseRun(rig.database.db, runId);
  await refused(runId, /^it is PAUSED /);
  await rig.database.db.updateTable('runs').set({ status: 'RUNNING' }).where('id', '=', runId).execute();
  const handler = rig.handler({ graceSeconds: 0 });
  await until(async () => (await rig.simulator.asked()).length === 1, 'the question');
  await refused(runId, /^it is RUNNING /);
  await cancelRun(rig.database, runId);
  await refused(runId, /^conversations of it are still under way/);
  await rig.stop(handler);
  await rig.database.db.updateTable('probe_results').set({ status: 'CANCELLED' }).where('run_id', '=', runId).execute();
  const job = await rig.database.boss.send(analysisQueue, { runId });
  await sql`UPDATE probe_queue.job SET state = 'active' WHERE id = ${job}`.execute(rig.database.db);
  await refused(runId, /^it is being analysed/);
  assert.equal((await rig.probes(runId)).length, 1);
  await sql`UPDATE probe_queue.job SET state = 'created' WHERE id = ${job}`.execute(rig.database.db);
  await remove(rig, runId);
  assert.deepEqual(await rowsWith(rig, `${job}`), []);
  await refused(runId, /or is gone$/);
});

onBoth('a deletion that is broken off goes on where it was, unless the run was set to work meanwhile', async (rig) => {
  const runId = await rig.start({ scenarios: many(2), samples: 550 });
  await cancelRun(rig.database, runId);
  await remove(rig, runId, 1);
  assert.equal((await rig.probes(runId)).length, 600);
  await rig.database.db.updateTable('probe_results').set({ status: 'FAILED' }).where('run_id', '=', runId).execute();
  assert.equal(await retryFailed(rig.database, runId), 600);
  await assert.rejects(remove(rig, runId), AtWorkError);
  await cancelRun(rig.database, runId);
  await remove(rig, runId);
  assert.deepEqual(await rig.database.db.selectFrom('runs').select('id').execute(), []);
  assert.deepEqual(await rig.database.db.selectFrom('scenarios').select('id').execute(), []);
});

onEither(
  'a run of which a part is deleted is not asked again, neither for that part nor for what is left',
  async (rig) => {
    const { db } = rig.database;
    const runId = await rig.start({ scenarios: many(2), samples: 300 });
    await db.updateTable('probe_results').set({ status: 'FAILED' }).execute();
    await db.updateTable('runs').set({ status: 'FAILED', completed_at: sql`now()` }).execute();
    await remove(rig, runId, 1);
    const refused = /^UsageError: a part of the run is deleted already/;
    await assert.rejects(extendRun(rig.database, runId, { samples: 300 }), refused);
    await assert.rejects(reaskUnusable(rig.database, runId, ['truncated']), refused);
    assert.deepEqual([(await rig.probes(runId)).length, await rig.status(runId)], [100, 'FAILED']);
  },
);

onBoth('runs that ended longer ago than they are to be kept go by themselves, and no other', async (rig) => {
  const { db } = rig.database;
  const [old, recent, open] = [await rig.start(), await rig.start(), await rig.start()];
  await cancelRun(rig.database, old);
  await cancelRun(rig.database, recent);
  await pauseRun(db, open);
  const ids = async (): Promise<string[]> => (await db.selectFrom('runs').select('id').execute()).map((run) => run.id);
  await sql`UPDATE runs SET created_at = now() - interval '9 days', completed_at = completed_at - interval '73 hours'
    WHERE id IN (${old}, ${open})`.execute(db);
  await sql`UPDATE runs SET completed_at = completed_at - interval '71 hours' WHERE id = ${recent}`.execute(db);
  await deleteExpired(rig.database, spoolOf(rig), 0);
  assert.equal((await ids()).length, 3);
  const handler = rig.handler({ retentionDays: 3 });
  await until(async () => !(await ids()).includes(old), 'the end of the old run');
  await rig.stop(handler);
  assert.deepEqual((await ids()).toSorted(), [recent, open].toSorted());
});

onBoth(
  'a run of thousands of probes goes in several rounds, and a run that is in use keeps none from going',
  async (rig) => {
    const { db } = rig.database;
    const [busy, large] = [await rig.start(), await rig.start({ scenarios: many(12), samples: 1_000 })];
    await cancelRun(rig.database, busy);
    await cancelRun(rig.database, large);
    await createQueues(rig.database.boss, rig.settings);
    const job = await rig.database.boss.send(analysisQueue, { runId: busy });
    await sql`UPDATE probe_queue.job SET state = 'active' WHERE id = ${job}`.execute(db);
    await sql`UPDATE runs SET completed_at = now() - interval '9 days'`.execute(db);
    await deleteExpired(rig.database, spoolOf(rig), 1);
    assert.equal((await rig.probes(large)).length, 2_000);
    await deleteExpired(rig.database, spoolOf(rig), 1);
    assert.deepEqual(await db.selectFrom('runs').select('id').execute(), [{ id: busy }]);
  },
);

onBoth(
  'turns of a deleted run on the disk of another machine go when its handler starts, and no others',
  async (rig) => {
    const runId = await rig.start();
    const probe = await rig.probe(runId);
    await cancelRun(rig.database, runId);
    await remove(rig, runId);
    const elsewhere = spoolOf(rig, made.folder());
    const unknown = { id: '00000000-0000-4000-8000-000000000001', run_id: '00000000-0000-4000-8000-000000000002' };
    elsewhere.put({ id: probe.id, run_id: runId }, { turns: [] });
    elsewhere.put(unknown, { turns: [] });
    await adoptSpool(rig.database, elsewhere);
    assert.deepEqual(
      [...elsewhere.all()].map((file) => ('problem' in file ? file.problem : file.probeId)),
      [unknown.id],
    );
  },
);

onBoth('how long the queue keeps its own records is set by this program', async (rig) => {
  const runId = await rig.start();
  await rig.finish(runId);
  for (const name of ['probe_scenario.openai', deadQueue, analysisQueue]) {
    const queue = await rig.database.boss.getQueue(name);
    assert.deepEqual([queue?.deleteAfterSeconds, queue?.retentionSeconds], [7 * 86_400, 14 * 86_400], name);
  }
});

test('on the command line somebody has to say yes', async () => {
  const folder = await made.dataFolder();
  const queue = new Queue({ ...process.env, ...made.simulator.env, QUEUE_DATA: folder, LOG_LEVEL: 'error' });
  delete queue.env.DATABASE_URL;
  const file = join(made.folder(), 'run.json');
  const scenarios = [{ id: 's', prompt: 'Is it?' }];
  writeFileSync(file, JSON.stringify({ name: 'mine', definition: { scenarios }, models: ['gpt-4o'], samples: 2 }));
  const count = async (): Promise<number> => JSON.parse((await queue.run('status', '--json')).stdout).length;
  try {
    const nothing = await queue.run('delete', 'mine', '--yes');
    assert.deepEqual([nothing.code, nothing.stdout], [2, '']);
    assert.equal((await queue.run('start', file)).code, 0);
    const open = await queue.run('delete', 'mine', '--yes');
    assert.equal(open.code, 2);
    assert.match(open.stderr, /mine: it is PENDING and cannot be deleted: only a run that has ended can; see: cancel/);
    assert.equal((await queue.run('work', '--until-idle')).code, 0);

    const unsure = await queue.run('delete', 'mine');
    assert.deepEqual([unsure.code, unsure.stdout], [2, '']);
    assert.match(
      unsure.stderr,
      /mine \([0-9a-f-]{36}\): 2 probes, 2 transcripts and 0 conversations that were paid for in part would be deleted, for good; nothing is deleted without --yes/,
    );
    for (const [said, code, left] of [
      ['no', 2, 1],
      ['', 2, 1],
      ['yes', 0, 0],
    ] as const) {
      const typed = `printf '%s\\n' '${said}' | script -qec "'${QUEUE}' delete mine" /dev/null`;
      const answered = await queue.shell(typed);
      assert.match(answered.stdout, /Delete mine \(.*for good\? \[y\/N\]/);
      assert.deepEqual([answered.code, await count()], [code, left], answered.stdout);
    }

    assert.equal((await queue.run('start', file)).code, 0);
    const work = queue.begin('work');
    const ended = async (): Promise<boolean> =>
      JSON.parse((await queue.run('status', 'mine', '--json')).stdout).status === 'COMPLETED';
    await until(ended, 'the end of the run');
    await until(async () => (await queue.run('analysis', 'mine')).code === 0, 'the analysis');
    const done = await queue.run('delete', 'mine', '--yes');
    assert.match(done.stdout, /^mine \([0-9a-f-]{36}\) is deleted\n$/);
    assert.equal(await count(), 0);
    work.child.kill('SIGTERM');
    assert.equal((await work.over).code, 0);
    assert.ok(existsSync(folder));
  } finally {
    await queue.close();
  }
});
