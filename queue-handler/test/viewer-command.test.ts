/** `queue view` as people run it: beside a handler that works, from its first probe to its last, and until it is told to end. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answers, Question } from '../src/viewer/api.js';
import { commands, type Desk } from './support/both.js';
import { type Command, QUEUE } from './support/cli.js';
import { bench, until } from './support/rig.js';

const SECRET = 'sk-proj-4f9QzT7vLw2XyB8nRk3M';

const { onEmbedded } = commands(bench());

const RUN = {
  name: 'a study',
  definition: {
    scenarios: [
      { id: 'one', prompt: 'Is it right to lie?\nECHO:\nAgree' },
      { id: 'two', prompt: `Is it right to lie?\nECHO:\nIt is ${SECRET}` },
    ],
  },
  models: ['gpt-4o'],
};

onEmbedded('a viewer shows a run while a handler works on it, and an export says what it ends with', async (desk) => {
  await desk.prints('start', desk.file('run.json', RUN));
  const viewer = desk.queue.begin('view', 'a study', '--port', '0');
  const address = await printed(viewer);
  const [before] = (await asked(address, 'runs')).runs;
  assert.deepEqual([before?.status, before?.succeeded, before?.open], ['PENDING', 0, 2]);
  assert.equal(new URL(address).hash.split('&to=')[1], `run/${before?.id}`);

  // The viewer has the only connection, and the handler gets it all the same.
  const working = desk.queue.begin('work');
  await until(async () => (await asked(address, 'runs')).runs[0]?.status === 'COMPLETED', 'the end of the run');
  working.child.kill('SIGTERM');
  assert.equal((await working.over).code, 0, working.said.stderr);
  const [after] = (await asked(address, 'runs')).runs;
  assert.deepEqual([after?.status, after?.succeeded, after?.open], ['COMPLETED', 2, 0]);

  await exported(desk);
  viewer.child.kill('SIGINT');
  assert.equal((await viewer.over).code, 0, viewer.said.stderr);
});

/** The folder holds no secret where none is wanted, and no way to the database; it is never mixed with something else. */
async function exported(desk: Desk): Promise<void> {
  const [open, redacted] = [join(desk.folder, 'open'), join(desk.folder, 'redacted')];
  assert.equal(await desk.prints('view', '--export', open), join(open, 'index.html'));
  // A secret that the one who exports has, and the one who asked had not.
  const theirs = [
    'env',
    `THEIR_API_KEY=${SECRET}`,
    QUEUE,
    'view',
    'a study',
    '--export',
    redacted,
    '--redact',
  ] as const;
  const { code, stderr } = await desk.queue.spawn(theirs[0], theirs.slice(1)).over;
  assert.equal(code, 0, stderr);
  assert.ok(textOf(open).includes(SECRET));
  const text = textOf(redacted);
  assert.ok(text.includes('Agree') && !text.includes(SECRET) && !text.includes(desk.folder));
  const again = await desk.queue.run('view', '--export', open);
  assert.deepEqual([again.code, /is not empty/.test(again.stderr)], [2, true], again.stderr);
  assert.ok(existsSync(join(redacted, 'app.js')));
}

function textOf(folder: string): string {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
  return names.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
}

async function printed(viewer: Command): Promise<string> {
  await until(() => viewer.said.code !== null || viewer.said.stdout.includes('\n'), 'the address');
  const address = /^http:\S+/.exec(viewer.said.stdout)?.[0];
  assert.ok(address !== undefined, viewer.said.stderr);
  return address;
}

async function asked<Q extends Question>(address: string, question: Q): Promise<Answers[Q]> {
  const token = /token=([\w-]+)/.exec(address)?.[1];
  for (;;) {
    const answer = await fetch(new URL(`/api/${question}`, address), { headers: { authorization: `Bearer ${token}` } });
    if (answer.status === 200) {
      return answer.json() as Promise<Answers[Q]>;
    }
    // The database is just changing hands, on a machine that takes its time: a page asks again, too.
    assert.equal(answer.status, 503, await answer.text());
  }
}
