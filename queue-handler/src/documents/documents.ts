/** The documents of the workers: their types, and the checks against the published schemas. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { ROOT } from '../checkout.js';
import type {
  AnalysisResultSchema,
  HealthResultSchema,
  ProbeJobSchema,
  ProbeResultSchema,
  ResolveResultSchema,
} from './documents.generated.js';

export type ProbeJob = ProbeJobSchema.ProbeJob;
export type ProbeResult = ProbeResultSchema.ProbeResult;
export type ProbeSuccess = Extract<ProbeResult, { success: true }>;
export type ProbeFailure = Extract<ProbeResult, { success: false }>;
export type Transcript = ProbeSuccess['transcript'];
export type Turn = Transcript['turns'][number];
export type HealthResult = HealthResultSchema.HealthResult;
export type AnalysisResult = AnalysisResultSchema.AnalysisResult;
export type ResolveResult = ResolveResultSchema.ResolveResult;

const ajv = new Ajv2020({ strict: false, allErrors: false });
const compiled = new Map<string, ValidateFunction>();

/** What is wrong with a document by its published schema, or null. */
export function schemaProblem(name: string, document: unknown): string | null {
  return problemOf(name, () => readSchema(name), document);
}

/** What is wrong with one turn of a transcript, or null. */
export function turnProblem(turn: unknown): string | null {
  return problemOf('turn', () => ({ $defs: readSchema('probe.result').$defs, $ref: '#/$defs/Turn' }), turn);
}

function problemOf(name: string, schema: () => Record<string, unknown>, document: unknown): string | null {
  let validate = compiled.get(name);
  if (validate === undefined) {
    validate = ajv.compile(schema());
    compiled.set(name, validate);
  }
  return validate(document) ? null : describeErrors(validate.errors ?? []);
}

/** The providers that the workers know, by the names that they have in every document. */
export function knownProviders(): string[] {
  const { $defs } = readSchema('health_check.result') as { $defs: { ApiKeys: { properties: object } } };
  return Object.keys($defs.ApiKeys.properties);
}

/** The published schema of a document, such as `probe.job`. */
export function readSchema(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`schemas/${name}.schema.json`, ROOT), 'utf8'));
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
