/** RUN.json: read, checked against `run.schema.json`, and checked for what a schema cannot say. */
import { readFile, stat } from 'node:fs/promises';
import type { RunFile, RunFileModel, RunScenario } from '../documents/documents.js';
import { runDefault } from '../documents/schemas.js';
import { isTooDeep, storableText } from '../documents/storable.js';
import { messageOf, UsageError } from '../errors.js';
import { steeringIn, terminalText } from '../terminal-text.js';
import { formProblems } from './run-schema.js';
import { refuseSecrets } from './run-secrets.js';
import { labelsOf, scaleProblems } from './scale.js';
import { scenarioCount, scenariosOf } from './scenarios.js';
import { parseStrictly } from './strict-json.js';
import { designProblems } from './template/check.js';
import { scenariosMade } from './template/design.js';

export const MAX_PROBES = 1_000_000;
/** The whole of it is stored as one value, of which PostgreSQL takes 256 MB, and passes through memory several times. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;
// The workers take jobs of 8 MiB; a quarter of that is left for the answers of a conversation that goes on after a failure.
const MAX_SCENARIO_BYTES = 6 * 1024 * 1024;
const SPLIT = 'make several runs of it';
/** Faults that are told at a time. */
const SHOWN = 5;
/** What a run's file has beside its models. */
const SMALLEST = { name: 'models', definition: { scenarios: [{ id: 'one', prompt: 'one' }] } };

/** @throws UsageError naming the file, the field and the cure. */
export async function readRunFile(path: string): Promise<RunFile> {
  return checkRunFile(await readJson(path), path);
}

/** A list of models as a run's file has it, alone or as `models`. @throws UsageError as `readRunFile` does. */
export async function readModels(path: string): Promise<RunFile['models']> {
  const value = await readJson(path);
  const { models, ...others } = Array.isArray(value) ? { models: value } : (Object(value) as { models?: unknown });
  const [stranger] = Object.keys(others);
  if (stranger !== undefined) {
    throw new UsageError(`${path}: ${terminalText(stranger)}: is not known (known: models); take it out`);
  }
  return checkRunFile({ ...SMALLEST, models }, path).models;
}

async function readJson(path: string): Promise<unknown> {
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
  return parseStrictly(bytes, path);
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
  const faults = formProblems(value);
  if (faults.length > 0) {
    throw new UsageError(`${where}: ${faults.slice(0, SHOWN).join('; ')}`);
  }
  const run = value as RunFile;
  refuseSteering(run, where);
  const { scenarios, template } = run.definition;
  const problems = [
    ...(scenarios === undefined && template === undefined
      ? ['definition: has neither scenarios nor a template; add one of them']
      : []),
    ...scaleProblems(run.scale),
    ...designProblems(run.definition, run.scale).map((problem) => `definition.${problem}`),
  ];
  if (problems.length > 0) {
    throw new UsageError(`${where}: ${problems.slice(0, SHOWN).join('; ')}`);
  }
  refuseTwins(
    modelsOf(run).map((model) => model.modelId),
    where,
    'models',
    'modelId',
  );
  // Before the scenarios of a template are made, of which there may be many.
  const probes = probeCount(run);
  if (probes > MAX_PROBES) {
    throw new UsageError(
      `${where}: makes ${probes} probes; at most ${MAX_PROBES} fit into one run; make several of it`,
    );
  }
  refuseLarge(run, where);
  refuseSecrets(run, where);
  return run;
}

/** The models in their long form. */
export function modelsOf(run: Pick<RunFile, 'models'>): RunFileModel[] {
  return run.models.map((model) => (typeof model === 'string' ? { modelId: model } : model));
}

export function probeCount(run: RunFile): number {
  return run.models.length * scenarioCount(run) * (run.samples ?? runDefault('samples'));
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

function* names({ name, definition, models, scale, turn }: RunFile): Generator<[path: string, text: string]> {
  yield ['name', name];
  yield ['definition.name', definition.name ?? ''];
  yield ['definition.version', definition.version ?? ''];
  yield* labels(definition.followups, 'definition');
  for (const [index, scenario] of (definition.scenarios ?? []).entries()) {
    yield* namesOfScenario(scenario, `definition.scenarios[${index}]`);
  }
  yield* labels(definition.template?.followups, 'definition.template');
  for (const [index, dimension] of (definition.dimensions ?? []).entries()) {
    const path = `definition.dimensions[${index}]`;
    yield [`${path}.name`, dimension.name];
    for (const [at, { label }] of dimension.levels.entries()) {
      yield [`${path}.levels[${at}].label`, label];
    }
  }
  for (const [index, label] of (labelsOf(scale) ?? []).entries()) {
    yield [`scale.${scale?.kind}[${index}].label`, label];
  }
  yield ['turn', turn ?? ''];
  for (const [index, model] of models.entries()) {
    yield typeof model === 'string' ? [`models[${index}]`, model] : [`models[${index}].modelId`, model.modelId];
  }
}

function* namesOfScenario(scenario: RunScenario, path: string): Generator<[path: string, text: string]> {
  yield [`${path}.id`, scenario.id];
  yield [`${path}.name`, scenario.name ?? ''];
  yield [`${path}.family`, scenario.family ?? ''];
  yield [`${path}.pairId`, scenario.pairId ?? ''];
  yield* labels(scenario.followups, path);
  for (const [key, value] of Object.entries(scenario.dimensions ?? {})) {
    yield [`${path}.dimensions.${key}`, key];
    yield [`${path}.dimensions.${key}`, String(value)];
  }
  for (const [key, { label }] of Object.entries(scenario.levels ?? {})) {
    yield [`${path}.levels.${key}`, key];
    yield [`${path}.levels.${key}.label`, label];
  }
}

function* labels(followups: { label?: string }[] | undefined, path: string): Generator<[path: string, text: string]> {
  for (const [index, { label }] of (followups ?? []).entries()) {
    yield [`${path}.followups[${index}].label`, label ?? ''];
  }
}

/** What a worker would refuse, or the database, is found before anything is asked. */
function refuseLarge(run: RunFile, where: string): void {
  const ids: string[] = [];
  const written = run.definition.scenarios?.length ?? 0;
  let together = 0;
  for (const scenario of scenariosOf(run)) {
    const at = ids.push(scenario.id) - 1;
    const size = Buffer.byteLength(JSON.stringify([scenario, run.config ?? {}]));
    const path = at < written ? `definition.scenarios[${at}]` : `definition.template: its scenario ${scenario.id}`;
    if (size > MAX_SCENARIO_BYTES) {
      throw new UsageError(
        `${where}: ${path}: holds ${megabytes(size)} MB with its preamble and follow-ups, and a ` +
          `conversation may begin with ${megabytes(MAX_SCENARIO_BYTES)}; shorten it`,
      );
    }
    together += at < written ? 0 : size;
    if (together > MAX_FILE_BYTES) {
      throw new UsageError(
        `${where}: definition.template: its ${scenariosMade(run.definition)} scenarios hold more than ` +
          `${megabytes(MAX_FILE_BYTES)} MB together; shorten its texts, or take fewer by definition.sample`,
      );
    }
  }
  refuseTwins(ids.slice(0, written), where, 'definition.scenarios', 'id');
  const own = new Set(ids.slice(0, written));
  const made = ids.slice(written).find((id) => own.has(id));
  if (made !== undefined) {
    throw new UsageError(
      `${where}: definition.scenarios[${ids.indexOf(made)}].id: is that of a scenario of the template; rename it`,
    );
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
