/** RUN.json: read, checked against `run.schema.json`, and checked for what a schema cannot say. */
import { readFile, stat } from 'node:fs/promises';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { type Definition, fieldOf, type RunFile, type RunFileModel } from '../documents/documents.js';
import { readSchema, runDefault } from '../documents/schemas.js';
import { isTooDeep, storableText } from '../documents/storable.js';
import { messageOf, UsageError } from '../errors.js';
import type { StoredScenario } from '../model.js';
import { steeringIn, terminalText } from '../terminal-text.js';
import { refuseSecrets } from './run-secrets.js';
import { parseStrictly } from './strict-json.js';

export const MAX_PROBES = 1_000_000;
/** The whole of it is stored as one value, of which PostgreSQL takes 256 MB, and passes through memory several times. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;
// The workers take jobs of 8 MiB; a quarter of that is left for the answers of a conversation that goes on after a failure.
const MAX_SCENARIO_BYTES = 6 * 1024 * 1024;
const SPLIT = 'make several runs of it';

let compiled: ValidateFunction | null = null;

/** @throws UsageError naming the file, the field and the cure. */
export async function readRunFile(path: string): Promise<RunFile> {
  let bytes: Uint8Array;
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) {
      throw new UsageError(
        `holds ${megabytes(size)} MB, and a run's file may hold ${megabytes(MAX_FILE_BYTES)}; ${SPLIT}`,
      );
    }
    bytes = await readFile(path);
  } catch (error) {
    const why = error instanceof UsageError ? '' : 'cannot be read: ';
    throw new UsageError(`${path}: ${why}${messageOf(error)}`);
  }
  return checkRunFile(parseStrictly(bytes, path), path);
}

/** @throws UsageError naming the field and the cure. */
export function checkRunFile(value: unknown, where = 'RUN.json'): RunFile {
  if (isTooDeep(value)) {
    throw new UsageError(`${where}: is nested deeper than any run; make it flatter`);
  }
  const unstorable = findUnstorable(value, '');
  if (unstorable !== null) {
    throw new UsageError(`${where}: ${storableText(unstorable)}: holds U+0000 or half of a surrogate pair; remove it`);
  }
  const validate = validator();
  if (!validate(value)) {
    throw new UsageError(`${where}: ${[...new Set((validate.errors ?? []).flatMap(sentence))].slice(0, 5).join('; ')}`);
  }
  const run = value as RunFile;
  refuseSteering(run, where);
  refuseLarge(run, where);
  refuseTwins(
    run.definition.scenarios.map((scenario) => scenario.id),
    where,
    'definition.scenarios',
    'id',
  );
  refuseTwins(
    modelsOf(run).map((model) => model.modelId),
    where,
    'models',
    'modelId',
  );
  refuseSecrets(run, where);
  const probes = probeCount(run);
  if (probes > MAX_PROBES) {
    throw new UsageError(
      `${where}: makes ${probes} probes; at most ${MAX_PROBES} fit into one run; make several of it`,
    );
  }
  return run;
}

/** The models in their long form. */
export function modelsOf(run: RunFile): RunFileModel[] {
  return run.models.map((model) => (typeof model === 'string' ? { modelId: model } : model));
}

export function probeCount(run: RunFile): number {
  return run.models.length * run.definition.scenarios.length * (run.samples ?? runDefault('samples'));
}

/** The scenario as it is asked: with the definition's own preamble and follow-ups where it has none. */
export function askedScenario(definition: Definition, scenario: StoredScenario): StoredScenario {
  const preamble = scenario.preamble ?? definition.preamble;
  const followups = scenario.followups ?? definition.followups;
  return {
    ...scenario,
    ...(preamble === undefined ? {} : { preamble }),
    ...(followups === undefined ? {} : { followups }),
  };
}

/** Made when it is first needed: most commands read no file, and it takes longer than they do. */
function validator(): ValidateFunction {
  if (compiled === null) {
    const ajv = new Ajv2020({ strict: false, allErrors: true, verbose: true });
    ajv.addSchema(readSchema('probe.job'), 'probe.job.schema.json');
    compiled = ajv.compile(readSchema('run'));
  }
  return compiled;
}

