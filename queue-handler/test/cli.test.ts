/** The command line as people run it, on the embedded database in a folder of its own. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Progress } from '../src/runs/progress.js';
import { repeats, Simulator } from '../support/simulator.js';
import { isRunning } from './support/bridge.js';
import { type Command, QUEUE, Queue } from './support/cli.js';
import { type Asking, until } from './support/rig.js';

let simulator: Simulator;
let folder: string;
let template: string;

before(async () => {
  simulator = await Simulator.start();
  folder = mkdtempSync(join(tmpdir(), 'queue-cli-'));
  // To make a database takes longer than to copy one.
  const { QUEUE_DATA = '' } = environment('template');
  const { code, stderr } = await new Queue(environment('template')).run('work', '--until-idle');
  assert.equal(code, 0, stderr);
  template = QUEUE_DATA;
});
after(async () => {
  await simulator.stop();
  rmSync(folder, { recursive: true, force: true });
});

function environment(name: string): NodeJS.ProcessEnv {
  const { DATABASE_URL: _, ...others } = process.env;
  return {
    ...others,
    ...simulator.env,
    QUEUE_DATA: join(folder, name.replaceAll(/\W+/g, '-')),
    QUEUE_POLL_MILLISECONDS: '50',
    QUEUE_WARM_WORKERS: '1',
    LOG_LEVEL: 'info',
  };
}

/** A queue with a database of its own, whose processes end with the test. */
function cli(
  name: string,
  body: (queue: Queue) => Promise<void>,
  env: NodeJS.ProcessEnv = {},
  skip: string | false = false,
): void {
  test(name, { skip }, async () => {
    const queue = new Queue({ ...environment(name), ...env });
    cpSync(template, queue.env.QUEUE_DATA ?? '', { recursive: true });
    try {
      await simulator.forget();
      await body(queue);
    } finally {
      await queue.close();
    }
  });
}

/** A run file on disk. */
function file(asking: Asking & { definition?: object } = {}): string {
  const { scenarios, name = 'small', ...others } = asking;
  const path = join(folder, `${name}.json`);
  const asked = scenarios ?? [
    { id: 'lie', prompt: 'Is it right to lie?', followups: [{ prompt: 'Why?' }] },
    { id: 'long', prompt: 'Is it right to steal? [[sim error=context]]' },
  ];
  const models = [
    'gpt-4o',
    { modelId: 'claude-sonnet-5', modelCost: { costInputPerMillion: 3, costOutputPerMillion: 15 } },
  ];
  writeFileSync(path, JSON.stringify({ name, definition: { scenarios: asked }, models, ...others }));
  return path;
}

/** The database of these commands as they name it. */
function shown(queue: Queue): string {
  return `the embedded database in ${queue.env.QUEUE_DATA}`;
}

/** Text with the parts that no two runs share left out. */
function plain(text: string): string {
  return text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>').trimEnd();
}

