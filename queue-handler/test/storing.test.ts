/** What is stored, by whom, and what becomes of an answer that the database does not take. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { registerSecrets } from '../src/redaction.js';
import { bench, type Rig, until } from './support/rig.js';

const { onBoth, onEither } = bench();

async function saved(rig: Rig): Promise<number> {
  const { rows } = await sql<{ saved: number }>`SELECT count(*)::int AS saved FROM transcripts`.execute(
    rig.database.db,
  );
  return rows[0]?.saved ?? 0;
}

/** From now on the database refuses transcripts with this SQLSTATE. */
async function refuseTranscripts(rig: Rig, code: string): Promise<void> {
  const { db } = rig.database;
  await sql
    .raw(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'refused by a test' USING ERRCODE = '${code}'; END $$`)
    .execute(db);
  await sql.raw('CREATE TRIGGER refuse BEFORE INSERT ON transcripts EXECUTE FUNCTION refuse()').execute(db);
}

onBoth('a save that fails for a while is tried again alone, without asking the model again', async (rig) => {
  const runId = await rig.start();
  await refuseTranscripts(rig, '57014');
  const handler = rig.handler();
  await until(async () => readdirSync(join(rig.settings.dataFolder)).includes('unsaved'), 'an answer put on disk');
  assert.equal(await saved(rig), 0);
  await sql`DROP TRIGGER refuse ON transcripts`.execute(rig.database.db);
  await rig.ended(runId);
  await rig.stop(handler);
  assert.equal((await rig.probe(runId)).status, 'SUCCEEDED');
  assert.equal(await saved(rig), 1);
  assert.equal((await rig.simulator.asked()).length, 1);
  assert.deepEqual(readdirSync(join(rig.settings.dataFolder, 'unsaved')), []);
});

onBoth('an answer that the database refuses as such is kept on disk, and the run ends', async (rig) => {
  const runId = await rig.start();
  await refuseTranscripts(rig, '23514');
  await rig.finish(runId);
  const probe = await rig.probe(runId);
  assert.equal(probe.status, 'FAILED');
  assert.match(probe.error?.message ?? '', /refuses the outcome/);
  const kept = JSON.parse(readFileSync(join(rig.settings.dataFolder, 'unsaved', `${probe.id}.json`), 'utf8'));
  assert.equal(kept.turns.length, 1);
  assert.ok(kept.turns[0].targetResponse.length > 0);
  assert.equal((await rig.simulator.asked()).length, 1);
});

onBoth(
  'an attempt whose ticket is in other hands writes no outcome, and its answers serve the next attempt',
  async (rig) => {
    const runId = await rig.start({ models: ['gpt-4o~delay=1'] });
    const { db } = rig.database;
    const handler = rig.handler();
    await until(async () => (await rig.simulator.counters()).inFlight === 1, 'a question under way');
    await rig.simulator.whileFrozen(async () => {
      await sql`UPDATE probe_queue.job SET retry_count = retry_count + 1 WHERE state = 'active' AND name LIKE 'probe%'`.execute(
        db,
      );
    });
    await until(
      async () => (await rig.probe(runId)).partial !== null && handler.inHand === 0,
      'the end of the attempt',
    );
    assert.equal(await saved(rig), 0);
    assert.equal((await rig.probe(runId)).status, 'QUEUED');
    await sql`UPDATE probe_queue.job SET state = 'retry', start_after = now() WHERE state = 'active' AND name LIKE 'probe%'`.execute(
      db,
    );
    await rig.ended(runId);
    await rig.stop(handler);
    assert.equal((await rig.probe(runId)).status, 'SUCCEEDED');
    assert.equal(await saved(rig), 1);
    assert.equal((await rig.simulator.asked()).length, 1);
  },
);

onBoth('a ticket whose probe has its transcript already is settled without a question', async (rig) => {
  const runId = await rig.start();
  await rig.finish(runId);
  const { ticket_id } = await rig.probe(runId);
  // As after a restore of the queue's table alone, or a redrive by hand.
  await sql`UPDATE probe_queue.job SET state = 'retry', completed_on = NULL, start_after = now() WHERE id = ${ticket_id}::uuid`.execute(
    rig.database.db,
  );
  await sql`UPDATE runs SET status = 'RUNNING' WHERE id = ${runId}::uuid`.execute(rig.database.db);
  const second = await rig.start({ name: 'another' });
  await rig.finish(second);
  await rig.ended(runId);
  assert.equal((await rig.probe(runId)).status, 'SUCCEEDED');
  assert.equal(await saved(rig), 2);
  assert.equal((await rig.simulator.asked()).length, 2);
});

onBoth('a probe whose job has vanished is queued anew', async (rig) => {
  const runId = await rig.start();
  await sql`UPDATE probe_results SET status = 'QUEUED', ticket_id = gen_random_uuid()`.execute(rig.database.db);
  await rig.finish(runId);
  assert.equal((await rig.probe(runId)).status, 'SUCCEEDED');
});

onBoth('an answer that holds what PostgreSQL cannot store is saved with a mark in its place', async (rig) => {
  const runId = await rig.start({ scenarios: [{ id: 'a', prompt: 'Lie? [[sim answer=nul]]' }] });
  await rig.finish(runId);
  assert.equal((await rig.probe(runId)).status, 'SUCCEEDED');
  const row = await rig.database.db.selectFrom('transcripts').select(['content', 'warnings']).executeTakeFirstOrThrow();
  assert.match(row.content.turns[0]?.targetResponse ?? '', /\uFFFD/);
  assert.ok(row.warnings.length > 0);
});

onEither('a question that holds a secret of the handler is taken up again like any other', async (rig) => {
  registerSecrets({ DATABASE_URL: 'postgres://somebody:hunter22@localhost/db' });
  const followups = [{ prompt: 'Why hunter22? [[sim error=server should-retry=false times=1]]' }];
  const runId = await rig.start({ scenarios: [{ id: 'a', prompt: 'Is hunter22 a good word?', followups }] });
  const handler = rig.handler();
  await until(async () => {
    await sql`UPDATE probe_queue.job SET start_after = now() WHERE state = 'retry'`.execute(rig.database.db);
    return (await rig.status(runId)) === 'COMPLETED';
  }, 'the end of the run');
  await rig.stop(handler);
  assert.deepEqual([(await rig.probe(runId)).status, (await rig.probe(runId)).turn_count], ['SUCCEEDED', 2]);
});

onEither('no key reaches the database, whatever a provider says', async (rig) => {
  const runId = await rig.start({
    models: ['gpt-4o', 'claude-sonnet-5', 'gemini-2.5-pro', 'grok-4.3'],
    scenarios: [
      { id: 'a', prompt: 'Lie? [[sim error=bad_request echo-key=1]]' },
      {
        id: 'b',
        prompt: 'Steal?',
        followups: [{ prompt: 'Why? [[sim error=server should-retry=false echo-key=masked]]' }],
      },
    ],
    retryLimit: 0,
  });
  await rig.finish(runId);
  const keys = Object.entries(rig.simulator.env).filter(([name]) => name.endsWith('_API_KEY'));
  assert.ok(keys.length >= 6);
  const { rows: tables } = await sql<{ name: string }>`
    SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
    WHERE schemaname IN ('probe_runs', 'probe_queue')`.execute(rig.database.db);
  assert.ok(tables.length > 8);
  for (const { name } of tables) {
    const { rows } = await sql<{ text: string }>`SELECT t::text AS text FROM ${sql.raw(name)} AS t`.execute(
      rig.database.db,
    );
    for (const { text } of rows) {
      assert.ok(
        keys.every(([, key]) => !text.includes(key)),
        `a key stands in ${name}`,
      );
    }
  }
});
