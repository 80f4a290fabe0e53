/** `run`: a run from its file to what it came to, in one command. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../checkout.js';
import { monotonic } from '../clock.js';
import type { Database, Db } from '../database/connect.js';
import { FolderInUseError } from '../database/folder-lock.js';
import type { RunFile } from '../documents/documents.js';
import { UsageError } from '../errors.js';
import { ENDED, type RunStatus } from '../model.js';
import type { Handler } from '../queue/handler.js';
import { isAnalysisDue } from '../runs/analyses.js';
import { type Begun, beginRun } from '../runs/begin.js';
import { progressOf } from '../runs/progress.js';
import { isScoringDue } from '../runs/scorings.js';
import type { Settings } from '../settings.js';
import { terminalText } from '../terminal-text.js';
import { failuresIn, said, stateText } from '../view/progress-text.js';
import type { RunView } from '../view/run-text.js';
import { screenOf } from '../view/screen.js';
import { shellWord } from '../view/shell-words.js';
import { refuseWithoutRoom } from './actions.js';
import { atWork, openOnceFree } from './at-work.js';
import { exitStatus } from './exit-status.js';
import { toStdout } from './output.js';
import { overviewOf } from './overview.js';
import { perform } from './perform.js';
import { sayPlace } from './place.js';
import { resultOf } from './result.js';
import { hasEnded, lookedUp, watch } from './watch.js';

const LOOK_MILLISECONDS = 500;
// As a shell says of a command that a signal has ended.
const STOPPED: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
const PAUSED = 3;
const LONGEST_NAME = 30;

export interface RunOptions {
  /** Log lines on a terminal too, in place of progress. */
  log: boolean;
  /** How the program is called. */
  queue: string;
  /** What is given before, where its commands are to find this database. */
  before: string[];
  /** How the same command is given again. */
  again: string;
}

/** What is known of the run when the database is closed. */
interface End {
  view: RunView;
  text: string;
}

export async function runFile(settings: Settings, file: RunFile, options: RunOptions): Promise<void> {
  sayPlace(settings);
  let database: Database;
  try {
    database = await openOnceFree(settings, options.log);
  } catch (error) {
    if (!(error instanceof FolderInUseError)) {
      throw error;
    }
    await followed(settings, file, options);
    return;
  }
  let begun: Begun;
  try {
    refuseWithoutRoom(database, settings);
    begun = await beginRun(database.db, file, settings.budgetUsd);
    await sayBegun(begun, file.name);
  } catch (error) {
    await database.close();
    throw error;
  }
  const { id } = begun;
  const over = new RunWatch(database.db, id);
  let end: End | null = null;
  const conclude = async (): Promise<void> => {
    end = {
      view: await overviewOf(database.db, id),
      text: await resultOf(database.db, id, screenOf(process.stdout, false)),
    };
  };
  let signal: NodeJS.Signals | null = null;
  if (await over.look()) {
    await conclude();
    await database.close();
  } else {
    signal = await atWork(database, settings, {
      log: options.log,
      keepsPicture: false,
      runs: [id],
      begun: (handler) => over.follow(handler),
      isOver: () => over.look(),
      conclude,
    });
  }
  await sayEnd(end as End | null, signal, options, over.causes);
}

/** Where another handler has the embedded database, that one does the work. */
async function followed(settings: Settings, file: RunFile, options: RunOptions): Promise<void> {
  let answer = '';
  const take = async (text: string): Promise<void> => {
    answer += text;
  };
  await perform(settings, 'begin', { file }, take);
  const begun: Begun = JSON.parse(answer);
  await sayBegun(begun, file.name);
  await say('another handler has the database open, and does the work');
  const { id } = begun;
  const view = process.stdout.isTTY ? await watch(settings, id, isLeft) : await waited(settings, id);
  answer = '';
  await perform(settings, 'result', { run: id, screen: screenOf(process.stdout, false) }, take);
  await sayEnd({ view, text: answer.trimEnd() }, null, options, causesOf(view));
}

/** Whether nothing more happens to it by itself. */
function isLeft(view: RunView): boolean {
  const isPaused = view.status === 'PAUSED' || isStuck(view);
  return (isPaused && view.models.every(({ inFlight }) => inFlight === 0)) || hasEnded(view);
}

/** Whether all that is open waits for what no time brings. */
function isStuck({ models }: Pick<RunView, 'models'>): boolean {
  const waits = models.flatMap((model) => model.waits);
  return waits.length > 0 && waits.every(({ reason }) => reason === 'TOO_DEAR');
}

function causesOf({ models }: Pick<RunView, 'models'>): string[] {
  const waits = models.flatMap((model) => model.waits);
  return [...new Set(waits.filter(({ reason }) => reason === 'TOO_DEAR').map(({ message }) => message))];
}

