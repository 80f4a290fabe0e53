/** What is shown on a terminal fits it, says each thing once, and steers nothing. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { Command } from 'commander';
import { completion } from '../src/commands/completion.js';
import { exitStatus } from '../src/commands/exit-status.js';
import { Notes } from '../src/commands/notes.js';
import { Picture } from '../src/commands/picture.js';
import { couldBeAnother } from '../src/commands/place.js';
import type { Complete } from '../src/documents/documents.js';
import type { ModelProgress } from '../src/runs/progress.js';
import { cut, shortened, widthOf, wrapped } from '../src/view/cells.js';
import { progressText, type Shown } from '../src/view/progress-text.js';
import { resultText } from '../src/view/result-text.js';
import { type RunView, runText } from '../src/view/run-text.js';
import { runsText } from '../src/view/runs-text.js';
import { type Screen, wantsColour } from '../src/view/screen.js';
import { shellWord } from '../src/view/shell-words.js';

const ID = '5a7ba3c8-b114-4547-b408-9660c38a301a';
const NAMES = [
  'gpt-4o',
  `openai:${'x'.repeat(300)}`,
  'openai:模型比較研究用大規模言語モデル模型比較研究用大規模言語モデル',
  'openai:שלום-עולם-דגם',
  `openai:${'👩‍👩‍👧‍👦'.repeat(12)}🇩🇪`,
  'openai:e\u0301te\u0301-\u001b[2J\u202eevil',
];

function model(modelId: string, others: Partial<ModelProgress> = {}): ModelProgress {
  return {
    modelId,
    provider: 'openai',
    total: 20,
    succeeded: 4,
    waiting: 10,
    inFlight: 2,
    cancelled: 0,
    failed: { RATE_LIMIT: 4 },
    waits: [{ reason: 'TURN', probes: 10, message: 'its turn has not come yet', until: null, seconds: null }],
    perMinute: 38,
    etaSeconds: 4000,
    inputTokens: 123_456,
    outputTokens: 654_321,
    cachedShare: null,
    reused: 0,
    ...others,
  };
}

/** A run of so many models, of whatever names, to which everything happens at once. */
function busy(models: number): RunView {
  const names = Array.from({ length: models }, (_, index) => NAMES[index] ?? `model-${index}`);
  const all = names.map((name) => model(name));
  return {
    id: ID,
    name: NAMES.join(' '),
    status: 'RUNNING',
    models: all,
    stops: NAMES.map((name) => ({ provider: 'openai', model: name, code: 'AUTH_ERROR', message: 'no '.repeat(200) })),
    perMinute: 220,
    etaSeconds: 4000,
    budget: null,
    problems: ['httpx is missing'],
    handlers: 2,
    failures: ['RATE_LIMIT', 'TIMEOUT', ...'ABCDEFGH'].map((code) => ({
      code,
      probes: 4 * models,
      models: all.map(({ modelId }) => ({ modelId, probes: 4 })),
      message: `${'word '.repeat(60)}${'w'.repeat(300)}`,
    })),
    spend: { usd: null, known: 12.5, models: { 'gpt-4o': { usd: 0.00213, known: 0.00213 } }, judges: {} },
    scores: { status: 'OPEN', made: 0, scorerVersions: [], error: null, report: null },
  };
}

function screen(columns: number, rows: number | null = null): Screen {
  return { columns, rows, shortens: true, colour: true };
}

/** As it is seen. */
function seen(text: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours
  return text.split('\n').map((line) => line.replaceAll(/\u001b\[\d+m/g, ''));
}

for (const columns of [40, 80, 200]) {
  test(`progress fits a terminal of ${columns} columns, and the height of one that is drawn anew`, () => {
    for (const models of [1, 6, 40]) {
      const view = busy(models);
      for (const text of [
        runText(view, screen(columns)),
        resultText(view, null, screen(columns)),
        runsText([view, view], screen(columns)),
      ]) {
        for (const line of seen(text)) {
          assert.ok(widthOf(line) <= columns, `${widthOf(line)}: ${line}`);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none
          assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u202e]/);
        }
      }
      const live = seen(runText(view, screen(columns, 24)));
      assert.ok(live.length < 24 || columns < 80, `${live.length} lines`);
      assert.match(live.join('\n'), /done +failed/);
    }
    const many = seen(progressText(busy(40), screen(columns, 50))).join('\n');
    assert.match(many, /and \d+ more models, 0 of them done/);
    assert.match(many, /all 40/);
  });
}

test('a wide terminal has every column, and a narrow one those that say most; a pipe has whole names', () => {
  const heads = (columns: number): string => seen(progressText(busy(2), screen(columns)))[columns < 80 ? 2 : 1] ?? '';
  assert.equal(
    heads(200).replaceAll(/ +/g, ' '),
    'model done failed in flight waiting a minute time left tokens in tokens out dollars forecast',
  );
  assert.match(heads(80), /done +failed +in flight +waiting +time left +dollars/);
  assert.match(heads(40), /done +failed/);
  const piped = progressText(busy(2));
  assert.ok(piped.includes('x'.repeat(300)));
});

