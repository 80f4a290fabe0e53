/** The documents of the workers: their types, and the checks against the published schemas. */
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { compiled } from './compiled.js';
import type { Documents } from './documents.generated.js';
import type * as Validators from './validators.cjs';

export type * from './documents.generated.js';

/** What a worker prints. */
export type ResultName = Extract<keyof Documents, `${string}.result`>;

const checks = compiled<typeof Validators>('validators.cjs');

/** What is wrong with a document by its published schema, or null. */
export function schemaProblem(name: ResultName, document: unknown): string | null {
  return problemOf(checks()[name], document);
}

/** What is wrong with one turn of a transcript, or null. */
export function turnProblem(turn: unknown): string | null {
  return problemOf(checks().turn, turn);
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
