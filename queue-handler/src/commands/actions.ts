/** What the commands do with a database. Arguments and answers are JSON, so that another process can be asked to do it. */
import type { Database } from '../database/connect.js';
import { roomProblem } from '../database/room.js';
import type { RunFile } from '../documents/documents.js';
import { UsageError } from '../errors.js';
import { exportRun } from '../export/lines.js';
import { beginRun } from '../runs/begin.js';
import { createRun } from '../runs/create.js';
import { AtWorkError, deletion, holdingsOf } from '../runs/delete.js';
import { type Extension, extendRun } from '../runs/extend.js';
import { type Found, findRun, lookUpRun } from '../runs/find.js';
import { askedOf, forecast } from '../runs/forecast.js';
import { cancelRun, pauseRun, resumeRun, retryFailed } from '../runs/lifecycle.js';
import { ratesOf } from '../runs/rates.js';
import { reaskUnusable, type Unusable } from '../runs/reask.js';
import { homeless, Spool, type Unreadable } from '../runs/spool.js';
import type { Settings } from '../settings.js';
import { terminalJson, terminalText } from '../terminal-text.js';
import { forecastText } from '../view/forecast-text.js';
import { ratesText } from '../view/rates-text.js';
import { runText } from '../view/run-text.js';
import type { Screen } from '../view/screen.js';
import { reply } from '../viewer/answer.js';
import { resolveModels } from '../workers/resolve.js';
import { type AnalysisArguments, analysisText, type CompareArguments, comparison, reportPage } from './analysis.js';
import { type BudgetArguments, changeBudget, type SpendArguments, spendReport } from './money.js';
import { overviewOf } from './overview.js';
import { awaitedResult } from './result.js';
import { type ScoreArguments, scoreAnew } from './score.js';

export interface Context {
  database: Database;
  settings: Settings;
  /** Text for stdout; resolves when more may be written. */
  write(text: string): Promise<void>;
  /** What is said beside the output. */
  note?(text: string): Promise<void>;
  /** Aborted when the one who asks has left, and waits for nothing any more. */
  gone?: AbortSignal;
  /** Lets go of an embedded database; only where the process that has it open can do without. */
  leave?: () => void;
}

interface Arguments {
  start: { file: RunFile };
  /** For `run`, which says by itself what came of it. */
  begin: { file: RunFile };
  result: { run: string; screen: Screen };
  cost: { file: RunFile };
  /** Laid out for the screen of the one who asks; without one, as for a reader that is no terminal. */
  status: { run: string | null; json: boolean; screen?: Screen };
  limits: { json: boolean };
  pause: { run: string };
  resume: { run: string };
  cancel: { run: string };
  'retry-failed': { run: string };
  extend: { run: string; wanted: Extension };
  reask: { run: string; kinds: Unusable[] };
  /** Without `sure` it only says what would be deleted. */
  delete: { run: string; sure: boolean };
  score: ScoreArguments;
  /** With `head` a line that tells of the whole stands before those of the probes. */
  export: { run: string; head?: boolean };
  analysis: AnalysisArguments;
  report: AnalysisArguments;
  compare: CompareArguments;
  spend: SpendArguments;
  budget: BudgetArguments;
  /** A question of the viewer; the status of the reply comes first. */
  view: { question: string; words: string };
  leave: Record<string, never>;
}

export type ActionName = keyof Arguments;
export type ActionArguments<N extends ActionName> = Arguments[N];

type Actions = { [N in ActionName]: (context: Context, given: Arguments[N]) => Promise<void> };

/** Do it. @throws UsageError that names the database, in which the run may not be the one that was meant. */
export async function act<N extends ActionName>(name: N, context: Context, given: Arguments[N]): Promise<void> {
  try {
    await ACTIONS[name](context, given);
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`in ${context.database.shown}: ${error.message}`) : error;
  }
}

export function isAction(name: unknown): name is ActionName {
  return typeof name === 'string' && Object.hasOwn(ACTIONS, name);
}