cli('a run from its file to its analysis', async (queue) => {
  const started = await queue.run('start', file());
  assert.deepEqual(
    [started.code, plain(started.stdout)],
    [0, `4 probes are queued as run <id> in ${shown(queue)}`],
    started.stderr,
  );
  const work = queue.begin('work');
  const cost = await queue.run('cost', file());
  assert.equal(cost.code, 0, cost.stderr);
  // By hand: 5 + (5 + 500 + 1) + 11 tokens of questions and earlier answers, and three answers of 500.
  assert.deepEqual(plain(cost.stdout).split('\n'), [
    'model            provider   requests  tokens in  tokens out  dollars  at most  answers',
    'gpt-4o           openai            3        522        1500   0.0163   0.2663  500 tokens, assumed',
    'claude-sonnet-5  anthropic         3        522        1500   0.0241   0.3933  500 tokens, assumed',
    'together 0.0404 dollars, at most 0.6596',
  ]);
  await until(() => work.said.stderr.includes('the run has ended'), 'the end of the run');
  const exported = await queue.run('export', 'small');
  assert.equal(exported.code, 0);
  const rows: Row[] = exported.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    rows.map(({ scenarioId, modelId, sampleIndex, status }) => [scenarioId, modelId, sampleIndex, status]),
    [
      ['lie', 'gpt-4o', 0, 'SUCCEEDED'],
      ['lie', 'claude-sonnet-5', 0, 'SUCCEEDED'],
      ['long', 'gpt-4o', 0, 'FAILED'],
      ['long', 'claude-sonnet-5', 0, 'FAILED'],
    ],
  );
  assert.deepEqual(
    rows.map((row) => row.content?.turns.map((turn) => turn.probePrompt) ?? row.error?.code),
    [...Array(2).fill(['Is it right to lie?', 'Why?']), ...Array(2).fill('CONTEXT_LENGTH')],
  );

  const status = await queue.run('status', 'small');
  // Of the file, and of the table of prices: dollars per million tokens, input and output.
  const prices: Record<string, [number, number]> = { 'claude-sonnet-5': [3, 15], 'gpt-4o': [2.5, 10] };
  const costs = rows.slice(0, 2).map((row) => {
    const [input, output] = prices[row.modelId] ?? [0, 0];
    return ((row.inputTokens ?? 0) * input + (row.outputTokens ?? 0) * output) / 1e6;
  });
  assert.deepEqual(
    plain(status.stdout)
      .split('\n')
      .map((line) => line.replaceAll(/ +/g, ' ')),
    [
      'small COMPLETED, 2 of 4 failed <id>',
      'model done failed tokens in tokens out dollars',
      ...rows
        .slice(0, 2)
        .map((row, at) => `${row.modelId} 1/2 1 ${row.inputTokens} ${row.outputTokens} ${costs[at]?.toFixed(4)}`),
      `all 2 models 2/4 2 ${sum(rows, 'inputTokens')} ${sum(rows, 'outputTokens')} ${((costs[0] ?? 0) + (costs[1] ?? 0)).toFixed(4)}`,
      '2 failed: CONTEXT_LENGTH (claude-sonnet-5 1, gpt-4o 1): the conversation is longer than claude-sonnet-5 takes; ' +
        'shorten it or choose a model with a larger context',
    ],
  );
  const json: Progress = JSON.parse((await queue.run('status', 'small', '--json')).stdout);
  assert.deepEqual(
    json.models.map(({ total, succeeded, failed, inFlight, waiting, etaSeconds }) => {
      return { total, succeeded, failed, inFlight, waiting, etaSeconds };
    }),
    Array(2).fill({ total: 2, succeeded: 1, failed: { CONTEXT_LENGTH: 1 }, inFlight: 0, waiting: 0, etaSeconds: null }),
  );
  const analysis = await queue.run('analysis', json.id.slice(0, 8));
  assert.equal(JSON.parse(analysis.stdout).transcriptCount, 2);

  // A reader that has seen enough is no error.
  const head = await queue.shell(`queue export small | head -n 1; exit "\${PIPESTATUS[0]}"`);
  assert.deepEqual([head.code, head.stderr, JSON.parse(head.stdout)], [0, '', rows[0]]);

  assert.equal((await queue.run('retry-failed', 'small')).stdout, '2 probes of small are retried\n');
  await until(async () => (await simulator.asked()).length === 8, 'two more questions');

  work.child.kill('SIGTERM');
  assert.deepEqual([(await work.over).code, work.said.stdout], [0, ''], work.said.stderr);
  const logged = work.said.stderr.trimEnd().split('\n');
  // On a busy machine the handler may have had to wait for the command beside it, and says so before its log begins.
  for (const line of logged.filter((said) => !said.startsWith('queue: waiting, because '))) {
    assert.equal(typeof JSON.parse(line).msg, 'string', line);
  }
  // A handler and a command that begin together take turns at the database, whoever comes first.
  const [both, rest] = await Promise.all([queue.run('status'), queue.run('work', '--until-idle')]);
  assert.deepEqual([both.code, rest.code], [0, 0], both.stderr + rest.stderr);
});

