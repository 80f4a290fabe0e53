/** `make chaos`: prints the tally of a run under everything that can go wrong, and ends with 1 where something is not true. */
import { Command } from 'commander';
import { missing } from '../support/postgres.js';
import { chaos } from './chaos/chaos.js';
import { FAULTS } from './chaos/faults.js';

const options = new Command('chaos')
  .option('--probes <n>', 'probes of the run', '2000')
  .option('--seconds <n>', 'how long things go wrong', '600')
  .option('--handlers <n>', 'handlers at work', '3')
  .option('--seed <n>', 'the same seed makes the same faults in the same order', String(Date.now() % 1_000_000))
  .option('--pause <seconds>', 'between two faults, at most', '4')
  .option('--faults <names>', `of ${Object.keys(FAULTS).join(', ')}, with commas`)
  .parse()
  .opts<{ probes: string; seconds: string; handlers: string; seed: string; pause: string; faults?: string }>();

const lack = missing();
if (lack !== null) {
  process.stderr.write(`${lack}\n`);
  process.exit(2);
}
const tally = await chaos({
  probes: Number(options.probes),
  seconds: Number(options.seconds),
  handlers: Number(options.handlers),
  seed: Number(options.seed),
  pauseSeconds: Number(options.pause),
  ...(options.faults === undefined ? {} : { faults: options.faults.split(',') }),
  disks: true,
  onNews: (line) => void process.stderr.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify(tally, null, 2)}\n`);
process.exit(tally.breaches.length === 0 ? 0 : 1);
