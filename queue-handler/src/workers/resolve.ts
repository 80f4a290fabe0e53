/** Who serves each model, by the rules of the probes themselves. */

import {
  type ModelAnswer,
  type ModelQuestion,
  type ResolveJob,
  type ResolveResult,
  schemaProblem,
} from '../documents/documents.js';
import { UsageError } from '../errors.js';
import { documentOf, runRaw } from './one-shot.js';

const TIMEOUT_MILLISECONDS = 30_000;

type Asked = Pick<ModelQuestion, 'modelId'> & { modelConfig?: ModelQuestion['modelConfig'] | null };

/** @throws UsageError where the worker cannot be run, or says what is wrong with the models. */
export async function resolveModels(models: Asked[]): Promise<ModelAnswer[]> {
  const job: ResolveJob = {
    models: models.map(({ modelId, modelConfig }) => ({ modelId, ...(modelConfig && { modelConfig }) })),
  };
  const raw = await runRaw('resolve_models.py', [JSON.stringify(job)], {
    timeoutMilliseconds: TIMEOUT_MILLISECONDS,
  });
  const read = documentOf(raw);
  if ('failed' in read) {
    const error = read.failed.kind === 'success' ? null : read.failed.error;
    throw new UsageError(['resolve_models.py', error?.message, error?.output].filter(Boolean).join(': '));
  }
  const problem = schemaProblem('resolve_models.result', read.document);
  const result = read.document as ResolveResult;
  if (problem !== null || !result.success) {
    throw new UsageError(`models: ${problem ?? (result.success ? '' : result.error.message)}`);
  }
  return result.models;
}
