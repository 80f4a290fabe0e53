/** A handler in small, to be killed: holds one conversation as it is told, and says which processes it has for it. */
import { WorkerPool } from '../../src/workers/pool.js';
import { jobOf } from './bridge.js';

const pool = new WorkerPool(process.argv[2] === 'warm' ? 1 : 0, 1);
const job = jobOf('Is it right to lie?', {
  scenario: { prompt: 'Is it right to lie?', followups: [{ prompt: 'Why? [[sim hang=1]]' }] },
});
void pool.run({
  job,
  provider: 'openai',
  alone: false,
  onTurn: async () => void process.stdout.write(`${JSON.stringify(pool.pids)}\n`),
});
