/** What waits says why, and until when. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { pauseRun, resumeRun } from '../src/runs/lifecycle.js';
import { progressOf } from '../src/runs/progress.js';
import type { Wait } from '../src/runs/waits.js';
import { bench, type Rig, type Scenario, until } from './support/rig.js';

const { onBoth, onEither } = bench();

function scenarios(number: number): Scenario[] {
  return Array.from({ length: number }, (_, index) => ({ id: `s${index}`, prompt: `Scenario ${index}: lie?` }));
}

async function waits(rig: Rig, runId: string, model: string): Promise<Wait[]> {
  const { models } = await progressOf(rig.database.db, runId);
  return models.find(({ modelId }) => modelId === model)?.waits ?? assert.fail(`no ${model}`);
}

/** Once so many probes of a model wait for a reason: a ticket is held for a moment before its probe is marked as asked. */
async function waitsFor(rig: Rig, runId: string, model: string, reason: string, probes?: number): Promise<Wait> {
  let found: Wait | undefined;
  await until(async () => {
    const fits = (wait: Wait) => wait.reason === reason && (probes === undefined || wait.probes === probes);
    found = (await waits(rig, runId, model)).find(fits);
    return found !== undefined;
  }, `${model} waiting for ${reason}`);
  return found ?? assert.fail();
}

onBoth('a run that nobody works on, and one that is paused, say so', async (rig) => {
  const runId = await rig.start({ scenarios: scenarios(3) });
  assert.deepEqual(
    (await waits(rig, runId, 'gpt-4o')).map(({ reason, probes, until: when }) => [reason, probes, when]),
    [['NO_HANDLER', 3, null]],
  );
  await pauseRun(rig.database.db, runId);
  const [paused] = await waits(rig, runId, 'gpt-4o');
  assert.equal(paused?.reason, 'PAUSED');
  assert.match(paused?.message ?? '', /see: resume/);
  await resumeRun(rig.database.db, runId);
  await rig.finish(runId);
  assert.deepEqual(await waits(rig, runId, 'gpt-4o'), []);
});

onBoth('a provider that names an hour: what it refused waits for that, and the rest for its pause', async (rig) => {
  const model = 'gpt-4o~error=rate_limit,retry-after=3600';
  const runId = await rig.start({ models: [model, 'claude-sonnet-5'], scenarios: scenarios(6) });
  const handler = rig.handler({ providerConcurrency: 1 });
  const retry = await waitsFor(rig, runId, model, 'RETRY');
  assert.match(retry.message, /RATE_LIMIT, when the provider said/);
  assert.ok((retry.seconds ?? 0) > 3500 && (retry.seconds ?? 0) <= 3600, `${retry.seconds} s`);
  const pause = await waitsFor(rig, runId, model, 'PROVIDER_PAUSE');
  assert.ok((pause.seconds ?? 0) > 500 && (pause.seconds ?? 0) <= 601, `${pause.seconds} s`);
  const ahead = (Date.parse(pause.until ?? '') - Date.now()) / 1000;
  assert.ok(ahead > 400 && ahead <= 602, `${ahead} s ahead`);
  assert.equal(retry.probes + pause.probes, 6);
  await rig.stop(handler);
});

onEither('a failed try waits for its backoff, and says which failure it was', async (rig) => {
  const model = 'gpt-4o~status=503';
  const runId = await rig.start({ models: [model], config: { deadlineSeconds: 1 } });
  const handler = rig.handler({ retryDelaySeconds: 60, retryDelayMaxSeconds: 600 });
  const wait = await waitsFor(rig, runId, model, 'RETRY');
  assert.match(wait.message, /(SERVER_ERROR|TIMEOUT), with a growing pause/);
  assert.ok((wait.seconds ?? 0) > 30, `${wait.seconds} s`);
  await rig.stop(handler);
});

onBoth('limits of concurrency and of requests a minute, of a provider and of a model, are named', async (rig) => {
  const models = ['gpt-4o~delay=30', 'claude-sonnet-5', 'grok-4.3', 'grok-4.3~delay=30'];
  const runId = await rig.start({ models, scenarios: scenarios(4) });
  const handler = rig.handler({
    limits: {
      openai: { concurrency: 2 },
      anthropic: { requestsPerMinute: 1 },
      xai: { models: { 'grok-4.3~delay=30': { concurrency: 1 } } },
    },
  });
  const provider = await waitsFor(rig, runId, 'gpt-4o~delay=30', 'CONCURRENCY', 2);
  assert.equal(provider.message, '2 conversations with openai are in flight, and 2 may be');
  const rate = await waitsFor(rig, runId, 'claude-sonnet-5', 'RATE');
  assert.equal(rate.message, 'anthropic may be asked 1 times a minute');
  assert.ok((rate.seconds ?? 0) > 0 && (rate.seconds ?? 0) <= 61, `${rate.seconds} s`);
  const model = await waitsFor(rig, runId, 'grok-4.3~delay=30', 'CONCURRENCY');
  assert.equal(model.message, '1 conversations with grok-4.3~delay=30 are in flight, and 1 may be');
  handler.interrupt('the test has seen enough');
  await rig.stop(handler);
});

onEither('a stop of one model ends what waits for it, and the provider goes on with the others', async (rig) => {
  const runId = await rig.start({ models: ['gpt-4o', 'gpt-4o-mini'], scenarios: scenarios(3) });
  const { db } = rig.database;
  await sql`
    INSERT INTO provider_stops (run_id, provider, model_id, error)
    VALUES (${runId}, 'openai', 'gpt-4o', '{"code": "QUOTA_EXCEEDED", "message": "no money", "retryable": false}')`.execute(
    db,
  );
  await rig.finish(runId);
  const probes = await rig.probes(runId);
  assert.deepEqual(
    probes.map(({ model_id, status }) => `${model_id} ${status}`).sort(),
    [...Array(3).fill('gpt-4o FAILED'), ...Array(3).fill('gpt-4o-mini SUCCEEDED')].sort(),
  );
  for (const probe of probes.filter(({ status }) => status === 'FAILED')) {
    assert.equal(probe.not_asked, 'model');
    assert.match(probe.error?.message ?? '', /^not asked, because the model is stopped for this run: no money$/);
  }
  const { stops } = await progressOf(db, runId);
  assert.deepEqual(stops, [{ provider: 'openai', model: 'gpt-4o', code: 'QUOTA_EXCEEDED', message: 'no money' }]);
  assert.equal((await rig.simulator.asked()).length, 3);
});