cli(
  'commands while a handler has the database open, and a handler that is told to stop',
  async (queue) => {
    const work = queue.begin('work');
    await until(() => work.said.stderr.includes('the handler takes jobs'), 'the start of the handler');
    const second = await queue.run('work');
    assert.deepEqual([second.code, second.stdout], [2, '']);
    assert.match(second.stderr, /^queue: .*\/lock is held by process \d+ since .*: .* or set DATABASE_URL/m);

    // The second question of each conversation waits for half a minute, the first is answered at once.
    const followups = [{ prompt: 'Why? [[sim delay=30 times=1]]' }];
    const slow = Array.from({ length: 3 }, (_, index) => ({ id: `s${index}`, prompt: `Lie ${index}?`, followups }));
    const begun = await queue.run('start', file({ name: 'slow', models: ['gpt-4o'], scenarios: slow }));
    assert.deepEqual(
      [begun.code, plain(begun.stdout)],
      [0, `3 probes are queued as run <id> in ${shown(queue)}`],
      begun.stderr,
    );
    await until(async () => (await simulator.asked()).length === 6, 'the second questions');
    const status = async (): Promise<Progress> => JSON.parse((await queue.run('status', 'slow', '--json')).stdout);
    assert.deepEqual(
      (await status()).models.map(({ inFlight, waiting }) => [inFlight, waiting]),
      [[3, 0]],
    );
    assert.equal(
      (await queue.run('pause', 'slow')).stdout,
      'slow is paused; conversations under way go on to their end\n',
    );
    assert.equal((await status()).status, 'PAUSED');
    const twice = await queue.run('pause', 'slow');
    assert.deepEqual(
      [twice.code, twice.stderr],
      [
        2,
        `queue: in ${shown(queue)}: slow is PAUSED and cannot be paused: only a run that is PENDING or RUNNING can\n`,
      ],
    );
    assert.equal((await queue.run('resume', 'slow')).stdout, 'slow goes on\n');
    const nobody = await queue.run('cancel', 'nobody');
    assert.deepEqual(
      [nobody.code, nobody.stderr],
      [2, `queue: in ${shown(queue)}: no run has the ID or the name "nobody"; see: status\n`],
    );

    // Told to stop, it waits for what is under way; told again, it gives that back, and takes its workers with it.
    const pids = workersOf(work);
    assert.equal(pids.length, 1);
    work.child.kill('SIGTERM');
    await until(() => work.said.stderr.includes('"asked to stop"'), 'the first signal');
    work.child.kill('SIGINT');
    assert.equal((await work.over).code, 0, work.said.stderr);
    assert.match(work.said.stderr, /"name":"QUEUE_GRACE","msg":"no setting has this name, so it sets nothing"/);
    await until(() => !pids.some(isRunning), 'the end of the workers');
    const rest = await queue.run('work', '--until-idle');
    assert.equal(rest.code, 0, rest.stderr);
    assert.equal((await status()).status, 'COMPLETED');
    const asked = await simulator.asked();
    assert.equal(asked.length, 9);
    assert.equal(repeats(asked), 0);
  },
  { QUEUE_GRACE_SECONDS: '600', QUEUE_GRACE: '0' },
);

cli(
  'a run that is followed on a terminal to its end, and one that is cancelled half-way',
  async (queue) => {
    const scenarios = Array.from({ length: 4 }, (_, index) => ({ id: `s${index}`, prompt: `${index}?` }));
    const slow = scenarios.map(({ id, prompt }) => ({ id, prompt: `${prompt} [[sim delay=1]]` }));
    await queue.run('start', file({ name: 'followed', models: ['gpt-4o'], scenarios }));
    const watched = queue.spawn('script', ['-qec', `NO_COLOR=1 "${QUEUE}" status followed`, '/dev/null']);
    await until(() => watched.said.stdout.includes('followed'), 'the first picture');
    // Whoever looks at the run takes turns with whoever works on it.
    const work = queue.begin('work');
    const { code, stdout } = await watched.over;
    assert.equal(code, 0, stdout);
    const pictures = stdout.split('\u001b[J').slice(1);
    assert.match(pictures[0] ?? '', /^followed {2}PENDING[\s\S]*gpt-4o +0\/4[\s\S]*no handler is at work/);
    assert.match(pictures.at(-1) ?? '', /^followed {2}COMPLETED[\s\S]*gpt-4o +4\/4/);

    await queue.run('start', file({ name: 'dropped', models: ['gpt-4o'], scenarios: slow, samples: 100 }));
    await until(async () => (await simulator.asked()).length > scenarios.length, 'the first question of the other run');
    const cancelled = await queue.run('cancel', 'dropped');
    assert.deepEqual(
      [cancelled.code, cancelled.stdout],
      [0, 'dropped is cancelled; answers under way are still kept\n'],
      cancelled.stderr,
    );
    work.child.kill('SIGTERM');
    assert.equal((await work.over).code, 0, work.said.stderr);
    const dropped: Progress = JSON.parse((await queue.run('status', 'dropped', '--json')).stdout);
    const [model] = dropped.models;
    assert.equal(dropped.status, 'CANCELLED');
    assert.equal((model?.succeeded ?? 0) + (model?.cancelled ?? 0), 400);
    assert.ok((model?.cancelled ?? 0) > 0);
  },
  { QUEUE_PROVIDER_CONCURRENCY: '5' },
  terminalMissing(),
);

