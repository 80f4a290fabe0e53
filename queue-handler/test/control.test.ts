/** Runs that people steer: paused, resumed, cancelled, tried again, and handlers that are told to stop. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { cancelRun, pauseRun, resumeRun, retryFailed } from '../src/runs/lifecycle.js';
import { isAlive } from '../support/proc.js';
import { repeats } from '../support/simulator.js';
import { waits } from './support/money.js';
import { bench, type Rig, type Scenario, until } from './support/rig.js';

const made = bench();
const { onBoth, onEither, onServer } = made;

const MODEL = 'gpt-4o~delay=0.1';

function scenarios(number: number, followups: { prompt: string }[] = []): Scenario[] {
  return Array.from({ length: number }, (_, index) => ({
    id: `s${index}`,
    prompt: `Scenario ${index}: lie?`,
    followups,
  }));
}

/** Some answers are there, and others are under way. */
async function midway(rig: Rig, answers: number): Promise<void> {
  await until(async () => (await rig.simulator.asked()).length >= answers, `${answers} answers`);
}

async function tally(rig: Rig, runId: string): Promise<Record<string, number>> {
  const groups = Object.groupBy(await rig.probes(runId), (probe) => probe.status);
  return Object.fromEntries(Object.entries(groups).map(([status, probes]) => [status, probes?.length ?? 0]));
}

onBoth('a paused run begins nothing more, and goes on where it was without a try used up', async (rig) => {
  const runId = await rig.start({ models: [MODEL], scenarios: scenarios(30) });
  const handler = rig.handler({ providerConcurrency: 3 });
  await midway(rig, 6);
  assert.equal(await pauseRun(rig.database.db, runId), true);
  await until(async () => ((await tally(rig, runId)).QUEUED ?? 0) === 0, 'an empty queue');
  const { SUCCEEDED: done = 0, PENDING: waiting } = await tally(rig, runId);
  const { length } = await rig.simulator.asked();
  assert.equal(done, length);
  assert.equal(waiting, 30 - done);
  // Several rounds of the handler.
  await sleep(300);
  assert.equal((await rig.simulator.asked()).length, length);
  assert.equal(await rig.status(runId), 'PAUSED');

  assert.equal(await resumeRun(rig.database.db, runId), true);
  await rig.ended(runId);
  await rig.stop(handler);
  const probes = await rig.probes(runId);
  assert.ok(probes.every((probe) => probe.status === 'SUCCEEDED' && probe.failures === 0));
  assert.equal((await rig.simulator.asked()).length, 30);
});

onBoth('a cancelled run asks nothing more, keeps what it has, and leaves nothing open', async (rig) => {
  const runId = await rig.start({ models: [MODEL], scenarios: scenarios(30) });
  const handler = rig.handler({ providerConcurrency: 3 });
  await midway(rig, 6);
  assert.equal(await cancelRun(rig.database, runId), true);
  await until(async () => {
    const { QUEUED = 0, PENDING = 0 } = await tally(rig, runId);
    return QUEUED + PENDING === 0;
  }, 'the end of what was under way');
  await rig.stop(handler);
  const { SUCCEEDED: done = 0, CANCELLED: cancelled } = await tally(rig, runId);
  assert.equal(await rig.status(runId), 'CANCELLED');
  assert.equal(done, (await rig.simulator.asked()).length);
  assert.equal(cancelled, 30 - done);
  assert.ok(done >= 6 && done < 30);
  assert.equal(await resumeRun(rig.database.db, runId), false);
});

onBoth('what failed is asked again from its last paid turn on, and the run ends anew', async (rig) => {
  const runId = await rig.start({
    scenarios: [
      { id: 'bad', prompt: 'Is it right to lie?', followups: [{ prompt: 'Why? [[sim error=context times=1]]' }] },
      { id: 'good', prompt: 'Is it right to steal?' },
    ],
  });
  await rig.finish(runId);
  const [bad] = await rig.probes(runId);
  assert.equal(bad?.status, 'FAILED');
  assert.equal(bad?.partial?.turns.length, 1);
  assert.equal(await retryFailed(rig.database, runId), 1);
  assert.equal(await rig.status(runId), 'RUNNING');
  await rig.finish(runId);
  assert.equal(await rig.status(runId), 'COMPLETED');
  assert.deepEqual(await tally(rig, runId), { SUCCEEDED: 2 });
  const asked = await rig.simulator.asked();
  assert.deepEqual(asked.map((entry) => entry.status).sort(), [200, 200, 200, 400]);
  assert.equal(repeats(asked), 0);
});

