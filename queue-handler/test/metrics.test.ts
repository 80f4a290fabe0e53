/** What a handler shows to those who watch it: whether it works, and numbers that are those of its rows. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { ROOT } from '../src/checkout.js';
import { measured } from '../src/measured.js';
import { Counted } from '../src/metrics/counted.js';
import { Exposition } from '../src/metrics/exposition.js';
import { Instruments } from '../src/metrics/instruments.js';
import { type MetricsServer, serveMetrics } from '../src/metrics/serve.js';
import { conditionOf, type Signs } from '../src/queue/condition.js';
import { Handler } from '../src/queue/handler.js';
import { progressOf } from '../src/runs/progress.js';
import { standingOf } from '../src/runs/standing.js';
import { commands } from './support/both.js';
import { startAnew } from './support/forking.js';
import { bench, until } from './support/rig.js';

startAnew();

const made = bench();
// In a test the port that is watched is not the one of the settings.
const WATCHED = { metricsPort: 1 };
const ANYWHERE = { metricsHost: '127.0.0.1', metricsPort: 0 };
const PRICE = { costInputPerMillion: 100, costOutputPerMillion: 1000 };

/** The samples of a scrape by their names and labels; every line must be a comment or a sample. */
function samples(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.trimEnd().split('\n')) {
    const sample = /^([a-zA-Z_]\w*(?:\{(?:[a-z_]+="[^"\\\n]*",?)*\})?) (-?[\d.e+-]+|[Nn]a[Nn]|[+-]Inf)$/.exec(line);
    assert.ok(sample !== null || /^(# (HELP|TYPE) .*)?$/.test(line), line);
    if (sample !== null) {
      assert.ok(!found.has(sample[1] ?? ''), `${line} stands twice`);
      found.set(sample[1] ?? '', Number(sample[2]?.replace('Inf', 'Infinity')));
    }
  }
  return found;
}

/** The sum of all samples of one name, of those with these labels. */
function total(found: Map<string, number>, name: string, ...labels: string[]): number {
  const fits = [...found].filter(
    ([key]) => key.replace(/\{.*/, '') === name && labels.every((one) => key.includes(one)),
  );
  return fits.reduce((sum, [, value]) => sum + value, 0);
}

async function health({ url }: MetricsServer): Promise<{ code: number; status: string; reason?: string }> {
  const answer = await fetch(`${url}/healthz`);
  return { code: answer.status, ...((await answer.json()) as { status: string; reason?: string }) };
}

test('a handler works when it has shown that it can, and else it is said why not', () => {
  const good: Signs = { started: true, stopping: false, fit: true, problem: null, failure: null, idleSeconds: 1 };
  assert.deepEqual(conditionOf(good), { status: 'working' });
  assert.deepEqual(conditionOf({ ...good, stopping: true, fit: false }), { status: 'stopping' });
  const reasons: [Partial<Signs>, RegExp][] = [
    [{ started: false }, /^the handler is starting$/],
    [{ idleSeconds: 300 }, /^nothing has been done for 300 s$/],
    [{ failure: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }) }, /^the database does not answer: no$/],
    [{ failure: new Error('permission denied') }, /^a part of the work cannot be done: permission denied$/],
    [{ fit: false, problem: 'no Python' }, /^no Python$/],
    [{ fit: false }, /not known yet/],
  ];
  for (const [signs, expected] of reasons) {
    const condition = conditionOf({ ...good, ...signs });
    assert.match(condition.status === 'failing' ? condition.reason : '', expected);
  }
});

test('what the database counts is counted once at a time, seldom where it takes long, and kept where it fails', async () => {
  let now = 0;
  let counts = 0;
  let failing = false;
  const counted = new Counted(
    async () => {
      counts += 1;
      now += 3_000;
      return failing ? Promise.reject(new Error('no database')) : counts;
    },
    () => now,
  );
  await Promise.all([counted.refresh(), counted.refresh()]);
  assert.equal(counted.value, 1);
  now = 59_000;
  await counted.refresh();
  assert.equal(counts, 1, 'a twentieth of the time is the most that it takes');
  assert.equal(counted.age, 59);
  failing = true;
  now = 60_000;
  await counted.refresh();
  assert.deepEqual([counted.value, counted.failures, counts], [1, 1, 2]);
});

test('the page names every number that there is, with its labels, and no other', async () => {
  const fake = { condition: { status: 'working' as const }, inFlight: new Map<string, number>(), unsaved: 0 };
  const exposition = new Exposition(fake, { db: null as never, pools: () => [] });
  const text = await exposition.text();
  exposition.close();
  const shown = [...text.matchAll(/^# TYPE probe_queue_(\w+) /gm)].map(([, name]) => name);
  const page = readFileSync(new URL('docs/operating.md', ROOT), 'utf8');
  const tables = page.slice(page.indexOf('## Monitoring'), page.indexOf('```yaml', page.indexOf('## Monitoring')));
  const cells = [...tables.matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell]) => cell ?? '');
  const named = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)/g)].map(([, name]) => name));
  assert.ok(named.length > 15);
  assert.deepEqual(named.sort(), shown.sort());
});

