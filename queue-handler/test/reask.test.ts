/** Answers that are of no use: asked again, with the earlier ones kept beside the new ones. */
import assert from 'node:assert/strict';
import { commands, type Desk, type Row } from './support/both.js';
import { startAnew } from './support/forking.js';
import { bench } from './support/rig.js';

const made = bench();
const { onServer } = commands(made);

const SCENARIOS = [
  { id: 'whole', prompt: 'Is it right to lie?' },
  { id: 'cut', prompt: 'Is it right to steal? [[sim answer=length times=1]]', followups: [{ prompt: 'Why?' }] },
  { id: 'refused', prompt: 'Is it right to cheat? [[sim answer=refusal times=1]]' },
  { id: 'always', prompt: 'Is it right to kill? [[sim answer=refusal]]' },
];

async function start(desk: Desk, others: object = {}): Promise<void> {
  const run = { name: 'run', definition: { scenarios: SCENARIOS }, models: ['gpt-4o'], ...others };
  await desk.prints('start', desk.file('run.json', run));
}

async function requests(): Promise<number> {
  return (await made.simulator.asked()).length;
}

/** Of each probe how many answers were set aside, and why. */
async function asides(desk: Desk): Promise<Record<string, string[]>> {
  const rows = await desk.exported('run');
  return Object.fromEntries(
    rows.map((row) => [row.scenarioId, (row.earlier ?? []).map(({ supersededBecause }) => supersededBecause)]),
  );
}

