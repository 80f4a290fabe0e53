/** A disk that is full under the embedded database: it is said, nothing hangs, nothing that was paid for is lost. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sql } from 'kysely';
import { openDatabase } from '../src/database/connect.js';
import { repeats } from '../support/simulator.js';
import { Queue } from './support/cli.js';
import { startAnew } from './support/forking.js';
import { bench, Rig, testSettings, until } from './support/rig.js';

startAnew();

const made = bench();
const disks: string[] = [];

after(() => {
  for (const folder of disks) {
    execFileSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true });
  }
});

/** A small disk of its own. */
function disk(megabytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'queue-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'tmpfs', folder], { stdio: 'pipe' });
  disks.push(folder);
  return folder;
}

/** Leave so many bytes. */
function fillUp(folder: string, left: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const room = bavail * bsize - left;
  try {
    writeFileSync(join(folder, 'filler'), Buffer.alloc(Math.max(0, room)));
  } catch {
    // Full is full.
  }
}

function noDisks(): string | false {
  try {
    const folder = mkdtempSync(join(tmpdir(), 'queue-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
    return false;
  } catch {
    return 'no disk can be mounted here';
  }
}

const skip = noDisks();

test('a handler takes no jobs while the disk is nearly full, says so, and goes on when there is room', {
  skip,
}, async () => {
  const root = disk(140);
  const settings = testSettings({ QUEUE_DATA: join(root, 'data'), QUEUE_ROOM_MEGABYTES: '20' });
  await made.fillEmbedded(settings.dataFolder);
  const rig = new Rig(await openDatabase(settings, true), settings, made.simulator);
  await rig.simulator.forget();
  const runId = await rig.start();
  fillUp(root, 15 * 1024 * 1024);
  const handler = rig.handler();
  const problem = async (): Promise<string | null> =>
    (await rig.database.db.selectFrom('handlers').select('problem').executeTakeFirst())?.problem ?? null;
  await until(async () => (await problem()) !== null, 'the problem of the handler');
  assert.match(
    (await problem()) ?? '',
    /has 1\d MB left, and 20 MB are to stay free \(QUEUE_ROOM_MEGABYTES\); make room/,
  );
  assert.equal((await rig.simulator.asked()).length, 0);
  rmSync(join(root, 'filler'));
  await rig.ended(runId);
  await until(async () => (await problem()) === null, 'the end of the problem');
  await rig.stop(handler);
  await rig.close();
});

test('a database whose disk is full says so, and takes what it is given again when there is room', {
  skip,
}, async () => {
  const root = disk(140);
  const settings = testSettings({ QUEUE_DATA: join(root, 'data'), QUEUE_ROOM_MEGABYTES: '1' });
  await made.fillEmbedded(settings.dataFolder);
  const database = await openDatabase(settings, false);
  const { db } = database;
  await sql`CREATE TABLE filler (t text)`.execute(db);
  const write = async (): Promise<void> => {
    await sql`INSERT INTO filler SELECT string_agg(md5(random()::text || g), '') FROM generate_series(1, 30000) g`.execute(
      db,
    );
  };
  await write();
  fillUp(root, 0);
  let said = '';
  await until(async () => {
    await write().catch((error: Error) => {
      said = error.message;
    });
    return /its disk is full|No space left on device/.test(said);
  }, 'the word of the database');
  rmSync(join(root, 'filler'));
  const takes = (): Promise<boolean> =>
    write().then(
      () => true,
      () => false,
    );
  await until(takes, 'the database to take something again');
  const { rows } = await sql<{ n: number }>`SELECT count(*)::int AS n FROM filler`.execute(db);
  assert.deepEqual(rows, [{ n: 2 }], 'what was stored, and nothing that was refused');
  await database.close();
});

for (const signal of ['SIGTERM'] as const) {
  test(`answers that come while the disk is full are kept elsewhere, and outlive the handler (${signal})`, {
    skip,
  }, async () => {
    const root = disk(140);
    const state = made.folder();
    await made.fillEmbedded(join(root, 'data'));
    const queue = new Queue({
      ...process.env,
      DATABASE_URL: '',
      QUEUE_DATA: join(root, 'data'),
      QUEUE_ROOM_MEGABYTES: '1',
      QUEUE_GRACE_SECONDS: '1',
      QUEUE_WARM_WORKERS: '1',
      XDG_STATE_HOME: state,
      LOG_LEVEL: 'info',
    });
    await made.simulator.forget();
    const run = join(made.folder(), 'run.json');
    const scenarios = Array.from({ length: 4 }, (_, index) => ({
      id: `s${index}`,
      prompt: `Lie ${index}? [[sim delay=2]]`,
    }));
    writeFileSync(run, JSON.stringify({ name: 'full', definition: { scenarios }, models: ['gpt-4o'] }));
    const started = await queue.run('start', run);
    assert.equal(started.code, 0, started.stderr);
    const work = queue.begin('work');
    await until(async () => (await made.simulator.counters()).inFlight === 4, 'four questions under way');
    await made.simulator.whileFrozen(() => fillUp(root, 0));
    const kept = (): string[] =>
      existsSync(join(state, 'probe-queue', 'unsaved')) ? readdirSync(join(state, 'probe-queue', 'unsaved')) : [];
    await until(() => kept().filter((name) => name.endsWith('.json')).length === 4, 'the answers elsewhere');
    assert.match(work.said.stderr, /its disk is full|No space left on device/);
    work.child.kill(signal);
    await work.over;
    rmSync(join(root, 'filler'));
    const rest = await queue.run('work', '--until-idle');
    assert.equal(rest.code, 0, rest.stderr);
    assert.match((await queue.run('status', 'full')).stdout, /gpt-4o +4\/4/);
    assert.equal(repeats(await made.simulator.asked()), 0);
    assert.deepEqual(kept(), []);
    await queue.close();
  });
}
