/** One process, one job, one document. */

import { type ProbeFailure, schemaProblem } from '../documents/documents.js';
import { drained } from '../drained.js';
import type { IdentifiedJob, PartialTranscript } from '../model.js';
import { crashed, interrupted, malformed, type Outcome, outcomeOf, stuck, type Unsuccessful } from './outcome.js';
import { type Exit, type Patience, WorkerProcess } from './process.js';
import { type OnAsk, type OnTurn, readTurns, turnOptions } from './turns.js';

export const DOCUMENT_LIMIT = 64 * 1024 * 1024;

export interface Raw {
  exit: Exit;
  stdout: string;
  overflown: boolean;
  /** What it comes to where the handler ended it, for its own reasons or because it took too long; null where not. */
  endedAs: Unsuccessful | null;
}

export interface OneShotOptions {
  args?: string[];
  ids?: Record<string, unknown>;
  quiet?: boolean;
  timeoutMilliseconds: number;
  onTurn?: OnTurn;
  onAsk?: OnAsk;
  /** How long the handler's word on a job holds. */
  leaseSeconds?: number;
  onStart?: (worker: WorkerProcess) => void;
  patience?: Patience;
  documentLimit?: number;
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
  const { onTurn, onAsk, leaseSeconds, ids, quiet, patience, timeoutMilliseconds } = options;
  const { documentLimit = DOCUMENT_LIMIT } = options;
  const worker = new WorkerProcess({
    script,
    args: [...(options.args ?? []), ...(onTurn === undefined ? [] : turnOptions(leaseSeconds))],
    onStdout: (stdout) => {
      stdout.setEncoding('utf8');
      stdout.on('error', () => {});
      stdout.on('data', (chunk: string) => {
        length += chunk.length;
        if (length <= documentLimit) {
          pieces.push(chunk);
        } else if (!overflown) {
          overflown = true;
          worker.kill();
        }
      });
    },
    ...(ids && { ids }),
    ...(quiet && { quiet }),
    ...(patience && { patience }),
    ...(onTurn && { onTurns: (turns) => readTurns(turns, onTurn, onAsk) }),
  });
  options.onStart?.(worker);
  let late = false;
  const timer = setTimeout(() => {
    // One that the handler has asked to end already is not late: it was interrupted.
    late = !worker.terminating;
    worker.terminate();
  }, timeoutMilliseconds);
  try {
    await feed(worker, job);
  } catch (error) {
    worker.kill();
    throw error;
  } finally {
    await worker.exited;
    clearTimeout(timer);
  }
  const exit = await worker.exited;
  const ended = worker.terminating && !overflown;
  const endedAs = late ? stuck(timeoutMilliseconds, exit.stderr) : interrupted();
  return { exit, stdout: pieces.join(''), overflown, endedAs: ended ? endedAs : null };
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
      await drained(stdin);
    }
  }
  worker.end();
}

/** The one document that a script wrote, or the outcome that stands for its absence. */
export function documentOf(raw: Raw): { document: unknown } | { failed: Outcome } {
  const { exit, stdout, endedAs } = raw;
  if (raw.overflown) {
    return { failed: malformed(`more than ${stdout.length} characters`, stdout) };
  }
  if (exit.code !== 0) {
    const spoke = exit.signal === null && stdout.trim() !== '';
    const failed = spoke ? malformed(`status ${exit.code} beside an output`, stdout) : crashed(exit);
    return { failed: endedAs ?? failed };
  }
  let document: unknown;
  try {
    document = JSON.parse(stdout);
  } catch {
    const what = stdout.trim() === '' ? 'nothing' : 'not one JSON document';
    return { failed: endedAs ?? malformed(what, stdout) };
  }
  return endedAs !== null && isCancelled(document) ? { failed: { ...endedAs, ...paidFor(document) } } : { document };
}

/** One probe in a process of its own. */
export async function runOnce(job: IdentifiedJob, options: OneShotOptions): Promise<Outcome> {
  const raw = await runRaw('probe.py', [JSON.stringify(job)], options);
  const read = documentOf(raw);
  if ('failed' in read) {
    return read.failed;
  }
  const { jobId } = (read.document ?? {}) as { jobId?: unknown };
  // A job that the worker cannot even read has no ID; every other document names its own.
  if (jobId !== undefined && jobId !== job.jobId) {
    return malformed('its document is that of another job', raw.stdout);
  }
  return outcomeOf(read.document, raw.endedAs);
}

function isCancelled(document: unknown): document is ProbeFailure {
  return (document as ProbeFailure | null)?.error?.code === 'CANCELLED';
}

function paidFor(document: ProbeFailure): { partial?: PartialTranscript } {
  const { partialTranscript } = document;
  const sound = partialTranscript !== undefined && schemaProblem('probe.result', document) === null;
  return sound ? { partial: partialTranscript } : {};
}
