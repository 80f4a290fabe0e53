/** A run that is asked for more: only what is missing is asked, and its analysis is made anew. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { analyzeRun } from '../src/analysis/analyze.js';
import { extendRun } from '../src/runs/extend.js';
import { retryFailed } from '../src/runs/lifecycle.js';
import { commands, type Desk } from './support/both.js';
import { startAnew } from './support/forking.js';
import { bench } from './support/rig.js';

const made = bench();
const { onBoth, onServer } = commands(made);

const SCENARIOS = [
  { id: 'lie', prompt: 'Is it right to lie?' },
  { id: 'steal', prompt: 'Is it right to steal?', followups: [{ prompt: 'Why?' }] },
];

async function start(desk: Desk, others: object = {}): Promise<void> {
  const run = { name: 'run', definition: { scenarios: SCENARIOS }, models: ['gpt-4o'], samples: 2, ...others };
  await desk.prints('start', desk.file('run.json', run));
}

async function requests(): Promise<number> {
  return (await made.simulator.asked()).length;
}

async function analysed(desk: Desk): Promise<{ transcriptCount: number; perModel: { modelId: string }[] }> {
  return JSON.parse(await desk.prints('analysis', 'run'));
}

onBoth('more samples and models are asked for what is missing, and the analysis knows them', async (desk) => {
  await start(desk);
  await desk.work();
  assert.equal(await requests(), 6);
  assert.equal((await analysed(desk)).transcriptCount, 4);

  const models = desk.file('models.json', ['gpt-4o', { modelId: 'claude-sonnet-5', modelConfig: { temperature: 0 } }]);
  const said = await desk.prints('extend', 'run', '--samples', '3', '--models', models);
  assert.equal(said, '8 probes that were missing in run are queued');
  // The earlier analysis does not pass for that of the run as it is now.
  const early = await desk.queue.run('analysis', 'run');
  assert.equal(early.code, 2);
  assert.match(early.stderr, /run is RUNNING and has no analysis/);

  await desk.work();
  assert.equal(await requests(), 6 + 12);
  assert.equal((await analysed(desk)).transcriptCount, 12);
  const rows = await desk.exported('run');
  assert.deepEqual(
    rows.map((row) => `${row.sampleIndex} ${row.scenarioId} ${row.modelId}`),
    [
      // As they were started, and then as they were added: sample by sample, and scenario by scenario.
      '0 lie gpt-4o',
      '0 steal gpt-4o',
      '1 lie gpt-4o',
      '1 steal gpt-4o',
      '0 lie claude-sonnet-5',
      '0 steal claude-sonnet-5',
      '1 lie claude-sonnet-5',
      '1 steal claude-sonnet-5',
      '2 lie gpt-4o',
      '2 lie claude-sonnet-5',
      '2 steal gpt-4o',
      '2 steal claude-sonnet-5',
    ],
  );
  assert.ok(rows.every((row) => row.status === 'SUCCEEDED'));
});

onServer('what is asked for twice is asked once, also by two at the same moment', async (desk) => {
  await start(desk);
  const both = await Promise.all([
    desk.prints('extend', 'run', '--samples', '4'),
    desk.prints('extend', 'run', '--samples', '4'),
  ]);
  assert.deepEqual(both.sort(), ['4 probes that were missing in run are queued', 'nothing is missing in run']);
  assert.equal(await desk.prints('extend', 'run', '--samples', '1'), 'nothing is missing in run');
  await desk.work();
  assert.equal((await desk.exported('run')).length, 8);
  assert.equal(await requests(), 12);
  assert.equal(await desk.prints('extend', 'run', '--samples', '4'), 'nothing is missing in run');
  // Nothing was changed, so nothing is open, and the analysis stands.
  assert.equal((await analysed(desk)).transcriptCount, 8);
});

onServer('a provider that was stopped is asked again for what is added', async (desk) => {
  const prompt = 'Why? [[sim error=quota times=1]]';
  await start(desk, { definition: { scenarios: [{ id: 'why', prompt }] }, samples: 1 });
  await desk.queue.run('work', '--until-idle');
  assert.equal((await desk.exported('run'))[0]?.status, 'FAILED');
  await desk.prints('extend', 'run', '--samples', '2');
  await desk.queue.run('work', '--until-idle');
  assert.deepEqual(
    (await desk.exported('run')).map(({ status }) => status),
    ['FAILED', 'SUCCEEDED'],
  );
});

onServer('what cannot be added is refused with the reason, and changes nothing', async (desk) => {
  await start(desk, { models: [{ modelId: 'gpt-4o', modelConfig: { temperature: 1 } }] });
  const refused = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await desk.queue.run('extend', 'run', ...args);
    assert.deepEqual([code, stdout], [2, '']);
    return stderr;
  };
  const list = (value: unknown): string => desk.file('models.json', value);
  assert.match(await refused(), /say what is missing: --samples N, --models FILE, or both/);
  assert.match(await refused('--samples', '1.5'), /must be a whole number from 1 to 1000/);
  assert.match(await refused('--models', list(['who-serves-this'])), /models\[0\]: .*who-serves-this/s);
  assert.match(await refused('--models', list({ modls: [] })), /models\.json: modls: is not known \(known: models\)/);
  assert.match(await refused('--models', list([{ modelId: 5 }])), /models\[0\]\.modelId: must be of type string/);
  assert.match(await refused('--models', list(['a\u0007'])), /holds the control character U\+0007/);
  const other = [{ modelId: 'gpt-4o', modelConfig: { temperature: 0 } }];
  assert.match(await refused('--models', list({ models: other })), /run: the run asks gpt-4o with other settings/);
  assert.equal((await desk.exported('run')).length, 4);
  await desk.prints('cancel', 'run');
  assert.match(await refused('--samples', '9'), /run: the run was cancelled, for good/);
});

onServer('a handler that is killed in the middle of an extension leaves nothing asked twice', async (desk) => {
  await start(desk, { models: ['gpt-4o~delay=0.1'], samples: 1 });
  await desk.work();
  startAnew(desk.queue.env);
  const work = desk.queue.begin('work');
  await desk.prints('extend', 'run', '--samples', '8');
  while ((await requests()) < 10) {
    await new Promise((done) => setTimeout(done, 20));
  }
  work.child.kill('SIGKILL');
  await work.over;
  await desk.work();
  const rows = await desk.exported('run');
  assert.equal(rows.length, 16);
  assert.ok(rows.every(({ status }) => status === 'SUCCEEDED'));
  assert.equal((await analysed(desk)).transcriptCount, 16);
});

made.onBoth('an analysis that is under way when a run is extended does not pass for that of the run', async (rig) => {
  const { db } = rig.database;
  const runId = await rig.start();
  await rig.finish(runId);
  await db.deleteFrom('analysis_results').where('run_id', '=', runId).execute();
  const stored = async (): Promise<number> =>
    (await db.selectFrom('analysis_results').select('id').where('run_id', '=', runId).execute()).length;
  const analysis = analyzeRun(db, runId);
  assert.equal((await extendRun(rig.database, runId, { samples: 2 })).probes, 1);
  await analysis;
  assert.equal(await stored(), 0);
  await rig.finish(runId);
  await analyzeRun(db, runId);
  assert.ok((await stored()) > 0);
});

made.onBoth('the analysis of a run whose failed probes are retried does not pass for that of the run', async (rig) => {
  const { db } = rig.database;
  for (const status of ['CURRENT', 'FAILED']) {
    const runId = await rig.start();
    await sql`UPDATE probe_results SET status = 'FAILED' WHERE run_id = ${runId}`.execute(db);
    await sql`UPDATE runs SET status = 'COMPLETED', completed_at = now() WHERE id = ${runId}`.execute(db);
    await sql`
      INSERT INTO analysis_results (run_id, type, input_hash, output, status)
      VALUES (${runId}, 'basic', '', '{}', ${status})`.execute(db);
    assert.equal(await retryFailed(rig.database, runId), 1);
    const { rows } = await sql`SELECT status FROM analysis_results WHERE run_id = ${runId}`.execute(db);
    assert.deepEqual(rows, [{ status: 'SUPERSEDED' }], status);
  }
});