// attack (database): a row whose provider or code holds quotes and line ends, to forge a number that is watched
test('a label is a word of ours, whatever a row or a worker says', async () => {
  const instruments = new Instruments();
  const hostile = 'x"} 1\nprobe_queue_working 0\n';
  const turn = { seconds: 2, inputTokens: 3, outputTokens: 5, reasoningTokens: null, cachedInputTokens: 1 };
  measured('turn', { provider: 'openai', ...turn });
  measured('turn', { provider: hostile, ...turn });
  measured('attempt', { provider: hostile, end: 'failed', code: hostile, seconds: 1, dollars: null });
  measured('attempt', { provider: 'xai', end: 'unstored', code: null, seconds: 1, dollars: 7 });
  measured('attempt', { provider: 'xai', end: 'succeeded', code: null, seconds: Number.NaN, dollars: 7 });
  const found = samples(await instruments.registry.metrics());
  assert.equal(found.get('probe_queue_tokens_total{provider="openai",kind="cached_input"}'), 1);
  assert.equal(found.get('probe_queue_tokens_total{provider="other",kind="output"}'), 5);
  assert.equal(found.has('probe_queue_tokens_total{provider="openai",kind="reasoning"}'), false);
  assert.equal(found.get('probe_queue_attempts_total{provider="other",end="failed",code="UNKNOWN"}'), 1);
  assert.equal(found.get('probe_queue_unpriced_total{provider="other",of="failed_calls"}'), 1);
  assert.equal(total(found, 'probe_queue_dollars_total'), 0, 'what is not stored counts when it is');
  instruments.close();
  measured('turn', { provider: 'openai', ...turn });
  assert.equal(await instruments.registry.metrics(), '\n');
});

/** Which the table of prices does not have. */
const UNPRICED = 'deepseek-chat';

made.onEither('a scrape shows the numbers of the rows, and of what was paid for', async (rig) => {
  const { database } = rig;
  const handler = new Handler(database, { ...rig.settings, ...WATCHED, providerConcurrency: 1 });
  const server = await serveMetrics(handler, database, ANYWHERE);
  let working: Promise<void> = Promise.resolve();
  const scrape = async (): Promise<Map<string, number>> => samples(await (await fetch(`${server.url}/metrics`)).text());
  try {
    assert.deepEqual(await health(server), { code: 503, status: 'failing', reason: 'the handler is starting' });
    working = handler.run();
    // No job is due, and it shows that it can work all the same.
    await until(async () => (await health(server)).code === 200, 'health without a job');
    const followups = [{ prompt: 'Why?' }];
    const scenarios = ['a', 'b'].map((id) => ({ id, prompt: `Is ${id} right?`, followups }));
    const priced = { modelId: 'gpt-4o', modelCost: PRICE };
    const ended = await rig.start({ models: [priced, UNPRICED, 'grok-4.3~status=401'], scenarios });
    await rig.ended(ended);
    const open = await rig.start({ models: ['gpt-4o~delay=60', 'mistral-small-2603'], scenarios });
    await until(async () => {
      const { models } = await progressOf(database.db, open);
      const [slow, quick] = models;
      return slow?.inFlight === 1 && slow.waiting === 1 && quick?.succeeded === 2;
    }, 'one in flight, and one model done');

    const { models } = await progressOf(database.db, open);
    const { probes, waits, runs, handlers } = await standingOf(database.db);
    for (const model of models) {
      const of = (state: string) =>
        probes.filter((row) => row.provider === model.provider && row.state === state).map((row) => row.probes);
      assert.deepEqual(of('in_flight'), model.inFlight ? [model.inFlight] : []);
      assert.deepEqual(of('waiting'), model.waiting ? [model.waiting] : []);
      assert.deepEqual(of('succeeded'), model.succeeded ? [model.succeeded] : []);
    }
    assert.deepEqual(waits, [{ provider: 'openai', reason: 'CONCURRENCY', probes: 1 }]);
    assert.deepEqual(runs.map(({ status }) => status).sort(), ['COMPLETED', 'RUNNING']);
    assert.deepEqual(handlers, { fit: 1, unfit: 0 });

    const found = await scrape();
    assert.equal(found.get('probe_queue_working'), 1);
    assert.equal(found.get('probe_queue_in_flight{provider="openai"}'), 1);
    assert.equal(found.get('probe_queue_probes_waiting{provider="openai",reason="concurrency"}'), 1);
    assert.equal(found.get('probe_queue_runs{status="completed"}'), 1);
    assert.equal(found.get('probe_queue_unsaved_conversations'), 0);
    assert.equal(total(found, 'probe_queue_attempts_total', 'succeeded', 'code=""'), 6);
    assert.ok(total(found, 'probe_queue_attempts_total', 'xai', 'end="failed"', 'AUTH_ERROR') >= 1);
    const { rows } = await sql<{ turns: number; input: number; output: number; dollars: number }>`
      SELECT sum(turn_count)::int AS turns, sum(input_tokens)::int AS input, sum(output_tokens)::int AS output,
             sum((cost_snapshot ->> 'totalCost')::float8) AS dollars FROM transcripts`.execute(database.db);
    assert.equal(rows[0]?.turns, 12);
    assert.equal(total(found, 'probe_queue_turn_seconds_count'), 12);
    assert.equal(total(found, 'probe_queue_tokens_total', 'kind="input"'), rows[0]?.input);
    assert.equal(total(found, 'probe_queue_tokens_total', 'kind="output"'), rows[0]?.output);
    assert.ok(Math.abs(total(found, 'probe_queue_dollars_total') - (rows[0]?.dollars ?? 0)) < 1e-9);
    assert.equal(total(found, 'probe_queue_unpriced_total'), 2);
    assert.ok(total(found, 'probe_queue_database_statement_seconds_count', 'result="answered"') > 20);
    const pools = database.shared ? ['runs', 'queue'] : ['embedded'];
    for (const pool of pools) {
      assert.ok(found.has(`probe_queue_database_connections{pool="${pool}",state="waiting"}`));
    }
    assert.ok((found.get('nodejs_eventloop_lag_max_seconds') ?? -1) >= 0);
    assert.doesNotMatch([...found.keys()].join('\n'), /gpt-4o|claude-|right\?/, 'no model and no text is a label');

    assert.equal((await fetch(`${server.url}/metrics`, { method: 'POST' })).status, 405);
    assert.equal((await fetch(`${server.url}/`)).status, 404);
    handler.stop();
    assert.deepEqual(await health(server), { code: 200, status: 'stopping' });
  } finally {
    handler.interrupt('the test is over');
    await working;
    await server.close();
  }
});

