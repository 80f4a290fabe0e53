/** The documents of the workers: their types, and the checks against the published schemas. */
import type { ValidateFunction } from 'ajv/dist/2020.js';
import type { Documents } from './documents.generated.js';
import * as validators from './validators.js';

export type * from './documents.generated.js';

/** What a worker prints. */
export type ResultName = Extract<keyof Documents, `${string}.result`>;

const RESULTS: Record<ResultName, ValidateFunction> = {
  'analyze_basic.result': validators.analyze_basic_result,
  'fingerprint.result': validators.fingerprint_result,
  'health_check.result': validators.health_check_result,
  'probe.result': validators.probe_result,
  'resolve_models.result': validators.resolve_models_result,
  'score.result': validators.score_result,
};

/** What is wrong with a document by its published schema, or null. */
export function schemaProblem(name: ResultName, document: unknown): string | null {
  return problemOf(RESULTS[name], document);
}

/** What is wrong with one turn of a transcript, or null. */
export function turnProblem(turn: unknown): string | null {
  return problemOf(validators.turn, turn);
}

function problemOf(validate: ValidateFunction, document: unknown): string | null {
  return validate(document) ? null : describeErrors(validate.errors ?? []);
}

/** The first error that is not only the consequence of another, with its path. */
export function describeErrors(errors: NonNullable<ValidateFunction['errors']>): string {
  const deepest = [...errors].sort((a, b) => b.instancePath.length - a.instancePath.length)[0];
  if (deepest === undefined) {
    return 'is not of the published form';
  }
  return `${fieldOf(deepest.instancePath)} ${deepest.message ?? 'is wrong'}`.trim();
}

/** `/models/0/modelId` as people write it: `models[0].modelId`. */
export function fieldOf(path: string): string {
  return path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part, index) => (/^\d+$/.test(part) ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join('');
}
