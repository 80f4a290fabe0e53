/** What came of one try: a document of the worker, or what the handler saw where there is none. */

import { type ProbeResult, type ProbeSuccess, type RateReport, schemaProblem } from '../documents/documents.js';
import { isTooDeep, storableText, storableValue } from '../documents/storable.js';
import type { AttemptError, PartialTranscript } from '../model.js';
import { redact } from '../redaction.js';
import type { Exit } from './process.js';

/**
 * - `success`: a transcript that is of the published form.
 * - `failure`: the worker's own error, with its own verdict on `retryable`.
 * - `interrupted`: ended at the handler's own wish, or for another job's sake; it counts as no try.
 * - `crashed`: the process died without a document, or did not answer in time.
 * - `malformed`: it wrote something that is no document.
 * - `unstarted`: this machine cannot run a worker, which says nothing of the job.
 */
export type Outcome =
  | { kind: 'success'; document: ProbeSuccess }
  | {
      kind: 'failure' | 'interrupted' | 'crashed' | 'malformed' | 'unstarted';
      error: AttemptError;
      partial?: PartialTranscript;
      /** What was paid for beside the turns, as the worker says it; absent where nobody says: a call may have been made. */
      beside?: Beside;
      rates?: RateReport;
    };

/** Calls that were paid for, or may have been, and brought nothing. */
export type Beside = Pick<AttemptError, 'billing' | 'discarded' | 'costSnapshot'>;

export type Unsuccessful = Exclude<Outcome, { kind: 'success' }>;

const OUTPUT_STORED = 2_000;
const OUTPUT_READ = 100_000;
// What the machine lacks just now, and may have in a moment.
const PASSING_SPAWN_ERRORS = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM']);
// Why a worker ended a job at the handler's word, or because none came; it says nothing of the job.
const WORDLESS = new Set(['ticket_lost', 'no_word']);
const REPLACED = 'U+0000 or half of a surrogate pair was replaced by U+FFFD';

/**
 * From the one document of a try.
 *
 * @param endedAs where the handler had asked the process to end: what a job comes to whose document says that it was
 *   cancelled. A job that came to its own end in the same moment keeps it.
 */
export function outcomeOf(document: unknown, endedAs: Unsuccessful | null): Outcome {
  if (isTooDeep(document)) {
    return malformed('its document is nested too deeply', '');
  }
  const problem = schemaProblem('probe.result', document);
  if (problem !== null) {
    return malformed(`its document is not of the published form: ${problem}`, JSON.stringify(document) ?? '');
  }
  const result = storableValue(document as ProbeResult);
  if (result.success) {
    const warnings = result === document ? result.warnings : [...result.warnings, REPLACED];
    return { kind: 'success', document: { ...result, warnings } };
  }
  const { error, partialTranscript: partial, rates } = result;
  const wordless = WORDLESS.has(error.reason ?? '') ? interrupted() : null;
  const ended = error.code === 'CANCELLED' ? (endedAs ?? wordless) : null;
  const outcome: Unsuccessful = ended ?? { kind: 'failure', error };
  const { billing, discarded, costSnapshot } = error;
  const beside = {
    ...(billing && { billing }),
    ...(discarded && { discarded }),
    ...(costSnapshot && { costSnapshot }),
  };
  return {
    ...outcome,
    beside,
    ...(partial === undefined ? {} : { partial }),
    ...(rates === undefined ? {} : { rates }),
  };
}

/** Ended before its own end, through no fault of its own. */
export function interrupted(): Unsuccessful {
  const message = 'the handler ended the conversation; it is resumed later';
  return { kind: 'interrupted', error: { code: 'CANCELLED', message, retryable: true, details: null } };
}

/** Ended before anything was asked. */
export function unasked(): Unsuccessful {
  return { ...interrupted(), beside: {} };
}

/** No answer in the time in which there must be one. */
export function stuck(milliseconds: number, stderr = ''): Unsuccessful {
  return crash(`worker stuck: no answer within ${milliseconds / 1000} s`, stderr);
}

/** From an exit without a document. */
export function crashed(exit: Exit): Unsuccessful {
  if (exit.spawnError !== undefined) {
    return notStarted(exit.spawnError);
  }
  return crash(`worker crashed (${exit.signal ?? `status ${exit.code}`})`, exit.stderr);
}

/** From an output that is no document. */
export function malformed(how: string, output: string): Unsuccessful {
  return {
    kind: 'malformed',
    error: {
      code: 'UNKNOWN',
      message: storableText(`bad worker output: ${how}`),
      retryable: true,
      details: null,
      // Redacted before it is cut where it will be: half of a secret would not be known for one.
      output: storableText(redact(output.slice(0, OUTPUT_READ)).slice(0, OUTPUT_STORED)),
    },
  };
}

function crash(message: string, stderr: string): Unsuccessful {
  return {
    kind: 'crashed',
    error: {
      code: 'UNKNOWN',
      message,
      retryable: true,
      details: null,
      ...(stderr === '' ? {} : { output: storableText(redact(stderr).slice(-OUTPUT_STORED)) }),
    },
  };
}

function notStarted(cause: NodeJS.ErrnoException): Unsuccessful {
  const passing = PASSING_SPAWN_ERRORS.has(cause.code ?? '');
  const cure = passing
    ? 'lower QUEUE_CONCURRENCY, or allow more processes and open files'
    : 'set PYTHON to an interpreter, or run make queue once';
  return {
    kind: passing ? 'failure' : 'unstarted',
    beside: {},
    error: {
      code: passing ? 'UNKNOWN' : 'CONFIG_ERROR',
      message: `the worker cannot be started: ${cause.message}; ${cure}`,
      retryable: passing,
      details: null,
    },
  };
}
