/** Lines, log lines, outcomes, interpreters, places: the small parts of the bridge, each by itself. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { DEFAULT_DEADLINE_SECONDS, longestSeconds } from '../src/deadline.js';
import { fieldOf, schemaProblem, turnProblem } from '../src/documents/documents.js';
import { storableText, storableValue } from '../src/documents/storable.js';
import { drained } from '../src/drained.js';
import { messageOf } from '../src/errors.js';
import { chargeOf } from '../src/queue/attempt.js';
import { interpreter, workerEnvironment } from '../src/workers/interpreter.js';
import { readLines } from '../src/workers/lines.js';
import { crashed, interrupted, malformed, type Outcome, outcomeOf, stuck } from '../src/workers/outcome.js';
import { Slots } from '../src/workers/slots.js';

/** What is read of some chunks: lines, with a sign for one that does not end, and beginnings of those too long. */
async function linesOf(chunks: (string | Buffer)[], limit = 1_000): Promise<string[]> {
  const stream = new PassThrough();
  const read: string[] = [];
  readLines(
    stream,
    limit,
    (line, complete) => read.push(complete ? line : `${line}…`),
    (head) => read.push(`too long: ${head.slice(0, 10)}`),
  );
  for (const chunk of chunks) {
    stream.write(chunk);
  }
  stream.end();
  await new Promise((done) => stream.once('close', done));
  return read;
}

test('lines come out as they were written, however they are cut', async () => {
  assert.deepEqual(await linesOf(['a\nb', 'c\n\n', '\nd']), ['a', 'bc', '', '', 'd…']);
  assert.deepEqual(await linesOf(['a\n']), ['a']);
  assert.deepEqual(await linesOf([]), []);
  const bytes = Buffer.from('é€😀\nü\n');
  assert.deepEqual(await linesOf([...bytes].map((byte) => Buffer.from([byte]))), ['é€😀', 'ü']);
});

test('a line beyond the bound is told once, by its beginning, and the lines after it are read', async () => {
  const long = 'x'.repeat(700);
  const expected = ['a', 'too long: xxxxxxxxxx', 'b'];
  assert.deepEqual(await linesOf([`a\n${long}`, long, long, '\nb\n']), expected);
  assert.deepEqual(await linesOf([`a\n${long}${long}\nb\n`]), expected);
  assert.deepEqual(await linesOf([`a\n${long}`, long]), ['a', 'too long: xxxxxxxxxx']);
});

test('a line of many megabytes in small chunks is read in linear time', async () => {
  const chunk = 'x'.repeat(16 * 1024);
  const [line] = await linesOf([...Array(2_000).fill(chunk), '\n'], 64 * 1024 * 1024);
  assert.equal(line?.length, 2_000 * chunk.length);
});

/** The log lines that some code writes in a process of its own. */
function logged(code: string, env: NodeJS.ProcessEnv = {}): Record<string, unknown>[] {
  const module = (name: string): string => JSON.stringify(new URL(`../src/${name}`, import.meta.url).href);
  const text = `
    import { forwardLine, forwardCut } from ${module('workers/forward.js')};
    import { getLogger } from ${module('log.js')};
    ${code}`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', text], {
    env: { PATH: process.env.PATH, LOG_LEVEL: 'debug', ...env },
    encoding: 'utf8',
  });
  return stderr
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

