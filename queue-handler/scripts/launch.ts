/**
 * Measures a launch: many one-turn probes against the provider simulator, on a PostgreSQL server of its own, with warm
 * workers and with a process for each probe. Prints one table; ratios travel from machine to machine, seconds do not.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { sql } from 'kysely';
import { openDatabase } from '../src/database/connect.js';
import { createRun } from '../src/runs/create.js';
import { checkRunFile } from '../src/runs/run-file.js';
import { readSettings } from '../src/settings.js';
import { missing, startServer } from '../support/postgres.js';
import { Simulator } from '../support/simulator.js';
import { Usage, type Used } from './usage.js';

const CLI = fileURLToPath(new URL('../bin/cli.js', import.meta.url));
const MODELS = [
  'gpt-4o',
  'claude-sonnet-5',
  'gemini-2.5-pro',
  'grok-4.3',
  'deepseek-reasoner',
  'magistral-small-latest',
];
const SAMPLE_MILLISECONDS = 200;
const MIB = 1024 * 1024;
// A run of a few probes that comes when the launch is half done must not wait for its end.
const SMALL_RUN = 60;

interface Measured extends Used {
  mode: string;
  probes: number;
  seconds: number;
  smallSeconds: number;
  databaseBytes: number;
  /** In which statements were executed, over all connections. */
  databaseMilliseconds: number;
  failed: number;
}

const options = new Command('launch')
  .option('--probes <n>', 'probes of the launch', '18000')
  .option('--single <n>', 'probes of the launch with a process for each; 0 for none', '18000')
  .option('--budget <dollars>', 'a bound, under which the launch is measured once more; 0 for none', '0')
  .option('--latency <seconds>', 'how long the simulator thinks', '1')
  .parse()
  .opts<{ probes: string; single: string; budget: string; latency: string }>();

const lack = missing();
if (lack !== null) {
  process.stderr.write(`${lack}\n`);
  process.exit(2);
}
const server = await startServer();
const simulator = await Simulator.start('--lean', '--latency', options.latency);
const folder = mkdtempSync(join(tmpdir(), 'queue-launch-'));
const results: Measured[] = [];
try {
  results.push(await launch('warm workers', Number(options.probes), {}));
  if (Number(options.budget) > 0) {
    results.push(await launch('under a bound', Number(options.probes), {}, Number(options.budget)));
  }
  if (Number(options.single) > 0) {
    results.push(await launch('a process per probe', Number(options.single), { QUEUE_WARM_WORKERS: '0' }));
  }
} finally {
  await simulator.stop();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(report(results));

async function launch(mode: string, probes: number, own: Record<string, string>, usd?: number): Promise<Measured> {
  const env = { ...simulator.env, DATABASE_URL: await server.createDatabase(), QUEUE_DATA: folder, ...own };
  const database = await openDatabase(readSettings(env), false);
  Object.assign(process.env, simulator.env);
  const large = await createRun(database.db, runFile('launch', Math.ceil(probes / MODELS.length), usd));
  const started = performance.now();
  const child = spawn(process.execPath, [CLI, 'work', '--until-idle'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env, LOG_LEVEL: 'error' },
  });
  let running = true;
  const exited = once(child, 'exit').finally(() => {
    running = false;
  });
  const usage = new Usage(child.pid ?? 0);
  let ended: number | null = null;
  let small: { runId: string; since: number; seconds: number } | null = null;
  while (running) {
    usage.sample();
    const now = performance.now();
    const counts = await statusCounts(database.db, large.runId);
    if (small === null && counts.done * 2 >= large.probes) {
      const { runId } = await createRun(database.db, runFile('small', SMALL_RUN / MODELS.length));
      small = { runId, since: now, seconds: 0 };
    } else if (small !== null && small.seconds === 0) {
      const { open } = await statusCounts(database.db, small.runId);
      small.seconds = open === 0 ? (now - small.since) / 1000 : 0;
    }
    if (ended === null && counts.open === 0) {
      ended = now;
    }
    await Promise.race([exited, sleep(SAMPLE_MILLISECONDS)]);
  }
  const { rows } = await sql<{ bytes: string; failed: string; active: number }>`
    SELECT (SELECT active_time FROM pg_stat_database WHERE datname = current_database())::float8 AS active, pg_database_size(current_database())::text AS bytes,
      (SELECT count(*) FROM probe_results WHERE status <> 'SUCCEEDED')::text AS failed`.execute(database.db);
  await database.close();
  return {
    mode,
    probes: large.probes,
    seconds: ((ended ?? performance.now()) - started) / 1000,
    smallSeconds: small?.seconds ?? 0,
    ...usage.result(),
    databaseBytes: Number(rows[0]?.bytes),
    databaseMilliseconds: rows[0]?.active ?? 0,
    failed: Number(rows[0]?.failed),
  };
}

