/** The caches of the providers: the first with a preamble goes alone, the others find it there, and nothing stalls. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { progressOf } from '../src/runs/progress.js';
import { type CacheState, type Candidate, cacheState, inOrder } from '../src/runs/prompt-caches.js';
import { progressText } from '../src/view/progress-text.js';
import { bench, type Scenario, until } from './support/rig.js';

const { onBoth, onEither } = bench();

const PREAMBLE = 'You are a moral philosopher. '.repeat(200);

function scenarios(prompts: string[]): (Scenario & { preamble: string })[] {
  return prompts.map((prompt, index) => ({ id: `s${index}`, preamble: PREAMBLE, prompt }));
}

function waiting(cache: CacheState, model_id = 'gpt-4o', preamble_sha256: string | null = 'a'): Candidate {
  return { model_id, preamble_sha256, cache };
}

test('of a preamble that nobody has asked with, one probe for each model is queued; of one that lies in the cache, all', () => {
  const cold = waiting('cold');
  const other = waiting('cold', 'gpt-4o-mini');
  const another = waiting('cold', 'gpt-4o', 'b');
  const plain = waiting('cold', 'gpt-4o', null);
  const open = waiting('open', 'gpt-4o', 'c');
  const all = [cold, cold, other, waiting('alone', 'gpt-4o', 'd'), another, plain, plain, open, { ...open }];
  const { next, alone } = inOrder(all, 100);
  assert.deepEqual(next, [cold, other, another, plain, plain, open, open]);
  assert.deepEqual([...alone], [cold, other, another]);
  assert.deepEqual(inOrder(all, 2).next, [cold, other]);
});

onEither(
  'a preamble is waited for a minute, and then asked with as if it lay in the cache; after five it is cold',
  async (rig) => {
    const { db } = rig.database;
    const stateOf = async (begun: number, opened: number | null): Promise<CacheState> => {
      const { rows } = await sql<{ state: CacheState }>`
      SELECT ${cacheState('k')} AS state FROM (SELECT now() - make_interval(secs => ${begun}) AS begun_at,
        now() - make_interval(secs => ${opened}::float8) AS opened_at) k`.execute(db);
      return rows[0]?.state as CacheState;
    };
    assert.equal(await stateOf(59, null), 'alone');
    assert.equal(await stateOf(61, null), 'open');
    assert.equal(await stateOf(361, null), 'cold');
    assert.equal(await stateOf(1000, 299), 'open');
    assert.equal(await stateOf(1000, 301), 'cold');
    // As after a clock that was set back an hour: what lies ahead holds nobody up.
    assert.equal(await stateOf(-3600, null), 'cold');
    const { rows } = await sql<{ state: CacheState }>`
    SELECT ${cacheState('k')} AS state FROM (SELECT 1) one LEFT JOIN prompt_caches k ON false`.execute(db);
    assert.equal(rows[0]?.state, 'cold');
  },
);

onBoth('the first with a preamble goes alone, and the others read it from the cache', async (rig) => {
  const prompts = Array.from({ length: 6 }, (_, index) => `Is it right to lie, ${index}?`);
  const runId = await rig.start({
    models: ['gpt-4o~delay=0.4'],
    scenarios: scenarios(prompts),
    promptCaching: true,
  });
  const handler = rig.handler();
  // While it is on its way, the others say what they wait for.
  await until(async () => (await progressOf(rig.database.db, runId)).models[0]?.inFlight === 1, 'the first');
  const [during] = (await progressOf(rig.database.db, runId)).models;
  assert.deepEqual(
    during?.waits.map(({ reason, probes }) => [reason, probes]),
    during?.inFlight === 1 ? [['CACHE', 5]] : [],
  );
  await rig.ended(runId);
  await rig.stop(handler);
  const asked = await rig.simulator.asked();
  assert.equal(asked.length, 6);
  const [first, ...others] = asked.map(({ time }) => time).sort((one, other) => one - other);
  assert.ok(
    others.every((time) => time - (first ?? 0) >= 0.4),
    'one was asked beside the first',
  );
  const keys = asked.map(({ body }) => (body as { prompt_cache_key?: string }).prompt_cache_key);
  assert.equal(new Set(keys).size, 1);
  assert.equal(keys[0]?.length, 32);
  const progress = await progressOf(rig.database.db, runId);
  assert.ok((progress.models[0]?.cachedShare ?? 0) > 0.7, `${progress.models[0]?.cachedShare}`);
  assert.match(progressText(progress), /gpt-4o~delay=0.4: \d\d\.\d % of the input came from the provider's cache/);
});

onEither('where the first with a preamble fails, the others go all the same', async (rig) => {
  const runId = await rig.start({
    scenarios: scenarios(['[[sim error=bad_request]]', 'Is it right to lie?', 'Is it right to steal?']),
    promptCaching: true,
  });
  await rig.finish(runId);
  assert.deepEqual(
    (await rig.probes(runId)).map(({ status }) => status),
    ['FAILED', 'SUCCEEDED', 'SUCCEEDED'],
  );
});
