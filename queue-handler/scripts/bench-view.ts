/**
 * What `queue view` asks of a large run, and how long the answers take: 200,000 probes on a PostgreSQL server of its own, and
 * 20,000 on the embedded database. Prints one table for each; the second of two tries counts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { type Database, openDatabase } from '../src/database/connect.js';
import { readSettings } from '../src/settings.js';
import { table } from '../src/view/table.js';
import { answer } from '../src/viewer/answer.js';
import type { Question } from '../src/viewer/api.js';
import { fillMany, type Size } from '../support/many.js';
import { missing, startServer } from '../support/postgres.js';

/** What is asked, and within how many milliseconds the answer is to be there. */
const ASKED: [question: Question, words: string, most: number | null][] = [
  ['runs', '', null],
  ['run', '', null],
  ['facets', '', 1_000],
  ['matrix', '', 1_000],
  ['matrix', 'sort=spread', 1_000],
  ['matrix', 'model=model-3', 1_000],
  ['matrix', 'scenario=scenario-7', 1_000],
  ['matrix', 'dim.Distance=near&orientation=normal', 1_000],
  ['matrix', 'score=5&class=exact', 1_000],
  ['matrix', 'finish=length', 1_000],
  ['matrix', 'cut=1', 1_000],
  ['matrix', 'refused=1', 1_000],
  ['matrix', 'state=FAILED&code=RATE_LIMIT', 1_000],
  ['matrix', 'version=model-3-2026', 1_000],
  ['matrix', 'q=harbour', 2_000],
  ['matrix', 'q=which nobody says', 2_000],
  ['conversation', 'scenario=scenario-7&model=model-3&sample=1', 100],
  ['neighbours', 'scenario=scenario-7&model=model-3&sample=1', 1_000],
  ['neighbours', 'scenario=scenario-7&model=model-3&sample=1&list=score%3D5', 1_000],
];

const options = new Command('bench-view')
  .option('--server <n>', 'scenarios on the server, each asked of 20 models 10 times; 0 for none', '1000')
  .option('--embedded <n>', 'scenarios on the embedded database, each asked of 10 models 4 times; 0 for none', '500')
  .parse()
  .opts<{ server: string; embedded: string }>();

const folder = mkdtempSync(join(tmpdir(), 'queue-bench-view-'));
try {
  const lack = missing();
  if (Number(options.server) > 0 && lack !== null) {
    process.stderr.write(`${lack}\n`);
    process.exitCode = 2;
  } else if (Number(options.server) > 0) {
    const server = await startServer();
    try {
      const size = { scenarios: Number(options.server), models: 20, samples: 10 };
      await measure('PostgreSQL', size, { DATABASE_URL: await server.createDatabase() });
    } finally {
      await server.stop();
    }
  }
  if (Number(options.embedded) > 0) {
    await measure('PGlite', { scenarios: Number(options.embedded), models: 10, samples: 4 }, { QUEUE_DATA: folder });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(name: string, size: Size, env: Record<string, string>): Promise<void> {
  const database = await openDatabase(readSettings(env), false);
  try {
    const run = await fillMany(database.db, size);
    const rows: string[][] = [];
    for (const [question, words, most] of ASKED) {
      const { time, isCut } = await timed(database, question, `run=${run}&${words}`);
      const inTime = time <= (most ?? time) ? `within ${most}` : `MORE THAN ${most}`;
      const verdict = most === null ? '' : isCut ? 'NOT EVERYTHING WAS READ IN TIME' : inTime;
      rows.push([question, words, String(Math.round(time)), verdict]);
    }
    const probes = size.scenarios * size.models * size.samples;
    process.stdout.write(
      `${name}, ${probes} probes:\n${table([['question', 'words', 'ms', ''], ...rows]).join('\n')}\n`,
    );
  } finally {
    await database.close();
  }
}

async function timed(database: Database, question: Question, words: string): Promise<{ time: number; isCut: boolean }> {
  await answer(database, question, words);
  const began = performance.now();
  const given = await answer(database, question, words);
  const time = performance.now() - began;
  return { time, isCut: 'searched' in given && given.searched?.cut === 'time' };
}