async function statusCounts(
  db: Awaited<ReturnType<typeof openDatabase>>['db'],
  runId: string,
): Promise<{ open: number; done: number }> {
  const { rows } = await sql<{ open: number; done: number }>`
    SELECT count(*) FILTER (WHERE status IN ('PENDING', 'QUEUED'))::int AS open,
           count(*) FILTER (WHERE status NOT IN ('PENDING', 'QUEUED'))::int AS done
    FROM probe_results WHERE run_id = ${runId}`.execute(db);
  return rows[0] ?? { open: 0, done: 0 };
}

function runFile(name: string, scenarios: number, usd?: number): ReturnType<typeof checkRunFile> {
  return checkRunFile({
    name,
    definition: {
      scenarios: Array.from({ length: scenarios }, (_, index) => ({
        id: `s${index}`,
        prompt: `${name} ${index}: you find a purse with 100 crowns. The owner is rich. Do you give it back, and why?`,
      })),
    },
    // One price for all, so that each of them can be asked under a bound.
    models: MODELS.map((modelId) => ({ modelId, modelCost: { costInputPerMillion: 1, costOutputPerMillion: 4 } })),
    ...(usd === undefined ? {} : { budget: { usd } }),
  });
}

function report(all: Measured[]): string {
  const heads = [
    'launch',
    'probes',
    'seconds',
    'probes a minute',
    'CPU a probe: handler',
    'workers',
    'peak: handler',
    'workers',
    'database a probe',
    'its time',
    'small run',
    'not succeeded',
  ];
  const rows = all.map((one) => [
    one.mode,
    String(one.probes),
    one.seconds.toFixed(0),
    String(Math.round((one.probes / one.seconds) * 60)),
    `${((one.cpuHandler / one.probes) * 1000).toFixed(2)} ms`,
    `${((one.cpuWorkers / one.probes) * 1000).toFixed(2)} ms`,
    `${(one.peakHandler / MIB).toFixed(0)} MiB`,
    `${(one.peakWorkers / MIB).toFixed(0)} MiB`,
    `${(one.databaseBytes / one.probes / 1024).toFixed(1)} KiB`,
    `${(one.databaseMilliseconds / one.probes).toFixed(2)} ms`,
    `${one.smallSeconds.toFixed(1)} s`,
    String(one.failed),
  ]);
  const warm = all[0];
  const single = all.find(({ mode }) => mode === 'a process per probe');
  if (warm !== undefined && single !== undefined) {
    const ratio = (of: (one: Measured) => number): string => Number((of(single) / of(warm)).toPrecision(2)).toString();
    rows.push([
      'ratio',
      '',
      ratio((one) => one.seconds / one.probes),
      ratio((one) => one.probes / one.seconds),
      ratio((one) => one.cpuHandler / one.probes),
      ratio((one) => one.cpuWorkers / one.probes),
      ratio((one) => one.peakHandler),
      ratio((one) => one.peakWorkers),
      ratio((one) => one.databaseBytes / one.probes),
      ratio((one) => one.databaseMilliseconds / one.probes),
      ratio((one) => one.smallSeconds),
      '',
    ]);
  }
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${date}, ${cpus().length} processors, ${process.platform} ${process.arch}, Node ${process.versions.node}`;
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |\n`;
  return `${machine}, simulator ${options.latency} s away\n\n${line(heads)}${line(heads.map(() => '---'))}${rows.map(line).join('')}`;
}
