/** What came of one try: a document of the worker, or what the handler saw where there is none. */
import type { Partial, ProbeError } from '../database/schema.js';
import { redact } from '../redaction.js';
import { type ProbeResult, type ProbeSuccess, schemaProblem } from './documents.js';
import type { Exit } from './process.js';

/**
 * - `success`: a transcript that is of the published form.
 * - `failure`: the worker's own error, with its own verdict on `retryable`.
 * - `interrupted`: ended at the handler's own wish; it counts as no try.
 * - `crashed`: the process died without a document.
 * - `garbled`: it wrote something that is no document.
 */
export type Outcome =
  | { kind: 'success'; document: ProbeSuccess }
  | { kind: 'failure' | 'interrupted' | 'crashed' | 'garbled'; error: ProbeError; partial?: Partial };

const OUTPUT_KEPT = 2_000;

/** From the one document of a try. `interrupted` where the handler had asked the process to end. */
export function outcomeOf(document: unknown, terminating: boolean): Outcome {
  const problem = schemaProblem('probe.result', document);
  if (problem !== null) {
    return garbled(`its document is not of the published form: ${problem}`, JSON.stringify(document) ?? '');
  }
  const result = document as ProbeResult;
  if (result.success) {
    return { kind: 'success', document: result };
  }
  const error = result.error as ProbeError;
  const partial = result.partialTranscript as Partial | undefined;
  return {
    kind: terminating && error.code === 'CANCELLED' ? 'interrupted' : 'failure',
    error,
    ...(partial === undefined ? {} : { partial }),
  };
}

/** From an exit without a document. */
export function crashed(exit: Exit): Outcome {
  if (exit.spawnError !== undefined) {
    const message = `the worker cannot be started: ${exit.spawnError.message}; set PYTHON or run make test once`;
    return { kind: 'failure', error: { code: 'CONFIG_ERROR', message, retryable: false, details: null } };
  }
  const how = exit.signal ?? `status ${exit.code}`;
  return {
    kind: 'crashed',
    error: {
      code: 'UNKNOWN',
      message: `worker crashed (${how})`,
      retryable: true,
      details: null,
      ...(exit.stderr === '' ? {} : { output: redact(exit.stderr).slice(-OUTPUT_KEPT) }),
    },
  };
}

/** From an output that is no document. */
export function garbled(how: string, output: string): Outcome {
  return {
    kind: 'garbled',
    error: {
      code: 'UNKNOWN',
      message: `bad worker output: ${how}`,
      retryable: true,
      details: null,
      output: storable(redact(output).slice(0, OUTPUT_KEPT)),
    },
  };
}

/** PostgreSQL stores neither U+0000 nor half of a surrogate pair. */
function storable(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD').toWellFormed();
}
