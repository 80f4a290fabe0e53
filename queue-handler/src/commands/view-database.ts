/**
 * The database of a viewer, which is open for hours beside whatever else is done. A server takes both. An embedded database
 * takes one process: where a handler has it, that one is asked, and where nobody has it, the viewer opens it, does what
 * other commands ask of who has it, and makes room for a handler that wants to work.
 */
import { isDeepStrictEqual } from 'node:util';
import { monotonic } from '../clock.js';
import { type Database, openDatabase } from '../database/connect.js';
import { FolderInUseError } from '../database/folder-lock.js';
import { messageOf, UsageError } from '../errors.js';
import { getLogger } from '../log.js';
import type { Settings } from '../settings.js';
import type { Problem, Question, ScaleAnswer } from '../viewer/api.js';
import type { Override } from '../viewer/override.js';
import type { Reply, Source } from '../viewer/source.js';
import { type ActionArguments, type ActionName, act } from './actions.js';
import { askOwner, type ControlServer, serveCommands } from './control.js';
import { FolderWait } from './perform.js';

// A handler that was made room for opens the database within it; the viewer asks nothing of the database before.
const ROOM_MILLISECONDS = 5_000;

const logger = getLogger('view');

interface Own {
  database: Database;
  control: ControlServer | null;
}

export class ViewDatabase implements Source {
  readonly #settings: Settings;
  #own: Promise<Own> | null = null;
  #leaving: Promise<void> = Promise.resolve();
  #leftAt = Number.NEGATIVE_INFINITY;
  readonly #asking = new Set<Promise<unknown>>();
  #closed = false;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async ask(question: Question, words: string): Promise<Reply> {
    const said = await this.act('view', { question, words });
    const at = said.indexOf(' ');
    return { status: Number(said.slice(0, at)), body: said.slice(at + 1) };
  }

  async override({ run, said, scale }: Override): Promise<Reply> {
    try {
      const { status, body } = await this.ask('scale', `run=${run}`);
      if (status !== 200) {
        return { status, body };
      }
      if (!isDeepStrictEqual((JSON.parse(body) as ScaleAnswer).saidOn, scale)) {
        throw new UsageError('the run is scored on another scale by now; load the page again, and say it on that one');
      }
      const done = await this.act('score', { run, scale: null, judge: null, overrides: [said] });
      return { status: 200, body: JSON.stringify({ said: done.trim() }) };
    } catch (error) {
      if (!(error instanceof UsageError)) {
        throw error;
      }
      return { status: 400, body: JSON.stringify({ error: messageOf(error) } satisfies Problem) };
    }
  }

  /** Have something done, here or by the process that has the database. @returns what it writes. */
  async act<N extends ActionName>(name: N, given: ActionArguments<N>): Promise<string> {
    const pieces: string[] = [];
    const write = async (text: string): Promise<void> => void pieces.push(text);
    const wait = new FolderWait();
    for (;;) {
      if (await this.#acted(name, given, write, wait)) {
        return pieces.join('');
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#leave();
  }

  /** False where it is to be tried once more. */
  async #acted<N extends ActionName>(
    name: N,
    given: ActionArguments<N>,
    write: (text: string) => Promise<void>,
    wait: FolderWait,
  ): Promise<boolean> {
    await this.#leaving;
    const { databaseUrl, dataFolder } = this.#settings;
    if (databaseUrl === null && this.#own === null) {
      if (await askOwner(dataFolder, name, given, write, async () => {})) {
        return true;
      }
      if (monotonic() - this.#leftAt < ROOM_MILLISECONDS) {
        await new Promise((done) => setTimeout(done, 100));
        return false;
      }
    }
    if (this.#closed) {
      throw new Error('the viewer is being closed');
    }
    try {
      this.#own ??= this.#open();
      const acting = this.#own.then(({ database }) => act(name, { database, settings: this.#settings, write }, given));
      this.#asking.add(acting);
      await acting.finally(() => this.#asking.delete(acting));
      return true;
    } catch (error) {
      if (!(error instanceof FolderInUseError)) {
        throw error;
      }
      await wait.for(error);
      return false;
    }
  }

  async #open(): Promise<Own> {
    try {
      const database = await openDatabase(this.#settings, false);
      try {
        const leave = (): void => {
          logger.info('a handler wants to work on the database; it is asked from now on');
          this.#leftAt = monotonic();
          void this.#leave();
        };
        return { database, control: database.shared ? null : await serveCommands(database, this.#settings, leave) };
      } catch (error) {
        await database.close();
        throw error;
      }
    } catch (error) {
      this.#own = null;
      throw error;
    }
  }

  /** Close what is open here, when what is under way has its answer. */
  async #leave(): Promise<void> {
    const own = this.#own;
    this.#own = null;
    if (own !== null) {
      this.#leaving = this.#release(own);
    }
    await this.#leaving;
  }

  async #release(own: Promise<Own>): Promise<void> {
    await Promise.allSettled([...this.#asking]);
    try {
      const { database, control } = await own;
      await control?.close();
      await database.close();
    } catch (error) {
      logger.warn({ err: error }, 'the database was not closed in order');
    }
  }
}
