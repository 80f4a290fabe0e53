#!/usr/bin/env node
/** The command line of the queue. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { deleteRun } from './commands/delete.js';
import { OutputError, written } from './commands/output.js';
import { perform } from './commands/perform.js';
import { watch } from './commands/watch.js';
import { work } from './commands/work.js';
import { FolderInUseError } from './database/folder-lock.js';
import { messageOf, UsageError } from './errors.js';
import { redact } from './redaction.js';
import { readRunFile } from './runs/run-file.js';
import { readSettings, settingsText } from './settings.js';
import { terminalLines } from './terminal-text.js';

const USAGE = 2;

const program = new Command('queue')
  .description(
    'Ask many models many questions and keep every answer. The database is DATABASE_URL, a PostgreSQL server, or, where ' +
      'that is not set, an embedded one in the folder QUEUE_DATA (.queue-data).',
  )
  .version(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version)
  .showHelpAfterError('(--help shows what there is)')
  .configureOutput({ outputError: (text, write) => write(terminalLines(text.replace(/^error: /, 'queue: '))) })
  .addHelpText('after', `\nEnvironment:\n${settingsText()}`)
  .exitOverride();

program
  .command('start')
  .description('store a run, to be worked on')
  .argument('<RUN.json>', 'definition, models, samples and settings: run.schema.json says how, examples/ shows it')
  .action(async (path: string) => perform(readSettings(), 'start', { file: await readRunFile(path) }));

program
  .command('cost')
  .description('what a run will cost, before anything is paid')
  .argument('<RUN.json>')
  .action(async (path: string) => perform(readSettings(), 'cost', { file: await readRunFile(path) }));

program
  .command('work')
  .description('take jobs until told to stop; SIGTERM finishes what is under way')
  .option('--until-idle', 'end when every run has ended')
  .action(async ({ untilIdle }: { untilIdle?: boolean }) => work(readSettings(), untilIdle ?? false));

program
  .command('status')
  .description('how far the runs are; one run is followed to its end on a terminal')
  .argument('[RUN]', 'the ID of a run, the beginning of one, or a name')
  .option('--json', 'as JSON')
  .option('--once', 'do not follow it')
  .action(async (run: string | undefined, { json, once }: { json?: boolean; once?: boolean }) => {
    if (run !== undefined && process.stdout.isTTY && !json && !once) {
      await watch(readSettings(), run);
    } else {
      await perform(readSettings(), 'status', { run: run ?? null, json: json ?? false });
    }
  });

const OF_A_RUN = {
  pause: 'begin nothing more of a run; what is under way goes on to its end',
  resume: 'go on with a paused run',
  cancel: 'ask nothing more of a run, for good; answers that it has are kept',
  'retry-failed': 'retry what failed, from the last paid turn on',
  export: 'a run as JSON Lines: each probe with its transcript or its cause',
  analysis: 'the stored statistics of a completed run, as JSON',
} as const;

for (const name of Object.keys(OF_A_RUN) as (keyof typeof OF_A_RUN)[]) {
  program
    .command(name)
    .description(OF_A_RUN[name])
    .argument('<RUN>', 'the ID of a run, the beginning of one, or a name')
    .action(async (run: string) => perform(readSettings(), name, { run }));
}

program
  .command('delete')
  .description('delete a run that has ended, with its transcripts, partial turns, dead letters and analysis, for good')
  .argument('<RUN>', 'the ID of a run, the beginning of one, or a name')
  .option('--yes', 'without asking')
  .action(async (run: string, { yes }: { yes?: boolean }) => deleteRun(readSettings(), run, yes ?? false));

try {
  await program.parseAsync();
  await written();
} catch (error) {
  fail(error);
}

function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : USAGE;
    written().catch(fail);
  } else if (error instanceof OutputError && error.readerLeft) {
    process.exitCode = 0;
  } else {
    const known = error instanceof UsageError || error instanceof FolderInUseError;
    const said = known || error instanceof OutputError ? messageOf(error) : causesOf(error);
    process.stderr.write(terminalLines(redact(`queue: ${said}\n`)));
    process.exitCode = known ? USAGE : 1;
  }
}

/** What an outage or a bug says of itself, with the places in the code at the level debug. */
function causesOf(error: unknown): string {
  const messages: string[] = [];
  for (let one = error; one !== undefined; one = one instanceof Error ? one.cause : undefined) {
    const message = messageOf(one);
    if (!messages.some((earlier) => earlier.includes(message))) {
      messages.push(message);
    }
  }
  const stack = process.env.LOG_LEVEL === 'debug' && error instanceof Error ? `\n${error.stack}` : '';
  return `${messages.join('; ')}${stack}`;
}