test('a failure stands once for its cause, with its count, however many probes and models have it', () => {
  const view: Shown = { ...busy(40), failures: [] };
  const cause = { code: 'RATE_LIMIT', probes: 160, models: view.models.map(({ modelId }) => ({ modelId, probes: 4 })) };
  const lines = seen(progressText({ ...view, failures: [{ ...cause, message: 'too fast' }] }, screen(200)));
  assert.deepEqual(
    lines.filter((line) => line.includes('RATE_LIMIT')),
    ['160 failed: RATE_LIMIT (40 models): too fast'],
  );
  assert.deepEqual(
    lines.filter((line) => line.includes('its turn')),
    ['40 models: 400 wait: its turn has not come yet'],
  );
});

test('dollars: what was spent, what it will come to, and a plus where a price is not known', () => {
  const models = [model('gpt-4o'), model('claude'), model('grok', { succeeded: 0, failed: {} })];
  const spend = {
    usd: null,
    known: 0.2,
    models: { 'gpt-4o': { usd: 0.1, known: 0.1 }, claude: { usd: null, known: 0.1 } },
  };
  const lines = seen(
    progressText({ ...busy(1), models, spend: { ...spend, judges: { j: { usd: 0.5, known: 0.5 } } } }, screen(200)),
  );
  const dollars = lines.slice(2, 6).map((line) => line.trim().split(/ {2,}/).slice(-2));
  // Eight of twenty have ended.
  assert.deepEqual(dollars, [
    ['0.1000', '0.2500'],
    ['0.1000+', 'unknown'],
    ['0.0000', 'unknown'],
    ['0.2000+', 'unknown'],
  ]);
  assert.ok(lines.includes('the judge j: 0.5000 dollars, in the sum'));
  assert.ok(lines.includes('dollars with a + lack calls whose price is not known'));
});

test('what a run came to: figures with their intervals where it has a scale, shares where it has options', () => {
  const models = [model('gpt-4o', { succeeded: 20, waiting: 0, inFlight: 0, failed: {}, waits: [] })];
  const view: RunView = {
    ...busy(1),
    status: 'COMPLETED',
    models,
    stops: [],
    failures: [],
    scores: null,
    name: 'a study',
  };
  const figure = { modelId: 'gpt-4o', scores: 20, mean: 3.456, interval: { low: 3.1, high: 3.8, reason: null } };
  const analysis = {
    decisions: { lowest: 1, highest: 5, models: [figure] },
    nominal: null,
    models: [],
    warnings: ['w'],
  };
  const scaled = seen(resultText(view, analysis as unknown as Complete, screen(80)));
  assert.deepEqual(scaled.slice(0, 4), [
    `a study  COMPLETED  ${ID}`,
    'model   answers  failed  scored  mean  95 % of the mean  dollars',
    'gpt-4o    20/20       0      20  3.46      3.10 to 3.80   0.0021',
    'mean of the scores from 1 to 5, each scenario with the same weight',
  ]);
  assert.ok(scaled.includes('note: w'));
  const share = { share: 0.25, low: 0.1, high: 0.5 };
  const nominal = { options: ['yes'], models: [{ modelId: 'gpt-4o', options: [{ option: 'yes', share }] }] };
  const chosen = seen(resultText(view, { ...analysis, decisions: null, nominal } as unknown as Complete, screen(80)));
  assert.match(chosen[2] ?? '', /25 % \(10 to 50\)/);
  // All of them, if without their intervals; and what there is no room for at all is named.
  const wordy = (options: string[]): string[] => {
    const many = { options, models: [{ modelId: 'gpt-4o', options: options.map((option) => ({ option, share })) }] };
    return seen(resultText(view, { ...analysis, decisions: null, nominal: many } as unknown as Complete, screen(80)));
  };
  const three = wordy(['Left', 'Right', 'Straight ahead']);
  assert.match(three[1] ?? '', /Left +Right +Straight ahead/);
  assert.match(three[2] ?? '', /25 % +25 % +25 %/);
  assert.ok(three.includes('share of the answers that chose it; the intervals are in the report'));
  const long = 'An option that takes more room than there is on the line';
  assert.ok(wordy(['Left', long]).join(' ').includes(`no room for ${long}; `));
  assert.match(seen(resultText(view, null)).join('\n'), /there are no statistics: the analysis failed/);
});

test('names are shortened in the middle by the room that they take, and lines are broken between words', () => {
  assert.equal(shortened('gpt-4o-2024-08-06', 9), 'gpt-…8-06');
  assert.deepEqual([shortened('模型比較', 5), widthOf(shortened('模型比較', 5))], ['模…較', 5]);
  assert.deepEqual(
    [shortened('abc', 3), shortened('abcd', 1), shortened('abcd', 0), cut('abcd', 3)],
    ['abc', '…', '', 'ab…'],
  );
  assert.deepEqual(wrapped('one two three', 8), ['one two', '  three']);
  assert.deepEqual(wrapped('模型比較研究', 5), ['模型', '  比', '  較', '  研', '  究']);
  assert.ok(wrapped('word '.repeat(100_000), 80).length <= 11);
});

