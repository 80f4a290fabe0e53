/** A worker as a process of its own: whatever it does, the handler stays up and knows what it came to. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isolation } from '../src/workers/interpreter.js';
import { documentOf, runRaw } from '../src/workers/one-shot.js';
import type { WorkerProcess } from '../src/workers/process.js';
import { answers, isAlive, isRunning, jobOf, once, QUICK, SHORT_TIMEOUT, told } from './support/bridge.js';
import { fakes } from './support/fakes.js';
import { startAnew } from './support/forking.js';
import { until } from './support/rig.js';

startAnew();

const fake = fakes();

const ANSWER = 'job = json.load(sys.stdin)\nsay(document(job))';

// attack (provider): so much is written to the log that a worker stands still
test('stderr is read however much there is of it, whatever it is, and though a line of it never ends (B10)', async () => {
  fake.python(`
os.write(2, b'{"level":"info","msg":"a log line"}\\n' * 4000)
os.write(2, b'Traceback (most recent call last):\\nnull\\n[]\\n\\xff\\xfe\\n')
os.write(2, b'x' * 1000000)
${ANSWER}
os.write(2, b'\\nand a last word\\n')`);
  assert.equal(told(await once()), 'success');
});

test('characters that are cut between two chunks come out whole, on every pipe (B13)', async () => {
  fake.python(`
def drip(fd, data):
    for byte in data:
        os.write(fd, bytes([byte]))
        time.sleep(0.001)
job = json.load(sys.stdin)
record = json.loads(paid(1, job))
record["turn"]["targetResponse"] = "é€😀"
drip(3, json.dumps(record, ensure_ascii=False).encode() + b"\\n")
os.read(3, 10)
drip(1, json.dumps(document(job, turn("é€😀")), ensure_ascii=False).encode())
drip(2, "Fehler: é€😀\\n".encode())`);
  const kept: string[] = [];
  const outcome = await once(jobOf(), { onTurn: async ({ turn }) => void kept.push(turn.targetResponse) });
  assert.deepEqual([answers(outcome), kept], [['é€😀'], ['é€😀']]);

  fake.python(`
for byte in "Fehler: é€😀\\n".encode():
    os.write(2, bytes([byte]))
    time.sleep(0.001)
sys.exit(3)`);
  const failed = await once();
  assert.equal(told(failed), 'crashed UNKNOWN: worker crashed (status 3)');
  assert.equal(failed.kind === 'crashed' && failed.error.output, 'Fehler: é€😀');
});

test('a document of two megabytes is taken, and one beyond the bound ends its worker (B14)', async () => {
  fake.python('job = json.load(sys.stdin)\nsay(document(job, turn("x" * 2_000_000)))');
  const [answer] = answers(await once());
  assert.equal(answer?.length, 2_000_000);

  fake.python('while True: os.write(1, b"x" * 65536)');
  const outcome = await once(jobOf(), { documentLimit: 1_000_000 });
  assert.match(told(outcome), /^malformed UNKNOWN: bad worker output: more than \d+ characters$/);
  assert.equal(outcome.kind === 'malformed' && outcome.error.output?.length, 2_000);
});

test('a worker that does not read its job breaks no pipe of the handler (B15)', async () => {
  const large = jobOf('x'.repeat(1_000_000));
  fake.python('sys.exit(3)');
  assert.equal(told(await once(large)), 'crashed UNKNOWN: worker crashed (status 3)');
  fake.python('os.close(0)\ntime.sleep(0.2)\nsys.exit(0)');
  assert.equal(told(await once(large)), 'malformed UNKNOWN: bad worker output: nothing');
});

// attack (local user): the questions of a run are read in the list of processes
test('a job is handed over on stdin and never on the command line (B21)', async () => {
  const seen = fake.path('arguments');
  fake.python(`
text = sys.stdin.read()
open(${JSON.stringify(seen)}, "w").write(json.dumps([sys.argv, len(text)]))
say(document(json.loads(text)))`);
  assert.equal(told(await once(jobOf('x'.repeat(200_000)))), 'success');
  const [argv, length] = JSON.parse(readFileSync(seen, 'utf8'));
  const [script, ...options] = argv.slice(1 + isolation().length);
  assert.equal(argv[1], '-I');
  assert.match(script, /\/workers\/probe\.py$/);
  assert.deepEqual(options, ['--turns-fd', '3', '--turns-ack']);
  assert.ok(length > 200_000);
});

test('an interpreter that is missing, or is none, is told once and with the cure (B16)', async () => {
  for (const path of [fake.path('nowhere/python'), fake.path('.')]) {
    fake.program(path);
    const outcome = await once();
    assert.match(
      told(outcome),
      /^unstarted CONFIG_ERROR: the worker cannot be started: .*set PYTHON .* or run make queue/,
    );
    assert.equal(outcome.kind === 'failure' && outcome.error.retryable, false);
  }
  const noProgram = fake.path('no-program');
  writeFileSync(noProgram, 'neither a script nor a binary');
  chmodSync(noProgram, 0o644);
  fake.program(noProgram);
  assert.match(told(await once()), /^unstarted CONFIG_ERROR: .*EACCES/);
});

test('what is not one sound document is told as what it is, with its beginning (B17)', async () => {
  const good = 'job = json.load(sys.stdin)\n';
  const bad = 'malformed UNKNOWN: bad worker output: ';
  const cases: [script: string, told: string | RegExp, output: RegExp][] = [
    ['sys.stdin.read()', `${bad}nothing`, /^$/],
    [
      `${good}os.write(1, json.dumps(document(job)).encode()[:300])`,
      `${bad}not one JSON document`,
      /^\{"success": true/,
    ],
    [`${good}say(document(job))\nsay(document(job))`, `${bad}not one JSON document`, /^\{"success"/],
    [`${good}print("hello")\nsay(document(job))`, `${bad}not one JSON document`, /^\{"success"|^hello/],
    [`${good}say(document(job))\nsys.exit(1)`, `${bad}status 1 beside an output`, /^\{"success": true/],
    [
      `${good}d = document(job)\ndel d["transcript"]["turns"][0]["inputTokens"]\nsay(d)`,
      /transcript\.turns\[0\] must have required property 'inputTokens'$/,
      /"targetResponse":"Yes\."/,
    ],
    [`${good}d = document(job)\nd["transcript"]["totalInputTokens"] = None\nsay(d)`, /totalInputTokens/, /success/],
    [`${good}say(document({**job, "jobId": "other"}))`, `${bad}its document is that of another job`, /"other"/],
    [`${good}say(None)`, /not of the published form/, /^null$/],
    [`${good}say([])`, /not of the published form/, /^\[\]$/],
    [
      `${good}say({"success": False, "error": {"code": "NO_SUCH", "message": "x"}})`,
      /not of the published form/,
      /NO_SUCH/,
    ],
  ];
  for (const [script, expected, output] of cases) {
    fake.python(script);
    const outcome = await once();
    assert.equal(outcome.kind, 'malformed', `${script}: ${told(outcome)}`);
    if (typeof expected === 'string') {
      assert.equal(told(outcome), expected);
    } else {
      assert.match(told(outcome), expected);
    }
    assert.match((outcome.kind === 'malformed' && outcome.error.output) || '', output);
    assert.equal(outcome.kind === 'malformed' && outcome.error.retryable, true);
  }
});

test('a worker that dies of a signal has crashed, also in the middle of its document (B04)', async () => {
  fake.python('job = json.load(sys.stdin)\nos.write(1, b"{")\nos.kill(os.getpid(), signal.SIGSEGV)');
  assert.equal(told(await once()), 'crashed UNKNOWN: worker crashed (SIGSEGV)');
  fake.python('os.write(2, b"MemoryError \\x00 \\xed\\xa0\\x80\\n")\nos.kill(os.getpid(), signal.SIGKILL)');
  const outcome = await once();
  assert.equal(told(outcome), 'crashed UNKNOWN: worker crashed (SIGKILL)');
  // What the database would refuse is replaced.
  assert.match((outcome.kind === 'crashed' && outcome.error.output) || '', /^MemoryError \uFFFD \uFFFD+$/);
});

test('a worker that ignores SIGTERM is killed after the grace time, and is gone (B18)', async () => {
  const pids: number[] = [];
  fake.python('signal.signal(signal.SIGTERM, signal.SIG_IGN)\nos.write(3, b"")\nwhile True: time.sleep(1)');
  const outcome = await once(jobOf(), {
    timeoutMilliseconds: 500,
    onStart: (worker) => pids.push(worker.pid ?? 0),
  });
  assert.equal(told(outcome), 'crashed UNKNOWN: worker stuck: no answer within 0.5 s');
  assert.equal(pids.filter(isAlive).length, 0);
});

test('a child of the worker that holds stdout is killed with its group, or no longer waited for (B19)', async () => {
  const left = fake.path('left-behind');
  const child = `
import subprocess
child = subprocess.Popen(["sleep", "60"], start_new_session=SESSION)
open(${JSON.stringify(left)}, "w").write(str(child.pid))
${ANSWER}
os._exit(0)`;
  fake.python(child.replace('SESSION', 'False'));
  assert.equal(told(await once()), 'success');
  const inGroup = Number(readFileSync(left, 'utf8'));
  await until(() => !isRunning(inGroup), 'the end of the child');

  fake.python(child.replace('SESSION', 'True'));
  const began = Date.now();
  assert.equal(told(await once()), 'success');
  assert.ok(Date.now() - began < 20_000, 'the handler waited for a process that is none of its own');
  process.kill(Number(readFileSync(left, 'utf8')), 'SIGKILL');
});

test('what a process leaves in its pipes is read to the end, however late the handler comes to it', async () => {
  fake.python('job = json.load(sys.stdin)\nsay(document(job, turn("x" * 60_000)))\nos._exit(0)');
  const outcome = once(jobOf(), { patience: { killAfterMilliseconds: 300, drainMilliseconds: 1 } });
  const freeAt = Date.now() + 600;
  await sleep(1);
  while (Date.now() < freeAt) {
    // The event loop is held up, as by the parsing of a huge document.
  }
  assert.equal(told(await outcome), 'success');
});

test('only its own timeout makes a job a crash; what it was paid for stays (the watchdog of one process)', async () => {
  fake.python(`
job = json.load(sys.stdin)
def end(*_):
    say(cancelled(job, turn("Paid.")))
    os._exit(0)
signal.signal(signal.SIGTERM, end)
open(${JSON.stringify(fake.path('ready'))}, "w").close()
while True: time.sleep(1)`);
  const late = await once(jobOf(), { timeoutMilliseconds: SHORT_TIMEOUT });
  assert.equal(told(late), 'crashed UNKNOWN: worker stuck: no answer within 3 s');
  assert.equal(late.kind === 'crashed' && late.error.retryable, true);
  assert.deepEqual(answers(late), ['Paid.']);

  const started: WorkerProcess[] = [];
  rmSync(fake.path('ready'));
  const asked = once(jobOf(), {
    onStart: (worker) => started.push(worker),
    // Long enough that the timeout is not what ends it.
    timeoutMilliseconds: 60_000,
  });
  await until(() => existsSync(fake.path('ready')));
  // Asked twice and killed besides: it comes to its end once (B26).
  started[0]?.terminate();
  started[0]?.terminate();
  const outcome = await asked;
  assert.match(told(outcome), /^interrupted CANCELLED/);
  assert.deepEqual(answers(outcome), ['Paid.']);
  started[0]?.kill();
  assert.equal(isAlive(started[0]?.pid ?? 0), false);
});

test('an answer that comes in the moment of the timeout is an answer', async () => {
  fake.python(`
job = json.load(sys.stdin)
def end(*_):
    say(document(job))
    os._exit(0)
signal.signal(signal.SIGTERM, end)
while True: time.sleep(1)`);
  assert.equal(told(await once(jobOf(), { timeoutMilliseconds: SHORT_TIMEOUT })), 'success');
});

test('a timeout of any other script is told as such, and not as the cancellation that it led to', async () => {
  fake.python(`
def end(*_):
    say({"success": False, "error": {"message": "x", "code": "CANCELLED", "retryable": True, "details": None}})
    os._exit(0)
signal.signal(signal.SIGTERM, end)
while True: time.sleep(1)`);
  const read = documentOf(await runRaw('health_check.py', ['{}'], { timeoutMilliseconds: 700, patience: QUICK }));
  assert.equal('failed' in read && told(read.failed), 'crashed UNKNOWN: worker stuck: no answer within 0.7 s');
});

test('nonsense on the turn stream is left out and refused, and turns beside it are kept and acknowledged', async () => {
  fake.python(`
job = json.load(sys.stdin)
bad = json.loads(paid(7, job))
del bad["turn"]["targetResponse"]
for line in [b"nonsense", b"null", b"[]", b"{}", b'{"seq": 5}', b"\\xff\\xfe", json.dumps(bad).encode()]:
    os.write(3, line + b"\\n")
os.write(3, paid(8, job))
heard = b""
while b"8" not in heard:
    heard += os.read(3, 100)
say(document(job, turn(heard.decode())))`);
  const kept: number[] = [];
  const outcome = await once(jobOf(), { onTurn: async ({ seq }) => void kept.push(seq) });
  assert.deepEqual(kept, [8]);
  // The numbers that could be read are answered, so that no worker waits for a word on them.
  assert.deepEqual(answers(outcome)[0]?.trim().split('\n'), ['5 refused', '7 refused', '8']);
});

test('a turn is acknowledged when it is in safety and not before, and refused where it cannot be put there', async () => {
  fake.python(`
job = json.load(sys.stdin)
os.write(3, paid(1, job))
heard = os.read(3, 100)
say(document(job, turn(heard.decode().strip())))`);
  let safe = false;
  const outcome = await once(jobOf(), {
    onTurn: async () => {
      await sleep(100);
      safe = true;
    },
  });
  assert.deepEqual([safe, answers(outcome)], [true, ['1']]);
  const failing = [
    async (): Promise<void> => {
      throw new Error('no room');
    },
    (): Promise<void> => {
      throw new Error('no room at all');
    },
  ];
  for (const onTurn of failing) {
    assert.deepEqual(answers(await once(jobOf(), { onTurn })), ['1 refused']);
  }
});

test('what the database cannot store is replaced in a transcript, which says so (G09)', async () => {
  fake.python('job = json.load(sys.stdin)\nsay(document(job, turn("a\\x00b\\ud800c")))');
  const outcome = await once();
  assert.deepEqual(answers(outcome), ['a\uFFFDb\uFFFDc']);
  assert.match((outcome.kind === 'success' && outcome.document.warnings.join()) || '', /U\+FFFD/);
});

// attack (packages): a library in a worker reads the address of the database, or the keys of other services
test('a worker sees the keys of the providers and nothing else that is none of its business (F18)', async () => {
  const seen = fake.path('environment');
  fake.python(`open(${JSON.stringify(seen)}, "w").write(json.dumps(dict(os.environ)))\n${ANSWER}`);
  const given = {
    DATABASE_URL: 'postgres://u:canary-password@localhost/x',
    PGPASSWORD: 'canary-pg',
    AWS_SECRET_ACCESS_KEY: 'canary-aws',
    GITHUB_TOKEN: 'canary-github',
    QUEUE_DATA: 'canary-folder',
    PYTHONPATH: '/canary',
    NODE_OPTIONS: '',
    PROBE_OPENAI_MAX_IN_FLIGHT: '1',
    OPENAI_API_KEY: 'sk-for-the-worker',
    GEMINI_API_KEY: 'AIza-for-the-worker',
    PROBE_DEADLINE_SECONDS: '100',
    https_proxy: 'http://proxy.example:3128',
    LC_ALL: 'C',
  };
  const earlier = { ...process.env };
  Object.assign(process.env, given);
  try {
    assert.equal(told(await once()), 'success');
  } finally {
    for (const name of Object.keys(given)) {
      delete process.env[name];
    }
    Object.assign(process.env, earlier);
  }
  const environment: Record<string, string> = JSON.parse(readFileSync(seen, 'utf8'));
  assert.equal(JSON.stringify(environment).includes('canary'), false);
  for (const name of ['OPENAI_API_KEY', 'GEMINI_API_KEY', 'PROBE_DEADLINE_SECONDS', 'https_proxy', 'LC_ALL'] as const) {
    assert.equal(environment[name], given[name]);
  }
  for (const name of ['NODE_OPTIONS', 'PROBE_OPENAI_MAX_IN_FLIGHT', 'PYTHON']) {
    assert.equal(name in environment, false, name);
  }
});