cli('what is wrong is said in one line, with the field and the cure, and ends with status 2', async (queue) => {
  let written = 0;
  const bad = (text: string): string[] => {
    written += 1;
    const path = join(folder, `bad-${written}.json`);
    writeFileSync(path, text);
    return ['start', path];
  };
  const cases: [args: string[], message: RegExp, env?: NodeJS.ProcessEnv][] = [
    [[], /^Usage: queue/],
    [['bogus'], /^queue: unknown command 'bogus'/],
    [['start'], /^queue: missing required argument 'RUN.json'/],
    [['status', '--bogus'], /^queue: unknown option '--bogus'/],
    [['start', join(folder, 'none.json')], /^queue: .*none\.json: cannot be read: ENOENT/],
    [bad('{"name": '), /^queue: .*bad-1\.json: is not JSON: /],
    [bad('{"name": "x", "modles": []}'), /definition: is required; add it; .*modles: is not known \(known: name, /],
    [['start', file({ name: 'odd', models: ['no-such-model'] })], /models\[0\]: no provider is known/],
    [['work'], /^queue: QUEUE_CONCURRENCY: must be a whole number from 1 to 100000/, { QUEUE_CONCURRENCY: 'many' }],
    [['status'], /^queue: DATABASE_URL: must begin with postgres/, { DATABASE_URL: 'mysql://u:canary-pw@host/x' }],
    [['status'], /^queue: QUEUE_LIMITS_FILE: cannot be read/, { QUEUE_LIMITS_FILE: '/nowhere' }],
  ];
  const answers = await Promise.all(
    cases.map(async ([given, message, env]) => {
      const { code, stdout, stderr } = await new Queue({ ...queue.env, ...env }).run(...given);
      return { given, message, code, stdout, stderr };
    }),
  );
  for (const { given, message, code, stdout, stderr } of answers) {
    assert.deepEqual([code, stdout], [2, ''], given.join(' '));
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /canary|\n {4}at /);
  }
});

// attack (reader): the password of the database is looked for in an error
cli('a server that does not answer is an outage: status 1, and no password', async (queue) => {
  const url = 'postgres://user:canary-password@127.0.0.1:1/x';
  const { code, stderr } = await new Queue({ ...queue.env, DATABASE_URL: url, LOG_LEVEL: 'error' }).run('status');
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^queue: the database x at 127\.0\.0\.1:1 cannot be used: .*ECONNREFUSED.*; start the server, or correct host and port/m,
  );
  assert.doesNotMatch(stderr, /canary/);
});

cli('help and version need no database', async (queue) => {
  const [help, version] = await Promise.all([queue.run('--help'), queue.run('--version')]);
  assert.deepEqual([help.code, version.code, help.stderr, version.stderr], [0, 0, '', '']);
  for (const word of ['retry-failed <RUN>', 'QUEUE_CONCURRENCY', 'DATABASE_URL']) {
    assert.ok(help.stdout.includes(word), word);
  }
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
});

interface Row {
  scenarioId: string;
  modelId: string;
  sampleIndex: number;
  status: string;
  content?: { turns: { probePrompt: string }[] };
  error?: { code: string };
  inputTokens?: number;
  outputTokens?: number;
}

function sum(rows: Row[], field: 'inputTokens' | 'outputTokens'): number {
  return rows.reduce((all, row) => all + (row[field] ?? 0), 0);
}

/** Why there is no terminal to be had here, or false. */
function terminalMissing(): string | false {
  try {
    execFileSync('script', ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'util-linux, whose script makes a terminal, is not installed';
  }
}

/** The worker processes that a handler has started. */
function workersOf(work: Command): number[] {
  const children = execFileSync('pgrep', ['-P', String(work.child.pid)], { encoding: 'utf8' });
  return children.split('\n').flatMap((line) => (line.trim() === '' ? [] : [Number(line)]));
}
