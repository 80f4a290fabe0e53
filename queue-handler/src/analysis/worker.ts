/** One process of analyze_basic.py, and what it says. */

import type { AnalysisResult } from '../documents/documents.js';
import { type Complete, type FailureError, schemaProblem } from '../documents/documents.js';
import { documentOf, type OneShotOptions, type Raw, runRaw } from '../workers/one-shot.js';

const TIMEOUT_MILLISECONDS = 300_000;

export type Result = { analysis: Complete } | { error: Partial<FailureError> };

/** @param job its text in pieces. */
export async function runAnalysis(
  job: AsyncIterable<string>,
  options: Omit<OneShotOptions, 'timeoutMilliseconds'>,
): Promise<Result> {
  return resultOf(await runRaw('analyze_basic.py', job, { ...options, timeoutMilliseconds: TIMEOUT_MILLISECONDS }));
}

function resultOf(raw: Raw): Result {
  const read = documentOf(raw);
  if ('failed' in read) {
    return { error: read.failed.kind === 'success' ? {} : read.failed.error };
  }
  const problem = schemaProblem('analyze_basic.result', read.document);
  if (problem !== null) {
    return bad(problem);
  }
  const result = read.document as AnalysisResult;
  if (!result.success) {
    return { error: result.error };
  }
  const { analysis } = result;
  return analysis.status === 'COMPLETE' ? { analysis } : bad('a placeholder, though it was given the transcripts');
}

function bad(problem: string): Result {
  return { error: { code: 'UNKNOWN', message: `bad worker output: ${problem}` } };
}
