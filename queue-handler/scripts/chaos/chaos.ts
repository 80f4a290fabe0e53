/** A run under everything that can go wrong at once, and what must be true of it afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { monotonic } from '../../src/clock.js';
import { openDatabase } from '../../src/database/connect.js';
import { createRun } from '../../src/runs/create.js';
import { checkRunFile } from '../../src/runs/run-file.js';
import { readSettings } from '../../src/settings.js';
import { pause } from '../../src/waiting.js';
import { startServer } from '../../support/postgres.js';
import { Simulator } from '../../support/simulator.js';
import { Member } from './crew.js';
import { type Blow, FAULTS } from './faults.js';
import { judge } from './judge.js';
import { Random } from './random.js';

export interface ChaosOptions {
  probes: number;
  /** How long things go wrong; then everything is mended, and the run has the time that it needs. */
  seconds: number;
  handlers: number;
  seed: number;
  /** Between two faults, at most. */
  pauseSeconds: number;
  /** Names of faults; all where it is left out. */
  faults?: string[];
  /** Whether handlers get small disks of their own, which is only possible for root. */
  disks: boolean;
  onNews?: (line: string) => void;
}

export interface Tally {
  seed: number;
  seconds: number;
  /** How often each fault was made. */
  faults: Record<string, number>;
  starts: number;
  run: string;
  /** Probes by their outcome. */
  outcomes: Record<string, number>;
  transcripts: number;
  questions: number;
  repeats: number;
  breaches: string[];
}

const MODELS = ['gpt-4o', 'claude-sonnet-5', 'grok-4.3', 'deepseek-reasoner'];
const AT_ONCE = 5;
const TURNS = 2;
const HEARTBEAT = 10;
const LONGEST_END_SECONDS = 1_200;
const LOOK_MILLISECONDS = 250;

export async function chaos(options: ChaosOptions): Promise<Tally> {
  const random = new Random(options.seed);
  const folder = mkdtempSync(join(tmpdir(), 'queue-chaos-'));
  const simulator = await Simulator.start();
  Object.assign(process.env, simulator.env);
  const server = await startServer();
  const url = await server.createDatabase();
  const database = await openDatabase(readSettings({ DATABASE_URL: url, QUEUE_DATA: folder }), false);
  // So that it takes about as long as things go wrong: they cost it a third of its time.
  const delay = Math.max(0.05, (options.seconds * MODELS.length * AT_ONCE * 0.75) / (options.probes * TURNS));
  const { runId } = await createRun(database.db, runOf(options.probes, delay));
  const crew: Member[] = [];
  const blows: Blow[] = [];
  const faults: Record<string, number> = {};
  const began = monotonic();
  const over = async (): Promise<boolean> => {
    const { rows } = await sql<{ over: boolean }>`
      SELECT status NOT IN ('PENDING', 'RUNNING') AS over FROM runs WHERE id = ${runId}`
      .execute(database.db)
      .catch(() => ({ rows: [] }));
    return rows[0]?.over ?? false;
  };
  try {
    for (let number = 0; number < options.handlers; number += 1) {
      crew.push(
        await Member.make(url, join(folder, `handler-${number}`), options.disks, {
          QUEUE_HEARTBEAT_SECONDS: String(HEARTBEAT),
          QUEUE_MONITOR_SECONDS: '1',
          QUEUE_RETRY_DELAY_SECONDS: '1',
          QUEUE_RETRY_DELAY_MAX_SECONDS: '2',
          QUEUE_POLL_MILLISECONDS: '100',
          QUEUE_WARM_WORKERS: '1',
          QUEUE_GRACE_SECONDS: '2',
          QUEUE_PROVIDER_CONCURRENCY: String(AT_ONCE),
        }),
      );
    }
    const scene = {
      crew,
      server,
      random,
      heartbeat: HEARTBEAT,
      onBlow: () => {
        const blow: Blow = { from: monotonicSeconds(), to: Number.POSITIVE_INFINITY };
        blows.push(blow);
        return () => {
          blow.to = monotonicSeconds();
        };
      },
    };
    const names = options.faults ?? Object.keys(FAULTS);
    while (monotonic() - began < options.seconds * 1000 && !(await over())) {
      await pause(random.between(0, options.pauseSeconds) * 1000);
      const name = random.pick(names);
      faults[name] = (faults[name] ?? 0) + 1;
      options.onNews?.(`${((monotonic() - began) / 1000).toFixed(0)} s: ${name}`);
      await FAULTS[name]?.(scene, random.pick(crew));
    }
    options.onNews?.('nothing more goes wrong; the run may end');
    for (const until = monotonic() + LONGEST_END_SECONDS * 1000; !(await over()) && monotonic() < until; ) {
      await pause(LOOK_MILLISECONDS);
    }
    const { rows } = await sql<{ status: string; probes: number }>`
      SELECT status, count(*)::int AS probes FROM probe_results WHERE run_id = ${runId} GROUP BY 1 ORDER BY 1`.execute(
      database.db,
    );
    const { rows: stored } = await sql<{ number: number; whole: number; status: string }>`
      SELECT count(t.id)::int AS number, count(t.id) FILTER (WHERE t.turn_count = ${TURNS})::int AS whole, r.status
      FROM runs r LEFT JOIN transcripts t ON t.run_id = r.id WHERE r.id = ${runId} GROUP BY r.status`.execute(
      database.db,
    );
    const outcomes = Object.fromEntries(rows.map((row) => [row.status, row.probes]));
    const judged = judge(await simulator.asked(), blows, MODELS.length * AT_ONCE);
    const { number = 0, whole = 0, status = '' } = stored[0] ?? {};
    return {
      seed: options.seed,
      seconds: Math.round((monotonic() - began) / 1000),
      faults,
      starts: crew.reduce((sum, member) => sum + member.starts, 0),
      run: status,
      outcomes,
      transcripts: number,
      ...judged,
      breaches: [...judged.breaches, ...breachesOf(options.probes, outcomes, number, whole, status)],
    };
  } finally {
    await Promise.all(crew.map((member) => member.stop()));
    await database.close();
    await server.stop();
    await simulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function breachesOf(
  probes: number,
  { SUCCEEDED: succeeded = 0, FAILED: failed = 0, ...others }: Record<string, number>,
  transcripts: number,
  whole: number,
  status: string,
): string[] {
  return [
    status === 'COMPLETED' ? [] : `the run is ${status}`,
    Object.keys(others).length === 0 ? [] : `probes without an outcome: ${JSON.stringify(others)}`,
    succeeded + failed === probes ? [] : `${succeeded + failed} outcomes of ${probes} probes`,
    transcripts === succeeded ? [] : `${transcripts} transcripts of ${succeeded} probes that succeeded`,
    whole === transcripts ? [] : `${transcripts - whole} transcripts are not whole`,
  ].flat();
}

function runOf(probes: number, delay: number): ReturnType<typeof checkRunFile> {
  const scenarios = Array.from({ length: Math.ceil(probes / MODELS.length) }, (_, index) => ({
    id: `s${index}`,
    prompt: `Scenario ${index}: is it right to lie?`,
    followups: Array.from({ length: TURNS - 1 }, () => ({ prompt: 'Why?' })),
  }));
  return checkRunFile({
    name: 'chaos',
    definition: { scenarios },
    models: MODELS.map((model) => `${model}~delay=${delay.toFixed(3)}`),
    retryLimit: 50,
  });
}

/** The clock of the simulator's journal: CLOCK_MONOTONIC, which all processes of a machine share. */
function monotonicSeconds(): number {
  return Number(process.hrtime.bigint()) / 1e9;
}
