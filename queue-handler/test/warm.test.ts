/** Warm workers and their pool: what a process does to its jobs, and what of it is whose fault. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../src/workers/outcome.js';
import { type PoolOptions, WorkerPool } from '../src/workers/pool.js';
import type { OnTurn } from '../src/workers/turns.js';
import { answers, isAlive, type Job, jobOf, QUICK, STORE_NOTHING, told } from './support/bridge.js';
import { fakes } from './support/fakes.js';
import { startAnew } from './support/forking.js';
import { until } from './support/rig.js';

startAnew();

const fake = fakes();

function poolOf(size = 1, options: PoolOptions = {}): WorkerPool {
  return new WorkerPool(size, 100, { patience: QUICK, ...options });
}

function run(pool: WorkerPool, job: Job, onTurn: OnTurn = STORE_NOTHING, alone = false): Promise<Outcome> {
  return pool.run({ job, provider: 'openai', alone, onTurn });
}

/** With it a warm process has 3 s for a short job, in which it has long begun, also beside other load. */
const MARGIN = 2.6;
/** Jobs whose own time is over soon, and jobs whose time is not over within any test. */
const short = (prompt: string): Job => jobOf(prompt, { config: { deadlineSeconds: 0.2 } });
const long = (prompt: string): Job => jobOf(prompt, { config: { deadlineSeconds: 300 } });

// Answers what asks for it, and is silent about the rest; gives back everything that is open when it is told to stop.
const ORDERLY = `
open_ = {}
def end(*_):
    for job in open_.values():
        say(cancelled(job, turn("Paid.")))
    os._exit(0)
signal.signal(signal.SIGTERM, end)
for job in jobs():
    prompt = job["scenario"]["prompt"]
    if prompt == "answer":
        say(document(job))
    else:
        open_[job["jobId"]] = job
`;

test('a job whose watchdog fires has crashed, with its turns; the jobs beside it are interrupted, with theirs', async () => {
  fake.python(ORDERLY);
  const pool = poolOf(1, { marginSeconds: MARGIN });
  const [stuck, innocent, answered] = await Promise.all([
    run(pool, short('wait')),
    run(pool, long('wait')),
    run(pool, long('answer')),
  ]);
  assert.equal(told(stuck), 'crashed UNKNOWN: worker stuck: no answer within 3 s');
  assert.deepEqual(answers(stuck), ['Paid.']);
  assert.match(told(innocent), /^interrupted CANCELLED/);
  assert.deepEqual(answers(innocent), ['Paid.']);
  assert.equal(told(answered), 'success');
  await pool.close();
});

test('a process that hangs as a whole and has to be killed leaves every job of it under suspicion', async () => {
  fake.python(`signal.signal(signal.SIGTERM, signal.SIG_IGN)\nfor job in jobs(): pass\nwhile True: time.sleep(1)`);
  const pool = poolOf(1, { marginSeconds: MARGIN });
  const [stuck, other] = await Promise.all([run(pool, short('wait')), run(pool, long('wait'))]);
  assert.equal(told(stuck), 'crashed UNKNOWN: worker stuck: no answer within 3 s');
  assert.equal(told(other), 'crashed UNKNOWN: worker crashed (SIGKILL)');
  await pool.close();
});

test('jobs that the handler interrupts are interrupted, though their process has to be killed for it (B26)', async () => {
  fake.python(`
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for job in jobs(): open(${JSON.stringify(fake.path('deaf'))}, "w").close()
while True: time.sleep(1)`);
  const pool = poolOf();
  const running = [run(pool, long('wait')), run(pool, long('wait'))];
  await until(() => existsSync(fake.path('deaf')));
  pool.interrupt();
  pool.interrupt();
  for (const outcome of await Promise.all(running)) {
    assert.match(told(outcome), /^interrupted CANCELLED/);
  }
  // What comes after is not begun at all.
  assert.match(told(await run(pool, long('answer'))), /^interrupted CANCELLED/);
  assert.match(told(await run(pool, long('answer'), STORE_NOTHING, true)), /^interrupted CANCELLED/);
  await pool.close();
  assert.deepEqual(pool.pids, []);
});