const ACTIONS: Actions = {
  async start({ database, settings, write }, { file }) {
    refuseWithoutRoom(database, settings);
    const created = await createRun(database.db, file, settings.budgetUsd);
    for (const warning of created.warnings) {
      await write(`warning: ${terminalText(warning)}\n`);
    }
    await write(`${created.probes} probes are queued as run ${created.runId} in ${database.shown}\n`);
  },

  async begin({ database, settings, write }, { file }) {
    refuseWithoutRoom(database, settings);
    await write(JSON.stringify(await beginRun(database.db, file, settings.budgetUsd)));
  },

  async result({ database, write }, { run, screen }) {
    await write(`${await awaitedResult(database.db, run, screen)}\n`);
  },

  async cost({ database, write }, { file }) {
    await write(`${forecastText(await forecast(file, await resolveModels(askedOf(file)), database.db))}\n`);
  },

  async status(context, { run, json, screen }) {
    const { database, settings, write } = context;
    const ids = run === null ? await recentRuns(database) : [(await meant(context, run)).id];
    const all = await Promise.all(ids.map((id) => overviewOf(database.db, id)));
    const unsaved = await homeless(database.db, database.identity, settings.dataFolder);
    if (json) {
      const documents = all.map((progress) => ({ ...progress, unsaved }));
      await write(`${terminalJson(JSON.stringify(run === null ? documents : documents[0]))}\n`);
      return;
    }
    const nothing = `there are no runs in ${database.shown}; see: start RUN.json`;
    const parts = all.length === 0 ? [nothing] : all.map((view) => runText(view, screen));
    if (run === null && all.length > 0) {
      parts.unshift(`in ${database.shown}:`);
    }
    if (unsaved.length > 0) {
      parts.push(['turns that are paid for and not stored:', ...unsaved.map(unsavedText)].join('\n'));
    }
    await write(`${parts.join('\n\n')}\n`);
  },

  async limits({ database, settings, write }, { json }) {
    const rates = await ratesOf(database.db, settings);
    await write(`${json ? terminalJson(JSON.stringify(rates)) : ratesText(rates)}\n`);
  },

  async pause({ database, write }, { run }) {
    const found = await findRun(database.db, run);
    refuse(await pauseRun(database.db, found.id), found, 'paused', 'PENDING or RUNNING');
    await write(`${terminalText(found.name)} is paused; conversations under way go on to their end\n`);
  },

  async resume({ database, write }, { run }) {
    const found = await findRun(database.db, run);
    refuse(await resumeRun(database.db, found.id), found, 'resumed', 'PAUSED');
    await write(`${terminalText(found.name)} goes on\n`);
  },

  async cancel({ database, write }, { run }) {
    const found = await findRun(database.db, run);
    refuse(await cancelRun(database, found.id), found, 'cancelled', 'PENDING, RUNNING or PAUSED');
    await write(`${terminalText(found.name)} is cancelled; answers under way are still kept\n`);
  },

  async 'retry-failed'({ database, write }, { run }) {
    const found = await findRun(database.db, run);
    const retried = await retryFailed(database, found.id);
    await write(
      retried === 0
        ? `${terminalText(found.name)} has no failed probes\n`
        : `${retried} probes of ${terminalText(found.name)} are retried\n`,
    );
  },

  async extend({ database, write }, { run, wanted }) {
    const { id, name } = await findRun(database.db, run);
    const { probes, warnings } = await named(name, () => extendRun(database, id, wanted));
    for (const warning of warnings) {
      await write(`warning: ${terminalText(warning)}\n`);
    }
    await write(
      probes === 0
        ? `nothing is missing in ${terminalText(name)}\n`
        : `${probes} probes that were missing in ${terminalText(name)} are queued\n`,
    );
  },

  async reask({ database, settings, write }, { run, kinds }) {
    const { id, name } = await findRun(database.db, run);
    const { probes } = await named(name, () => reaskUnusable(database, id, kinds));
    const spool = new Spool(settings.dataFolder, database.identity);
    for (const probe of probes) {
      // Of an earlier conversation, whose answer is in the database: the new one must not go on from it.
      spool.remove(probe.id);
    }
    const counts = kinds.map((kind) => `${probes.filter(({ because }) => because === kind).length} ${kind}`).join(', ');
    await write(
      probes.length === 0
        ? `${terminalText(name)} has no answers that are ${kinds.join(' or ')}\n`
        : `${probes.length} probes of ${terminalText(name)} are asked again (${counts}); their earlier answers are kept\n`,
    );
  },

  async delete({ database, settings, write }, { run, sure }) {
    const { id, name } = await findRun(database.db, run);
    try {
      if (!sure) {
        await write(JSON.stringify({ id, name, ...(await holdingsOf(database, id)) }));
        return;
      }
      for await (const _ of deletion(database, new Spool(settings.dataFolder, database.identity), id)) {
        // Between two parts whatever else is to be done gets its turn.
      }
    } catch (error) {
      throw error instanceof AtWorkError ? new UsageError(`${terminalText(name)}: ${error.message}`) : error;
    }
    await write(`${terminalText(name)} (${id}) is deleted\n`);
  },

  async score({ database, settings, write }, given) {
    await write(`${await scoreAnew(database, settings, given)}\n`);
  },

  async export(context, { run, head }) {
    const { database, write } = context;
    const found = await meant(context, run);
    for await (const line of exportRun(database, found, head)) {
      await write(line);
    }
  },

  async analysis(context, given) {
    const { database, write, gone } = context;
    await write(await analysisText(database.db, { ...given, run: (await meant(context, given.run)).id }, gone));
  },

  async report(context, given) {
    const { database, write, gone } = context;
    for await (const text of reportPage(database.db, { ...given, run: (await meant(context, given.run)).id }, gone)) {
      await write(text);
    }
  },

  async spend({ database, write }, given) {
    await write(`${await spendReport(database, given)}\n`);
  },

  async budget({ database, write }, given) {
    await write(`${await changeBudget(database, given)}\n`);
  },

  async compare({ database, write, gone }, given) {
    for await (const text of comparison(database.db, given, gone)) {
      await write(text);
    }
  },

  async view({ database, write }, { question, words }) {
    const { status, body } = await reply(database, question, words);
    await write(`${status} ${body}`);
  },

  async leave({ leave }) {
    if (leave === undefined) {
      throw new UsageError('a handler is at work on it');
    }
    leave();
  },
};

