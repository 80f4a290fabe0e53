/** Which run a command means: the one that was named, or none. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { UsageError } from '../src/errors.js';
import { findRun, lookUpRun } from '../src/runs/find.js';
import { bench, type Rig } from './support/rig.js';

const { onBoth, onEither } = bench();

async function refusal(rig: Rig, given: string): Promise<string> {
  let message = '';
  await assert.rejects(findRun(rig.database.db, given), (error) => {
    assert.ok(error instanceof UsageError);
    message = error.message;
    return true;
  });
  return message;
}

onBoth('a run is found by its ID, by a beginning of it that is its own, or by its name', async (rig) => {
  const id = await rig.start({ name: 'one' });
  await rig.start({ name: 'another' });
  for (const given of [id, id.toUpperCase(), id.slice(0, 8), id.slice(0, 4), 'one', ' one ']) {
    assert.deepEqual(await findRun(rig.database.db, given), { id, name: 'one', status: 'PENDING' }, given);
  }
});

onBoth('an empty RUN, such as a variable that is not set, is no run', async (rig) => {
  await rig.start();
  for (const given of ['', ' ', '\t']) {
    assert.match(await refusal(rig, given), /^RUN is empty: .*a variable may not be set/);
  }
  for (const given of ['%', '_', 'a', '-', '0', 'no run']) {
    assert.equal(await refusal(rig, given), `no run has the ID or the name "${given}"; see: status`);
  }
});

onBoth('where more than one run could be meant, all that could are listed and none is chosen', async (rig) => {
  const ids = [await rig.start({ name: 'twin' }), await rig.start({ name: 'twin' })];
  const twins = await refusal(rig, 'twin');
  assert.match(twins, /^"twin" is the name, or the beginning of the ID, of 2 runs; give the ID:\n/);
  for (const id of ids) {
    assert.match(twins, new RegExp(`\n  ${id}  twin  PENDING  20\\d\\d-.* UTC`));
    assert.equal((await findRun(rig.database.db, id)).id, id);
  }
  // A name that is the beginning of another run's ID.
  const [first = ''] = ids;
  await rig.start({ name: first.slice(0, 6) });
  assert.match(await refusal(rig, first.slice(0, 6)), /of 2 runs; give the ID/);
  for (let made = 0; made < 5; made += 1) {
    await rig.start({ name: 'twin' });
  }
  assert.match(await refusal(rig, 'twin'), /of 7 runs.*\n {2}and 2 more$/s);
});

onEither('a name that came into the database by other ways steers no terminal', async (rig) => {
  const id = await rig.start({ name: 'plain' });
  await rig.start({ name: 'plain' });
  await sql`UPDATE runs SET name = ${'\u001b[2Jplain\u009b\u202e'} WHERE id = ${id}::uuid`.execute(rig.database.db);
  await sql`UPDATE runs SET name = (SELECT name FROM runs WHERE id = ${id}::uuid)`.execute(rig.database.db);
  const message = await refusal(rig, '\u001b[2Jplain\u009b\u202e');
  assert.match(message, /\\u001b\[2Jplain\\u009b\\u202e/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none
  assert.doesNotMatch(message.replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u202e]/);
});

onEither('who only looks may abbreviate the name of a run, and is told which one was taken', async (rig) => {
  const id = await rig.start({ name: 'study-10' });
  const said: string[] = [];
  const look = (given: string): Promise<unknown> =>
    lookUpRun(rig.database.db, given, async ({ name }) => {
      said.push(name);
    });
  for (const given of ['study-1', 'stu', ' study', 'study-10', id.slice(0, 6)]) {
    assert.deepEqual(await look(given), { id, name: 'study-10', status: 'PENDING' }, given);
  }
  assert.deepEqual(said, ['study-10', 'study-10', 'study-10']);
  // What changes a run takes the whole name: the run that was meant may be gone.
  assert.match(await refusal(rig, 'study-1'), /^no run has the ID or the name "study-1"/);
  for (const given of ['', ' ', 'st', 's', '%', 'tudy', 'study-11', 'STUDY']) {
    await assert.rejects(look(given), UsageError, given);
  }
  await rig.start({ name: 'study-2' });
  await assert.rejects(look('stud'), /^UsageError: "stud" begins the names of 2 runs; give the ID:\n/);
  await rig.start({ name: 'study' });
  assert.notEqual(
    ((await look('study')) as { id: string }).id,
    id,
    'a whole name goes before the beginning of another',
  );
});