async function waited(settings: Settings, id: string): Promise<RunView> {
  for (;;) {
    const view = await lookedUp(settings, id);
    if (isLeft(view)) {
      return view;
    }
    await new Promise((done) => setTimeout(done, 2 * LOOK_MILLISECONDS));
  }
}

async function sayBegun({ id, status, created }: Begun, name: string): Promise<void> {
  const shown = terminalText(name);
  const what =
    created !== null
      ? `${created.probes} probes of ${shown} are queued as run ${id}`
      : ENDED.includes(status)
        ? `${shown} was held before, as run ${id}; nothing is asked again`
        : `${shown} goes on, as run ${id}; what is answered is not asked again`;
  for (const text of [...(created?.warnings ?? []).map((warning) => `warning: ${warning}`), what]) {
    await say(text);
  }
}

async function say(text: string): Promise<void> {
  await toStdout(`${said(text, screenOf(process.stdout, false)).join('\n')}\n`);
}

/** @param causes why nothing of it can be asked, where that is so. */
async function sayEnd(
  end: End | null,
  signal: NodeJS.Signals | null,
  options: RunOptions,
  causes: string[],
): Promise<void> {
  if (end === null) {
    throw new Error(`the handler left before it could say what the run has come to; to go on: ${options.again}`);
  }
  const { view, text } = end;
  const { status, models } = view;
  if (!ENDED.includes(status)) {
    // One that has reached its bound would be paused once more.
    const [change, bound] = view.budget?.reached ? ['budget', ' USD'] : ['resume', ''];
    const paused =
      status === 'PAUSED'
        ? `${[...options.before, `${options.queue} ${change} ${shellWord(view.name)}${bound}`].join('; ')}, and then: `
        : '';
    const why = causes.length === 0 ? '' : `, and nothing more is asked of it: ${terminalText(causes.join('; '))}`;
    const done = models.reduce((all, { succeeded }) => all + succeeded, 0);
    await toStdout(
      `${terminalText(view.name)} is ${stateText(view)}, ${done} probes are answered${why}; to go on, and pay for nothing ` +
        `twice: ${paused}${options.again}\n`,
    );
    process.exitCode = signal === null ? PAUSED : (STOPPED[signal] ?? 1);
    return;
  }
  // A long name would fill the screen with itself.
  const name = view.name.length > LONGEST_NAME ? view.id.slice(0, 8) : shellWord(view.name);
  const lines = [
    ...options.before,
    `${options.queue} status ${name}`,
    `${options.queue} view   # every conversation, in a browser`,
    ...(status === 'COMPLETED' ? [`${options.queue} report ${name} > report.html   # figures, for a browser`] : []),
    `${options.queue} export ${name} > answers.jsonl   # every answer`,
    ...(models.some((model) => failuresIn(model) > 0)
      ? [`${options.queue} retry-failed ${name} && ${options.again}`]
      : []),
  ];
  await toStdout(`\n${text}\n\nto look at it:\n${lines.map((line) => `  ${line}\n`).join('')}`);
  const unanswered = models.reduce((all, { total, succeeded }) => all + total - succeeded, 0);
  process.exitCode = exitStatus([{ status, unanswered }]);
}

/** How this program is called from where the user is. */
export function commandName(): string {
  const script = fileURLToPath(new URL('queue-handler/queue', ROOT));
  const near = relative(process.cwd(), script);
  return shellWord(near.startsWith('..') ? script : near.includes('/') ? near : `./${near}`);
}

/** Whether nothing more is to be done for one run, looked up now and then. */
class RunWatch {
  /** Why nothing of it can be asked, where that is so. */
  causes: string[] = [];
  readonly #db: Db;
  readonly #id: string;
  #handler: Pick<Handler, 'stuck'> = { stuck: new Set() };
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(db: Db, id: string) {
    this.#db = db;
    this.#id = id;
  }

  follow(handler: Pick<Handler, 'stuck'>): void {
    this.#handler = handler;
  }

  /** A run that is paused is nothing to do, and neither is one of which nothing can be asked. @throws UsageError where it was deleted meanwhile. */
  async look(): Promise<boolean> {
    if (monotonic() - this.#lookedAt < LOOK_MILLISECONDS) {
      return false;
    }
    this.#lookedAt = monotonic();
    const row = await this.#db.selectFrom('runs').select('status').where('id', '=', this.#id).executeTakeFirst();
    if (row === undefined) {
      throw new UsageError('the run was deleted while it was held');
    }
    const status = row.status as RunStatus;
    if (status === 'PAUSED') {
      return true;
    }
    if (this.#handler.stuck.has(this.#id) && !ENDED.includes(status)) {
      // While the handler is here: its bound goes with it.
      this.causes = causesOf(await progressOf(this.#db, this.#id));
      return true;
    }
    return (
      ENDED.includes(status) && !(await isScoringDue(this.#db, this.#id)) && !(await isAnalysisDue(this.#db, this.#id))
    );
  }
}
