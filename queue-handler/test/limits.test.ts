/** How much is asked at once: of a provider, of a model, for one run beside another. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sql } from 'kysely';
import { WHOLE } from '../src/model.js';
import { queueOf } from '../src/pgboss.js';
import { allowanceOf, filled, pauseProvider, spend } from '../src/queue/allowance.js';
import { Limits } from '../src/queue/limits.js';
import { cancelRun } from '../src/runs/lifecycle.js';
import { readSettings, type Settings } from '../src/settings.js';
import { WorkProcess } from '../support/process.js';
import { startAnew } from './support/forking.js';
import { bench, type Scenario, until } from './support/rig.js';

startAnew();

const made = bench();
const { onBoth, onEither, onServer } = made;

function scenarios(number: number, what = 'Scenario'): Scenario[] {
  return Array.from({ length: number }, (_, index) => ({ id: `s${index}`, prompt: `${what} ${index}: lie?` }));
}

interface World {
  limits: Limits;
  pass(seconds: number): void;
}

function world(settings: Partial<Settings>): World {
  let now = 1_000_000;
  const limits = new Limits({ ...readSettings({}), ...settings }, () => now);
  return {
    limits,
    pass(seconds) {
      now += seconds * 1000;
    },
  };
}

test('requests per minute are let through evenly, with a burst of five seconds', () => {
  let tokens: number | null = null;
  let begun = 0;
  for (let second = 0; second < 600; second += 1) {
    tokens = filled({ tokens, seconds: 1 }, 60);
    while (tokens >= 1) {
      tokens -= 1;
      begun += 1;
    }
    assert.ok(begun <= 5 + second, `${begun} in ${second} s`);
  }
  assert.ok(begun >= 600, `${begun} in ten minutes`);
});

test('a conversation of several turns counts as so many requests', () => {
  const left = filled({ tokens: null, seconds: 0 }, 60) - 10;
  assert.equal(filled({ tokens: left, seconds: 5 }, 60) < 1, true);
  assert.equal(filled({ tokens: left, seconds: 6 }, 60) >= 1, true);
});

test('a clock that is set back takes no requests away, and gives none', () => {
  assert.equal(filled({ tokens: 2, seconds: -3600 }, 60), 2);
});

test('a handler begins with few conversations, and with twice as many after each round trip', () => {
  const { limits } = world({ limits: { openai: { concurrency: 100 } } });
  const gate = limits.gate('openai').model('gpt-4o');
  const reached = [];
  for (let round = 0; round < 5; round += 1) {
    while (limits.room('openai') > 0) {
      gate.begin();
    }
    reached.push(gate.inFlight);
    for (let answers = gate.inFlight; answers > 0; answers -= 1) {
      gate.succeeded();
      gate.end();
    }
  }
  assert.deepEqual(reached, [16, 32, 64, 100, 100]);
  assert.match(gate.learned.why, /as many as are allowed/);
});

test('a model that is limited holds up no other model of its provider, and none is taken over its window', () => {
  const { limits } = world({ limits: { openai: { concurrency: 100 } } });
  limits.asked = new Map([['openai', ['mini', 'gpt-4o']]]);
  const gate = limits.gate('openai');
  for (let begun = 0; begun < 10; begun += 1) {
    gate.model('mini').begin();
  }
  assert.equal(limits.room('openai'), 6);
  gate.model('mini').rateLimited();
  assert.equal(gate.model('mini').learned.allowed, 8);
  assert.deepEqual([limits.full('openai'), limits.room('openai')], [['mini'], 16]);
  assert.match(gate.model('mini').learned.why, /lowered by a fifth/);
});

test('nothing is asked of a provider before the time that it named, and others are asked', () => {
  const { limits, pass } = world({ limits: {} });
  limits.gate('openai').pause(120);
  assert.equal(limits.room('openai'), 0);
  assert.ok(limits.room('anthropic') > 0);
  pass(119);
  assert.equal(limits.room('openai'), 0);
  pass(2);
  assert.ok(limits.room('openai') > 0);
});

test('what the provider says is left is not exceeded, and fills again as it says', () => {
  const { limits, pass } = world({ limits: { openai: { concurrency: 100 } } });
  limits.asked = new Map([['openai', ['gpt-4o']]]);
  const gate = limits.gate('openai').model('gpt-4o');
  gate.begin();
  gate.told({ refusals: 0, requestsLeft: 3, requestsLimit: 63, requestsResetSeconds: 60 }, 100);
  assert.equal(limits.room('openai'), 3);
  gate.begin();
  gate.begin();
  gate.begin();
  assert.deepEqual([limits.room('openai'), limits.full('openai')], [0, ['gpt-4o']]);
  pass(5);
  assert.equal(limits.room('openai'), 5);
  // Tokens are what a request has used of late.
  gate.told({ refusals: 0, tokensLeft: 650, tokensLimit: 10_000, tokensResetSeconds: 0.001 }, 100);
  assert.equal(limits.room('openai'), 3);
});

onBoth('a provider and a model never have more under way than they may', async (rig) => {
  const models = ['gpt-4o~delay=0.05', 'gpt-4o-mini~delay=0.05'];
  const runId = await rig.start({ models, scenarios: scenarios(15) });
  const handler = rig.handler({
    limits: { openai: { concurrency: 4, models: { 'gpt-4o-mini~delay=0.05': { concurrency: 1 } } } },
  });
  let peak = 0;
  await until(async () => {
    peak = Math.max(peak, (await rig.simulator.counters()).inFlight);
    return (await rig.status(runId)) === 'COMPLETED';
  }, 'the end of the run');
  await rig.stop(handler);
  // How near it comes to the limit, a busy machine decides.
  assert.ok(peak <= 4, `${peak} at once`);
});

onBoth(
  'a launch fills the queue to its bound only, and a small run that comes later is not kept waiting',
  async (rig) => {
    const large = await rig.start({ name: 'large', models: ['gpt-4o~delay=0.02'], scenarios: scenarios(300, 'Large') });
    const settings = { providerConcurrency: 4, queueDepth: 20 };
    const handler = rig.handler(settings);
    await until(async () => (await rig.simulator.asked()).length > 10, 'the launch');
    const small = await rig.start({ name: 'small', models: ['gpt-4o~delay=0.02'], scenarios: scenarios(5, 'Small') });
    let deepest = 0;
    await until(async () => {
      const { rows } = await sql<{ waiting: number }>`
      SELECT count(*)::int AS waiting FROM probe_queue.job
      WHERE name = ${queueOf('openai')} AND data ->> 'runId' = ${large} AND state < 'completed'`.execute(
        rig.database.db,
      );
      deepest = Math.max(deepest, rows[0]?.waiting ?? 0);
      return (await rig.status(small)) === 'COMPLETED';
    }, 'the end of the small run');
    const left = (await rig.probes(large)).filter((probe) => probe.status !== 'SUCCEEDED').length;
    // With 4 at once, 5 come and go within two or three rounds; waiting its turn it would have been behind 100.
    assert.ok(left > 230, `${left} of the large run were left when the small one had ended`);
    assert.ok(deepest > 0 && deepest <= 100, `${deepest} queued for the large run`);
    await cancelRun(rig.database, large);
    await rig.stop(handler);
  },
);

onEither('a launch that fills the handler keeps no other provider waiting', async (rig) => {
  const large = await rig.start({ models: ['claude-sonnet-5~delay=0.02'], scenarios: scenarios(300, 'Large') });
  const handler = rig.handler({ concurrency: 4, providerConcurrency: 4, queueDepth: 20 });
  await until(async () => (await rig.simulator.asked()).length > 10, 'the launch');
  const small = await rig.start({ models: ['grok-4.3~delay=0.02'], scenarios: scenarios(5, 'Small') });
  await until(async () => (await rig.status(small)) === 'COMPLETED', 'the end of the small run');
  const left = (await rig.probes(large)).filter((probe) => probe.status !== 'SUCCEEDED').length;
  assert.ok(left > 230, `${left} of the large run were left when the small one had ended`);
  await cancelRun(rig.database, large);
  await rig.stop(handler);
});

onEither('where places are scarce each provider gets an even part, and takes what another leaves', async (rig) => {
  const models = ['claude-sonnet-5~delay=30', 'gpt-4o~delay=30', 'grok-4.3~delay=30'];
  await rig.start({ models: models.slice(0, 2), scenarios: scenarios(20) });
  await rig.start({ models: models.slice(2), scenarios: scenarios(1) });
  const handler = rig.handler({ concurrency: 9, providerConcurrency: 9 });
  await until(async () => handler.inHand === 9, 'nine conversations');
  const { rows } = await sql<{ name: string; number: number }>`
    SELECT name, count(*)::int AS number FROM probe_queue.job WHERE state = 'active' AND name LIKE ${queueOf('%')}
    GROUP BY name ORDER BY name`.execute(rig.database.db);
  assert.deepEqual(
    rows.map(({ name, number }) => [name, number]),
    [
      [queueOf('anthropic'), 4],
      [queueOf('openai'), 4],
      [queueOf('xai'), 1],
    ],
  );
  handler.stop();
  handler.pool.interrupt();
  await rig.stop(handler);
});

onEither('a provider that limits the rate is left alone for as long as it says, and the others go on', async (rig) => {
  const runId = await rig.start({
    models: ['gpt-4o~error=rate_limit,retry-after=600', 'claude-sonnet-5'],
    scenarios: scenarios(20),
  });
  const handler = rig.handler({ providerConcurrency: 2 });
  await until(
    async () =>
      (await rig.probes(runId)).filter((probe) => probe.model_id === 'claude-sonnet-5' && probe.status === 'SUCCEEDED')
        .length === 20,
    'the end of the other provider',
  );
  await rig.stop(handler);
  const asked = (await rig.simulator.asked()).filter((entry) => entry.provider === 'openai');
  assert.ok(asked.length >= 1 && asked.length <= 2, `${asked.length} asked`);
  assert.equal(await rig.status(runId), 'RUNNING');
});

onBoth(
  'the requests that all handlers may begin stand in the database, and a transaction that is undone takes none',
  async (rig) => {
    const { db } = rig.database;
    const limit = { concurrency: 100, requestsPerMinute: 60, models: { mini: { requestsPerMinute: 12 } } };
    await db.transaction().execute(async (trx) => {
      const allowance = await allowanceOf(trx, 'openai', limit);
      assert.deepEqual([allowance.room, allowance.full], [5, []]);
      await spend(
        trx,
        'openai',
        allowance,
        new Map([
          ['mini', 1],
          ['gpt-4o', 9],
        ]),
      );
    });
    const look = (): Promise<{ room: number; full: string[] }> =>
      db.transaction().execute(async (trx) => allowanceOf(trx, 'openai', limit));
    const after = await look();
    assert.ok(after.room < 1, `${after.room} left`);
    assert.deepEqual(after.full, ['mini']);
    await assert.rejects(
      db.transaction().execute(async (trx) => {
        await spend(trx, 'openai', await allowanceOf(trx, 'openai', limit), new Map([['gpt-4o', 1000]]));
        throw new Error('undone');
      }),
      /undone/,
    );
    // A minute later.
    await sql`UPDATE provider_limits SET filled_at = filled_at - interval '1 minute'`.execute(db);
    assert.deepEqual(await look().then(({ room, full }) => [room, full]), [5, []]);
  },
);

onBoth('a pause that a provider asked for holds for every handler, and not longer than one may be', async (rig) => {
  const { db } = rig.database;
  const room = async (): Promise<number> =>
    (await db.transaction().execute(async (trx) => allowanceOf(trx, 'openai', { concurrency: 3 }))).room;
  assert.equal(await room(), 3);
  await pauseProvider(db, 'openai', 120);
  await pauseProvider(db, 'openai', 5);
  assert.equal(await room(), 0);
  await sql`UPDATE provider_limits SET paused_until = paused_until - interval '110 seconds'`.execute(db);
  assert.equal(await room(), 0);
  await sql`UPDATE provider_limits SET paused_until = paused_until - interval '11 seconds'`.execute(db);
  assert.equal(await room(), 3);
  // As after a clock that was set back an hour.
  await sql`UPDATE provider_limits SET paused_until = now() + interval '1 hour' WHERE model_id = ${WHOLE}`.execute(db);
  assert.equal(await room(), 3);
});

onServer('a limit holds at every moment over handlers that start, stop and die', async () => {
  const url = await made.serverDatabase();
  const folder = made.folder();
  const limits = join(folder, 'limits.json');
  writeFileSync(limits, JSON.stringify({ openai: { concurrency: 2 } }));
  const env = (): Record<string, string> => ({
    DATABASE_URL: url,
    QUEUE_DATA: made.folder(),
    QUEUE_LIMITS_FILE: limits,
    QUEUE_HEARTBEAT_SECONDS: '10',
    QUEUE_MONITOR_SECONDS: '1',
    QUEUE_RETRY_DELAY_SECONDS: '1',
    QUEUE_POLL_MILLISECONDS: '30',
  });
  const rig = await made.rig('PostgreSQL', { DATABASE_URL: url });
  await rig.simulator.forget();
  const runId = await rig.start({ models: ['gpt-4o~delay=0.05', 'gpt-4o-mini~delay=0.05'], scenarios: scenarios(40) });
  const running = new Set([new WorkProcess(env()), new WorkProcess(env()), new WorkProcess(env())]);
  const [first, second, third] = running;
  const answered = async (): Promise<number> => (await rig.simulator.asked()).length;
  await until(async () => (await answered()) > 15, 'work of three');
  await first?.kill();
  const late = new WorkProcess(env());
  await until(async () => (await answered()) > 35, 'work after a death');
  assert.equal(await second?.stop(), 0);
  await until(async () => {
    await rig.hurry();
    return (await rig.status(runId)) === 'COMPLETED';
  }, 'the end of the run');
  for (const one of [third, late]) {
    assert.equal(await one?.stop(), 0);
  }
  const { peakInFlight } = await rig.simulator.counters();
  assert.ok(peakInFlight === 2, `${peakInFlight} at once`);
  await rig.close();
});
