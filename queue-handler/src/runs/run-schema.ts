/** The form of RUN.json: `run.schema.json`, and its errors in words. */
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { compiled } from '../documents/compiled.js';
import { fieldOf } from '../documents/documents.js';
import type * as Validators from '../documents/run-validators.cjs';
import type { RUN_PARTS } from '../documents/schemas.js';

const checks = compiled<typeof Validators>('run-validators.cjs');

/** What is not of the form, each fault with its field and its cure. */
export function formProblems(value: unknown): string[] {
  return problems(checks().run, value);
}

/** The same of a file that holds a part of it. */
export function partProblems(value: unknown, part: keyof typeof RUN_PARTS): string[] {
  return problems(checks()[part], value);
}

function problems(validate: ValidateFunction, value: unknown): string[] {
  return validate(value) ? [] : [...new Set((validate.errors ?? []).flatMap(sentence))];
}

const MODEL = /^\/models\/\d+$/;
// One, or a list of them.
const JUDGE = /^\/judge$/;

function sentence(error: ErrorObject): string[] {
  const field = fieldOf(error.instancePath) || 'the file';
  switch (error.keyword) {
    case 'anyOf':
      // Where text or an object was written, what is wrong with that is said.
      return !MODEL.test(error.instancePath) || ['string', 'object'].includes(typeof error.data)
        ? []
        : [`${field}: must be a model ID or an object with modelId`];
    case 'required':
      return [`${field === 'the file' ? '' : `${field}.`}${error.params.missingProperty}: is required; add it`];
    case 'additionalProperties': {
      const known = Object.keys((error.parentSchema as { properties?: object })?.properties ?? {}).join(', ');
      return [
        `${field === 'the file' ? '' : `${field}.`}${error.params.additionalProperty}: is not known (known: ${known})`,
      ];
    }
    case 'pattern':
      return [`${field}: must not be blank`];
    case 'type':
      // Of the two forms of a model only the one that was meant is worth a word.
      return MODEL.test(error.instancePath) || JUDGE.test(error.instancePath) || error.params.type === 'null'
        ? []
        : [`${field}: must be of type ${String(error.params.type).replaceAll(',', ' or ')}`];
    case 'enum':
      return [`${field}: must be one of ${error.params.allowedValues.join(', ')}`];
    case 'discriminator':
      return typeof error.params.tagValue === 'string'
        ? [`${field}.${error.params.tag}: must be one of labels, numbers, options`]
        : [];
    case 'minItems':
      return [
        `${field}: must ${error.params.limit > 1 ? `have at least ${error.params.limit} items` : 'not be empty'}`,
      ];
    case 'maxLength':
      return [`${field}: must have at most ${error.params.limit} characters; shorten it`];
    default:
      return [`${field}: ${error.message}`];
  }
}