test('colour is for who looks, unless the environment says otherwise', () => {
  const cases: [isTerminal: boolean, env: NodeJS.ProcessEnv, colour: boolean][] = [
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
  ];
  for (const [isTerminal, env, colour] of cases) {
    assert.equal(wantsColour(isTerminal, env), colour, JSON.stringify(env));
  }
  assert.ok(!progressText(busy(2), { ...screen(80), colour: false }).includes('\u001b['));
});

test('a picture takes the place of the one before, also on a terminal that has become narrower', () => {
  const terminal = { columns: 10, rows: 5 };
  const picture = new Picture(terminal);
  assert.equal(picture.drawn('one\ntwo'), '\u001b[Jone\ntwo\n');
  assert.equal(picture.drawn('twelve chars'), '\u001b[2A\r\u001b[Jtwelve chars\n');
  assert.equal(picture.drawn('x'), '\u001b[2A\r\u001b[Jx\n');
  terminal.columns = 5;
  assert.equal(picture.drawn('y'), '\u001b[2J\u001b[Hy\n');
  assert.equal(picture.erased(), '\u001b[1A\r\u001b[J');
});

test('warnings and errors of the log stand under the picture once each, and what a run counts does not', () => {
  const notes = new Notes();
  const say = (line: object): void => notes.take(`${JSON.stringify(line)}\n`);
  for (const message of ['slow down, request 1', 'slow down, request 2']) {
    say({ level: 'warn', context: 'probe', code: 'RATE_LIMIT', msg: `retried later: ${message}`, jobId: 'j' });
    say({ level: 'error', context: 'probe', code: 'AUTH_ERROR', msg: 'failed: no key', jobId: 'j' });
    say({ level: 'warn', context: 'worker', worker: 'probe', jobId: 'j', msg: 'call failed' });
    say({ level: 'error', context: 'handler', msg: 'the database does not answer', err: { message: 'ECONNREFUSED' } });
    say({ level: 'info', context: 'handler', msg: 'the run has ended' });
  }
  notes.take('no JSON\n');
  assert.deepEqual(
    notes.latest(9).map(({ level, text, times }) => [level, text, times]),
    [
      ['warn', 'retried later: slow down, request 2', 2],
      ['error', 'the database does not answer: ECONNREFUSED', 2],
      ['warn', 'no JSON', 1],
    ],
  );
  assert.equal(notes.latest(1).length, 1);
});

test('the exit status says whether a run failed, probes failed, or all is there', () => {
  assert.equal(exitStatus([]), 0);
  assert.equal(exitStatus([{ status: 'COMPLETED', unanswered: 0 }]), 0);
  assert.equal(
    exitStatus([
      { status: 'COMPLETED', unanswered: 1 },
      { status: 'COMPLETED', unanswered: 0 },
    ]),
    3,
  );
  assert.equal(
    exitStatus([
      { status: 'COMPLETED', unanswered: 1 },
      { status: 'FAILED', unanswered: 9 },
    ]),
    4,
  );
});

test('the database is named where it could be another one', () => {
  const embedded = { databaseUrl: null, dataFolder: '/nowhere/data' };
  assert.equal(couldBeAnother(embedded, true, { QUEUE_DATA: '/nowhere/data' }), true);
  assert.equal(couldBeAnother(embedded, false, { QUEUE_DATA: '/nowhere/data' }), false);
  assert.equal(couldBeAnother({ ...embedded, dataFolder: '.queue-data' }, false, {}), true);
  assert.equal(couldBeAnother({ ...embedded, databaseUrl: 'postgres://h/d' }, false, {}), false);
});

test('words for a shell are quoted where it would read something else into them', () => {
  assert.deepEqual(['study-1', 'a b', "it's", '$(x)', ''].map(shellWord), [
    'study-1',
    "'a b'",
    "'it'\\''s'",
    "'$(x)'",
    "''",
  ]);
});

test('a shell completes commands, options, and what an option takes', () => {
  const program = new Command('queue');
  program
    .command('run')
    .argument('<RUN.json>')
    .option('--answers <FILE>', "what it's for: $(touch x)")
    .option('--log', 'log');
  program.command('retry-failed').argument('<RUN>');
  program.command('reask').argument('<RUN>').option('--unusable [KIND...]');
  const script = completion('bash', program);
  const asked = `${script}
    try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _queue; echo "\${COMPREPLY[*]}"; }
    try queue re; try queue run --a; try queue run --answers x; try queue reask --u`;
  assert.deepEqual(execFileSync('bash', ['-c', asked], { encoding: 'utf8' }).split('\n'), [
    'retry-failed reask',
    '--answers',
    '',
    '--unusable',
    '',
  ]);
  assert.match(completion('zsh', program), /run\) _arguments '\*--answers\[what its for\]:value:_files' /);
  assert.match(completion('fish', program), /seen_subcommand_from run' -l answers -d 'what its for' -r -F\n/);
});