onServer(
  'what was cut off or refused is asked again, and the earlier answers stay beside the new ones',
  async (desk) => {
    await start(desk);
    await desk.work();
    assert.equal(await requests(), 5);
    const first = JSON.parse(await desk.prints('analysis', 'run'));
    const before = new Map((await desk.exported('run')).map((row) => [row.scenarioId, row]));
    assert.equal(before.get('cut')?.content?.turns[0]?.providerMetadata.truncated, true);

    assert.equal(
      await desk.prints('reask', 'run', '--unusable', 'truncated'),
      '1 probes of run are asked again (1 truncated); their earlier answers are kept',
    );
    assert.equal(
      await desk.prints('reask', 'run', '--unusable'),
      '2 probes of run are asked again (0 truncated, 2 refused, 0 unscored); their earlier answers are kept',
    );
    // What waits already is not asked for once more.
    assert.equal(
      await desk.prints('reask', 'run', '--unusable'),
      'run has no answers that are truncated or refused or unscored',
    );
    const waiting = await desk.exported('run');
    assert.deepEqual(
      waiting.find(({ scenarioId }) => scenarioId === 'cut')?.earlier?.[0]?.content,
      before.get('cut')?.content,
    );

    await desk.work();
    assert.equal(await requests(), 5 + 4);
    const after = new Map((await desk.exported('run')).map((row) => [row.scenarioId, row]));
    assert.deepEqual(await asides(desk), { whole: [], cut: ['truncated'], refused: ['refused'], always: ['refused'] });
    assert.deepEqual(after.get('whole'), before.get('whole'));
    for (const id of ['cut', 'refused', 'always']) {
      const { earlier, status } = after.get(id) as Row;
      const { content, ...figures } = before.get(id) as unknown as Record<string, unknown>;
      const { supersededAt, ...kept } = (earlier?.[0] ?? {}) as unknown as Record<string, unknown>;
      assert.match(String(supersededAt), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      assert.deepEqual(kept.content, content, id);
      assert.deepEqual([kept.startedAt, kept.inputTokens], [figures.startedAt, figures.inputTokens]);
      assert.equal(status, 'SUCCEEDED');
    }
    assert.equal(after.get('cut')?.content?.turns[0]?.providerMetadata.truncated, false);
    assert.equal(after.get('cut')?.content?.turns.length, 2);
    // Made anew, of the answers that count.
    const second = JSON.parse(await desk.prints('analysis', 'run'));
    assert.equal(second.transcriptCount, 4);
    assert.notEqual(second.computedAt, first.computedAt);
  },
);

onServer('an answer can be asked for again and again, and every one is kept', async (desk) => {
  await start(desk, { definition: { scenarios: SCENARIOS.slice(3) } });
  await desk.work();
  for (const _ of [1, 2]) {
    await desk.prints('reask', 'run', '--unusable', 'refused', 'truncated');
    await desk.work();
  }
  assert.deepEqual(await asides(desk), { always: ['refused', 'refused'] });
  assert.equal(await requests(), 3);
  assert.match(await desk.prints('delete', 'run', '--yes'), /is deleted$/);
});

onServer('a handler that is killed while it asks again loses no answer, and asks for none twice', async (desk) => {
  const scenarios = Array.from({ length: 12 }, (_, at) => ({
    id: `s${at}`,
    prompt: `Is ${at} right? [[sim answer=length times=1]] [[sim delay=0.2]]`,
  }));
  await start(desk, { definition: { scenarios } });
  await desk.work();
  await desk.prints('reask', 'run', '--unusable');
  startAnew(desk.queue.env);
  const work = desk.queue.begin('work');
  while ((await requests()) < 15) {
    await new Promise((done) => setTimeout(done, 20));
  }
  work.child.kill('SIGKILL');
  await work.over;
  await desk.work();
  const rows = await desk.exported('run');
  assert.ok(rows.every((row) => row.status === 'SUCCEEDED' && row.earlier?.length === 1));
  assert.ok(rows.every((row) => row.content?.turns[0]?.providerMetadata.truncated === false));
});

onServer('a failure after that leaves the earlier answer, and is tried again like any other', async (desk) => {
  const prompt = 'Why? [[sim answer=length times=1]] [[sim error=context attempt=2]]';
  await start(desk, { definition: { scenarios: [{ id: 'why', prompt }] } });
  await desk.work();
  await desk.prints('reask', 'run', '--unusable');
  // Its only probe has failed, and so has the run.
  assert.equal((await desk.queue.run('work', '--until-idle')).code, 4);
  const [failed] = await desk.exported('run');
  assert.deepEqual([failed?.status, failed?.earlier?.length, failed?.content], ['FAILED', 1, undefined]);
  await desk.prints('retry-failed', 'run');
  await desk.work();
  const [row] = await desk.exported('run');
  assert.deepEqual([row?.status, row?.earlier?.length], ['SUCCEEDED', 1]);
});

onServer('answers without a decision on the scale are asked again, unless a person has decided', async (desk) => {
  const vague = (id: string): object => ({ id, prompt: `${id}? [[sim answer=size:40 times=1]]\nECHO:\nYes` });
  const labels = [
    { label: 'Yes', score: 1 },
    { label: 'No', score: 0 },
  ];
  const definition = { scenarios: [vague('first'), vague('second'), { id: 'clear', prompt: 'Third?\nECHO:\nNo' }] };
  await start(desk, { definition, scale: { kind: 'labels', labels } });
  // Nobody has looked at any of them.
  assert.equal(await desk.prints('reask', 'run', '--unusable', 'unscored'), 'run has no answers that are unscored');
  await desk.work();
  const rows = await desk.exported('run');
  const id = rows.find(({ scenarioId }) => scenarioId === 'second')?.transcriptId;
  const override = { probe: id, score: null, reason: 'it says nothing', who: 'a reader' };
  await desk.prints('score', 'run', '--overrides', desk.file('overrides.json', [override]));
  await desk.prints('score', 'run');
  const early = await desk.queue.run('reask', 'run', '--unusable');
  assert.deepEqual([early.code, early.stdout], [2, '']);
  assert.match(early.stderr, /run: its answers are still to be scored/);
  await desk.work();
  assert.match(
    await desk.prints('reask', 'run', '--unusable', 'unscored'),
    /^1 probes of run are asked again \(1 unscored\)/,
  );
  await desk.work();
  assert.deepEqual(await asides(desk), { first: ['unscored'], second: [], clear: [] });
  const { models } = JSON.parse(await desk.prints('status', 'run', '--json'));
  assert.equal(models[0].scores.scored, 2);
});

onServer('what is asked for wrongly is refused, and so is a run that was cancelled', async (desk) => {
  await start(desk);
  const refused = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await desk.queue.run('reask', 'run', ...args);
    assert.deepEqual([code, stdout], [2, '']);
    return stderr;
  };
  assert.match(
    await refused(),
    /reask: say what is of no use: --unusable, or --unusable with some of truncated, refused, unscored/,
  );
  assert.match(
    await refused('--unusable', 'ugly'),
    /'ugly' is invalid\. Allowed choices are truncated, refused, unscored/,
  );
  await desk.prints('cancel', 'run');
  assert.match(await refused('--unusable'), /run: the run was cancelled, for good/);
});