test('a process that dies takes its jobs down as crashed, and the next job has a new one', async () => {
  fake.python(`
for job in jobs():
    if job["scenario"]["prompt"] == "die":
        os.write(1, json.dumps(document(job)).encode()[:200])
        os.kill(os.getpid(), signal.SIGKILL)
    if job["scenario"]["prompt"] == "answer":
        say(document(job))`);
  const pool = poolOf();
  assert.equal(told(await run(pool, jobOf('answer'))), 'success');
  const [first] = pool.pids;
  const outcomes = await Promise.all([run(pool, jobOf('wait')), run(pool, jobOf('die'))]);
  assert.deepEqual(outcomes.map(told), Array(2).fill('crashed UNKNOWN: worker crashed (SIGKILL)'));
  assert.equal(told(await run(pool, jobOf('answer'))), 'success');
  assert.equal(pool.pids.length, 1);
  assert.notEqual(pool.pids[0], first);
  await pool.close();
  assert.equal(isAlive(first ?? 0), false);
});

test('a line that is no document makes every job of the process suspect, and ends it', async () => {
  for (const line of ['b"nonsense\\n"', 'b"{\\n"', 'b"x" * 300000', 'b"x" * 300000 + b"\\n"']) {
    fake.python(`
open_ = []
def end(*_):
    for job in open_:
        say(cancelled(job, turn("Paid.")))
    os._exit(0)
signal.signal(signal.SIGTERM, end)
for job in jobs():
    if job["scenario"]["prompt"] == "late":
        os.write(1, ${line})
        time.sleep(0.05)
        os.write(1, b"\\n")
        say(document(job))
    else:
        open_.append(job)`);
    const pool = poolOf(1, { documentLimit: 100_000 });
    const [suspect, answered] = await Promise.all([run(pool, jobOf('wait')), run(pool, jobOf('late'))]);
    assert.match(
      told(suspect),
      /^malformed UNKNOWN: bad worker output: a line (that is no JSON document|of more than)/,
    );
    if (!line.includes('300000')) {
      // Where the line has no end, what the process says after it belongs to that line.
      assert.deepEqual(answers(suspect), ['Paid.']);
    }
    assert.match((suspect.kind === 'malformed' && suspect.error.output) || '', /^(nonsense|\{|x+)$/);
    // Told to stop while it writes, it may come to its own end or be given up: never to a loss.
    assert.match(told(answered), /^success|^malformed/);
    await pool.close();
  }
});

test('documents that belong to nobody are passed over, and one without an ID belongs to its line', async () => {
  fake.python(`
for number, job in enumerate(jobs(), 1):
    say(None)
    say([])
    say(document({**job, "jobId": "nobody"}))
    os.write(1, b"\\n  \\n")
    if job["scenario"]["prompt"] == "answer":
        say(document(job))
        say(document(job))
    else:
        say({"success": False, "line": number, "error": {
            "message": "too large", "code": "VALIDATION_ERROR", "retryable": False, "details": None}})`);
  const pool = poolOf();
  assert.equal(told(await run(pool, jobOf('answer'))), 'success');
  assert.equal(told(await run(pool, jobOf('by line'))), 'failure VALIDATION_ERROR: too large');
  assert.equal(told(await run(pool, jobOf('answer'))), 'success');
  assert.equal(pool.pids.length, 1);
  await pool.close();
});

test('turns go to the job that they belong to, each acknowledged, and one of no job is refused', async () => {
  fake.python(`
both = []
for job in jobs():
    both.append(job)
    if len(both) == 2:
        os.write(3, paid(1, both[1]) + paid(2, both[0]) + paid(3, {"jobId": "nobody"}))
        heard = b""
        while heard.count(b"\\n") < 3:
            heard += os.read(3, 100)
        for one in both:
            say(document(one, turn(",".join(sorted(heard.decode().splitlines())))))`);
  const pool = poolOf();
  const kept: string[] = [];
  const jobs = [jobOf('a'), jobOf('b')];
  const outcomes = await Promise.all(
    jobs.map((job, index) => run(pool, job, async ({ seq, jobId }) => void kept.push(`${index} ${seq} ${jobId}`))),
  );
  assert.deepEqual(kept.sort(), [`0 2 ${jobs[0]?.jobId}`, `1 1 ${jobs[1]?.jobId}`]);
  assert.deepEqual(outcomes.map(answers), [['1,2,3 refused'], ['1,2,3 refused']]);
  await pool.close();
});

test('a process that is to leave and does not is ended', async () => {
  fake.python(`
for job in jobs(): say(document(job))
while True: time.sleep(1)`);
  const pool = poolOf();
  assert.equal(told(await run(pool, jobOf())), 'success');
  const [pid] = pool.pids;
  await pool.close();
  assert.equal(isAlive(pid ?? 0), false);
});

test('an interpreter that is missing fails the jobs of a warm process, too, and none of them hangs (B16)', async () => {
  fake.program(fake.path('nowhere/python'));
  const pool = poolOf(2);
  for (const outcome of await Promise.all([run(pool, jobOf()), run(pool, jobOf()), run(pool, jobOf())])) {
    assert.match(told(outcome), /^unstarted CONFIG_ERROR: the worker cannot be started/);
  }
  await pool.close();
});

test('jobs that are to run alone share a few places, and one that waits too long goes back uncounted', async () => {
  fake.python('job = json.load(sys.stdin)\ntime.sleep(0.25)\nsay(document(job))');
  const pool = poolOf(1, { aloneAtOnce: 2 });
  let most = 0;
  const watching = setInterval(() => {
    most = Math.max(most, pool.pids.length);
  }, 5);
  const outcomes = await Promise.all(
    Array.from({ length: 6 }, (_, index) => run(pool, index < 5 ? long('alone') : short('alone'), STORE_NOTHING, true)),
  );
  clearInterval(watching);
  assert.deepEqual(outcomes.slice(0, 5).map(told), Array(5).fill('success'));
  assert.match(told(outcomes[5] as Outcome), /^interrupted CANCELLED/);
  assert.equal(most, 2);
  await pool.close();
});

test('without warm processes no more run than the handler may hold conversations (B20)', async () => {
  fake.python('job = json.load(sys.stdin)\ntime.sleep(0.02)\nsay(document(job))');
  const pool = new WorkerPool(0, 4, { patience: QUICK });
  let most = 0;
  const watching = setInterval(() => {
    most = Math.max(most, pool.pids.length);
  }, 5);
  const outcomes = await Promise.all(Array.from({ length: 40 }, () => run(pool, long('one'))));
  clearInterval(watching);
  assert.equal(outcomes.filter((outcome) => outcome.kind === 'success').length, 40);
  assert.ok(most <= 4, `${most} processes`);
  assert.deepEqual(pool.pids, []);
  await sleep(0);
});

test('processes that are to start together start in one turn of the event loop each, which goes on meanwhile', async () => {
  fake.python('job = json.load(sys.stdin)\nsay(document(job))');
  const pool = new WorkerPool(0, 20, { patience: QUICK });
  const turns: number[] = [];
  let watching = true;
  const watch = (): void => {
    turns.push(pool.pids.length);
    if (watching) {
      setImmediate(watch);
    }
  };
  watch();
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => run(pool, long('one'))));
  watching = false;
  assert.ok(outcomes.every((outcome) => outcome.kind === 'success'));
  const started = turns.map((number, turn) => number - (turns[turn - 1] ?? 0));
  assert.ok(Math.max(...started) === 1, `in one turn there started up to ${Math.max(...started)}`);
});

test('a process that has not started when the handler stops does not start any more', async () => {
  const mark = fake.path('started');
  fake.python(`open(${JSON.stringify(mark)}, "w")\njob = json.load(sys.stdin)\nsay(document(job))`);
  const pool = new WorkerPool(0, 3, { patience: QUICK });
  const outcomes = [1, 2, 3].map(() => run(pool, long('one')));
  pool.interrupt();
  assert.deepEqual(
    (await Promise.all(outcomes)).map((outcome) => outcome.kind),
    ['interrupted', 'interrupted', 'interrupted'],
  );
  assert.equal(existsSync(mark), false);
});
