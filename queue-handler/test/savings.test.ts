/** What is paid only in part, or not at all: preambles in the caches of the providers, and answers that are there already. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { exportRun } from '../src/export/lines.js';
import { setBudget } from '../src/money/open.js';
import { loadProbes } from '../src/queue/probe.js';
import { askedOf, forecast } from '../src/runs/forecast.js';
import { type ModelProgress, progressOf } from '../src/runs/progress.js';
import { type CacheState, type Candidate, cacheState, inOrder } from '../src/runs/prompt-caches.js';
import { checkRunFile } from '../src/runs/run-file.js';
import { progressText } from '../src/view/progress-text.js';
import { runsOf } from '../src/viewer/queries/runs.js';
import { resolveModels } from '../src/workers/resolve.js';
import { bench, type Rig, type Scenario, until } from './support/rig.js';

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
    models: ['gpt-4o~delay=2'],
    scenarios: scenarios(prompts),
    promptCaching: true,
  });
  const handler = rig.handler();
  let during: ModelProgress | undefined;
  await until(async () => {
    [during] = (await progressOf(rig.database.db, runId)).models;
    return during?.inFlight === 1;
  }, 'the first');
  // While it is on its way, the others say what they wait for.
  assert.deepEqual(
    during?.waits.map(({ reason, probes }) => [reason, probes]),
    [['CACHE', 5]],
  );
  await rig.ended(runId);
  await rig.stop(handler);
  const asked = await rig.simulator.asked();
  assert.equal(asked.length, 6);
  const [first, ...others] = asked.map(({ time }) => time).sort((one, other) => one - other);
  assert.ok(
    others.every((time) => time - (first ?? 0) >= 2),
    'one was asked beside the first',
  );
  const keys = asked.map(({ body }) => (body as { prompt_cache_key?: string }).prompt_cache_key);
  assert.equal(new Set(keys).size, 1);
  assert.equal(keys[0]?.length, 32);
  const progress = await progressOf(rig.database.db, runId);
  assert.ok((progress.models[0]?.cachedShare ?? 0) > 0.7, `${progress.models[0]?.cachedShare}`);
  assert.match(progressText(progress), /gpt-4o~delay=2: \d\d\.\d % of the input came from the provider's cache/);
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

const WHOLE = { id: 'whole', prompt: 'Is it right to lie?', followups: [{ prompt: 'Why?' }] };
const CUT = { id: 'cut', prompt: 'Is it right to steal? [[sim answer=length]]' };
const REFUSED = { id: 'refused', prompt: 'Is it right to cheat? [[sim answer=refusal]]' };
const FAILED = { id: 'failed', prompt: 'Is it right to kill? [[sim error=bad_request]]' };

interface Line {
  scenarioId: string;
  sampleIndex: number;
  transcriptId?: string;
  content?: object;
  costSnapshot?: { totalCost: number | null };
  reused?: { transcriptId: string; runId: string; completedAt: string };
}

async function exported(rig: Rig, runId: string): Promise<Line[]> {
  const lines = [];
  for await (const line of exportRun(rig.database, { id: runId, name: 'a run' })) {
    lines.push(JSON.parse(line));
  }
  return lines;
}

/** What a run asks the provider, counted. */
async function asked(rig: Rig, asking: object): Promise<{ runId: string; requests: number }> {
  const before = (await rig.simulator.asked()).length;
  const runId = await rig.start({ samples: 1, scenarios: [WHOLE], ...asking });
  await rig.ended(runId);
  return { runId, requests: (await rig.simulator.asked()).length - before };
}

onBoth('what was asked before in the same bytes is taken over, and all else is asked', async (rig) => {
  rig.handler();
  const first = await asked(rig, { scenarios: [WHOLE, CUT, REFUSED, FAILED], samples: 2 });
  assert.equal(first.requests, 10);
  // A twin of a scenario is a question of its own: of one stored answer a run takes no second copy.
  const scenarios = [WHOLE, CUT, REFUSED, FAILED, { ...WHOLE, id: 'twin' }, { ...WHOLE, id: 'other', followups: [] }];
  const second = await asked(rig, { scenarios, samples: 3, reuse: true });
  // The third sample of the whole one, all of those that were cut off, refused or failed, the twin and the other one.
  assert.equal(second.requests, 2 + 3 + 3 + 3 + 6 + 3);
  const before = new Map((await exported(rig, first.runId)).map((line) => [line.transcriptId, line]));
  const reused = (await exported(rig, second.runId)).filter((line) => line.reused !== undefined);
  assert.deepEqual(
    reused.map(({ scenarioId, sampleIndex }) => [scenarioId, sampleIndex]),
    [
      ['whole', 0],
      ['whole', 1],
    ],
  );
  for (const line of reused) {
    const source = before.get(line.reused?.transcriptId);
    assert.equal(line.reused?.runId, first.runId);
    assert.deepEqual([line.sampleIndex, line.content], [source?.sampleIndex, source?.content]);
    assert.equal(line.costSnapshot?.totalCost, 0);
  }
  const progress = await progressOf(rig.database.db, second.runId);
  assert.equal(progress.models[0]?.reused, 2);
  assert.match(progressText(progress), /gpt-4o: 2 answers were there already, and cost nothing/);
  const { rows } = await sql<{ paid: string }>`
    SELECT sum(input_tokens)::text AS paid FROM transcripts WHERE run_id = ${second.runId} AND reused IS NULL`.execute(
    rig.database.db,
  );
  assert.equal(progress.models[0]?.inputTokens, Number(rows[0]?.paid));
  const line = (await runsOf(rig.database.db)).find(({ id }) => id === second.runId);
  assert.equal(line?.inputTokens, Number(rows[0]?.paid), 'in the list of runs as well');

  // A copy says nothing more of how long answers are, and none that was set aside is an answer that is there.
  const measured = await sql<{ turns: number }>`
    SELECT sum(turn_count)::int AS turns FROM transcripts WHERE reused IS NULL`.execute(rig.database.db);
  const file = checkRunFile({ name: 'next', definition: { scenarios: [WHOLE] }, models: ['gpt-4o'] });
  const [model] = await forecast(file, await resolveModels(askedOf(file)), rig.database.db);
  assert.equal(model?.measuredTurns, measured.rows[0]?.turns);
  await sql`UPDATE transcripts SET superseded_at = now() WHERE reused IS NOT NULL AND sample_index = 0`.execute(
    rig.database.db,
  );
  assert.equal((await progressOf(rig.database.db, second.runId)).models[0]?.reused, 1);
});