made.onServer('a handler without its database says so within seconds, and still shows its own numbers', async () => {
  const rig = await made.rig('PostgreSQL');
  const handler = new Handler(rig.database, { ...rig.settings, ...WATCHED });
  const server = await serveMetrics(handler, rig.database, ANYWHERE);
  const working = handler.run();
  await until(async () => (await health(server)).code === 200, 'health');
  await made.server?.kill();
  await until(async () => (await health(server)).code === 503, 'an outage');
  assert.match((await health(server)).reason ?? '', /^the database does not answer: /);
  const found = samples(await (await fetch(`${server.url}/metrics`)).text());
  assert.equal(found.get('probe_queue_working'), 0);
  await made.server?.start();
  await until(async () => (await health(server)).code === 200, 'health once more');
  handler.stop();
  await working;
  await server.close();
});

commands(made).onServer(
  'work serves health and metrics where it is told to, and names the variable where it cannot',
  async (desk) => {
    const taken = createServer().listen(0, '127.0.0.1').unref();
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    desk.queue.env.QUEUE_METRICS_PORT = String(port);
    const refused = await desk.queue.run('work', '--until-idle');
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(
      refused.stderr,
      /^queue: QUEUE_METRICS_PORT: nothing can listen on port \d+ of 127\.0\.0\.1 \(.*EADDRINUSE/m,
    );
    taken.close();
    await once(taken, 'close');
    const running = desk.queue.begin('work');
    const url = `http://127.0.0.1:${port}`;
    await until(async () => (await fetch(`${url}/healthz`).catch(() => null))?.status === 200, 'health');
    assert.equal(samples(await (await fetch(`${url}/metrics`)).text()).get('probe_queue_working'), 1);
    const check = fileURLToPath(new URL('deploy/healthcheck.mjs', ROOT));
    const checked = await desk.queue.spawn(process.execPath, [check]).over;
    assert.deepEqual([checked.code, checked.stdout], [0, '{"status":"working"}\n']);
    running.child.kill('SIGTERM');
    assert.equal((await running.over).code, 0);
    const gone = await desk.queue.spawn(process.execPath, [check]).over;
    assert.equal(gone.code, 1);
    assert.match(gone.stdout, /^http:\S+healthz: .*ECONNREFUSED/);
  },
);
