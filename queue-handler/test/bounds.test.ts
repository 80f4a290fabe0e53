/** The room under bounds: who holds it, who may have it, and what is said where there is none. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { ALL_RUNS, lockBounds } from '../src/money/budget.js';
import { openDay } from '../src/money/open.js';
import { planCosts } from '../src/money/plan.js';
import { reserve } from '../src/money/reserve.js';
import { affordable, isAtBound } from '../src/money/room.js';
import { fetchTickets } from '../src/pgboss.js';
import { loadProbes } from '../src/queue/probe.js';
import { progressOf } from '../src/runs/progress.js';
import { feederOf, PRICED, takeOne, waits } from './support/money.js';
import { bench, type Rig, until } from './support/rig.js';

const made = bench();
const { onEither, onServer } = made;

async function dearest(rig: Rig, run: string): Promise<number | null> {
  const { rows } = await sql<{ usd: number | null }>`
    SELECT dearest_usd::float8 AS usd FROM probe_results WHERE run_id = ${run}`.execute(rig.database.db);
  return rows[0]?.usd ?? null;
}

/** Another handler at work says what may be spent a day. */
async function bindDay({ database: { db } }: Rig, usd: number): Promise<void> {
  await openDay(db, loadProbes);
  await sql`
    INSERT INTO handlers (id, host, pid, heartbeat_seconds, budget_usd)
    VALUES (${randomUUID()}, 'elsewhere', 1, 3600, ${usd}::numeric)`.execute(db);
}