onEither(
  'an answer is not taken over that is old, of another version of the model, or of none; nor without being asked for',
  async (rig) => {
    const { db } = rig.database;
    rig.handler();
    const first = await asked(rig, {});
    assert.equal((await asked(rig, {})).requests, 2);
    assert.equal((await asked(rig, { reuse: { days: 2 }, config: { temperature: 0.5 } })).requests, 2);
    // A run of which nothing is asked ends as any other; and what it took over is no source for others.
    const taken = await asked(rig, { reuse: { days: 2 } });
    assert.equal(taken.requests, 0);
    assert.equal(await rig.status(taken.runId), 'COMPLETED');
    await sql`UPDATE transcripts SET completed_at = completed_at - interval '3 days' WHERE run_id <> ${taken.runId}`.execute(
      db,
    );
    assert.equal((await asked(rig, { reuse: { days: 2 } })).requests, 2);
    await sql`UPDATE transcripts SET model_version = NULL WHERE completed_at > now() - interval '1 day'`.execute(db);
    assert.equal((await asked(rig, { reuse: { days: 2 } })).requests, 2);
    // The version that answered last is another than that of an answer that is there.
    await sql`UPDATE transcripts SET model_version = 'gpt-4o-1' WHERE run_id = ${first.runId}`.execute(db);
    await sql`DELETE FROM transcripts WHERE run_id <> ${first.runId} AND conversation_sha256 = (
    SELECT conversation_sha256 FROM transcripts WHERE run_id = ${first.runId})`.execute(db);
    assert.equal((await asked(rig, { reuse: { days: 30 } })).requests, 2);
  },
);

const PRICE = { costInputPerMillion: 2.5, costCachedInputPerMillion: 1.25, costOutputPerMillion: 10 };
// One is looked ahead at a time, so that what does not fit soon hides what stands behind it.
const NARROW = { QUEUE_DEPTH: '1' };

onEither(
  'under a bound, whatever does not fit and stands before it, what fits is asked, also where preambles are cached',
  async (rig) => {
    const dear = { costInputPerMillion: 2500, costCachedInputPerMillion: 1250, costOutputPerMillion: 10_000 };
    const runId = await rig.start({
      models: [
        { modelId: 'gpt-4o', modelCost: dear },
        { modelId: 'gpt-4o-mini', modelCost: PRICE },
      ],
      scenarios: scenarios(Array.from({ length: 8 }, (_, index) => `Is it right to lie, ${index}?`)),
      config: { maxTokens: 50 },
      promptCaching: true,
      budget: { usd: 0.5 },
    });
    const handler = rig.handler();
    await until(async () => (await rig.status(runId)) === 'PAUSED', 'the bound');
    await rig.stop(handler);
    const probes = await rig.probes(runId);
    assert.deepEqual(
      probes.map(({ model_id, status }) => `${model_id} ${status}`),
      probes.map(({ model_id }) => `${model_id} ${model_id === 'gpt-4o' ? 'PENDING' : 'SUCCEEDED'}`),
    );
  },
  NARROW,
);

onEither(
  'a run that may cost next to nothing takes over all that is there before it is paused at its bound',
  async (rig) => {
    const known = Array.from({ length: 6 }, (_, index) => ({
      id: `k${index}`,
      prompt: `Is it right to lie, ${index}?`,
    }));
    const added = Array.from({ length: 6 }, (_, index) => ({ id: `a${index}`, prompt: `May one steal, ${index}?` }));
    const asking = { models: [{ modelId: 'gpt-4o', modelCost: PRICE }], config: { maxTokens: 50 } };
    const handler = rig.handler();
    await asked(rig, { ...asking, scenarios: known });
    const before = (await rig.simulator.asked()).length;
    const runId = await rig.start({ ...asking, scenarios: [...added, ...known], reuse: true, budget: { usd: 1e-6 } });
    await until(async () => (await rig.status(runId)) === 'PAUSED', 'the bound');
    assert.equal((await rig.simulator.asked()).length, before);
    assert.deepEqual(
      (await rig.probes(runId)).map(({ key, status }) => `${key} ${status}`),
      [...added.map(({ id }) => `${id} PENDING`), ...known.map(({ id }) => `${id} SUCCEEDED`)],
    );
    // Others have been answered since: they are looked at again before anything is asked.
    await asked(rig, { ...asking, scenarios: added.slice(0, 3) });
    assert.deepEqual(await setBudget(rig.database.db, runId, 1, { load: loadProbes, facts: async () => [] }), {
      goesOn: true,
    });
    await rig.ended(runId);
    await rig.stop(handler);
    assert.equal((await rig.simulator.asked()).length, before + 6);
  },
  NARROW,
);
