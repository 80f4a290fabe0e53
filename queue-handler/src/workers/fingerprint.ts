/** Which conversations are the same to their provider, by everything that a probe does before its first call. */
import {
  type ConversationPrint,
  type FingerprintResult,
  type ProbeJob,
  schemaProblem,
} from '../documents/documents.js';
import { documentOf, runRaw } from './one-shot.js';

const TIMEOUT_MILLISECONDS = 60_000;
// A worker takes jobs of 8 MiB.
const MOST_BYTES = 6 * 1024 * 1024;

/** @throws Error where the worker cannot be run, or says what is wrong. */
export async function fingerprints(jobs: readonly ProbeJob[]): Promise<ConversationPrint[]> {
  const found: ConversationPrint[] = [];
  for (const part of inParts(jobs.map((job) => JSON.stringify(job)))) {
    const raw = await runRaw('fingerprint.py', [`{"jobs":[${part.join(',')}]}`], {
      timeoutMilliseconds: TIMEOUT_MILLISECONDS,
    });
    const read = documentOf(raw);
    if ('failed' in read) {
      const error = read.failed.kind === 'success' ? null : read.failed.error;
      throw new Error(['fingerprint.py', error?.message, error?.output].filter(Boolean).join(': '));
    }
    const problem = schemaProblem('fingerprint.result', read.document);
    const result = read.document as FingerprintResult;
    if (problem !== null || !result.success) {
      throw new Error(`fingerprint.py: ${problem ?? (result.success ? '' : result.error.message)}`);
    }
    found.push(...result.conversations);
  }
  return found;
}

function* inParts(texts: readonly string[]): Generator<string[]> {
  let part: string[] = [];
  let bytes = 0;
  for (const text of texts) {
    const size = Buffer.byteLength(text) + 1;
    if (part.length > 0 && bytes + size > MOST_BYTES) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(text);
    bytes += size;
  }
  yield part;
}
