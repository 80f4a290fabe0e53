/** A run that is made from a template: what expand prints is what start stores, on each database. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { repeats } from '../support/simulator.js';
import { commands } from './support/both.js';
import { Queue } from './support/cli.js';
import { bench } from './support/rig.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/lifeboat.json', import.meta.url));

const made = bench();
const { onServer } = commands(made);

onServer('the scenarios that expand prints are those that start stores, and are asked', async (desk) => {
  const { definition } = JSON.parse(await desk.prints('expand', EXAMPLE));
  assert.equal(definition.scenarios.length, 16);
  assert.match(await desk.prints('start', EXAMPLE), /^64 probes are queued/);
  await desk.work();
  const rows = await desk.exported('lifeboat');
  const stored = rows.filter((row) => row.modelId === 'gpt-4o' && row.sampleIndex === 0);
  assert.deepEqual(
    stored.map((row) => ({ id: row.scenarioId, ...row.definition?.scenario })),
    definition.scenarios,
  );
  assert.ok(rows.every((row) => row.status === 'SUCCEEDED'));
});

onServer('what expand prints is a file that is stored as the template is', async (desk) => {
  const run = JSON.parse(await desk.prints('expand', EXAMPLE));
  const written = desk.file('written.json', { ...run, name: 'written', models: ['gpt-4o'], samples: 1 });
  const { definition, models, samples, ...others } = run;
  assert.deepEqual([models.length, samples, Object.keys(others)], [2, 2, ['name', 'scale', 'turn', 'config']]);
  const again = await desk.prints('expand', written);
  assert.deepEqual(JSON.parse(again).definition, definition);
  await desk.prints('start', written);
  await desk.work();
  assert.deepEqual(
    (await desk.exported('written')).map((row) => ({ id: row.scenarioId, ...row.definition?.scenario })),
    definition.scenarios,
  );
  assert.equal(repeats(await made.simulator.asked()), 0);
});

made.onEmbedded('expand needs no database and no key, and prints the same bytes wherever it runs', async () => {
  const bare = {
    PATH: process.env.PATH,
    QUEUE_DATA: '/nowhere/at/all',
    DATABASE_URL: 'postgres://nobody@nowhere/none',
  };
  const outputs = [];
  for (const env of [
    { LANG: 'C', TZ: 'UTC' },
    { LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', TZ: 'Asia/Tokyo' },
  ]) {
    const { code, stdout, stderr } = await new Queue({ ...bare, ...env }).run('expand', EXAMPLE);
    assert.equal(code, 0, stderr);
    outputs.push(stdout);
  }
  assert.equal(outputs[0], outputs[1]);
});

onServer('cost and start count the scenarios of a template, and refuse what is wrong with it', async (desk) => {
  const definition = {
    template: { prompt: 'Is [What] right?' },
    dimensions: [{ name: 'What', levels: [{ label: 'it' }] }],
  };
  const right = desk.file('right.json', { name: 'right', definition, models: ['gpt-4o'], samples: 3 });
  assert.match((await desk.prints('cost', right)).split('\n')[1] ?? '', /^gpt-4o +openai +3 /);
  const wrong = desk.file('wrong.json', {
    name: 'wrong',
    definition: { ...definition, template: { prompt: 'Is [Waht] right?' } },
    models: ['gpt-4o'],
  });
  for (const command of ['start', 'cost', 'expand']) {
    const { code, stdout, stderr } = await desk.queue.run(command, wrong);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^queue: \S+wrong\.json: definition\.template\.prompt: \[Waht\] names no dimension; /);
  }
});
