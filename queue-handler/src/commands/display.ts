/** The progress of a handler on its own terminal, in place of its log. */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '../clock.js';
import type { Database, Db } from '../database/connect.js';
import { divertLog } from '../log.js';
import { type LogStream, terminalStream } from '../log-stream.js';
import { said } from '../view/progress-text.js';
import { type RunView, runText } from '../view/run-text.js';
import { runsText } from '../view/runs-text.js';
import { type Screen, screenOf } from '../view/screen.js';
import { Notes } from './notes.js';
import { overviewOf } from './overview.js';
import { Picture } from './picture.js';
import { sayLogLine } from './place.js';

const PAUSE_MILLISECONDS = 1_000;
// Of the time in which the database can be asked, a picture takes a tenth at most.
const LOOK_SHARE = 9;
const MOST_NOTES = 3;
const MOST_RUNS = 12;

type TerminalStream = NodeJS.WriteStream & { fd: number };

/** The terminal on which a handler shows its progress; null where there is none, or log lines are wanted. */
export function terminalOf(wantsLog: boolean): TerminalStream | null {
  if (wantsLog) {
    return null;
  }
  return [process.stdout, process.stderr].find(({ isTTY }) => isTTY) ?? null;
}

export class Display {
  readonly #database: Database;
  readonly #terminal: TerminalStream;
  readonly #stream: LogStream;
  readonly #picture: Picture;
  readonly #notes = new Notes();
  /** Runs that were shown, in their order: one that has ended stays. */
  readonly #seen = new Set<string>();
  readonly #over = new AbortController();
  #drawing: Promise<void> = Promise.resolve();
  #keeps = true;
  #state = 'Ctrl-C stops: what is under way is finished, the rest waits for the next "work"';

  /** @param runs those that are shown; more are as they are seen. */
  constructor(database: Database, terminal: TerminalStream, runs: string[] = []) {
    this.#database = database;
    this.#terminal = terminal;
    this.#stream = terminalStream(terminal.fd);
    this.#picture = new Picture(terminal);
    this.#seen = new Set(runs);
    if (process.stderr.isTTY) {
      // A log that goes into a file or a pipe goes there as ever.
      divertLog((line) => this.#notes.take(line));
    }
  }

  begin(): void {
    if (this.#over.signal.aborted) {
      return;
    }
    this.#drawing = this.#draw();
  }

  /** What the last line says. */
  say(state: string): void {
    this.#state = state;
  }

  /**
   * Give the terminal back.
   *
   * @param keeps whether what is known at the end is drawn; where not, nothing is left of the picture.
   */
  async end(keeps: boolean): Promise<void> {
    this.#keeps = keeps;
    this.#over.abort();
    await this.#drawing;
    divertLog(process.stderr.isTTY ? sayLogLine : null);
  }

  async #draw(): Promise<void> {
    for (;;) {
      const isLast = this.#over.signal.aborted;
      if (isLast && !this.#keeps) {
        this.#stream.write(this.#picture.erased());
        return;
      }
      const began = monotonic();
      // A terminal that stands still (Ctrl-S) gets the next picture, not all that it has missed.
      if (isLast || !this.#stream.isWaiting) {
        try {
          this.#stream.write(this.#picture.drawn(await this.#text(isLast)));
        } catch {
          // An outage: the log says it, and the handler waits. The last picture stands.
          this.#stream.write(this.#picture.drawn(this.#noteLines(screenOf(this.#terminal, true)).join('\n')));
        }
      }
      if (isLast) {
        return;
      }
      const pause = Math.max(PAUSE_MILLISECONDS, LOOK_SHARE * (monotonic() - began));
      await sleep(pause, undefined, { signal: this.#over.signal }).catch(() => {});
    }
  }

  async #text(isLast: boolean): Promise<string> {
    const { db } = this.#database;
    for (const id of await openRuns(db)) {
      this.#seen.add(id);
    }
    const views = await viewsOf(db, [...this.#seen].slice(-MOST_RUNS));
    // What a run has come to is said when it has ended, and has not to fit.
    const screen = screenOf(this.#terminal, !isLast);
    const notes = this.#noteLines(screen);
    const state = isLast ? [] : said(this.#state, screen, 'dim');
    const place = said(`in ${this.#database.shown}`, screen, 'dim');
    const free = screen.rows === null ? null : screen.rows - notes.length - state.length - place.length;
    return [...place, shown(views, { ...screen, rows: free }), ...notes, ...state].join('\n');
  }

  #noteLines(screen: Screen): string[] {
    return this.#notes.latest(MOST_NOTES).flatMap(({ level, text, times }) => {
      const count = times > 1 ? ` (${times} times)` : '';
      return said(
        `${level === 'error' ? 'error' : 'warning'}: ${text}${count}`,
        screen,
        level === 'error' ? 'red' : 'yellow',
      );
    });
  }
}

function shown(views: RunView[], screen: Screen): string {
  const [only] = views;
  if (only === undefined) {
    return 'no run is open; queue start RUN.json stores one';
  }
  return views.length === 1 ? runText(only, screen) : runsText(views, screen);
}

async function openRuns(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('runs')
    .select('id')
    .where('status', 'in', ['PENDING', 'RUNNING', 'PAUSED'])
    .orderBy('created_at')
    .execute();
  return rows.map(({ id }) => id);
}

/** Those that are still there: a run may be deleted meanwhile. */
async function viewsOf(db: Db, ids: string[]): Promise<RunView[]> {
  if (ids.length === 0) {
    return [];
  }
  const rows = await db.selectFrom('runs').select('id').where('id', 'in', ids).execute();
  const there = new Set(rows.map(({ id }) => id));
  const views: RunView[] = [];
  for (const id of ids.filter((one) => there.has(one))) {
    views.push(await overviewOf(db, id));
  }
  return views;
}
