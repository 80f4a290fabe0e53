/** The machine around a handler: fit or unfit, with workers that crash, and with an analysis that fails. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { sql } from 'kysely';
import { analyzeRun } from '../src/analysis/analyze.js';
import { analysisQueue, createQueues, deadQueue } from '../src/pgboss.js';
import { sweep } from '../src/queue/sweeper.js';
import { isAnalysisDue } from '../src/runs/analyses.js';
import { extendRun } from '../src/runs/extend.js';
import { cancelRun, retryFailed } from '../src/runs/lifecycle.js';
import { progressOf } from '../src/runs/progress.js';
import { progressText } from '../src/view/progress-text.js';
import { interpreter } from '../src/workers/interpreter.js';
import { isAlive } from '../support/proc.js';
import { fakes } from './support/fakes.js';
import { startAnew } from './support/forking.js';
import { Interpreter } from './support/interpreter.js';
import { bench, type Rig, until } from './support/rig.js';

startAnew();

const made = bench();
const { onBoth, onEither } = made;
const fake = fakes();

async function hurry({ db }: Rig['database']): Promise<void> {
  await sql`UPDATE probe_queue.job SET start_after = now() WHERE state = 'retry' AND start_after > now()`.execute(db);
}

async function withInterpreter(body: (python: Interpreter) => Promise<void>): Promise<void> {
  const python = new Interpreter(made.folder());
  try {
    await body(python);
  } finally {
    python.restore();
  }
}

interface Analysis {
  status: string;
  output: { status?: string; transcriptCount?: number; error?: { code: string; message: string } };
}

async function analyses(rig: Rig, runId: string): Promise<Analysis[]> {
  const rows = await rig.database.db
    .selectFrom('analysis_results')
    .select(['status', 'output'])
    .where('run_id', '=', runId)
    .orderBy('created_at')
    .execute();
  return rows as Analysis[];
}

onEither('an unfit machine keeps jobs queued and says why, and takes them once it is fit', async (rig) => {
  await withInterpreter(async (python) => {
    python.trick(
      'health_check.py',
      `echo '{"success":false,"error":{"message":"httpx is missing; run: pip install -r requirements.txt","code":"CONFIG_ERROR","retryable":false,"details":null}}'\nexit 0`,
    );
    const runId = await rig.start();
    const handler = rig.handler({ heartbeatSeconds: 10 });
    await until(async () => (await progressOf(rig.database.db, runId)).problems.length > 0, 'a problem that is said');
    const progress = await progressOf(rig.database.db, runId);
    assert.deepEqual(progress.problems, ['httpx is missing; run: pip install -r requirements.txt']);
    assert.match(progressText(progress), /takes no jobs: httpx is missing/);
    const probe = await rig.probe(runId);
    assert.deepEqual([probe.status, probe.failures], ['QUEUED', 0]);
    assert.equal((await rig.simulator.asked()).length, 0);
    python.behave('health_check.py');
    await rig.ended(runId);
    await rig.stop(handler);
    assert.equal((await rig.probe(runId)).status, 'SUCCEEDED');
  });
});

onEither('an interpreter that is gone in mid-run costs no probe: jobs wait until it is there again', async (rig) => {
  await withInterpreter(async (python) => {
    const scenarios = Array.from({ length: 6 }, (_, index) => ({ id: `s${index}`, prompt: `Scenario ${index}: lie?` }));
    const runId = await rig.start({ scenarios });
    const handler = rig.handler({ warmWorkers: 0, providerConcurrency: 1 });
    await until(
      async () => (await rig.probes(runId)).some((probe) => probe.status === 'SUCCEEDED'),
      'the first answer',
    );
    python.remove();
    await until(async () => (await progressOf(rig.database.db, runId)).problems.length > 0, 'a problem that is said');
    assert.match((await progressOf(rig.database.db, runId)).problems[0] ?? '', /cannot be started: .*ENOENT/);
    python.bringBack();
    await rig.ended(runId);
    await rig.stop(handler);
    assert.ok((await rig.probes(runId)).every((probe) => probe.status === 'SUCCEEDED' && probe.failures === 0));
    assert.equal((await rig.simulator.asked()).length, 6);
  });
});

onEither('a worker that crashes on a probe is tried twice more, and its stderr is part of the outcome', async (rig) => {
  await withInterpreter(async (python) => {
    python.trick('probe.py', 'echo "Fatal Python error: the roof fell in" >&2\nkill -SEGV $$');
    const runId = await rig.start();
    const handler = rig.handler({ warmWorkers: 0 });
    await until(async () => {
      await hurry(rig.database);
      return (await rig.status(runId)) === 'FAILED';
    }, 'the end of the run');
    await rig.stop(handler);
    const probe = await rig.probe(runId);
    assert.equal(probe.error?.code, 'UNKNOWN');
    assert.equal(probe.error?.message, 'worker crashed (SIGSEGV)');
    assert.match(probe.error?.output ?? '', /the roof fell in/);
    assert.equal(probe.crashes, 2);
    const { rows } = await sql<{ dead: number }>`
      SELECT count(*)::int AS dead FROM probe_queue.job WHERE name = ${deadQueue}`.execute(rig.database.db);
    assert.equal(rows[0]?.dead, 1);
  });
});

onEither('a probe that takes every worker down fails alone', async (rig) => {
  const scenarios = [
    { id: 'poison', prompt: 'Poison [[sim hang=1]]' },
    ...Array.from({ length: 5 }, (_, index) => ({
      id: `s${index}`,
      prompt: `Scenario ${index}: lie? [[sim delay=0.2]]`,
    })),
  ];
  const runId = await rig.start({ scenarios });
  const handler = rig.handler();
  let kills = 0;
  await until(async () => {
    await hurry(rig.database);
    const poisoned = (await rig.simulator.asked()).filter((entry) => JSON.stringify(entry.body).includes('Poison'));
    const alone = kills === 0 || (await rig.probes(runId)).slice(1).every((probe) => probe.status === 'SUCCEEDED');
    if (poisoned.length > kills && alone) {
      kills += 1;
      for (const pid of handler.pool.pids.filter(isAlive)) {
        process.kill(pid, 'SIGKILL');
      }
    }
    return (await rig.status(runId)) === 'COMPLETED';
  }, 'the end of the run');
  await rig.stop(handler);
  const [poison, ...others] = await rig.probes(runId);
  assert.equal(kills, 3);
  assert.deepEqual([poison?.status, poison?.error?.message], ['FAILED', 'worker crashed (SIGKILL)']);
  assert.ok(others.every((probe) => probe.status === 'SUCCEEDED'));
});

onBoth('the analysis of a run is stored when it completes, and superseded when it completes anew', async (rig) => {
  const runId = await rig.start({
    scenarios: [
      { id: 'bad', prompt: 'Lie? [[sim error=context times=1]]' },
      { id: 'good', prompt: 'Steal?' },
    ],
  });
  const handler = rig.handler();
  await until(async () => (await analyses(rig, runId)).length === 1, 'the analysis');
  await retryFailed(rig.database, runId);
  await until(async () => (await analyses(rig, runId)).length === 2, 'the second analysis');
  await rig.stop(handler);
  const found = await analyses(rig, runId);
  assert.deepEqual(
    found.map(({ status, output }) => [status, output.status, output.transcriptCount]),
    [
      ['SUPERSEDED', 'COMPLETE', 1],
      ['CURRENT', 'COMPLETE', 2],
    ],
  );
});

onEither('an analysis that fails leaves its run completed and says why', async (rig) => {
  await withInterpreter(async (python) => {
    python.trick('analyze_basic.py', 'echo "out of memory" >&2\nexit 137');
    const runId = await rig.start();
    const handler = rig.handler();
    await until(async () => (await analyses(rig, runId)).length === 1, 'the analysis');
    await rig.stop(handler);
    assert.equal(await rig.status(runId), 'COMPLETED');
    const [failed] = await analyses(rig, runId);
    assert.equal(failed?.status, 'FAILED');
    assert.match(JSON.stringify(failed?.output), /worker crashed \(status 137\)/);
  });
});

onEither(
  'an analysis that was read before another one was stored is made anew, and is not older than that',
  async (rig) => {
    const { db } = rig.database;
    const runId = await rig.start({ samples: 2 });
    await rig.finish(runId);
    await db.deleteFrom('analysis_results').execute();
    const [job, go] = [fake.path('job'), fake.path('go')];
    fake.shell(`
case "$*" in *analyze_basic.py*)
  if [ ! -e '${job}' ]; then
    cat > '${job}.part'; mv '${job}.part' '${job}'
    while [ ! -e '${go}' ] && kill -0 $PPID; do sleep 0.05; done
    exec '${interpreter()}' "$@" < '${job}'
  fi;;
esac
exec '${interpreter()}' "$@"`);
    try {
      const older = analyzeRun(db, runId);
      await until(async () => existsSync(job), 'an analysis that has read the run');
      await sql`UPDATE transcripts SET superseded_at = now() WHERE sample_index = 1`.execute(db);
      await analyzeRun(db, runId);
      writeFileSync(go, '');
      await older;
    } finally {
      fake.real();
    }
    const found = await analyses(rig, runId);
    assert.equal(found.find(({ status }) => status === 'CURRENT')?.output.transcriptCount, 1);
  },
);

/** How many orders for an analysis are in a state of the queue. */
async function orders({ database: { db } }: Rig, state: string): Promise<number> {
  const { rows } = await sql<{ orders: number }>`
    SELECT count(*)::int AS orders FROM probe_queue.job WHERE name = ${analysisQueue} AND state = ${state}`.execute(db);
  return rows[0]?.orders ?? 0;
}

