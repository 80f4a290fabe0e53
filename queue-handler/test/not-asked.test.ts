/** That a probe was not asked is a fact of its row; the sentence in its error is for people. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { migrate } from '../src/database/migrate.js';
import { endAllUnasked, notAsked, stopAsking } from '../src/queue/stopped.js';
import { retryFailed } from '../src/runs/lifecycle.js';
import { bench, type Rig } from './support/rig.js';

const { onBoth } = bench();
const CAUSE = { code: 'AUTH_ERROR', message: 'the key is wrong', retryable: false, details: null } as const;

async function told(rig: Rig, runId: string): Promise<string[]> {
  return (await rig.probes(runId)).map(
    ({ model_id, status, not_asked, error }) => `${model_id} ${status} ${not_asked}: ${error?.message ?? ''}`,
  );
}

onBoth('what waits for a stopped model ends unasked, also where it comes later, until it is retried', async (rig) => {
  const { db } = rig.database;
  const runId = await rig.start({ models: ['gpt-4o', 'gpt-4o-mini'] });
  const stop = { run_id: runId, provider: 'openai', model_id: 'gpt-4o', error: CAUSE };
  assert.equal(await stopAsking(db, stop), true);
  const stopped = 'gpt-4o FAILED model: not asked, because the model is stopped for this run: the key is wrong';
  assert.deepEqual(await told(rig, runId), [stopped, 'gpt-4o-mini PENDING null: ']);
  // The second call that shows it says nothing new.
  assert.equal(await stopAsking(db, stop), false);
  await sql`UPDATE probe_results SET status = 'PENDING', error = NULL, not_asked = NULL WHERE run_id = ${runId}`.execute(
    db,
  );
  await endAllUnasked(db);
  assert.deepEqual(await told(rig, runId), [stopped, 'gpt-4o-mini PENDING null: ']);
  await retryFailed(rig.database, runId);
  assert.deepEqual(
    (await rig.probes(runId)).map(({ status, not_asked }) => [status, not_asked]),
    Array(2).fill(['PENDING', null]),
  );
});

onBoth('rows of a version that had the sentence alone get the fact from it', async (rig) => {
  const { db } = rig.database;
  const runId = await rig.start({ models: ['gpt-4o', 'gpt-4o-mini', 'claude-sonnet-5'] });
  const causes = [notAsked({ model_id: 'gpt-4o', error: CAUSE }), notAsked({ model_id: '', error: CAUSE }), null];
  for (const [position, cause] of causes.entries()) {
    await sql`
      UPDATE probe_results SET status = 'FAILED', error = ${JSON.stringify(cause?.error ?? CAUSE)}::jsonb
      WHERE run_id = ${runId} AND position = ${position + 1}`.execute(db);
  }
  await sql`ALTER TABLE probe_results DROP COLUMN not_asked`.execute(db);
  await sql`DELETE FROM migrations WHERE name = '005-not-asked'`.execute(db);
  await migrate(db);
  assert.deepEqual(
    (await rig.probes(runId)).map(({ not_asked }) => not_asked),
    ['model', 'provider', null],
  );
});
