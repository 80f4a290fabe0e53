/** Whatever is killed in the middle of a run: afterwards every answer is there once, and none was paid for twice. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { openDatabase } from '../src/database/connect.js';
import { WorkProcess } from '../support/process.js';
import { type Asked, repeats } from '../support/simulator.js';
import { forked, startAnew } from './support/forking.js';
import { bench, type Profile, type Rig, until } from './support/rig.js';

startAnew();

const made = bench();
const { onBoth, onEmbedded, onServer } = made;

const TURNS = 3;
// Each answer takes a while, so that there are conversations under way whenever something is killed.
const MODELS = ['gpt-4o~delay=0.1', 'claude-sonnet-5~delay=0.13'];
const SCENARIOS = Array.from({ length: 20 }, (_, index) => ({
  id: `s${index}`,
  prompt: `Scenario ${index}: is it right to lie?`,
  followups: [{ prompt: 'Why?' }, { prompt: 'Are you sure?' }],
}));
const PROBES = MODELS.length * SCENARIOS.length;
// With one provider.
const AT_ONCE = 5;
const UNDER_WAY = MODELS.length * AT_ONCE;

/** Every probe has its transcript, with all turns, once. */
async function assertWhole(rig: Rig, runId: string): Promise<void> {
  assert.equal(await rig.status(runId), 'COMPLETED');
  const probes = await rig.probes(runId);
  assert.equal(probes.length, PROBES);
  for (const probe of probes) {
    assert.deepEqual([probe.status, probe.turn_count], ['SUCCEEDED', TURNS], JSON.stringify(probe.error));
  }
}

/**
 * A conversation has one question under way, and no other was asked twice: not in more conversations than could be under
 * way when the blow fell, and in each of them at most that one.
 */
function assertPaidOnce(asked: Asked[], underWay: number): void {
  const conversations = Object.groupBy(asked, ({ model, body }) => {
    const [scenario] = JSON.stringify(body).match(/Scenario \d+:/) ?? assert.fail('a question of no scenario');
    return `${model} ${scenario}`;
  });
  const again = Object.values(conversations).map((entries) => repeats(entries ?? []));
  assert.ok(
    again.every((number) => number <= 1),
    `answers paid for again in each conversation: ${again}`,
  );
  const hit = again.filter((number) => number > 0).length;
  assert.ok(hit <= underWay, `${hit} answers were paid for again, and at most ${underWay} could be under way`);
}

async function answersAtLeast(rig: Rig, number: number): Promise<void> {
  await until(async () => (await rig.simulator.asked()).length >= number, `${number} answers`);
}

onBoth('a killed worker process is replaced, and its conversations go on where they were', async (rig) => {
  const runId = await rig.start({ models: MODELS, scenarios: SCENARIOS });
  const handler = rig.handler({ providerConcurrency: AT_ONCE });
  await answersAtLeast(rig, 40);
  const [victim] = handler.pool.pids;
  process.kill(victim ?? 0, 'SIGKILL');
  await until(async () => {
    await rig.hurry();
    return (await rig.status(runId)) === 'COMPLETED';
  }, 'the end of the run');
  await rig.stop(handler);
  await assertWhole(rig, runId);
  const probes = await rig.probes(runId);
  const crashed = probes.filter((probe) => probe.crashes > 0).length;
  assert.ok(crashed >= 1 && crashed <= UNDER_WAY, `${crashed} conversations were hit`);
  assertPaidOnce(await rig.simulator.asked(), crashed);
});

for (const profile of ['PGlite', 'PostgreSQL'] satisfies Profile[]) {
  const define = profile === 'PGlite' ? onEmbedded : onServer;
  define(`a killed handler takes its workers along, and the next one goes on (${profile})`, async () => {
    const folder = made.folder();
    const url = profile === 'PGlite' ? {} : { DATABASE_URL: await made.serverDatabase() };
    const env = { QUEUE_DATA: folder, QUEUE_MONITOR_SECONDS: '1', QUEUE_PROVIDER_CONCURRENCY: String(AT_ONCE), ...url };
    const before = await made.rig(profile, env);
    await before.simulator.forget();
    const runId = await before.start({ models: MODELS, scenarios: SCENARIOS });
    await before.close();
    const first = new WorkProcess(env);
    await answersAtLeast(before, 40);
    await first.kill();

    if (profile === 'PostgreSQL') {
      // A server may have other handlers, so the lost tickets are known by their heartbeats; here their time has come.
      const database = await openDatabase(before.settings, false);
      await sql`UPDATE probe_queue.job SET heartbeat_on = now() - interval '1 hour' WHERE state = 'active'`.execute(
        database.db,
      );
      await database.close();
    }
    const second = new WorkProcess({ ...env, ...forked(), QUEUE_RETRY_DELAY_SECONDS: '1' }, '--until-idle');
    assert.equal(await second.exited(), 0);
    const after = await made.rig(profile, env);
    await assertWhole(after, runId);
    assertPaidOnce(await made.simulator.asked(), UNDER_WAY);
    assert.ok((await after.probes(runId)).every((probe) => probe.failures === 0));
    await after.close();
  });
}

onServer(
  'a killed database is waited for: what was answered meanwhile is saved, and nothing is asked again',
  async () => {
    const rig = await made.rig('PostgreSQL');
    await rig.simulator.forget();
    const runId = await rig.start({ models: MODELS, scenarios: SCENARIOS });
    const handler = rig.handler({ providerConcurrency: AT_ONCE });
    await answersAtLeast(rig, 40);
    const { length } = await rig.simulator.asked();
    await made.server?.kill();
    // Conversations under way go on without it.
    await until(async () => (await rig.simulator.asked()).length > length, 'an answer during the outage');
    await made.server?.start();
    await rig.ended(runId);
    await rig.stop(handler);
    await assertWhole(rig, runId);
    assert.equal(repeats(await rig.simulator.asked()), 0);
    await rig.close();
  },
);

onServer('two handlers share a run, and one of them survives the loss of the other', async () => {
  const url = await made.serverDatabase();
  const env = (): Record<string, string> => ({
    DATABASE_URL: url,
    QUEUE_DATA: made.folder(),
    QUEUE_MONITOR_SECONDS: '1',
    QUEUE_HEARTBEAT_SECONDS: '10',
    QUEUE_PROVIDER_CONCURRENCY: String(AT_ONCE),
    QUEUE_RETRY_DELAY_SECONDS: '1',
  });
  // Both bring the empty database up to date at the same moment.
  const first = new WorkProcess(env());
  const second = new WorkProcess(env());
  const rig = await made.rig('PostgreSQL', { DATABASE_URL: url });
  await rig.simulator.forget();
  const runId = await rig.start({ models: MODELS, scenarios: SCENARIOS });
  await until(() => first.saved > 3 && second.saved > 3, 'work done by both');
  await first.kill();
  // Nothing but its silence tells the queue that it is gone.
  await until(async () => {
    await rig.hurry();
    return (await rig.status(runId)) === 'COMPLETED';
  }, 'the end of the run');
  assert.equal(await second.stop(), 0);
  await assertWhole(rig, runId);
  assertPaidOnce(await rig.simulator.asked(), UNDER_WAY);
  await rig.close();
});
