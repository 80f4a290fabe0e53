/** The documents of the workers: their types, and the checks against the published schemas. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Documents } from './documents.generated.js';
import { readSchema, type Schema } from './schemas.js';

export type * from './documents.generated.js';

const ajv = new Ajv2020({ strict: false, allErrors: false });
const compiled = new Map<string, ValidateFunction>();

/** What is wrong with a document by its published schema, or null. */
export function schemaProblem(name: keyof Documents, document: unknown): string | null {
  return problemOf(name, () => readSchema(name), document);
}

/** What is wrong with one turn of a transcript, or null. */
export function turnProblem(turn: unknown): string | null {
  return problemOf('turn', () => ({ $defs: readSchema('probe.result').$defs, $ref: '#/$defs/Turn' }), turn);
}

function problemOf(name: string, schema: () => Schema, document: unknown): string | null {
  let validate = compiled.get(name);
  if (validate === undefined) {
    validate = ajv.compile(schema());
    compiled.set(name, validate);
  }
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
