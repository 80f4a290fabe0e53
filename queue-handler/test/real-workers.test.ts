/** The bridge with the real workers at its other end, which ask the simulator. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once as event } from 'node:events';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Outcome } from '../src/workers/outcome.js';
import { WorkerPool } from '../src/workers/pool.js';
import type { PaidTurn } from '../src/workers/turns.js';
import { Simulator } from '../support/simulator.js';
import { answers, isAlive, isRunning, type Job, jobOf, STORE_NOTHING, told } from './support/bridge.js';
import { startAnew } from './support/forking.js';
import { until } from './support/rig.js';

startAnew();

let simulator: Simulator;

before(async () => {
  simulator = await Simulator.start();
  Object.assign(process.env, simulator.env);
});
after(() => simulator.stop());

function run(pool: WorkerPool, job: Job, onTurn = STORE_NOTHING): Promise<Outcome> {
  return pool.run({ job, provider: 'openai', alone: false, onTurn });
}

/** A conversation whose first answer comes and whose second never does. */
function hanging(): Job {
  return jobOf('', { scenario: { prompt: 'Is it right to lie?', followups: [{ prompt: 'Why? [[sim hang=1]]' }] } });
}

test('a worker that is killed is replaced, and its paid turns are there (B04)', async () => {
  for (const size of [0, 1]) {
    const pool = new WorkerPool(size, 10);
    const turns: PaidTurn[] = [];
    const running = run(pool, hanging(), async (turn) => void turns.push(turn));
    await until(() => turns.length === 1, 'the first answer');
    const [pid = 0] = pool.pids;
    process.kill(pid, 'SIGKILL');
    const outcome = await running;
    assert.equal(told(outcome), 'crashed UNKNOWN: worker crashed (SIGKILL)');
    assert.equal(outcome.kind === 'crashed' && outcome.error.retryable, true);
    assert.equal(isAlive(pid), false);
    const { startedAt, durationMs } = turns[0] as PaidTurn;
    const resumed = { ...jobOf(), resumeFrom: { turns: turns.map(({ turn }) => turn), startedAt, durationMs } };
    const again = await run(pool, {
      ...resumed,
      scenario: { prompt: 'Is it right to lie?', followups: [{ prompt: 'Why?' }] },
    });
    assert.equal(told(again), 'success');
    assert.equal(answers(again)[0], turns[0]?.turn.targetResponse);
    await pool.close();
    assert.deepEqual(pool.pids, []);
  }
});

test('conversations that are interrupted come back once, each with its paid turns, and nothing is left (B26)', async () => {
  for (const size of [0, 2]) {
    const pool = new WorkerPool(size, 10);
    let paid = 0;
    const running = Array.from({ length: 4 }, () =>
      run(pool, hanging(), async () => {
        paid += 1;
      }),
    );
    await until(() => paid === 4, 'the first answers');
    const { pids } = pool;
    assert.equal(pids.length, size === 0 ? 4 : 2);
    pool.interrupt();
    pool.interrupt();
    for (const outcome of await Promise.all(running)) {
      assert.match(told(outcome), /^interrupted CANCELLED/);
      assert.equal(answers(outcome).length, 1);
    }
    await pool.close();
    await until(() => pids.every((pid) => !isAlive(pid)), 'the end of the workers');
  }
});

test('five hundred jobs at once are held by two processes (B20)', async () => {
  const pool = new WorkerPool(2, 500);
  let most = 0;
  const watching = setInterval(() => {
    most = Math.max(most, pool.pids.length);
  }, 20);
  const outcomes = await Promise.all(
    Array.from({ length: 500 }, (_, index) => run(pool, jobOf(`Scenario ${index}: is it right to lie?`))),
  );
  clearInterval(watching);
  assert.equal(outcomes.filter((outcome) => outcome.kind === 'success').length, 500);
  assert.equal(most, 2);
  await pool.close();
});

test('a job that is too large for the workers is refused by them, and its neighbours go on', async () => {
  const pool = new WorkerPool(1, 10);
  const [large, small] = await Promise.all([run(pool, jobOf('x'.repeat(9 * 1024 * 1024))), run(pool, jobOf())]);
  assert.match(told(large), /^failure VALIDATION_ERROR/);
  assert.equal(told(small), 'success');
  await pool.close();
});

test('workers whose handler is killed end themselves, and ask nothing more (B05)', async () => {
  for (const kind of ['warm', 'alone']) {
    const parent = spawn(process.execPath, [fileURLToPath(new URL('support/parent.js', import.meta.url)), kind], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = await event(parent.stdout.setEncoding('utf8'), 'data');
    const pids: number[] = JSON.parse(line);
    assert.equal(pids.length, 1);
    assert.ok(pids.every(isRunning));
    parent.kill('SIGKILL');
    await event(parent, 'exit');
    const since = Date.now();
    await until(() => !pids.some(isRunning), 'the end of the workers');
    assert.ok(Date.now() - since < 10_000, 'a worker outlived its handler');
  }
});
