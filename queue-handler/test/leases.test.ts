/** Whose a ticket is: asked at each turn, by the database, before anything more is paid for. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { moment } from '../src/clock.js';
import type { PartialTranscript } from '../src/model.js';
import { LapsedError, queueOf } from '../src/pgboss.js';
import { Leases } from '../src/queue/leases.js';
import { loadProbes, type Probe } from '../src/queue/probe.js';
import { Settler } from '../src/queue/settle.js';
import { bench, type Rig, until } from './support/rig.js';

const { onBoth } = bench();

const LAPSED = '{"value": {"message": "job heartbeat timeout"}}';

/** A run whose tickets are in the queue, and nobody at work. */
async function queued(rig: Rig, number: number): Promise<string> {
  const scenarios = Array.from({ length: number }, (_, index) => ({ id: `s${index}`, prompt: `Scenario ${index}?` }));
  const runId = await rig.start({ models: ['gpt-4o~delay=30'], scenarios });
  const handler = rig.handler({ providerConcurrency: 1 });
  await until(async () => handler.inHand === 1, 'one conversation');
  handler.interrupt('the queue is filled');
  await rig.stop(handler);
  return runId;
}

async function take(rig: Rig, number: number): Promise<{ id: string; retryCount: number; probe: Probe }[]> {
  const { boss, db } = rig.database;
  const jobs = await boss.fetch<{ probeId: string }>(queueOf('openai'), { batchSize: number, includeMetadata: true });
  const probes = await loadProbes(
    db,
    jobs.map((job) => job.data.probeId),
  );
  return jobs.map(({ id, retryCount, data }) => ({
    id,
    retryCount,
    probe: probes.get(data.probeId) ?? assert.fail('no probe'),
  }));
}

function turns(number: number): PartialTranscript {
  return {
    turns: Array.from({ length: number }, (_, index) => ({ turnNumber: index + 1 })),
  } as unknown as PartialTranscript;
}

onBoth('a turn is stored by the holder of the ticket alone', async (rig) => {
  const { db, boss } = rig.database;
  const runId = await queued(rig, 3);
  const settler = new Settler(db, boss);
  const [ticket] = await take(rig, 1);
  assert.ok(ticket);
  const stored = async (): Promise<number> =>
    (await rig.probes(runId)).find(({ id }) => id === ticket.probe.id)?.partial?.turns.length ?? 0;
  await settler.storeTurns(ticket, ticket.probe, turns(1));
  assert.equal(await stored(), 1);
  const later = { id: ticket.id, retryCount: ticket.retryCount + 1 };
  await assert.rejects(settler.storeTurns(later, ticket.probe, turns(2)), LapsedError);
  assert.equal(await stored(), 1);
  // Taken back for its silence, and handed out to nobody: the answer is here, so the ticket is held again.
  await sql`UPDATE probe_queue.job SET state = 'retry', output = ${LAPSED}::jsonb WHERE id = ${ticket.id}`.execute(db);
  await settler.storeTurns(ticket, ticket.probe, turns(2));
  assert.equal(await stored(), 2);
  // Handed out to another.
  await sql`UPDATE probe_queue.job SET retry_count = retry_count + 1 WHERE id = ${ticket.id}`.execute(db);
  await assert.rejects(settler.storeTurns(ticket, ticket.probe, turns(3)), LapsedError);
  // Given away for good.
  await sql`DELETE FROM probe_queue.job WHERE id = ${ticket.id}`.execute(db);
  await assert.rejects(settler.storeTurns(later, ticket.probe, turns(3)), LapsedError);
  assert.equal(await stored(), 2);
});

onBoth('a renewal finds out which tickets are lost, and takes none that its own attempt has given up', async (rig) => {
  const { db } = rig.database;
  await queued(rig, 5);
  const leases = new Leases(db, 30);
  const held = (await take(rig, 4)).map(({ id, retryCount }) => leases.take({ id, retryCount }, 'openai', moment()));
  const [kept, other, back, settled] = held;
  assert.ok(kept && other && back && settled);
  await sql`UPDATE probe_queue.job SET retry_count = retry_count + 1 WHERE id = ${other.ticket.id}`.execute(db);
  await sql`UPDATE probe_queue.job SET state = 'retry', output = ${LAPSED}::jsonb WHERE id = ${back.ticket.id}`.execute(
    db,
  );
  await sql`UPDATE probe_queue.job SET state = 'retry', output = '{"code": "TIMEOUT"}' WHERE id = ${settled.ticket.id}`.execute(
    db,
  );
  await leases.renew();
  assert.deepEqual(
    held.map(({ lost }) => lost.aborted),
    [false, true, false, true],
  );
  const { rows } = await sql<{ id: string; state: string }>`
    SELECT id, state FROM probe_queue.job WHERE name = ${queueOf('openai')}`.execute(db);
  const states = new Map(rows.map(({ id, state }) => [id, state]));
  assert.deepEqual(
    held.map(({ ticket }) => states.get(ticket.id)),
    ['active', 'active', 'active', 'retry'],
  );
});

