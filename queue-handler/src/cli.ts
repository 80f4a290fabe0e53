#!/usr/bin/env node
/** The command line of the queue. */
import { readFileSync } from 'node:fs';
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { completion, SHELLS, type Shell } from './commands/completion.js';
import { deleteRun } from './commands/delete.js';
import { expandRun } from './commands/expand.js';
import { type ExportOptions, exportCommand } from './commands/export.js';
import { OutputError, toStdout, written } from './commands/output.js';
import { perform } from './commands/perform.js';
import { sayLogLine } from './commands/place.js';
import { type RunCommand, runCommand } from './commands/run-command.js';
import { view } from './commands/view.js';
import { watch } from './commands/watch.js';
import { work } from './commands/work.js';
import { FolderInUseError } from './database/folder-lock.js';
import { runMaximum } from './documents/schemas.js';
import { messageOf, UsageError } from './errors.js';
import { FORMATS, type FormatName } from './export/format.js';
import { divertLog } from './log.js';
import { redact } from './redaction.js';
import { UNUSABLE, type Unusable } from './runs/reask.js';
import { readModels, readRunFile } from './runs/run-file.js';
import { SPENT_BY, type SpentBy } from './runs/spend.js';
import { readJudge, readScale } from './scoring/config-file.js';
import { readOverrides } from './scoring/overrides-file.js';
import { readDollars, readSettings, settingsText } from './settings.js';
import { terminalLines } from './terminal-text.js';
import { screenOf } from './view/screen.js';

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
  .command('run')
  .description('hold a run from its file to its figures: start, work and status in one; the same again goes on with it')
  .argument('<RUN.json>', 'as start takes it')
  .option('--name <NAME>', 'call the run so, and not as its file does')
  .option('--simulate', 'against the provider simulator: no key, no cost, a database of its own')
  .option('--answers <FILE>', 'what the simulator answers, by model and scenario: docs/simulator.md')
  .option('--log', 'log lines on a terminal too, in place of progress')
  .action(async (path: string, options: RunCommand) => runCommand(readSettings(), path, options));

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
  .command('expand')
  .description('print what start would store: the file with every scenario of its template written out')
  .argument('<RUN.json>')
  .action(async (path: string) => expandRun(await readRunFile(path)));

program
  .command('work')
  .description('take jobs until told to stop; SIGTERM finishes what is under way')
  .option('--until-idle', 'end when every run has ended: with status 0, or 3 where probes and 4 where runs failed')
  .option('--log', 'log lines on a terminal too, in place of progress')
  .action(async ({ untilIdle, log }: { untilIdle?: boolean; log?: boolean }) =>
    work(readSettings(), { untilIdle: untilIdle ?? false, log: log ?? false }),
  );

program
  .command('status')
  .description('how far the runs are; one run is followed to its end on a terminal')
  .argument('[RUN]', 'the ID of a run, the beginning of one, or a name')
  .option('--json', 'as JSON')
  .option('--once', 'do not follow it')
  .option('--limits', 'what each provider and model may do at this moment, and why')
  .action(async (run: string | undefined, { json, once, limits }: Record<string, boolean | undefined>) => {
    if (limits) {
      await perform(readSettings(), 'limits', { json: json ?? false });
    } else if (run !== undefined && process.stdout.isTTY && !json && !once) {
      await watch(readSettings(), run);
    } else {
      await perform(readSettings(), 'status', {
        run: run ?? null,
        json: json ?? false,
        screen: screenOf(process.stdout, false),
      });
    }
  });

const OF_A_RUN = {
  pause: 'begin nothing more of a run; what is under way goes on to its end',
  resume: 'go on with a paused run',
  cancel: 'ask nothing more of a run, for good; answers that it has are kept',
  'retry-failed': 'retry what failed, from the last paid turn on',
} as const;

for (const name of Object.keys(OF_A_RUN) as (keyof typeof OF_A_RUN)[]) {
  program
    .command(name)
    .description(OF_A_RUN[name])
    .argument('<RUN>', 'the ID of a run, the beginning of one, or a name')
    .action(async (run: string) => perform(readSettings(), name, { run }));
}