test("a worker's log lines keep their level and get the job's IDs; anything else is a warning", () => {
  const [info, warn, nonsense, list, level, cut, ...more] = logged(
    `
    const ids = { jobId: 'j', runId: 'r' };
    forwardLine('{"level":"info","time":5,"context":"probe","msg":"one","jobId":"own","n":1}', ids);
    forwardLine('{"level":"error","time":5,"context":"probe","msg":"two","err":{"type":"T","message":"m"}}', ids);
    forwardLine('   ', ids);
    forwardLine('Traceback: sk-canary ' + 'x'.repeat(5000), ids);
    forwardLine('[]', ids);
    forwardLine('{"level":"fatal","msg":"x"}', ids);
    forwardCut('y'.repeat(4000), ids);`,
    { OPENAI_API_KEY: 'sk-canary' },
  );
  assert.deepEqual(
    { ...info, time: 0 },
    {
      level: 'info',
      time: 0,
      context: 'worker',
      jobId: 'own',
      runId: 'r',
      n: 1,
      worker: 'probe',
      msg: 'one',
    },
  );
  assert.ok(Number(info?.time) > 1_700_000_000_000);
  assert.deepEqual([warn?.level, warn?.jobId, warn?.err], ['error', 'j', { type: 'T', message: 'm' }]);
  assert.deepEqual([nonsense?.level, nonsense?.runId], ['warn', 'r']);
  assert.match(String(nonsense?.text), /^Traceback: \[redacted\] x+$/);
  assert.equal(String(nonsense?.text).length, 2_000);
  assert.deepEqual([list?.text, level?.text], ['[]', '{"level":"fatal","msg":"x"}']);
  assert.equal(String(cut?.text).length, 2_000);
  assert.deepEqual(more, []);
});

test('errors are logged with their causes, levels are obeyed, and a bad level is told once', () => {
  const code = `
    const logger = getLogger('part');
    logger.info('quiet');
    logger.error({ err: new Error('outer', { cause: new TypeError('inner') }) }, 'loud');
    logger.error({ err: 'text' }, 'text');`;
  const [loud, text] = logged(code, { LOG_LEVEL: ' ERROR ' });
  const cause = { type: 'TypeError', message: 'inner' };
  assert.deepEqual(loud?.err, { type: 'Error', message: 'outer', cause });
  assert.deepEqual(text?.err, { type: 'string', message: 'text' });
  const [warning, quiet] = logged(code, { LOG_LEVEL: 'loud' });
  assert.equal(warning?.msg, 'LOG_LEVEL must be one of debug, info, warn, error; info is used');
  assert.equal(quiet?.msg, 'quiet');
});

test('the interpreter is the one that is named, or that of the checkout', () => {
  assert.equal(interpreter({ PYTHON: ' /opt/python ' }), '/opt/python');
  assert.match(interpreter({ PYTHON: ' ' }), /\/\.venv\/bin\/python$|^python3$/);
  assert.match(execFileSync(interpreter({}), ['--version'], { encoding: 'utf8' }), /^Python 3/);
});

test('the environment of a worker is a list of what it needs', () => {
  const given = { PATH: 'p', https_proxy: 'x', LC_CTYPE: 'C', PROBE_BACKOFF_SECONDS: '1', XAI_API_KEY: 'k' };
  const others = { DATABASE_URL: 'x', PGPASSWORD: 'x', PROBE_XAI_REQUESTS_PER_MINUTE: '1', PYTHONSTARTUP: 'x' };
  const { PROBE_STDIN_TIMEOUT_SECONDS: patience, ...seen } = workerEnvironment({ ...given, ...others });
  assert.deepEqual(seen, given);
  assert.ok(Number(patience) >= longestSeconds(DEFAULT_DEADLINE_SECONDS), 'a handler that is held up spoils no job');
});

function failure(code: string, others: object = {}): object {
  return { success: false, error: { message: 'm', code, retryable: true, details: null, ...others } };
}

test("a failure is the worker's own; a cancellation is whatever it was cancelled for", () => {
  assert.equal(outcomeOf(failure('RATE_LIMIT', { retryAfterSeconds: 3 }), null).kind, 'failure');
  assert.equal(outcomeOf(failure('CANCELLED'), null).kind, 'failure');
  assert.equal(outcomeOf(failure('CANCELLED'), interrupted()).kind, 'interrupted');
  assert.equal(outcomeOf(failure('CANCELLED'), stuck(1_000)).kind, 'crashed');
  assert.equal(outcomeOf(failure('TIMEOUT'), interrupted()).kind, 'failure');
  assert.equal(outcomeOf(failure('NO_SUCH_CODE'), interrupted()).kind, 'malformed');
});

test('what an interrupted try paid for is charged, though its error is the own one of the handler', () => {
  const cost = { totalCost: 0.25 };
  const outcome = { ...interrupted(), beside: { discarded: [{}], costSnapshot: cost } } as unknown as Outcome;
  assert.equal(chargeOf(outcome).dollars, 0.25);
  assert.equal(chargeOf({ ...interrupted(), beside: {} }).dollars, undefined);
});