onBoth('a lease that was confirmed long ago is asked for before anything is built upon it', async (rig) => {
  const { db } = rig.database;
  await queued(rig, 3);
  const leases = new Leases(db, 30);
  const [one, two] = await take(rig, 2);
  assert.ok(one && two);
  const long = { monotonic: moment().monotonic, wall: moment().wall - 21_000 };
  const fresh = leases.take(one, 'openai', moment());
  const stale = leases.take(two, 'openai', long);
  await sql`UPDATE probe_queue.job SET retry_count = retry_count + 1 WHERE id = ${two.id}`.execute(db);
  assert.equal(await leases.assure(fresh), true);
  assert.equal(stale.lost.aborted, false);
  // What asks for all of them is answered when the lost ones are known.
  await leases.assureAll();
  assert.equal(stale.lost.aborted, true);
  assert.equal(await leases.assure(stale), false);
});

for (const warmWorkers of [1, 0]) {
  const how = warmWorkers === 0 ? 'a process of its own' : 'a warm worker';
  onBoth(`a conversation in ${how} asks nothing more once its ticket is lost, and keeps its turn`, async (rig) => {
    const { db } = rig.database;
    const runId = await rig.start({
      models: ['gpt-4o~delay=1'],
      scenarios: [{ id: 'a', prompt: 'Is it right to lie?', followups: [{ prompt: 'Why?' }, { prompt: 'Sure?' }] }],
    });
    const handler = rig.handler({ warmWorkers });
    await until(async () => (await rig.simulator.counters()).inFlight === 1, 'a question under way');
    await rig.simulator.whileFrozen(async () => {
      await sql`UPDATE probe_queue.job SET retry_count = retry_count + 1 WHERE state = 'active' AND name LIKE 'probe%'`.execute(
        db,
      );
    });
    await until(() => handler.inHand === 0, 'the end of the attempt');
    assert.equal((await rig.simulator.asked()).length, 1);
    const probe = await rig.probe(runId);
    assert.deepEqual([probe.status, probe.failures, probe.partial?.turns.length], ['QUEUED', 0, 1]);
    await sql`UPDATE probe_queue.job SET state = 'retry', start_after = now() WHERE state = 'active' AND name LIKE 'probe%'`.execute(
      db,
    );
    await rig.ended(runId);
    await rig.stop(handler);
    assert.equal((await rig.probe(runId)).turn_count, 3);
    assert.equal((await rig.simulator.asked()).length, 3);
  });
}

onBoth(
  'a conversation goes on when the queue hands out its ticket anew to the very handler that holds it',
  async (rig) => {
    const { db } = rig.database;
    const runId = await rig.start({
      models: ['gpt-4o~delay=1'],
      scenarios: [{ id: 'a', prompt: 'Is it right to lie?', followups: [{ prompt: 'Why?' }, { prompt: 'Sure?' }] }],
    });
    const handler = rig.handler();
    const handedOut = async (): Promise<number> => {
      const { rows } = await sql<{ number: number }>`
      SELECT retry_count AS number FROM probe_queue.job WHERE name = ${queueOf('openai')}`.execute(db);
      return rows[0]?.number ?? assert.fail('no ticket');
    };
    for (const number of [1, 2]) {
      await until(async () => (await rig.simulator.asked()).length === number, `question ${number}`);
      // As the queue does where a handler was silent for too long.
      await sql`
      UPDATE probe_queue.job SET state = 'retry', start_after = now(), output = ${LAPSED}::jsonb
      WHERE name = ${queueOf('openai')}`.execute(db);
      await until(async () => (await handedOut()) >= number, 'the ticket in hand again');
    }
    await rig.ended(runId);
    await rig.stop(handler);
    const probe = await rig.probe(runId);
    assert.deepEqual([probe.status, probe.turn_count, probe.failures, probe.crashes], ['SUCCEEDED', 3, 0, 0]);
    assert.equal((await rig.simulator.asked()).length, 3);
  },
);
