/** All runs, each as a line. */
import { sql } from 'kysely';
import type { Db } from '../../database/schema.js';
import type { RunStatus } from '../../model.js';
import { progressOf } from '../../runs/progress.js';
import { type Spent, spentOf } from '../../runs/spend.js';
import type { RunLine } from '../api.js';
import { moment } from './moment.js';

interface RunRow {
  id: string;
  name: string;
  status: RunStatus;
  created: string;
  started: string | null;
  completed: string | null;
  models: number;
  samples: number;
}

interface ProbesRow {
  run_id: string;
  status: string;
  code: string | null;
  probes: number;
}

const GOES_ON = ['PENDING', 'RUNNING', 'PAUSED'];

/** The newest first. */
export async function runsOf(db: Db): Promise<RunLine[]> {
  const { rows: runs } = await sql<RunRow>`
    SELECT id, name, status, ${moment('created_at')} AS created, ${moment('started_at')} AS started,
      ${moment('completed_at')} AS completed, jsonb_array_length(config -> 'models') AS models,
      (config ->> 'samples')::int AS samples
    FROM runs ORDER BY runs.created_at DESC, id`.execute(db);
  const { rows: counts } = await sql<ProbesRow>`
    SELECT run_id, status, CASE WHEN status = 'FAILED' THEN coalesce(error ->> 'code', 'UNKNOWN') END AS code,
      count(*)::int AS probes
    FROM probe_results GROUP BY 1, 2, 3`.execute(db);
  const { rows: asked } = await sql<{ id: string; scenarios: number }>`
    SELECT r.id, count(*)::int AS scenarios FROM runs r JOIN scenarios s ON s.definition_id = r.definition_id
    GROUP BY r.id`.execute(db);
  // Of answers that were set aside as well, which were paid for; not of those that were taken over, which another run paid.
  const { rows: sums } = await sql<{ run_id: string; input: number; output: number }>`
    SELECT run_id, sum(input_tokens)::float8 AS input, sum(output_tokens)::float8 AS output
    FROM transcripts WHERE reused IS NULL GROUP BY run_id`.execute(db);
  const tokens = new Map(sums.map((row) => [row.run_id, row]));
  const scenarios = new Map(asked.map((row) => [row.id, row.scenarios]));
  const probes = Object.groupBy(counts, ({ run_id }) => run_id);
  const lines: RunLine[] = [];
  for (const run of runs) {
    const rate = GOES_ON.includes(run.status) ? await progressOf(db, run.id) : null;
    lines.push({
      id: run.id,
      name: run.name,
      status: run.status,
      createdAt: run.created,
      startedAt: run.started,
      completedAt: run.completed,
      scenarios: scenarios.get(run.id) ?? 0,
      models: run.models,
      samples: run.samples,
      ...counted(probes[run.id] ?? []),
      inputTokens: tokens.get(run.id)?.input ?? 0,
      outputTokens: tokens.get(run.id)?.output ?? 0,
      spent: await spentInAll(db, run.id),
      perMinute: rate?.perMinute ?? null,
      etaSeconds: rate?.etaSeconds ?? null,
    });
  }
  return lines;
}

async function spentInAll(db: Db, runId: string): Promise<Spent> {
  const { usd, known } = await spentOf(db, runId);
  return { usd, known };
}

function counted(rows: ProbesRow[]): Pick<RunLine, 'total' | 'succeeded' | 'cancelled' | 'open' | 'failed'> {
  const sum = { total: 0, succeeded: 0, cancelled: 0, open: 0, failed: {} as Record<string, number> };
  for (const { status, code, probes } of rows) {
    sum.total += probes;
    if (status === 'SUCCEEDED') {
      sum.succeeded += probes;
    } else if (status === 'CANCELLED') {
      sum.cancelled += probes;
    } else if (code !== null) {
      sum.failed[code] = (sum.failed[code] ?? 0) + probes;
    } else {
      sum.open += probes;
    }
  }
  return sum;
}
