/** `run`: a study from its file to its figures in one command, on a terminal and off it, and never paid for twice. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunFile } from '../src/documents/documents.js';
import type { RunConfig } from '../src/model.js';
import { beginRun, differences } from '../src/runs/begin.js';
import { checkRunFile } from '../src/runs/run-file.js';
import { widthOf } from '../src/view/cells.js';
import { repeats } from '../support/simulator.js';
import { QUEUE, Queue } from './support/cli.js';
import { bench, until } from './support/rig.js';

const made = bench();
const COLUMNS = 79;

const SCENARIOS = [
  { id: 'trolley', prompt: 'Divert it?', followups: [{ prompt: 'Why?' }, { prompt: 'Sure?' }, { prompt: 'Still?' }] },
  { id: 'bridge', prompt: 'Push?' },
  { id: 'long', prompt: 'Too long? [[sim error=context]]' },
];
const STUDY = {
  name: 'first study',
  definition: { scenarios: SCENARIOS },
  models: ['gpt-4o', 'claude-sonnet-5'],
  samples: 2,
  turn: 'first',
  scale: { kind: 'numbers', min: 1, max: 5, step: 1 },
};

async function desk(): Promise<{ queue: Queue; file: (name: string, value: object) => string }> {
  const folder = made.folder();
  await made.fillEmbedded(join(folder, 'data'));
  const { DATABASE_URL: _, ...others } = process.env;
  const queue = new Queue({
    ...others,
    ...made.simulator.env,
    QUEUE_DATA: join(folder, 'data'),
    QUEUE_POLL_MILLISECONDS: '50',
    QUEUE_WARM_WORKERS: '1',
    LOG_LEVEL: 'info',
  });
  const file = (name: string, value: object): string => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(value));
    return path;
  };
  return { queue, file };
}

test('a study is rehearsed in one command on a terminal, with answers of its own, to what a person can read', {
  skip: terminalMissing(),
}, async () => {
  const { queue, file } = await desk();
  await made.fillEmbedded(`${queue.env.QUEUE_DATA}-simulated`);
  const study = file('study.json', STUDY);
  const answers = file('answers.json', { 'gpt-4o': { '*': ['5', '4'] }, '*': { trolley: '1', '*': '3' } });
  await made.simulator.forget();
  const command = `stty cols ${COLUMNS} rows 24; "${QUEUE}" run '${study}' --simulate --answers '${answers}'`;
  const { code, stdout } = await queue.spawn('script', ['-qec', command, '/dev/null']).over;
  assert.equal(code, 3, stdout);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal obeys
  const lines = stdout.replaceAll(/\u001b\[[\d;]*[A-Za-z]|\r/g, '').split('\n');
  for (const line of lines.filter((one) => !/QUEUE_DATA|queue (?:status|report|export|retry)/.test(one))) {
    assert.ok(widthOf(line) <= COLUMNS, line);
    assert.ok(!line.startsWith('{"level"'), line);
  }
  const shown = lines.join('\n');
  assert.match(shown, /^first study {2}(PENDING|RUNNING)/m);
  assert.match(shown, /^first study {2}COMPLETED, 4 of 12 failed/m);
  assert.match(shown, /^gpt-4o +4\/6 +2 +4 +4\.50 /m);
  assert.match(shown, /^claude-sonnet-5 +4\/6 +2 +4 +2\.00 /m);
  assert.match(shown, /^4 failed: CONTEXT_LENGTH \(/m);
  assert.match(shown, /queue export 'first study' > answers\.jsonl/);
  assert.deepEqual(await made.simulator.asked(), [], 'a rehearsal has a simulator of its own');

  // Off a terminal it is the same, and a second time costs nothing.
  const again = await queue.run('run', study, '--simulate', '--answers', answers);
  assert.equal(again.code, 3, again.stderr);
  assert.match(again.stdout, /^first study was held before, as run \S+; nothing is asked again$/m);
  assert.match(again.stdout, /^gpt-4o +4\/6 +2 +4 +4\.50 /m);
  await queue.close();
});

test('a run that is stopped half-way goes on with the same command, and no answer is paid for twice', async () => {
  const { queue, file } = await desk();
  await made.simulator.forget();
  const slow = SCENARIOS.slice(0, 2).map((one) => ({ ...one, prompt: `${one.prompt} [[sim decide=2]]` }));
  const held = { prompt: 'Why? [[sim delay=30 times=1]]' };
  const study = file('study.json', {
    ...STUDY,
    name: 'study-10',
    models: ['gpt-4o'],
    samples: 1,
    definition: { scenarios: [slow[1], { ...slow[0], followups: [held] }] },
  });
  const first = queue.begin('run', study);
  await until(async () => (await made.simulator.asked()).length === 3, 'the question that takes long');
  first.child.kill('SIGTERM');
  await until(() => first.said.stderr.includes('asked to stop'), 'the first signal');
  first.child.kill('SIGTERM');
  const stopped = await first.over;
  assert.equal(stopped.code, 143, stopped.stderr);
  assert.match(
    stopped.stdout,
    /study-10 is RUNNING, 1 probes are answered; to go on, and pay for nothing twice: \S+ run /,
  );
  for (const line of stopped.stderr.trimEnd().split('\n')) {
    assert.equal(typeof JSON.parse(line).msg, 'string', line);
  }
  const done = await queue.run('run', study);
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /^study-10 goes on, as run \S+; what is answered is not asked again$/m);
  assert.match(done.stdout, /^study-10 {2}COMPLETED {2}/m);
  // The one that was on the wire is asked once more, because it was not answered.
  const asked = await made.simulator.asked();
  assert.deepEqual([asked.length, repeats(asked)], [4, 0]);

  const other = await queue.run('run', file('other.json', { ...STUDY, name: 'study-10' }));
  assert.equal(other.code, 2);
  assert.match(
    other.stderr,
    /there is a run "study-10" \(\S+\) already, and this file differs from it in definition, models, samples; /,
  );

  const unpriced = file('unpriced.json', { ...STUDY, name: 'unpriced', models: ['gpt-4o-audio-preview'] });
  queue.env.QUEUE_BUDGET_USD = '5';
  const refused = await queue.run('run', unpriced);
  delete queue.env.QUEUE_BUDGET_USD;
  assert.deepEqual([refused.code, refused.stdout], [2, ''], 'what has no price is refused under the bound of a day');
  assert.match(refused.stderr, /gpt-4o-audio-preview has no price, without which nothing may be asked under a bound/);

  // A look may abbreviate its name, and says whose it took; what changes something may not.
  const look = await queue.run('status', 'stud');
  assert.deepEqual([look.code, /^queue: study-10 \(\S+\) is meant$/m.test(look.stderr)], [0, true], look.stderr);
  const change = await queue.run('retry-failed', 'study-1');
  assert.deepEqual([change.code, change.stdout], [2, '']);
  await queue.close();
});

test('a run that is paused at its bound says what lets it go on, and its probes without an answer are no success', async () => {
  const { queue, file } = await desk();
  const study = file('tight.json', { ...STUDY, name: 'tight', models: ['gpt-4o'], budget: { usd: 0.000001 } });
  const { code, stdout } = await queue.run('run', study);
  const { code: resumed } = await queue.run('resume', 'tight');
  // It is paused once more.
  assert.deepEqual([code, resumed, (await queue.run('work', '--until-idle')).code], [3, 0, 3]);
  assert.match(stdout, /tight is PAUSED, 0 probes are answered; to go on, .*queue budget tight USD, and then: .*run /s);
  await queue.close();
});

test('a run of which no probe fits into a whole day is not waited for, and says so', async () => {
  const { queue, file } = await desk();
  const study = file('dear.json', {
    ...STUDY,
    name: 'dear',
    definition: { scenarios: [{ id: 'a', prompt: 'b' }] },
    models: ['gpt-4o'],
  });
  queue.env.QUEUE_BUDGET_USD = '0.0001';
  const { code, stdout } = await queue.run('run', study);
  assert.equal(code, 3, stdout);
  assert.match(
    stdout,
    /^dear is PENDING, 0 probes are answered, and nothing more is asked of it: the next may cost \S+ dollars, more than the \S+ that a whole day may cost; .*QUEUE_BUDGET_USD; to go on, and pay for nothing twice: \S+ run /m,
  );
  assert.equal((await queue.run('work', '--until-idle')).code, 3);
  delete queue.env.QUEUE_BUDGET_USD;
  const { code: done } = await queue.run('run', study);
  assert.equal(done, 0, 'the bound went with the handler that had it');
  await queue.close();
});

made.onBoth(
  'of two that begin a run of one name at the same moment one stores it, and both go on with it',
  async (rig) => {
    const { db } = rig.database;
    const file = checkRunFile({
      name: 'once',
      definition: { scenarios: [{ id: 'a', prompt: 'b' }] },
      models: ['gpt-4o'],
    });
    const both = await Promise.all([beginRun(db, file), beginRun(db, file)]);
    assert.deepEqual(new Set(both.map(({ id }) => id)).size, 1);
    assert.deepEqual(both.map(({ created }) => created?.probes ?? 0).toSorted(), [0, 1]);
    assert.equal((await db.selectFrom('runs').select('id').execute()).length, 1);
  },
);

test('a file differs from the run of its name in what it asks for beyond it', () => {
  const definition = { scenarios: [{ id: 'a', prompt: 'b' }] };
  const file = { name: 'n', definition, models: ['m', { modelId: 'k', modelConfig: { maxTokens: 5 } }] } as RunFile;
  const models = [
    { modelId: 'more', provider: 'p' },
    { provider: 'p', modelConfig: { maxTokens: 5 }, modelId: 'k' },
    { modelId: 'm', provider: 'p' },
  ];
  const config = { models, samples: 5, retryLimit: 3, config: {} } as RunConfig;
  assert.deepEqual(differences({ ...file, retryLimit: 3 }, definition, config), []);
  assert.deepEqual(differences({ ...file, retryLimit: 4, samples: 6, models: ['x'] }, {}, config), [
    'definition',
    'models',
    'samples',
    'retryLimit',
  ]);
  const scale = { kind: 'numbers', min: 1, max: 5, step: 1 } as const;
  assert.deepEqual(differences({ ...file, retryLimit: 3 }, definition, { ...config, scale }), ['scale']);
  assert.deepEqual(differences({ ...file, retryLimit: 3, config: { temperature: 1 } }, definition, config), ['config']);
  const saving = { ...config, config: { promptCaching: true }, reuse: { days: 5 } };
  assert.deepEqual(
    differences({ ...file, retryLimit: 3, promptCaching: true, reuse: { days: 5 } }, definition, saving),
    [],
  );
  assert.deepEqual(differences({ ...file, retryLimit: 3 }, definition, saving), ['config', 'reuse']);
});

test('the command is found through links, from any folder', () => {
  const folder = made.folder();
  mkdirSync(join(folder, 'a b'));
  symlinkSync(QUEUE, join(folder, 'one'));
  symlinkSync('../one', join(folder, 'a b', 'queue'));
  assert.match(
    execFileSync('./queue', ['--version'], { cwd: join(folder, 'a b'), encoding: 'utf8' }),
    /^\d+\.\d+\.\d+\n$/,
  );
});

/** Why there is no terminal to be had here, or false. */
function terminalMissing(): string | false {
  try {
    execFileSync('script', ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'util-linux, whose script makes a terminal, is not installed';
  }
}
