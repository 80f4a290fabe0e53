/** The form of RUN.json: `run.schema.json`, and its errors in words. */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { fieldOf, type RunFile } from '../documents/documents.js';
import { readSchema } from '../documents/schemas.js';

let compiled: ValidateFunction | null = null;

/** What is not of the form, each fault with its field and its cure. */
export function formProblems(value: unknown): string[] {
  const validate = validator();
  return validate(value) ? [] : [...new Set((validate.errors ?? []).flatMap(sentence))];
}

/** The same of some of its fields alone, of which the first is required. */
export function partProblems(value: unknown, fields: [keyof RunFile, ...(keyof RunFile)[]]): string[] {
  const { properties, $defs } = readSchema('run') as { properties: Record<string, object>; $defs: object };
  const validate = checker().compile({
    type: 'object',
    additionalProperties: false,
    required: [fields[0]],
    properties: Object.fromEntries(fields.map((name) => [name, properties[name]])),
    $defs,
  });
  return validate(value) ? [] : [...new Set((validate.errors ?? []).flatMap(sentence))];
}

/** Made when it is first needed: most commands read no file, and it takes longer than they do. */
function validator(): ValidateFunction {
  compiled ??= checker().compile(readSchema('run'));
  return compiled;
}

function checker(): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true, verbose: true, discriminator: true });
  ajv.addSchema(readSchema('probe.job'), 'probe.job.schema.json');
  // Its parts alone: the whole has a keyword that this checker does not know.
  ajv.addSchema({ $defs: readSchema('score.job').$defs }, 'score.job.schema.json');
  return ajv;
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
