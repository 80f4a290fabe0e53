/** A run under a bound, real handlers, one of them killed, and the simulator's bill looked at all the while. */
import { type Db, openDatabase } from '../src/database/connect.js';
import type { RunFile } from '../src/documents/documents.js';
import { setBudget } from '../src/money/open.js';
import { loadProbes } from '../src/queue/probe.js';
import { createRun } from '../src/runs/create.js';
import { type Progress, progressOf } from '../src/runs/progress.js';
import { checkRunFile } from '../src/runs/run-file.js';
import { type RunSpent, spentOf } from '../src/runs/spend.js';
import { readSettings } from '../src/settings.js';
import { WorkProcess } from './process.js';
import type { Simulator } from './simulator.js';
import { until } from './until.js';

// The simulator's own price of this model.
const PRICE = { costInputPerMillion: 2.5, costCachedInputPerMillion: 1.25, costOutputPerMillion: 10 };

export interface Spree {
  simulator: Simulator;
  /** Where the handlers find the database, and whatever else they are to know. */
  env: Record<string, string>;
  handlers: number;
  probes: number;
  usd: number;
  /** Kill a handler when so many dollars were billed. */
  killAt: number;
  /** Milliseconds for what is waited for; two minutes where it is left out. */
  patience?: number;
}

export interface Found {
  /** The most that the bill ever came to before the bound was raised. */
  billed: number;
  /** The most calls that were in flight at once. */
  most: number;
  paused: Progress;
  spentThen: RunSpent;
  /** After it was raised: the bill, what the account says, and how the probes ended. */
  billedInAll: number;
  spentInAll: RunSpent;
  ended: Progress;
}

/** On a PostgreSQL server: an embedded database belongs to one process. */
export async function spree({ simulator, env, handlers, probes, usd, killAt, patience }: Spree): Promise<Found> {
  const crew: WorkProcess[] = [];
  const begin = (): void => void crew.push(new WorkProcess({ ...simulator.env, ...env }));
  const { db, close } = await opened(env);
  let most = 0;
  const bill = async (): Promise<number> => {
    most = Math.max(most, await simulator.billed());
    return most;
  };
  try {
    const { runId } = await createRun(db, runOf(probes, usd));
    for (let at = 0; at < handlers; at += 1) {
      begin();
    }
    await until(async () => (await bill()) >= killAt, 'the first bills');
    const killed = crew.shift();
    await killed?.kill();
    begin();
    const status = async (): Promise<string> =>
      (await db.selectFrom('runs').select('status').where('id', '=', runId).executeTakeFirstOrThrow()).status;
    await until(
      async () => {
        await bill();
        return (await status()) === 'PAUSED';
      },
      'the bound',
      patience,
    );
    const [paused, spentThen, billed] = [await progressOf(db, runId), await spentOf(db, runId), await bill()];
    await setBudget(db, runId, 1_000, { load: loadProbes, facts: async () => [] });
    await until(async () => (await status()) === 'COMPLETED', 'the end of the run', patience);
    return {
      billed,
      most: (await simulator.counters()).peakInFlight,
      paused,
      spentThen,
      billedInAll: await simulator.billed(),
      spentInAll: await spentOf(db, runId),
      ended: await progressOf(db, runId),
    };
  } finally {
    for (const handler of crew) {
      await handler.kill();
    }
    await close();
  }
}

async function opened(env: Record<string, string>): Promise<{ db: Db; close: () => Promise<void> }> {
  const database = await openDatabase(readSettings(env), false);
  return { db: database.db, close: () => database.close() };
}

/** Every fourth probe has a second question. */
function runOf(probes: number, usd: number): RunFile {
  return checkRunFile({
    name: 'spree',
    definition: {
      scenarios: Array.from({ length: probes }, (_, index) => ({
        id: `s${index}`,
        prompt: `Dilemma ${index}: is it right?`,
        ...(index % 4 === 0 ? { followups: [{ prompt: 'Why?' }] } : {}),
      })),
    },
    models: [{ modelId: 'gpt-4o', modelCost: PRICE }],
    config: { maxTokens: 40 },
    budget: { usd },
  });
}
