/** The published schemas as they lie beside the workers, and what else is published there: defaults and providers. */
import { readFileSync } from 'node:fs';
import { ROOT } from '../checkout.js';
import type { Definition, Documents, ProbeSettings, RunFile } from './documents.generated.js';

export type Schema = Record<string, unknown>;

const RUN_SCHEMA = 'queue-handler/run.schema.json';

/** The schema of a document, such as `probe.job`. */
export function readSchema(name: keyof Documents): Schema {
  return read(name === 'run' ? RUN_SCHEMA : `schemas/${name}.schema.json`) as Schema;
}

/** Files that hold a part of what a run's file says: its fields, of which the first is required. */
export const RUN_PARTS = { scale: ['scale', 'turn', 'marker'], judge: ['judge'] } as const satisfies Record<
  string,
  (keyof RunFile)[]
>;

/** What a job gets of `config` that does not say. */
export function probeDefault(setting: keyof ProbeSettings): number {
  const { $defs } = readSchema('probe.job') as { $defs: { ProbeSettings: Properties } };
  return defaultOf($defs.ProbeSettings, setting);
}

/** The deadline of a job that names none and asks for flex. */
export function flexDeadlineDefault(): number {
  const { $defs } = readSchema('probe.job') as { $defs: { ProbeSettings: Properties } };
  return numberOf($defs.ProbeSettings, 'deadlineSeconds', 'x-default-flex');
}

/** What a run gets that does not say. */
export function runDefault(setting: keyof RunFile): number {
  return defaultOf(readSchema('run') as unknown as Properties, setting);
}

/** What a template gets that does not say. */
export function templateDefault(setting: keyof Definition): number {
  const { $defs } = readSchema('run') as { $defs: { Definition: Properties } };
  return defaultOf($defs.Definition, setting);
}

/** For how many days answers are taken over where a run does not say. */
export function reuseDaysDefault(): number {
  const { $defs } = readSchema('run') as { $defs: { Reuse: Properties } };
  return defaultOf($defs.Reuse, 'days');
}

/** The most that a run may say. */
export function runMaximum(setting: keyof RunFile): number {
  return numberOf(readSchema('run') as unknown as Properties, setting, 'maximum');
}

/** How many runs one analysis can be of. */
export function mostRunsAnalysed(): number {
  return numberOf(readSchema('analyze_basic.job') as unknown as Properties, 'runs', 'maxItems');
}

interface Properties {
  properties: Record<
    string,
    { default?: unknown; maximum?: unknown; maxItems?: unknown; 'x-default-flex'?: unknown } | undefined
  >;
}

function defaultOf(properties: Properties, name: string): number {
  return numberOf(properties, name, 'default');
}

function numberOf(
  { properties }: Properties,
  name: string,
  keyword: 'default' | 'maximum' | 'maxItems' | 'x-default-flex',
): number {
  const value = properties[name]?.[keyword];
  if (typeof value !== 'number') {
    throw new Error(`the published schema has no ${keyword} for ${name}`);
  }
  return value;
}

interface PublishedProvider {
  name: string;
  keyVariables: string[];
  baseUrlVariables: string[];
}

/** The providers that the workers know: one that is added there is known here. */
export function publishedProviders(): PublishedProvider[] {
  return (read('schemas/providers.json') as { providers: PublishedProvider[] }).providers;
}

function read(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, ROOT), 'utf8'));
}
