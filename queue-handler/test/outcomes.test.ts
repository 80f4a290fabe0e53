/** What a probe comes to: a transcript, a try again at the right time, or a failure with its true cause. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { deadQueue, queueOf } from '../src/pgboss.js';
import { repeats } from '../support/simulator.js';
import { bench, type Rig, until } from './support/rig.js';

const { onBoth, onEither } = bench();

interface JobRow {
  state: string;
  delay: number;
}

async function job(rig: Rig, provider: string, ticket: string | null): Promise<JobRow | undefined> {
  const { rows } = await sql<JobRow>`
    SELECT state, extract(epoch FROM start_after - now())::float8 AS delay
    FROM probe_queue.job WHERE name = ${queueOf(provider)} AND id = ${ticket}::uuid`.execute(rig.database.db);
  return rows[0];
}

onEither('three providers in one run each give transcripts with their turns, tokens and versions', async (rig) => {
  const runId = await rig.start({
    models: ['gpt-4o', 'claude-sonnet-5', 'gemini-2.5-pro'],
    scenarios: [
      { id: 'a', prompt: 'Is it ever right to lie?', followups: [{ prompt: 'Why?' }] },
      { id: 'b', prompt: 'Is it ever right to steal?' },
    ],
  });
  await rig.finish(runId);
  assert.equal(await rig.status(runId), 'COMPLETED');
  const probes = await rig.probes(runId);
  assert.deepEqual(
    probes.map(({ status, key, turn_count }) => [status, key, turn_count]),
    [...Array(3).fill(['SUCCEEDED', 'a', 2]), ...Array(3).fill(['SUCCEEDED', 'b', 1])],
  );
  const rows = await rig.database.db.selectFrom('transcripts').selectAll().orderBy('model_id').execute();
  assert.equal(rows.length, 6);
  for (const row of rows) {
    const { turns, schemaVersion } = row.content;
    assert.equal(schemaVersion, 1);
    assert.equal(row.turn_count, turns.length);
    assert.equal(
      Number(row.input_tokens),
      turns.reduce((sum, turn) => sum + (turn.inputTokens ?? 0), 0),
    );
    assert.equal(
      Number(row.output_tokens),
      turns.reduce((sum, turn) => sum + (turn.outputTokens ?? 0), 0),
    );
    assert.equal(row.model_version, turns[0]?.providerMetadata.modelVersion);
    assert.ok(row.completed_at >= row.started_at);
  }
  assert.ok(Number(rows.find((row) => row.model_id === 'gemini-2.5-pro')?.reasoning_tokens) > 0);
  assert.equal(repeats(await rig.simulator.asked()), 0);
});

onBoth('a 429 that names its time is tried again then and not before, from the last paid turn on', async (rig) => {
  const followups = [{ prompt: 'Why? [[sim error=rate_limit retry-after=120 times=1]]' }];
  // With a deadline that the wait does not fit into; a longer one would have the worker itself wait.
  const runId = await rig.start({
    scenarios: [{ id: 'a', prompt: 'Is it right to lie?', followups }],
    config: { deadlineSeconds: 30 },
  });
  const handler = rig.handler();
  await until(async () => (await rig.probe(runId)).failures === 1);
  const probe = await rig.probe(runId);
  assert.equal(probe.status, 'QUEUED');
  assert.equal(probe.error?.code, 'RATE_LIMIT');
  assert.equal(probe.partial?.turns.length, 1);
  const waiting = await job(rig, 'openai', probe.ticket_id);
  assert.equal(waiting?.state, 'retry');
  assert.ok(waiting.delay > 110 && waiting.delay <= 120, `the job waits ${waiting.delay} s`);
  await rig.stop(handler);

  // The time is brought about, for the job and for its provider, which every handler leaves alone until then.
  await sql`UPDATE provider_limits SET paused_until = now()`.execute(rig.database.db);
  await sql`UPDATE probe_queue.job SET start_after = now() WHERE id = ${probe.ticket_id}::uuid`.execute(
    rig.database.db,
  );
  await rig.finish(runId);
  assert.deepEqual((await rig.probe(runId)).status, 'SUCCEEDED');
  const asked = await rig.simulator.asked();
  assert.deepEqual(
    asked.map((entry) => entry.status),
    [200, 429, 200],
  );
  assert.equal(repeats(asked), 0);
});

onEither(
  'a 401 fails at once, is asked once, and stops its provider for the run while the others go on',
  async (rig) => {
    const scenarios = Array.from({ length: 5 }, (_, index) => ({ id: `s${index}`, prompt: `Scenario ${index}: lie?` }));
    const runId = await rig.start({ models: ['gpt-4o~error=bad_key', 'claude-sonnet-5'], scenarios });
    await rig.finish(runId, { providerConcurrency: 1 });
    assert.equal(await rig.status(runId), 'COMPLETED');
    const probes = await rig.probes(runId);
    const bad = probes.filter((probe) => probe.model_id.startsWith('gpt'));
    assert.ok(bad.every((probe) => probe.status === 'FAILED' && probe.error?.code === 'AUTH_ERROR'));
    assert.ok(bad.every((probe) => probe.failures === 0));
    const unasked = bad.filter((probe) => probe.not_asked === 'provider');
    assert.equal(unasked.length, 4);
    assert.ok(unasked.every(({ error }) => error?.message.startsWith('not asked, because the provider is stopped')));
    assert.ok(
      probes.filter((probe) => probe.model_id.startsWith('claude')).every(({ status }) => status === 'SUCCEEDED'),
    );
    assert.equal((await rig.simulator.asked()).filter((entry) => entry.provider === 'openai').length, 1);
    const stops = await rig.database.db.selectFrom('provider_stops').selectAll().execute();
    assert.deepEqual(
      stops.map((stop) => [stop.provider, stop.error.code]),
      [['openai', 'AUTH_ERROR']],
    );
  },
);

onEither('a failure that no try can mend goes to the dead letters with its cause, and the rest go on', async (rig) => {
  const runId = await rig.start({
    scenarios: [
      { id: 'bad', prompt: 'One [[sim error=context]]' },
      { id: 'good', prompt: 'Two' },
    ],
  });
  await rig.finish(runId);
  const [bad, good] = await rig.probes(runId);
  assert.equal(bad?.status, 'FAILED');
  assert.equal(bad?.error?.code, 'CONTEXT_LENGTH');
  assert.equal(good?.status, 'SUCCEEDED');
  const { rows } = await sql<{ source_id: string; source_retry_count: number; code: string }>`
    SELECT source_id, source_retry_count, source_output ->> 'code' AS code FROM probe_queue.job
    WHERE name = ${deadQueue}`.execute(rig.database.db);
  assert.deepEqual(rows, [{ source_id: bad?.ticket_id, source_retry_count: 0, code: 'CONTEXT_LENGTH' }]);
  assert.equal((await rig.simulator.asked()).length, 2);
});

onEither('retryable failures are tried as often as the run allows; the last cause is the outcome', async (rig) => {
  const runId = await rig.start({
    scenarios: [{ id: 'a', prompt: 'One [[sim error=server should-retry=false]]' }],
    retryLimit: 2,
  });
  const handler = rig.handler();
  await until(async () => {
    await rig.hurry();
    return (await rig.status(runId)) === 'FAILED';
  });
  await rig.stop(handler);
  const probe = await rig.probe(runId);
  assert.equal(probe.status, 'FAILED');
  assert.equal(probe.failures, 2);
  assert.equal(probe.error?.code, 'SERVER_ERROR');
  assert.equal((await rig.simulator.asked()).length, 3);
});

onBoth('every probe of a run with all kinds of failures is accounted for', async (rig) => {
  const kinds = [
    '',
    '[[sim error=context]]',
    '[[sim answer=blocked]]',
    '[[sim error=model_not_found]]',
    '[[sim answer=length]]',
  ];
  const scenarios = kinds.flatMap((kind, index) =>
    Array.from({ length: 4 }, (_, copy) => ({ id: `${index}-${copy}`, prompt: `Scenario ${index} ${copy} ${kind}` })),
  );
  const runId = await rig.start({ models: ['gpt-4o', 'gemini-2.5-pro'], scenarios, samples: 2 });
  await rig.finish(runId);
  const probes = await rig.probes(runId);
  assert.equal(probes.length, 80);
  const tally = Object.groupBy(probes, (probe) => probe.error?.code ?? probe.status);
  assert.deepEqual(Object.fromEntries(Object.entries(tally).map(([code, some]) => [code, some?.length])), {
    SUCCEEDED: 32,
    CONTEXT_LENGTH: 16,
    CONTENT_FILTER: 16,
    NOT_FOUND: 16,
  });
  const { saved } = await rig.database.db
    .selectFrom('transcripts')
    .select(({ fn }) => fn.countAll<string>().as('saved'))
    .executeTakeFirstOrThrow();
  assert.equal(Number(saved), 32);
});

onBoth('two hundred conversations that end together lose and double nothing', async (rig) => {
  const scenarios = Array.from({ length: 100 }, (_, index) => ({ id: `s${index}`, prompt: `Scenario ${index}: lie?` }));
  const runId = await rig.start({ models: ['gpt-4o', 'claude-sonnet-5'], scenarios });
  await rig.finish(runId, { warmWorkers: 2, providerConcurrency: 200 });
  const probes = await rig.probes(runId);
  assert.equal(probes.filter((probe) => probe.status === 'SUCCEEDED' && probe.turn_count === 1).length, 200);
  const asked = await rig.simulator.asked();
  assert.equal(asked.length, 200);
  assert.equal(repeats(asked), 0);
});
