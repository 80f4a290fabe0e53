/** The thread that the embedded database runs in: whatever it does, it holds up nobody else. */
import { setFlagsFromString } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import type { PGlite, Results } from '@electric-sql/pglite';

export interface Start {
  folder: string;
  /** Whether it is for a short command. */
  brief: boolean;
}

export interface Request {
  id: number;
  /** Of one statement with its parameters, or of a script without. */
  kind: 'query' | 'script' | 'close';
  sql: string;
  parameters: unknown[];
}

export interface Failure {
  name: string;
  message: string;
  /** SQLSTATE. An error without one is the database's own breakdown. */
  code?: string;
  detail?: string;
  constraint?: string;
}

export type Reply =
  | { id: number; rows: object[]; affected: number | undefined }
  | { id: number; failure: Failure }
  | { broken: Failure };

/** Of its own 128 MB nothing is gained, since the system keeps what was read of its files, and each command clears them first. */
const CACHE = '32MB';

/**
 * How much a function of the database runs before it is compiled anew, to be fast: the most that V8 takes, 160 times its own
 * measure. In a run all that counts is compiled within seconds.
 */
const TIERING_BUDGET = 2 ** 31 - 1;

/**
 * For a short command nothing is compiled anew: the two largest functions, which interpret, reach the budget in each, and to
 * compile them takes a third of the processor time of the whole command. To export 20,000 transcripts takes no longer.
 */
const COMPILED_ONCE = ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering'];

const port = parentPort;
if (port !== null) {
  // Before the flags: what Node keeps compiled of its own modules is of no use beside them.
  const { PGlite } = await import('@electric-sql/pglite');
  const { folder, brief }: Start = workerData;
  for (const flag of brief ? COMPILED_ONCE : [`--wasm-tiering-budget=${TIERING_BUDGET}`]) {
    setFlagsFromString(flag);
  }
  // Of the database's 13,000 functions a command runs a few; each is looked through when it is first run.
  setFlagsFromString('--wasm-lazy-validation');
  try {
    const database = await PGlite.create({
      dataDir: folder,
      startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${CACHE}`],
    });
    port.on('message', (request: Request) => void answer(database, request));
    port.postMessage({ id: 0, rows: [], affected: undefined } satisfies Reply);
  } catch (error) {
    port.postMessage({ broken: failureOf(error) } satisfies Reply);
  }
}

async function answer(database: PGlite, { id, kind, sql, parameters }: Request): Promise<void> {
  try {
    if (kind === 'close') {
      await database.close();
      port?.postMessage({ id, rows: [], affected: undefined } satisfies Reply);
      port?.close();
      return;
    }
    const results: Results<object>[] =
      kind === 'query'
        ? [await database.query<object>(sql, parameters)]
        : ((await database.exec(sql)) as Results<object>[]);
    const rows = results.flatMap((result) => result.rows ?? []);
    port?.postMessage({ id, rows, affected: results.at(-1)?.affectedRows } satisfies Reply);
  } catch (error) {
    port?.postMessage({ id, failure: failureOf(error) } satisfies Reply);
  }
}

function failureOf(error: unknown): Failure {
  // Emscripten throws things that are no errors, and errors without a word.
  const given = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
  const status = given.status === undefined ? undefined : `it ended with status ${given.status}`;
  const errno = given.errno === undefined ? undefined : `the file system says ${given.code ?? ''} ${given.errno}`;
  const message =
    text(given.message) ?? status ?? errno ?? (typeof error === 'object' ? JSON.stringify(error) : String(error));
  return {
    name: text(given.name) ?? 'Error',
    message: message ?? 'no reason given',
    ...optional('code', /^[0-9A-Z]{5}$/.test(String(given.code)) ? text(given.code) : undefined),
    ...optional('detail', text(given.detail)),
    ...optional('constraint', text(given.constraint)),
  };
}

function optional(name: string, value: string | undefined): object {
  return value === undefined ? {} : { [name]: value };
}
