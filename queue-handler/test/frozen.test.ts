/** Handlers that stand still, as a machine does that sleeps, beside others that go on: no question is paid for twice. */
import assert from 'node:assert/strict';
import { WorkProcess } from '../support/process.js';
import type { Asked } from '../support/simulator.js';
import { startAnew } from './support/forking.js';
import { bench, type Rig, until } from './support/rig.js';

startAnew();

const made = bench();
const { onServer } = made;

const PROBES = 20;
const AT_ONCE = 5;
const SCENARIOS = Array.from({ length: PROBES }, (_, index) => ({
  id: `s${index}`,
  prompt: `Scenario ${index}: is it right to lie?`,
  followups: [{ prompt: 'Why?' }, { prompt: 'Are you sure?' }],
}));

interface Pair {
  rig: Rig;
  runId: string;
  handler(): WorkProcess;
}

async function pair(models: string[]): Promise<Pair> {
  const url = await made.serverDatabase();
  const rig = await made.rig('PostgreSQL', { DATABASE_URL: url });
  await rig.simulator.forget();
  const runId = await rig.start({ models, scenarios: SCENARIOS });
  return {
    rig,
    runId,
    handler: () =>
      new WorkProcess({
        DATABASE_URL: url,
        QUEUE_DATA: made.folder(),
        QUEUE_HEARTBEAT_SECONDS: '10',
        QUEUE_MONITOR_SECONDS: '1',
        QUEUE_RETRY_DELAY_SECONDS: '1',
        QUEUE_PROVIDER_CONCURRENCY: String(AT_ONCE),
      }),
  };
}

/** Until the run has ended. */
async function ended({ rig, runId }: Pair): Promise<void> {
  await until(async () => {
    await rig.hurry();
    return (await rig.status(runId)) === 'COMPLETED';
  }, 'the end of the run');
}

/** Questions that were asked more often than once, whatever came of them: an answer on the wire is paid for too. */
function twice(asked: Asked[]): number {
  return asked.length - new Set(asked.map((entry) => entry.model + entry.bodySha256)).size;
}

async function assertWhole({ rig, runId }: Pair): Promise<void> {
  for (const probe of await rig.probes(runId)) {
    assert.deepEqual([probe.status, probe.turn_count], ['SUCCEEDED', 3], JSON.stringify(probe.error));
  }
}

for (const [what, alsoWorkers] of [
  ['a handler', false],
  ['a handler and its workers', true],
] as const) {
  onServer(`${what} frozen for longer than the heartbeat: nobody pays twice but for what was on the wire`, async () => {
    const world = await pair(['gpt-4o~delay=0.3']);
    const { rig } = world;
    const first = world.handler();
    await until(async () => (await rig.simulator.counters()).inFlight === AT_ONCE, 'questions on the wire');
    const frozen = [first.pid, ...(alsoWorkers ? first.workers : [])];
    for (const pid of frozen) {
      process.kill(pid, 'SIGSTOP');
    }
    const second = world.handler();
    // The queue gives the tickets away when nobody was heard of for the time of the heartbeat.
    await until(async () => second.saved > 0, 'work of the second handler');
    for (const pid of frozen.reverse()) {
      process.kill(pid, 'SIGCONT');
    }
    await ended(world);
    assert.equal(await first.stop(), 0);
    assert.equal(await second.stop(), 0);
    await assertWhole(world);
    const asked = await rig.simulator.asked();
    // What was on the wire when the handler froze is asked again; its workers, where they go on, may each have begun one
    // more question on a word that was given before.
    // Of the places that the handler had each held one question at the most; how many of them had been answered when the
    // signals came, on a busy machine nobody can tell.
    const allowed = alsoWorkers ? AT_ONCE : 2 * AT_ONCE;
    assert.ok(twice(asked) <= allowed, `${twice(asked)} asked twice, ${AT_ONCE} places, of ${asked.length}`);
    await rig.close();
  });
}