program
  .command('extend')
  .description('ask a run more: what is missing of more samples or of more models, and nothing a second time')
  .argument('<RUN>', 'the ID of a run, the beginning of one, or a name')
  .option('--samples <N>', 'how often each is asked altogether', wholeNumber)
  .option('--models <FILE>', "JSON: a list of models as in a run's file, or an object with it as models")
  .action(async (run: string, { samples, models: path }: { samples?: number; models?: string }) => {
    if (samples === undefined && path === undefined) {
      throw new UsageError('extend: say what is missing: --samples N, --models FILE, or both');
    }
    const models = path === undefined ? {} : { models: await readModels(path) };
    const wanted = { ...(samples === undefined ? {} : { samples }), ...models };
    await perform(readSettings(), 'extend', { run, wanted });
  });

program
  .command('reask')
  .description('ask again what was answered and is of no use, and keep the earlier answer beside the new one')
  .argument('<RUN>', 'the ID of a run, the beginning of one, or a name')
  .addOption(new Option('--unusable [KIND...]', 'which answers; all of these kinds without one').choices(UNUSABLE))
  .action(async (run: string, { unusable }: { unusable?: Unusable[] | true }) => {
    if (unusable === undefined) {
      throw new UsageError(
        `reask: say what is of no use: --unusable, or --unusable with some of ${UNUSABLE.join(', ')}`,
      );
    }
    await perform(readSettings(), 'reask', { run, kinds: Array.isArray(unusable) ? unusable : UNUSABLE });
  });

program
  .command('score')
  .description('score the answers of a run anew, or as people say; no model of the run is asked again')
  .argument('<RUN>', 'the ID of a run, the beginning of one, or a name')
  .option('--scale <FILE>', 'another scale: JSON as in a run file, or an object with scale, turn and marker')
  .option('--judge <FILE>', 'a judge, or a list of them: JSON as in a run file')
  .option('--no-judge', 'without the judge that the run has')
  .option('--overrides <FILE>', 'what people say: CSV or JSON with probe, score or null, reason, who')
  .action(
    async (
      run: string,
      { scale, judge, overrides }: { scale?: string; judge?: string | boolean; overrides?: string },
    ) =>
      perform(readSettings(), 'score', {
        run,
        scale: scale === undefined ? null : await readScale(scale),
        judge: typeof judge === 'string' ? await readJudge(judge) : judge === false ? false : null,
        overrides: overrides === undefined ? null : await readOverrides(overrides),
      }),
  );

program
  .command('spend')
  .description('what was spent over all runs, also on what failed, and on runs that were deleted')
  .addOption(new Option('--by <WHAT>', 'one line for each').choices(SPENT_BY).default('model'))
  .option('--json', 'as JSON')
  .action(async ({ by, json }: { by: SpentBy; json?: boolean }) =>
    perform(readSettings(), 'spend', { by, json: json ?? false }),
  );

program
  .command('budget')
  .description('bound what a run may cost altogether, in US dollars; one that is paused at its bound goes on')
  .argument('<RUN>', 'the ID of a run, the beginning of one, or a name')
  .argument('<USD>', 'such as 12.50; none takes the bound away', dollarsOrNone)
  .action(async (run: string, usd: number | null) => perform(readSettings(), 'budget', { run, usd }));

program
  .command('export')
  .description('a run: each probe with its transcript or its cause, as lines, as a table or as logs of Inspect')
  .argument('<RUN>', 'the ID of a run, the beginning of one, or a name')
  .addOption(new Option('--format <FORMAT>', 'the form').choices(FORMATS).default('jsonl' satisfies FormatName))
  .addOption(
    new Option('--rows <WHAT>', 'of a table: a row for each of them (default: probes)').choices(['probes', 'turns']),
  )
  .option('--output <FILE>', 'where it goes, in place of stdout; of inspect the folder')
  .option('--manifest <FILE>', 'where the manifest goes: what it takes to do the run again (with --output: beside it)')
  .action(async (run: string, options: ExportOptions) => exportCommand(readSettings(), run, options));

