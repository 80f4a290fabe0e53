/** Turns on disk: whose they are, when they go, and that they are never paid for again. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sql } from 'kysely';
import { act } from '../src/commands/actions.js';
import { isPermanent } from '../src/database/persist.js';
import type { PartialTranscript } from '../src/model.js';
import { cancelRun, retryFailed } from '../src/runs/lifecycle.js';
import { reaskUnusable } from '../src/runs/reask.js';
import { adoptSpool, homeless, Spool } from '../src/runs/spool.js';
import { repeats } from '../support/simulator.js';
import { turnsOf } from './support/money.js';
import { bench, type Rig } from './support/rig.js';

const made = bench();
const { onBoth } = made;

const FOLLOWUPS = [{ prompt: 'Why?' }, { prompt: 'Are you sure?' }];

/** A run of which the database refused the transcript: its turns are on disk alone. */
async function refused(rig: Rig, code = '23514'): Promise<{ runId: string; path: string; probeId: string }> {
  const { db } = rig.database;
  const runId = await rig.start({ scenarios: [{ id: 'a', prompt: 'Is it right to lie?', followups: FOLLOWUPS }] });
  // Neither the transcript nor any turn before it.
  await sql
    .raw(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF TG_TABLE_NAME = 'transcripts' OR NEW.partial IS DISTINCT FROM OLD.partial THEN
        RAISE EXCEPTION 'refused by a test' USING ERRCODE = '${code}'; END IF; RETURN NEW; END $$`)
    .execute(db);
  await sql
    .raw('CREATE TRIGGER refuse BEFORE INSERT ON transcripts FOR EACH ROW EXECUTE FUNCTION refuse()')
    .execute(db);
  await sql
    .raw('CREATE TRIGGER refuse BEFORE UPDATE OF partial ON probe_results FOR EACH ROW EXECUTE FUNCTION refuse()')
    .execute(db);
  await rig.finish(runId);
  const { id: probeId, status, partial } = await rig.probe(runId);
  assert.deepEqual([status, partial], ['FAILED', null]);
  return { runId, probeId, path: join(rig.settings.dataFolder, 'unsaved', `${probeId}.json`) };
}

async function accept(rig: Rig): Promise<void> {
  await sql.raw('DROP TRIGGER refuse ON transcripts').execute(rig.database.db);
  await sql.raw('DROP TRIGGER refuse ON probe_results').execute(rig.database.db);
}

onBoth('a file that the database does not take stops no handler, and retry-failed goes on from it', async (rig) => {
  const { runId, path } = await refused(rig);
  const kept = JSON.parse(readFileSync(path, 'utf8'));
  assert.deepEqual([kept.database, kept.runId, kept.turns.length], [rig.database.identity, runId, 3]);
  // A handler that starts beside it works.
  const other = await rig.start({
    name: 'other',
    scenarios: [{ id: 'b', prompt: 'Is it right to steal? [[sim error=context]]' }],
  });
  await rig.finish(other);
  assert.ok(existsSync(path));
  await accept(rig);
  assert.equal(await retryFailed(rig.database, runId), 1);
  await rig.finish(runId);
  assert.deepEqual([(await rig.probe(runId)).status, (await rig.probe(runId)).turn_count], ['SUCCEEDED', 3]);
  assert.equal(repeats(await rig.simulator.asked()), 0);
  assert.ok(!existsSync(path));
});

// attack (database): turns of one database are stored in another
onBoth('a file of another database stays where it is, is named, and serves the one that it belongs to', async (rig) => {
  const { runId, path } = await refused(rig);
  await accept(rig);
  // Another database takes the folder over.
  const stranger = { ...rig.database, identity: '11111111-2222-4333-8444-555555555555' };
  await adoptSpool(stranger, new Spool(rig.settings.dataFolder, stranger.identity));
  assert.ok(existsSync(path));
  const named = await homeless(stranger.db, stranger.identity, rig.settings.dataFolder);
  assert.deepEqual(
    named.filter((file) => file.path === path),
    [{ path, problem: `belongs to another database (${rig.database.identity}); this one is ${stranger.identity}` }],
  );
  await adoptSpool(rig.database, new Spool(rig.settings.dataFolder, rig.database.identity));
  assert.ok(!existsSync(path));
  assert.equal((await rig.probe(runId)).partial?.turns.length, 3);
});

onBoth('a file goes only when its turns are seen in the database', async (rig) => {
  const { path, runId } = await refused(rig);
  await accept(rig);
  const { db } = rig.database;
  const spool = new Spool(rig.settings.dataFolder, rig.database.identity);
  // An update that is accepted and does nothing, as with a rule, a trigger or a row that is gone.
  await sql
    .raw(`CREATE FUNCTION ignore() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`)
    .execute(db);
  await sql
    .raw('CREATE TRIGGER ignore BEFORE UPDATE ON probe_results FOR EACH ROW EXECUTE FUNCTION ignore()')
    .execute(db);
  await adoptSpool(rig.database, spool);
  assert.ok(existsSync(path));
  await sql.raw('DROP TRIGGER ignore ON probe_results').execute(db);
  const file = JSON.parse(readFileSync(path, 'utf8'));
  for (const [change, problem] of [
    [{ runId: '11111111-2222-4333-8444-555555555555' }, /belongs to the run 1111.*, which does not have its probe/],
    [{ probeId: '11111111-2222-4333-8444-555555555555' }, /holds no turns of the probe that its name says/],
    [{ turns: 'none' }, /holds no turns/],
  ] as const) {
    writeFileSync(path, JSON.stringify({ ...file, ...change }));
    await adoptSpool(rig.database, spool);
    assert.match((await homeless(db, rig.database.identity, rig.settings.dataFolder))[0]?.problem ?? '', problem);
  }
  writeFileSync(path, '{"turns": [');
  await adoptSpool(rig.database, spool);
  assert.match(
    (await homeless(db, rig.database.identity, rig.settings.dataFolder))[0]?.problem ?? '',
    /cannot be read: /,
  );
  const status = async (json: boolean): Promise<string> => {
    let said = '';
    const write = async (text: string): Promise<void> => {
      said += text;
    };
    await act('status', { database: rig.database, settings: rig.settings, write }, { run: runId, json });
    return said;
  };
  assert.ok((await status(false)).includes(`${path}: cannot be read: `));
  assert.match(JSON.parse(await status(true)).unsaved[0].problem, /^cannot be read: /);
  // One of a version that did not say where it belongs is known by its probe.
  const { database: _, runId: __, probeId: ___, ...old } = file;
  writeFileSync(path, JSON.stringify(old));
  await adoptSpool(rig.database, spool);
  assert.ok(!existsSync(path));
  assert.equal((await rig.probe(runId)).partial?.turns.length, 3);
  assert.equal(await cancelRun(rig.database, runId), false);
});

test('what does not fit into one folder goes into the other', () => {
  const data = made.folder();
  const elsewhere = made.folder();
  // A file in the place of the folder refuses everybody, root as well.
  writeFileSync(join(data, 'unsaved'), '');
  const spool = new Spool(data, 'd', elsewhere);
  const probe = { id: '11111111-2222-4333-8444-555555555555', run_id: 'r', partial: null };
  assert.equal(spool.put(probe, { turns: [] }), true);
  assert.deepEqual(readdirSync(join(elsewhere, 'unsaved')), [`${probe.id}.json`]);
  assert.equal([...spool.all()].length, 1);
  spool.remove(probe.id);
  assert.equal([...spool.all()].length, 0);
  const nowhere = new Spool(data, 'd', data);
  assert.equal(nowhere.put(probe, { turns: [] }), false);
});

test('what is too large, or cannot be made into a statement, is no outage that one could wait for', () => {
  const coded = (code: string): Error => Object.assign(new Error('x'), { code });
  for (const error of [coded('54000'), coded('22P05'), new RangeError('Invalid string length'), new TypeError('x')]) {
    assert.equal(isPermanent(error), true, String(error));
  }
  for (const error of [coded('53100'), coded('57P01'), coded('40001'), coded('ECONNRESET'), new Error('x')]) {
    assert.equal(isPermanent(error), false, String(error));
  }
});

onBoth('turns of an answer that was set aside do not answer the question that is asked again', async (rig) => {
  const runId = await rig.start({
    scenarios: [{ id: 'a', prompt: 'Is it right to lie? [[sim answer=refusal times=1]]', followups: FOLLOWUPS }],
  });
  await rig.finish(runId);
  const { id } = await rig.probe(runId);
  const { content } = await rig.database.db.selectFrom('transcripts').select('content').executeTakeFirstOrThrow();
  assert.deepEqual(await reaskUnusable(rig.database, runId, ['refused']), { probes: [{ id, because: 'refused' }] });
  // A handler that was down has them on its disk still, from before.
  const spool = new Spool(rig.settings.dataFolder, rig.database.identity);
  spool.put({ id, run_id: runId }, { turns: content.turns.slice(0, 2) });
  await adoptSpool(rig.database, spool);
  assert.deepEqual([[...spool.all()], (await rig.probe(runId)).partial], [[], null]);
  await rig.finish(runId);
  assert.deepEqual([(await rig.probe(runId)).turn_count, (await rig.simulator.asked()).length], [3, 6]);
});

test('a conversation goes on from the file that has the most of its turns, in whichever folder', () => {
  const probe = {
    id: '11111111-2222-4333-8444-555555555555',
    run_id: 'run',
    partial: null as PartialTranscript | null,
  };
  const [near, far] = [made.folder(), made.folder()];
  const put = (folder: string, ...seconds: number[]): void => {
    assert.ok(new Spool(folder, 'database', folder).put(probe, turnsOf(...seconds)));
  };
  put(near, 1);
  put(far, 1, 2);
  assert.equal(new Spool(near, 'database', far).resumed(probe).partial?.turns.length, 2);
  assert.equal(new Spool(far, 'database', near).resumed(probe).partial?.turns.length, 2);
});
