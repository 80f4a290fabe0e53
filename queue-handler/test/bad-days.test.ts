/** `queue work` on bad days: clocks that jump, a database that hangs or is gone, a log that nobody reads, wrong settings. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { progressOf } from '../src/runs/progress.js';
import { interpreter } from '../src/workers/interpreter.js';
import { WorkProcess } from '../support/process.js';
import { repeats } from '../support/simulator.js';
import { Wire } from '../support/wire.js';
import { QUEUE, Queue } from './support/cli.js';
import { bench, type Profile, type Rig, type Scenario, until } from './support/rig.js';

const made = bench();
const { onEither, onEmbedded, onServer } = made;

const SHIFT = {
  NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${fileURLToPath(new URL('../support/shift.js', import.meta.url))}`,
};
const MODEL = 'gpt-4o~delay=0.1';

function scenarios(number: number): Scenario[] {
  return Array.from({ length: number }, (_, index) => ({
    id: `s${index}`,
    prompt: `Scenario ${index}: lie?`,
    followups: [{ prompt: 'Why?' }, { prompt: 'Are you sure?' }],
  }));
}

async function answers(number: number): Promise<void> {
  await until(async () => (await made.simulator.asked()).length >= number, `${number} answers`);
}

function unsaved(folder: string): string[] {
  const path = join(folder, 'unsaved');
  return existsSync(path) ? readdirSync(path) : [];
}

async function assertWhole(rig: Rig, runId: string): Promise<void> {
  assert.equal(await rig.status(runId), 'COMPLETED');
  for (const probe of await rig.probes(runId)) {
    assert.deepEqual([probe.status, probe.turn_count], ['SUCCEEDED', 3], JSON.stringify(probe.error));
  }
}

for (const profile of ['PGlite', 'PostgreSQL'] satisfies Profile[]) {
  const define = profile === 'PGlite' ? onEmbedded : onServer;
  define(`a clock that is set back an hour stops no run, and no signal (${profile})`, async () => {
    const folder = made.folder();
    const url = profile === 'PGlite' ? {} : { DATABASE_URL: await made.serverDatabase() };
    const env = { QUEUE_DATA: folder, QUEUE_MONITOR_SECONDS: '1', QUEUE_PROVIDER_CONCURRENCY: '3', ...url };
    const before = await made.rig(profile, env);
    await before.simulator.forget();
    const runId = await before.start({ models: [MODEL], scenarios: scenarios(12) });
    await before.close();
    const handler = new WorkProcess({ ...env, ...SHIFT });
    await answers(9);
    const saved = handler.saved;
    process.kill(handler.pid, 'SIGUSR2');
    await until(() => handler.saved >= saved + 4, 'transcripts after the clock was set back');
    process.kill(handler.pid, 'SIGUSR2');
    assert.equal(await handler.stop(), 0);
    const next = new WorkProcess({ ...env, ...forked() }, '--until-idle');
    assert.equal(await next.exited(), 0);
    const after = await made.rig(profile, env);
    await assertWhole(after, runId);
    assert.equal(repeats(await made.simulator.asked()), 0);
    await after.close();
  });
}

onServer('a second signal ends a handler whose database hangs, and what is paid for is on disk', async () => {
  const url = await made.serverDatabase();
  const wire = await Wire.to(url);
  const folder = made.folder();
  const rig = await made.rig('PostgreSQL', { DATABASE_URL: url });
  await rig.simulator.forget();
  const runId = await rig.start({ models: [MODEL], scenarios: scenarios(6) });
  const env = { QUEUE_DATA: folder, QUEUE_PROVIDER_CONCURRENCY: '4', QUEUE_GRACE_SECONDS: '3600' };
  const handler = new WorkProcess({ ...env, DATABASE_URL: wire.url });
  await answers(6);
  wire.silence();
  const { length } = await rig.simulator.asked();
  process.kill(handler.pid, 'SIGTERM');
  await until(() => handler.says('the handler stops'), 'the first signal');
  process.kill(handler.pid, 'SIGINT');
  await handler.exited();
  assert.ok(handler.says('asked again to stop; what is under way goes back'));
  // Four conversations had a question on the wire, or an answer that is on disk.
  assert.ok((await rig.simulator.asked()).length <= length + 4);
  await wire.close();
  await sql`UPDATE probe_queue.job SET heartbeat_on = now() - interval '1 hour' WHERE state = 'active'`.execute(
    rig.database.db,
  );
  const next = new WorkProcess({ ...env, ...forked(), DATABASE_URL: url, QUEUE_MONITOR_SECONDS: '1' }, '--until-idle');
  await until(async () => {
    await sql`UPDATE probe_queue.job SET start_after = now() WHERE state = 'retry' AND start_after > now()`.execute(
      rig.database.db,
    );
    return (await rig.status(runId)) === 'COMPLETED';
  }, 'the end of the run');
  assert.equal(await next.exited(), 0);
  await assertWhole(rig, runId);
  const again = repeats(await rig.simulator.asked());
  assert.ok(again <= 4, `${again} answers were paid for again`);
  await rig.close();
});

onServer('a handler whose database is gone ends within its grace time, and every answer is on disk', async () => {
  const url = await made.serverDatabase();
  const wire = await Wire.to(url);
  const folder = made.folder();
  const rig = await made.rig('PostgreSQL', { DATABASE_URL: url });
  await rig.simulator.forget();
  const runId = await rig.start({ models: [MODEL], scenarios: scenarios(6) });
  const env = { QUEUE_DATA: folder, QUEUE_PROVIDER_CONCURRENCY: '3', QUEUE_GRACE_SECONDS: '3' };
  const handler = new WorkProcess({ ...env, DATABASE_URL: wire.url });
  await answers(4);
  wire.down();
  await until(() => unsaved(folder).length === 3, 'three conversations on disk');
  assert.equal(await handler.stop(), 0);
  assert.ok(handler.says('the grace time is over; what is under way goes back'));
  assert.equal(unsaved(folder).length, 3);
  await wire.close();
  await sql`UPDATE probe_queue.job SET heartbeat_on = now() - interval '1 hour' WHERE state = 'active'`.execute(
    rig.database.db,
  );
  const next = new WorkProcess({ ...env, ...forked(), DATABASE_URL: url, QUEUE_MONITOR_SECONDS: '1' }, '--until-idle');
  await until(async () => {
    await sql`UPDATE probe_queue.job SET start_after = now() WHERE state = 'retry' AND start_after > now()`.execute(
      rig.database.db,
    );
    return (await rig.status(runId)) === 'COMPLETED';
  }, 'the end of the run');
  assert.equal(await next.exited(), 0);
  await assertWhole(rig, runId);
  assert.equal(repeats(await rig.simulator.asked()), 0);
  assert.deepEqual(unsaved(folder), []);
  await rig.close();
});

onEmbedded('a handler whose log nobody reads any more goes on to the end', async () => {
  const env = { QUEUE_DATA: made.folder(), QUEUE_PROVIDER_CONCURRENCY: '3' };
  const before = await made.rig('PGlite', env);
  await before.simulator.forget();
  const runId = await before.start({ models: [MODEL], scenarios: scenarios(8) });
  await before.close();
  const handler = new WorkProcess(env, '--until-idle');
  await answers(4);
  handler.hangUp();
  assert.equal(await handler.exited(), 0);
  const after = await made.rig('PGlite', env);
  await assertWhole(after, runId);
  assert.equal(repeats(await made.simulator.asked()), 0);
  await after.close();
});

// A terminal whose screen stands still takes some 4 KiB, and then nothing more.
const STANDING_STILL = `
import os, pty, sys
ours, theirs = pty.openpty()
handler = os.fork()
if handler == 0:
    os.dup2(theirs, 2)
    os.execvp(sys.argv[1], sys.argv[1:])
sys.exit(os.waitstatus_to_exitcode(os.waitpid(handler, 0)[1]))
`;

import { forked, startAnew } from './support/forking.js';

startAnew();

onEmbedded('a handler goes on to the end though the terminal of its log stands still', async () => {
  const env = { QUEUE_DATA: made.folder(), QUEUE_PROVIDER_CONCURRENCY: '3' };
  const before = await made.rig('PGlite', env);
  await before.simulator.forget();
  const runId = await before.start({ models: [MODEL], scenarios: scenarios(8) });
  await before.close();
  const queue = new Queue({ ...process.env, ...env, LOG_LEVEL: 'debug' });
  const { code } = await queue.spawn(interpreter(), ['-c', STANDING_STILL, QUEUE, 'work', '--until-idle']).over;
  assert.equal(code, 0);
  const after = await made.rig('PGlite', env);
  await assertWhole(after, runId);
  assert.equal(repeats(await made.simulator.asked()), 0);
  await after.close();
});

onEmbedded('`work --until-idle` tells by its exit status whether probes failed', async () => {
  const env = { QUEUE_DATA: made.folder() };
  const queue = new Queue({ ...process.env, ...env });
  for (const [model, status] of [
    ['gpt-4o', 0],
    ['gpt-4o~error=context', 3],
    // Of an earlier run, which is not what this work was about.
    ['claude-sonnet-5', 0],
  ] as const) {
    const rig = await made.rig('PGlite', env);
    await rig.start({ models: [model, 'grok-4.3'] });
    await rig.close();
    const { code, stderr } = await queue.run('work', '--until-idle');
    assert.equal(code, status, stderr);
  }
  await queue.close();
});

onServer('a killed handler is not counted as at work', async () => {
  const url = await made.serverDatabase();
  const rig = await made.rig('PostgreSQL', { DATABASE_URL: url });
  const runId = await rig.start({ models: ['gpt-4o~delay=30'] });
  const handler = new WorkProcess({ DATABASE_URL: url, QUEUE_DATA: made.folder() });
  const atWork = async (): Promise<number> => (await progressOf(rig.database.db, runId)).handlers;
  await until(async () => (await atWork()) === 1, 'a handler at work');
  await handler.kill();
  assert.equal(await atWork(), 0);
  await sql`
    INSERT INTO handlers (id, host, pid, heartbeat_seconds, seen_at) VALUES
      (gen_random_uuid(), 'elsewhere', 1, 30, now() - interval '20 seconds'),
      (gen_random_uuid(), 'elsewhere', 1, 10, now() - interval '20 seconds')`.execute(rig.database.db);
  assert.equal(await atWork(), 1);
  await rig.close();
});

onEmbedded('a deadline that no job in the queue can hold is refused at the start, by its name', async () => {
  for (const value of ['43181', '1e9', '0', '-5', 'soon', 'Infinity']) {
    const queue = new Queue({ ...process.env, QUEUE_DATA: made.folder(), PROBE_DEADLINE_SECONDS: value });
    const { code, stderr } = await queue.run('work', '--until-idle');
    assert.equal(code, 2, stderr);
    assert.match(stderr, /^queue: PROBE_DEADLINE_SECONDS: must be a number of seconds above 0, at most 43180: /m);
    assert.doesNotMatch(stderr, /database does not answer/);
  }
});

onEither('a run with such a deadline is refused, and one that is there stops no other', async (rig) => {
  await assert.rejects(
    rig.start({ config: { deadlineSeconds: 43_181 } }),
    /^UsageError: config\.deadlineSeconds: must be/,
  );
  const old = await rig.start({ name: 'old' });
  const other = await rig.start({ name: 'other' });
  await sql`UPDATE runs SET config = jsonb_set(config, '{config}', '{"deadlineSeconds": 86400}') WHERE id = ${old}`.execute(
    rig.database.db,
  );
  await rig.finish(other);
  await rig.finish(old);
  assert.deepEqual([await rig.status(old), await rig.status(other)], ['COMPLETED', 'COMPLETED']);
});