program
  .command('delete')
  .description('delete a run that has ended, with its transcripts, partial turns, dead letters and analysis, for good')
  .argument('<RUN>', 'the ID of a run, the beginning of one, or a name')
  .option('--yes', 'without asking')
  .action(async (run: string, { yes }: { yes?: boolean }) => deleteRun(readSettings(), run, yes ?? false));

const OF_ONE_OR_SEVERAL = {
  analysis: 'the stored statistics of a completed run, as JSON',
  report: 'the statistics of a completed run as a page for a browser: report RUN > page.html',
} as const;

for (const name of Object.keys(OF_ONE_OR_SEVERAL) as (keyof typeof OF_ONE_OR_SEVERAL)[]) {
  program
    .command(name)
    .description(OF_ONE_OR_SEVERAL[name])
    .argument('[RUN]', 'the ID of a run, the beginning of one, or a name')
    .option('--pool <RUN...>', 'over all of these together: a scenario that they asked otherwise is kept apart by run')
    .action(async (given: string | undefined, { pool = [] }: { pool?: string[] }) => {
      // RUN --pool RUN, or --pool RUN RUN.
      const [run, ...others] = given === undefined ? pool : [given, ...pool];
      if (run === undefined) {
        throw new UsageError(`${name}: name a run; see: status`);
      }
      if (pool.length > 0 && others.length === 0) {
        throw new UsageError(`${name}: --pool takes runs together; name two or more`);
      }
      await perform(readSettings(), name, { run, pool: others });
    });
}

program
  .command('compare')
  .description('the same models in several completed runs, the later less the earlier, as JSON')
  .argument('<RUN>', 'the earliest: the ID of a run, the beginning of one, or a name')
  .argument('<RUN...>', 'those after it, in their order')
  .option('--report', 'as a page for a browser')
  .action(async (first: string, others: string[], { report }: { report?: boolean }) =>
    perform(readSettings(), 'compare', { runs: [first, ...others], report: report ?? false }),
  );

program
  .command('view')
  .description('runs, conversations and comparisons in a browser of this machine, also while a handler works')
  .argument('[RUN...]', 'the run that is shown first, or with --export those that are written; all without one')
  .option('--port <N>', 'where it listens (4747, or another one where that is taken)', portNumber)
  .option('--export <DIR>', 'write the same as a folder that any web host, or a double click, opens')
  .option('--redact', 'with --export: leave out what the environment names as secret')
  .action(
    async (runs: string[], { port, export: folder, redact }: { port?: number; export?: string; redact?: true }) => {
      if (redact && folder === undefined) {
        throw new UsageError('view: --redact is for a folder that others get; add --export DIR');
      }
      await view(readSettings(), { runs, port: port ?? null, folder: folder ?? null, redact: redact ?? false });
    },
  );

program
  .command('completion')
  .description('what a shell needs to complete commands, options and files: source <(queue completion bash)')
  .addArgument(new Argument('<SHELL>').choices(SHELLS))
  .action(async (shell: Shell) => toStdout(completion(shell, program)));

if (process.stderr.isTTY) {
  divertLog(sayLogLine);
}
try {
  await program.parseAsync();
  await written();
} catch (error) {
  fail(error);
}

function wholeNumber(text: string): number {
  const number = Number(text);
  const most = runMaximum('samples');
  if (!/^\d+$/.test(text) || number < 1 || number > most) {
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
  }
  return number;
}

function portNumber(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > 65_535) {
    throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
  }
  return number;
}

function dollarsOrNone(text: string): number | null {
  const usd = text === 'none' ? null : readDollars(text);
  if (usd === null && text !== 'none') {
    throw new InvalidArgumentError('It must be a number of US dollars, such as 12.50, or none.');
  }
  return usd;
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