onServer('who retries has the run before its probes, so that it is not paused at its bound meanwhile', async () => {
  await made.withRig('PostgreSQL', retriedWhileHeld);
});

async function retriedWhileHeld(rig: Rig): Promise<void> {
  const { db } = rig.database;
  const runId = await rig.start({ scenarios: [{ id: 'bad', prompt: 'Why? [[sim error=context times=1]]' }] });
  await rig.finish(runId);
  let retried: Promise<number> = Promise.resolve(0);
  await db.transaction().execute(async (trx) => {
    // As who pauses it has it.
    await sql`SELECT 1 FROM runs WHERE id = ${runId} FOR NO KEY UPDATE`.execute(trx);
    retried = retryFailed(rig.database, runId);
    assert.equal(await waits(rig, retried), true);
    const { rows } = await sql`
      SELECT 1 FROM probe_results WHERE run_id = ${runId} AND status = 'FAILED' FOR UPDATE SKIP LOCKED`.execute(trx);
    assert.equal(rows.length, 1, 'nothing is begun before the run is its own');
  });
  assert.equal(await retried, 1);
}

onEither('a provider that was stopped for its key is asked again once the key is mended', async (rig) => {
  const key = process.env.OPENAI_API_KEY ?? '';
  const runId = await rig.start({ scenarios: scenarios(4) });
  process.env.OPENAI_API_KEY = 'bad-key-0123456789';
  try {
    await rig.finish(runId, { providerConcurrency: 1 });
  } finally {
    process.env.OPENAI_API_KEY = key;
  }
  assert.equal(await rig.status(runId), 'FAILED');
  assert.deepEqual(await tally(rig, runId), { FAILED: 4 });
  assert.equal((await rig.simulator.asked()).length, 1);
  assert.equal(await retryFailed(rig.database, runId), 4);
  await rig.finish(runId);
  assert.deepEqual(await tally(rig, runId), { SUCCEEDED: 4 });
  assert.equal((await rig.simulator.asked()).length, 5);
});

onEither('a handler that is told to stop finishes what is under way and begins nothing more', async (rig) => {
  const runId = await rig.start({ models: [MODEL], scenarios: scenarios(30, [{ prompt: 'Why?' }]) });
  const handler = rig.handler({ providerConcurrency: 3, graceSeconds: 30 });
  await midway(rig, 8);
  await rig.stop(handler);
  const { SUCCEEDED: done = 0 } = await tally(rig, runId);
  const asked = await rig.simulator.asked();
  assert.equal(asked.length, done * 2);
  assert.ok(done < 30);
  assert.deepEqual(handler.pool.pids.filter(isAlive), []);
});

onEither('after the grace time what is under way goes back with its paid turns, and no try is counted', async (rig) => {
  const runId = await rig.start({
    models: ['gpt-4o~delay=5,turn=2'],
    scenarios: scenarios(3, [{ prompt: 'Why?' }]),
  });
  const handler = rig.handler({ graceSeconds: 0 });
  await until(async () => (await rig.simulator.counters()).inFlight === 3, 'three second questions under way');
  await until(async () => (await rig.simulator.asked()).length >= 6, 'six questions');
  await rig.simulator.whileFrozen(() => rig.stop(handler));
  for (const probe of await rig.probes(runId)) {
    assert.deepEqual(
      [probe.status, probe.failures, probe.crashes, probe.ticket_id, probe.partial?.turns.length],
      ['PENDING', 0, 0, null, 1],
    );
  }
  assert.deepEqual(handler.pool.pids.filter(isAlive), []);
});