test('an outcome without a document says how it came to that, and holds nothing that cannot be stored', () => {
  const exit = { code: null, signal: null, stderr: '' };
  const told = (outcome: ReturnType<typeof crashed>): unknown[] => [
    outcome.kind,
    outcome.error.code,
    outcome.error.retryable,
    outcome.error.message,
  ];
  assert.deepEqual(told(crashed({ ...exit, signal: 'SIGKILL' })), [
    'crashed',
    'UNKNOWN',
    true,
    'worker crashed (SIGKILL)',
  ]);
  assert.deepEqual(told(crashed({ ...exit, code: 137 })), ['crashed', 'UNKNOWN', true, 'worker crashed (status 137)']);
  const spawnError = Object.assign(new Error('spawn EMFILE'), { code: 'EMFILE' });
  const full = told(crashed({ ...exit, spawnError }));
  assert.deepEqual(full.slice(0, 3), ['failure', 'UNKNOWN', true]);
  assert.match(String(full[3]), /cannot be started: spawn EMFILE; lower QUEUE_CONCURRENCY/);
  const missing = told(crashed({ ...exit, spawnError: Object.assign(new Error('x'), { code: 'ENOENT' }) }));
  assert.deepEqual(missing.slice(0, 3), ['unstarted', 'CONFIG_ERROR', false]);
  assert.equal(crashed({ ...exit, stderr: 'a\u0000\ud800' }).error.output, 'a\uFFFD\uFFFD');
  assert.equal(malformed('x', `${'y'.repeat(1_999)}😀`).error.output, `${'y'.repeat(1_999)}\uFFFD`);
});

test('problems of documents are told by the path that people would write', () => {
  assert.equal(fieldOf('/a/0/b~1c/1'), 'a[0].b/c[1]');
  assert.match(String(schemaProblem('probe.result', { success: true })), /must have required property/);
  assert.equal(schemaProblem('probe.result', failure('TIMEOUT')), null);
  assert.match(String(turnProblem({})), /must have required property/);
  assert.match(String(turnProblem(null)), /must be object/);
});

test('what PostgreSQL does not store is replaced, and everything else is left as it is', () => {
  assert.equal(storableText('a\u0000b\ud83dc😀'), 'a\uFFFDb\uFFFDc😀');
  const clean = { a: ['x', 1, null, { b: true }] };
  assert.equal(storableValue(clean), clean);
  assert.deepEqual(storableValue({ 'k\u0000': ['\udc00', 2], b: clean }), { 'k\uFFFD': ['\uFFFD', 2], b: clean });
});

test('places are given in the order in which they were asked for, and nobody waits beyond his time', async () => {
  const slots = new Slots(1);
  const got: string[] = [];
  assert.equal(await slots.take(0), true);
  const late = slots.take(1);
  const first = slots.take(60_000).then(() => got.push('first'));
  const second = slots.take(60_000).then(() => got.push('second'));
  assert.equal(await late, false);
  slots.give();
  await first;
  slots.give();
  await second;
  assert.deepEqual(got, ['first', 'second']);
  const waiting = slots.take(60_000);
  slots.dismiss();
  assert.equal(await waiting, false);
  slots.give();
  assert.equal(await slots.take(0), true);
});

test('a stream that is waited for keeps no listener, whether it drains or closes', async () => {
  for (const event of ['drain', 'close']) {
    const stream = new EventEmitter();
    const waiting = drained(stream);
    stream.emit(event);
    await waiting;
    assert.deepEqual(stream.eventNames(), []);
  }
});

test('an error says something, also where it is a list of others', () => {
  assert.equal(messageOf(new Error('x')), 'x');
  assert.equal(messageOf(new TypeError()), 'TypeError');
  assert.equal(messageOf('text'), 'text');
  assert.equal(messageOf(new AggregateError([new Error('a'), new Error('b'), new Error('a')])), 'a; b');
});

test('a try in any process ends before its ticket does', () => {
  // The longest that the pool lets one take: a wait for a place and a process of its own, or a watchdog.
  for (const deadline of [1, 280, 3_600]) {
    assert.ok(longestSeconds(deadline) > 2 * deadline + 20);
  }
});