const MODEL = /^\/models\/\d+$/;

function sentence(error: ErrorObject): string[] {
  const field = fieldOf(error.instancePath) || 'the file';
  switch (error.keyword) {
    case 'anyOf':
      // Whoever wrote text or an object is told what is wrong with that.
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
      return MODEL.test(error.instancePath) || error.params.type === 'null'
        ? []
        : [`${field}: must be of type ${String(error.params.type).replaceAll(',', ' or ')}`];
    case 'enum':
      return [`${field}: must be one of ${error.params.allowedValues.join(', ')}`];
    case 'minItems':
      return [`${field}: must not be empty`];
    case 'maxLength':
      return [`${field}: must have at most ${error.params.limit} characters; shorten it`];
    default:
      return [`${field}: ${error.message}`];
  }
}

function refuseTwins(keys: string[], where: string, list: string, name: string): void {
  const seen = new Map<string, number>();
  for (const [index, key] of keys.entries()) {
    const first = seen.get(key);
    if (first !== undefined) {
      throw new UsageError(`${where}: ${list}[${index}].${name}: is the same as that of ${list}[${first}]; rename one`);
    }
    seen.set(key, index);
  }
}

/** Names and IDs are shown on terminals and written into reports; questions may hold any character. */
function refuseSteering(run: RunFile, where: string): void {
  for (const [path, text] of names(run)) {
    const found = steeringIn(text);
    if (found !== null) {
      throw new UsageError(
        `${where}: ${terminalText(path)}: holds the control character ${found}, which a name may not; remove it`,
      );
    }
  }
}

function* names({ name, definition, models }: RunFile): Generator<[path: string, text: string]> {
  yield ['name', name];
  yield ['definition.name', definition.name ?? ''];
  yield ['definition.version', definition.version ?? ''];
  yield* labels(definition.followups, 'definition');
  for (const [index, scenario] of definition.scenarios.entries()) {
    const path = `definition.scenarios[${index}]`;
    yield [`${path}.id`, scenario.id];
    yield [`${path}.name`, scenario.name ?? ''];
    yield* labels(scenario.followups, path);
    for (const [key, value] of Object.entries(scenario.dimensions ?? {})) {
      yield [`${path}.dimensions.${key}`, key];
      yield [`${path}.dimensions.${key}`, String(value)];
    }
  }
  for (const [index, model] of models.entries()) {
    yield typeof model === 'string' ? [`models[${index}]`, model] : [`models[${index}].modelId`, model.modelId];
  }
}

function* labels(followups: { label?: string }[] | undefined, path: string): Generator<[path: string, text: string]> {
  for (const [index, { label }] of (followups ?? []).entries()) {
    yield [`${path}.followups[${index}].label`, label ?? ''];
  }
}

/** What a worker would refuse, or the database, is found before anything is asked. */
function refuseLarge(run: RunFile, where: string): void {
  for (const [index, scenario] of run.definition.scenarios.entries()) {
    const size = Buffer.byteLength(JSON.stringify([askedScenario(run.definition, scenario), run.config ?? {}]));
    if (size > MAX_SCENARIO_BYTES) {
      throw new UsageError(
        `${where}: definition.scenarios[${index}]: holds ${megabytes(size)} MB with its preamble and follow-ups, and a ` +
          `conversation may begin with ${megabytes(MAX_SCENARIO_BYTES)}; shorten it`,
      );
    }
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1).replace(/\.0$/, '');
}

/** The path of the first text that PostgreSQL cannot store, or null. */
function findUnstorable(value: unknown, path: string): string | null {
  if (typeof value === 'string') {
    return value.includes('\u0000') || !value.isWellFormed() ? path : null;
  }
  if (typeof value !== 'object' || value === null) {
    return null;
  }
  for (const [key, item] of Object.entries(value)) {
    const below = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    const found = findUnstorable(key, below) ?? findUnstorable(item, below);
    if (found !== null) {
      return found;
    }
  }
  return null;
}
