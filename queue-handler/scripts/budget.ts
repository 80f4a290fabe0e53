/**
 * Tries a bound on what a run may cost with real handlers, of which one is killed, on a PostgreSQL server of its own: the bill
 * of the simulator must stay below it at every moment. Prints what it saw; its exit status is 1 where something is wrong.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { missing, startServer } from '../support/postgres.js';
import { Simulator } from '../support/simulator.js';
import { spree } from '../support/spree.js';

const options = new Command('budget')
  .option('--probes <n>', 'probes of the run', '4500')
  .option('--usd <dollars>', 'the bound', '1.00')
  .option('--handlers <n>', 'handlers at work', '3')
  .option('--latency <seconds>', 'how long the simulator thinks', '1')
  .parse()
  .opts<{ probes: string; usd: string; handlers: string; latency: string }>();

const lack = missing();
if (lack !== null) {
  process.stderr.write(`${lack}\n`);
  process.exit(2);
}
const server = await startServer();
const simulator = await Simulator.start('--latency', options.latency);
const folder = mkdtempSync(join(tmpdir(), 'queue-budget-'));
Object.assign(process.env, simulator.env);
const usd = Number(options.usd);
const probes = Number(options.probes);
try {
  const found = await spree({
    simulator,
    env: {
      DATABASE_URL: await server.createDatabase(),
      QUEUE_DATA: folder,
      QUEUE_HEARTBEAT_SECONDS: '10',
      QUEUE_MONITOR_SECONDS: '1',
      QUEUE_DEPTH: '400',
      QUEUE_PROVIDER_CONCURRENCY: '400',
    },
    handlers: Number(options.handlers),
    probes,
    usd,
    killAt: usd / 4,
    patience: 1_800_000,
  });
  const { paused, ended, billed, billedInAll, spentThen, spentInAll, most } = found;
  const lines = [
    `bound ${usd}: billed ${billed.toFixed(6)}, known to be spent ${spentThen.known.toFixed(6)}, with what may have been ${paused.budget?.spent.toFixed(6)}`,
    `in flight at once: ${most}; done when it was reached: ${paused.models[0]?.succeeded} of ${probes}`,
    `under a higher bound: done ${ended.models[0]?.succeeded}, billed ${billedInAll.toFixed(6)}, known to be spent ${spentInAll.known.toFixed(6)}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  const isRight =
    billed <= usd && ended.models[0]?.succeeded === probes && (ended.budget?.spent ?? 0) > billedInAll - 1e-9;
  process.exitCode = isRight ? 0 : 1;
} finally {
  await simulator.stop();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