onBoth('an analysis that was lost is ordered once more, and in the end said to be', async (rig) => {
  const { db } = rig.database;
  await createQueues(rig.database.boss, rig.settings);
  const runId = await rig.start();
  await sql`UPDATE probe_results SET status = 'SUCCEEDED'`.execute(db);
  await sql`UPDATE runs SET status = 'COMPLETED', completed_at = now()`.execute(db);
  await sql`INSERT INTO scorings (run_id, config) VALUES (${runId}, '{}')`.execute(db);
  await sweep(rig.database);
  assert.equal(await orders(rig, 'created'), 0, 'it comes after the scores');
  await sql`DELETE FROM scorings`.execute(db);
  for (const lost of [0, 1, 2]) {
    await Promise.all([sweep(rig.database), sweep(rig.database)]);
    assert.deepEqual([await orders(rig, 'created'), await orders(rig, 'failed')], [1, lost]);
    await sql`UPDATE probe_queue.job SET state = 'failed' WHERE state = 'created'`.execute(db);
    assert.ok(await isAnalysisDue(db, runId), 'nobody leaves before');
  }
  await Promise.all([sweep(rig.database), sweep(rig.database)]);
  await sweep(rig.database);
  assert.equal(await orders(rig, 'created'), 0);
  const [failed, ...others] = await analyses(rig, runId);
  assert.deepEqual([failed?.status, others], ['FAILED', []]);
  assert.match(failed?.output.error?.message ?? '', /^no handler could make the analysis/);
  assert.equal(await isAnalysisDue(db, runId), false);
});

