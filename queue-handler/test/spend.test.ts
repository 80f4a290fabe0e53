/** What was spent: each kind of thing that is paid for, counted from the rows. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { spentOf } from '../src/runs/spend.js';
import { bench } from './support/rig.js';

const { onEither } = bench();

const costs = (totalCost: number | null) => JSON.stringify({ currency: 'USD', totalCost });
const turn = (costUsd?: number | null) => ({ providerMetadata: costUsd === undefined ? {} : { costUsd } });

onEither('answers, turns of what is not whole, discarded calls and judges are spent, and nothing else', async (rig) => {
  const { db } = rig.database;
  const run = await rig.start({ models: ['gpt-4o', 'gpt-4.1', 'o3'], samples: 3 });
  assert.deepEqual(await spentOf(db, run), { usd: 0, known: 0, models: {}, judges: {} });
  const probe = (model: string, sample: number, row: object) =>
    db
      .updateTable('probe_results')
      .set(row)
      .where('run_id', '=', run)
      .where('model_id', '=', model)
      .where('sample_index', '=', sample)
      .execute();
  const answer = (model: string, sample: number, cost: string | null, aside: boolean) =>
    sql`
    INSERT INTO transcripts (run_id, scenario_id, model_id, sample_index, definition_snapshot, content, turn_count,
      input_tokens, output_tokens, cost_snapshot, started_at, completed_at, duration_ms, superseded_at)
    SELECT run_id, scenario_id, model_id, sample_index, '{}', '{}', 1, 1, 1, ${cost}::jsonb, now(), now(), 1,
      CASE WHEN ${aside} THEN now() END
    FROM probe_results WHERE run_id = ${run} AND model_id = ${model} AND sample_index = ${sample}
    RETURNING id`.execute(db);

  // Set aside, and asked again: both were paid for.
  await answer('gpt-4o', 0, costs(0.1), true);
  const { rows } = await answer('gpt-4o', 0, costs(0.2), false);
  await probe('gpt-4o', 0, { status: 'SUCCEEDED' });
  // Failed after a turn that was paid for, with a call that was paid for and brought nothing.
  const discarded = {
    code: 'SERVER_ERROR',
    discarded: [{ code: 'SERVER_ERROR' }],
    costSnapshot: { totalCost: 0.03 },
  };
  await probe('gpt-4o', 1, {
    status: 'FAILED',
    error: JSON.stringify(discarded),
    partial: JSON.stringify({ turns: [turn(0.4)] }),
  });
  // Failed without having cost anything.
  await probe('gpt-4o', 2, { status: 'FAILED', error: JSON.stringify({ code: 'RATE_LIMIT', attempts: 3 }) });
  // Under way.
  await probe('gpt-4.1', 0, { status: 'QUEUED', partial: JSON.stringify({ turns: [turn(0.5), turn(0.05)] }) });
  assert.deepEqual(await spentOf(db, run), {
    usd: 1.28,
    known: 1.28,
    models: { 'gpt-4.1': { usd: 0.55, known: 0.55 }, 'gpt-4o': { usd: 0.73, known: 0.73 } },
    judges: {},
  });

  const verdict = (model: string, metadata: object) =>
    sql`
    INSERT INTO verdicts (transcript_id, model_id, sample_index, prompt_sha256, verdict) VALUES
    (${(rows[0] as { id: string }).id}, ${model}, 0, 'x', ${JSON.stringify({ turn: metadata })}::jsonb)`.execute(db);
  await verdict('gpt-4o', turn(0.01));
  await verdict('o3', turn());
  await answer('gpt-4.1', 1, costs(null), false);
  await probe('o3', 0, { status: 'FAILED', error: JSON.stringify({ code: 'TIMEOUT', billing: 'unknown' }) });
  const spent = await spentOf(db, run);
  assert.deepEqual(spent.judges, { 'gpt-4o': { usd: 0.01, known: 0.01 }, o3: { usd: null, known: 0 } });
  assert.deepEqual(spent.models['gpt-4.1'], { usd: null, known: 0.55 }, 'one answer has no price: no sum, and never 0');
  assert.deepEqual(spent.models.o3, { usd: null, known: 0 }, 'a call that may have been billed');
  assert.deepEqual([spent.usd, spent.known], [null, 1.29]);
});