onEither('a handler keeps to its bound of a day, however long ago the database heard of it', async (rig) => {
  const { db } = rig.database;
  const handler = rig.handler({ budgetUsd: 0.006 });
  const heard = async (): Promise<boolean> => {
    const { rows } = await sql`UPDATE handlers SET heartbeat_seconds = 0 RETURNING id`.execute(db);
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

onEither('a run waits for the room that its judge holds, and is not paused for it', async (rig) => {
  const { db } = rig.database;
  const run = await rig.start({ ...PRICED, budget: { usd: 1 } });
  await sql`
    INSERT INTO reservations (ticket_id, retry_count, run_id, scoring_id, usd, turns)
    VALUES (gen_random_uuid(), 0, ${run}, gen_random_uuid(), 1, '{1}')`.execute(db);
  const feeder = await feederOf(rig);
  await feeder.feed();
  assert.equal(await rig.status(run), 'PENDING');
  await sql`DELETE FROM reservations`.execute(db);
  await feeder.feed();
  assert.deepEqual([await rig.status(run), (await rig.probe(run)).status], ['RUNNING', 'QUEUED']);
});

onEither('a probe that is dearer than a whole day may be is said to be, and no date is given', async (rig) => {
  const run = await rig.start(PRICED);
  await bindDay(rig, 0.0001);
  await (await feederOf(rig)).feed();
  const [wait] = (await progressOf(rig.database.db, run)).models[0]?.waits ?? [];
  assert.match(
    wait?.message ?? '',
    /^the next may cost 0\.\d+ dollars, more than the 0\.0001 that a whole day may cost; .*QUEUE_BUDGET_USD/,
  );
  assert.deepEqual([wait?.reason, wait?.seconds], ['TOO_DEAR', null]);
});

onEither('what the probes of a run may cost is noted anew where it was not stored', async (rig) => {
  const { db } = rig.database;
  const run = await rig.start(PRICED);
  await sql`INSERT INTO budgets (scope, usd) VALUES (${run}, 1)`.execute(db);
  await sql`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$`.execute(
    db,
  );
  await sql`
    CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON probe_results DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse()`.execute(db);
  const feeder = await feederOf(rig);
  await assert.rejects(feeder.feed(), /refused/);
  await sql`DROP TRIGGER refuse ON probe_results`.execute(db);
  await feeder.feed();
  assert.ok((await dearest(rig, run)) !== null);
});

onEither('a run whose costs cannot be noted delays no other', async (rig) => {
  const { db } = rig.database;
  const [bad, good] = [await rig.start(PRICED), await rig.start(PRICED)];
  await sql`INSERT INTO budgets (scope, usd) VALUES (${bad}, 1), (${good}, 1)`.execute(db);
  await sql`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$`.execute(
    db,
  );
  await sql
    .raw(`CREATE TRIGGER refuse BEFORE UPDATE OF dearest_usd ON probe_results
    FOR EACH ROW WHEN (OLD.run_id = '${bad}') EXECUTE FUNCTION refuse()`)
    .execute(db);
  const troubles: string[] = [];
  await (await feederOf(rig, (error) => troubles.push(String(error)))).feed();
  assert.equal((await rig.probe(good)).status, 'QUEUED');
  assert.match(troubles.join(), /refused/);
  await sql`DROP TRIGGER refuse ON probe_results`.execute(db);
});

onEither('what is less than the dust of the arithmetic too dear is affordable', async (rig) => {
  const { db } = rig.database;
  const run = await rig.start({ ...PRICED, budget: { usd: 1 } });
  const usd = ((await dearest(rig, run)) ?? 0) - 1e-13;
  await db.transaction().execute(async (trx) => {
    assert.equal((await affordable(trx, { runId: run, provider: 'openai', most: 1 }, usd)).ids.length, 1);
    assert.equal(await isAtBound(trx, run, usd), false);
  });
});

onEither('what was spent today counts, also where the clock of the database was a day ahead meanwhile', async (rig) => {
  const { db } = rig.database;
  await bindDay(rig, 1);
  const spent = async (): Promise<number | undefined> =>
    db
      .transaction()
      .execute(async (trx) => (await lockBounds(trx, [], null)).find(({ scope }) => scope === ALL_RUNS)?.spent);
  await sql`INSERT INTO spendings (run_id, model_id, usd) VALUES (gen_random_uuid(), 'gpt-4o', 0.25)`.execute(db);
  assert.equal(await spent(), 0.25);
  await sql`UPDATE budgets SET day = day + 1, spent = 0`.execute(db);
  assert.deepEqual([await spent(), await spent()], [0.25, 0.25]);
});

onServer('a bound that is raised while the run is being paused lets it go on', async () => {
  const rig = await made.rig('PostgreSQL');
  const { db } = rig.database;
  const run = await rig.start({ ...PRICED, budget: { usd: 0.00001 } });
  const feeder = await feederOf(rig);
  let feeding: Promise<unknown> = Promise.resolve();
  await db.transaction().execute(async (trx) => {
    await sql`SELECT 1 FROM runs WHERE id = ${run} FOR UPDATE`.execute(trx);
    await sql`UPDATE budgets SET usd = 1 WHERE scope = ${run}`.execute(trx);
    feeding = feeder.feed();
    assert.equal(await waits(rig, feeding), false);
  });
  await feeding;
  assert.equal(await rig.status(run), 'PENDING');
  await rig.close();
});

onServer('the first tickets of a provider that are being taken are reserved for when a bound comes', async () => {
  const rig = await made.rig('PostgreSQL');
  const { db, boss } = rig.database;
  await rig.start(PRICED);
  await (await feederOf(rig)).feed();
  let opening: Promise<unknown> = Promise.resolve();
  await db.transaction().execute(async (trx) => {
    await sql`INSERT INTO provider_limits (provider, model_id) VALUES ('openai', '')`.execute(trx);
    await fetchTickets(boss, trx, 'openai', { most: 1, full: [] });
    opening = openDay(db, loadProbes);
    assert.equal(await waits(rig, opening), true);
  });
  await opening;
  const { rows } = await sql`SELECT 1 FROM reservations`.execute(db);
  assert.equal(rows.length, 1);
  await rig.close();
});

onServer('a probe for which there is no room is refused without waiting for whoever changes the bound', async () => {
  const rig = await made.rig('PostgreSQL');
  const { db } = rig.database;
  const run = await rig.start({ ...PRICED, budget: { usd: 1 } });
  const { ticket, probe } = await takeOne(rig);
  await sql`UPDATE budgets SET usd = 0`.execute(db);
  let refusing: Promise<Set<string>> = Promise.resolve(new Set());
  await db.transaction().execute(async (trx) => {
    await planCosts(trx, run);
    refusing = db.transaction().execute((taking) => reserve(taking, [{ ticket, probe }], null));
    assert.equal(await waits(rig, refusing), false);
  });
  assert.equal((await refusing).size, 1);
  await rig.close();
});
