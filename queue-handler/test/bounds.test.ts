/** The room under bounds: who holds it, who may have it, and what is said where there is none. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { PRICED, takeOne } from './support/money.js';
import { bench, until } from './support/rig.js';

const made = bench();
const { onEither } = made;

onEither('a handler keeps to its bound of a day, however long ago the database heard of it', async (rig) => {
  const { db } = rig.database;
  const handler = rig.handler({ budgetUsd: 0.006 });
  const heard = async (): Promise<boolean> => {
    const { rows } = await sql`UPDATE handlers SET seen_at = now() - interval '1 hour' RETURNING id`.execute(db);
    return rows.length > 0;
  };
  await until(heard, 'the first word of the handler');
  const scenarios = [
    { id: 'cheap', prompt: 'Is it ever right to lie?' },
    { id: 'dear', prompt: `Is it right? ${'x'.repeat(5_000)}` },
  ];
  const run = await rig.start({ ...PRICED, scenarios });
  await until(async () => (await rig.probe(run)).status === 'SUCCEEDED' && handler.inHand === 0, 'what fits');
  assert.deepEqual([(await rig.simulator.asked()).length, (await rig.probes(run))[1]?.status], [1, 'PENDING']);
  await rig.stop(handler);
});

onEither(
  'a handler with a bound that was not heard of for long reserves for what others took meanwhile',
  async (rig) => {
    const { db } = rig.database;
    const now = Date.now;
    await rig.start(PRICED);
    await takeOne(rig);
    await sql`UPDATE probe_queue.job SET heartbeat_seconds = 3600`.execute(db);
    const reserved = async (): Promise<boolean> => {
      const { rows } = await sql`SELECT 1 FROM reservations`.execute(db);
      return rows.length > 0;
    };
    const handler = rig.handler({ budgetUsd: 1 });
    await until(reserved, 'the day is open');
    await sql`DELETE FROM reservations`.execute(db);
    try {
      // The machine slept.
      Date.now = () => now() + 3_600_000;
      await until(reserved, 'the day is open once more');
    } finally {
      Date.now = now;
    }
    await rig.stop(handler);
  },
);