onBoth('a run that was cancelled is analysed, with the answers that are there, when the last has come', async (rig) => {
  const { db } = rig.database;
  const [runId] = [
    await rig.start({ scenarios: [{ id: 'good', prompt: 'Steal?' }] }),
    await rig.start({ name: 'no answer' }),
  ];
  await sql`UPDATE runs SET status = 'PAUSED' WHERE id <> ${runId}`.execute(db);
  await rig.finish(runId);
  await until(async () => (await orders(rig, 'active')) === 0, 'what has begun to be over');
  // As if it had been asked more, and cancelled with one conversation under way.
  assert.equal((await extendRun(rig.database, runId, { samples: 2 })).probes, 1);
  for (const { id } of await db.selectFrom('runs').select('id').execute()) {
    await cancelRun(rig.database, id);
  }
  await sql`UPDATE probe_results SET status = 'QUEUED' WHERE run_id = ${runId} AND sample_index = 1`.execute(db);
  assert.equal(await isAnalysisDue(db), false);
  await sql`UPDATE probe_results SET status = 'FAILED' WHERE run_id = ${runId} AND sample_index = 1`.execute(db);
  assert.equal(await isAnalysisDue(db), true);
  const handler = rig.handler();
  await until(async () => !(await isAnalysisDue(db)), 'the analysis');
  await rig.stop(handler);
  const current = (await analyses(rig, runId)).filter(({ status }) => status === 'CURRENT');
  assert.deepEqual(
    current.map(({ output }) => output.transcriptCount),
    [1],
  );
});
