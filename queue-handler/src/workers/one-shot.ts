/** One process, one job, one document. */
import { crashed, garbled, type Outcome, outcomeOf } from './outcome.js';
import { type Exit, WorkerProcess } from './process.js';
import { type OnTurn, readTurns, TURNS } from './turns.js';

export const DOCUMENT_LIMIT = 64 * 1024 * 1024;

export interface Raw {
  exit: Exit;
  stdout: string;
  overflown: boolean;
  terminating: boolean;
}

export interface OneShotOptions {
  args?: string[];
  ids?: Record<string, unknown>;
  timeoutMilliseconds: number;
  onTurn?: OnTurn;
  onStart?: (worker: WorkerProcess) => void;
}

/** Run a script with a job, given as text in pieces, on its stdin. */
export async function runRaw(
  script: string,
  job: Iterable<string> | AsyncIterable<string>,
  options: OneShotOptions,
): Promise<Raw> {
  const pieces: string[] = [];
  let length = 0;
  let overflown = false;
  const { onTurn } = options;
  const worker = new WorkerProcess({
    script,
    args: [...(options.args ?? []), ...(onTurn === undefined ? [] : TURNS)],
    ...(options.ids === undefined ? {} : { ids: options.ids }),
    onStdout: (stdout) => {
      stdout.setEncoding('utf8');
      stdout.on('error', () => {});
      stdout.on('data', (chunk: string) => {
        length += chunk.length;
        if (length > DOCUMENT_LIMIT) {
          overflown = true;
          pieces.length = 0;
          worker.kill();
        } else {
          pieces.push(chunk);
        }
      });
    },
    ...(onTurn === undefined
      ? {}
      : {
          onTurns: (turns) => readTurns(turns, onTurn),
        }),
  });
  options.onStart?.(worker);
  const timer = setTimeout(() => worker.terminate(), options.timeoutMilliseconds);
  await feed(worker, job);
  const exit = await worker.exited;
  clearTimeout(timer);
  return { exit, stdout: pieces.join(''), overflown, terminating: worker.terminating };
}

async function feed(worker: WorkerProcess, job: Iterable<string> | AsyncIterable<string>): Promise<void> {
  const { stdin } = worker;
  let gone = false;
  void worker.exited.then(() => {
    gone = true;
  });
  for await (const piece of job) {
    if (gone || stdin === null || !stdin.writable) {
      break;
    }
    if (!stdin.write(piece)) {
      await Promise.race([new Promise((resolve) => stdin.once('drain', resolve)), worker.exited]);
    }
  }
  worker.end();
}

/** The one document that a script wrote, or the outcome that stands for its absence. */
export function documentOf(raw: Raw): { document: unknown } | { failed: Outcome } {
  if (raw.overflown) {
    return { failed: garbled(`more than ${DOCUMENT_LIMIT} characters`, '') };
  }
  if (raw.exit.code !== 0) {
    return { failed: crashed(raw.exit) };
  }
  try {
    return { document: JSON.parse(raw.stdout) };
  } catch {
    return { failed: garbled(raw.stdout.trim() === '' ? 'nothing' : 'not one JSON document', raw.stdout) };
  }
}

/** One probe in a process of its own. */
export async function runOnce(job: object, options: OneShotOptions): Promise<Outcome> {
  const raw = await runRaw('probe.py', [JSON.stringify(job)], options);
  const read = documentOf(raw);
  return 'failed' in read ? read.failed : outcomeOf(read.document, raw.terminating);
}