/** The run that a command which only looks means: its name may be abbreviated, and the whole one is then said. */
async function meant({ database, note }: Context, given: string): Promise<Found> {
  return lookUpRun(database.db, given, async ({ id, name }) => {
    await note?.(`${terminalText(name)} (${id}) is meant`);
  });
}

/** @throws Error where the disk of the embedded database is nearly full. */
export function refuseWithoutRoom(database: Database, settings: Settings): void {
  const problem = database.shared ? null : roomProblem(settings.dataFolder, settings.roomMegabytes);
  if (problem !== null) {
    throw new Error(problem);
  }
}

/** @throws UsageError that names the run. */
async function named<T>(name: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${terminalText(name)}: ${error.message}`) : error;
  }
}

function unsavedText({ path, problem }: Unreadable): string {
  return terminalText(`  ${path}: ${problem}`);
}

const RECENT = 5;

/** The runs that go on, and the last few that have ended, newest last. */
async function recentRuns({ db }: Database): Promise<string[]> {
  const rows = await db.selectFrom('runs').select(['id', 'status']).orderBy('created_at', 'desc').execute();
  const open = (status: string): boolean => ['PENDING', 'RUNNING', 'PAUSED'].includes(status);
  return rows
    .filter((row, index) => open(row.status) || index < RECENT)
    .map((row) => row.id)
    .reverse();
}

function refuse(changed: boolean, run: { name: string; status: string }, what: string, from: string): void {
  if (!changed) {
    throw new UsageError(
      `${terminalText(run.name)} is ${run.status} and cannot be ${what}: only a run that is ${from} can`,
    );
  }
}
