/** A run that is there once, however often its file is given: what was asked before is not asked, and paid for, again. */
import { isDeepStrictEqual } from 'node:util';
import type { Db } from '../database/connect.js';
import type { RunFile } from '../documents/documents.js';
import { judgesOf } from '../documents/judges.js';
import { runDefault } from '../documents/schemas.js';
import { UsageError } from '../errors.js';
import { ENDED, type RunConfig, type RunStatus } from '../model.js';
import { dayBound } from '../money/budget.js';
import { unboundedModels } from '../money/plan.js';
import { terminalText } from '../terminal-text.js';
import { createRun, reuseOf, settingsOf } from './create.js';
import { modelsOf } from './run-file.js';

export interface Begun {
  id: string;
  status: RunStatus;
  /** Of a run that is stored just now. */
  created: { probes: number; warnings: string[] } | null;
}

/**
 * @param dayUsd what may be spent a day, as the process is set that asks; null for no bound.
 * @throws UsageError where a run of this name was made of something else, or several have it, or where it would wait for ever:
 *   under a bound nothing is asked that has no price.
 */
export async function beginRun(db: Db, file: RunFile, dayUsd: number | null = null): Promise<Begun> {
  const named = await db.selectFrom('runs').select(['id', 'status']).where('name', '=', file.name).execute();
  const [run] = named;
  if (run === undefined) {
    try {
      const { runId, probes, warnings } = await createRun(db, file, dayUsd, (trx) => refuseTaken(trx, file.name));
      return { id: runId, status: 'PENDING', created: { probes, warnings } };
    } catch (error) {
      if (!(error instanceof TakenError)) {
        throw error;
      }
      return beginRun(db, file, dayUsd);
    }
  }
  const { id, status } = run;
  if (named.length > 1) {
    throw new UsageError(
      `there are ${named.length} runs "${terminalText(file.name)}" already; give this one another name (--name NAME), or ` +
        'go on with one of them by its ID; see: status, work',
    );
  }
  const stored = await db
    .selectFrom('runs as r')
    .innerJoin('definitions as d', 'd.id', 'r.definition_id')
    .select(['r.config', 'd.content'])
    .where('r.id', '=', id)
    .executeTakeFirstOrThrow();
  const other = differences(file, stored.content, stored.config as RunConfig);
  if (other.length > 0) {
    throw new UsageError(
      `there is a run "${terminalText(file.name)}" (${id}) already, and this file differs from it in ${other.join(', ')}; ` +
        'give the new one another name (--name NAME), or see: extend, delete',
    );
  }
  if (!ENDED.includes(status) && (dayUsd ?? (await dayBound(db))) !== null) {
    const { models, config } = stored.config as RunConfig;
    const unbounded = unboundedModels(models, config);
    if (unbounded.length > 0) {
      throw new UsageError(
        `the run "${terminalText(file.name)}" (${id}) came before the bound on what may be spent a day: ` +
          `${unbounded.join('; ')}, and then see: budget`,
      );
    }
  }
  return { id, status, created: null };
}

/** Somebody else was quicker. */
class TakenError extends Error {}

/** Between the first look and this one its models were looked up, which takes long. @throws TakenError */
async function refuseTaken(trx: Db, name: string): Promise<void> {
  if ((await trx.selectFrom('runs').select('id').where('name', '=', name).executeTakeFirst()) !== undefined) {
    throw new TakenError();
  }
}

/** In what a file asks for something that the run does not have. A run that was extended has what its file asks for. */
export function differences(file: RunFile, definition: unknown, config: RunConfig): string[] {
  const found: string[] = [];
  const {
    name: _,
    definition: wanted,
    models: __,
    samples,
    budget: ___,
    config: ____,
    promptCaching: _____,
    reuse: ______,
    ...others
  } = file;
  if (!isSame(wanted, definition)) {
    found.push('definition');
  }
  // What the tables say of a model is no part of the file.
  const has = config.models.map(({ provider: _, price: __, maxOutputTokens: ___, ...model }) => model);
  if (!modelsOf(file).every((model) => has.some((one) => isSame(one, model)))) {
    found.push('models');
  }
  if ((samples ?? runDefault('samples')) > config.samples) {
    found.push('samples');
  }
  const settings = { config: settingsOf(file), ...reuseOf(file) };
  const asked: Record<string, unknown> = { retryLimit: runDefault('retryLimit'), ...settings, ...others };
  const stored: Record<string, unknown> = { ...config, judge: judgeAsGiven(config.judge, file.judge) };
  for (const key of Object.keys(asked)) {
    if (!isSame(asked[key], stored[key])) {
      found.push(key);
    }
  }
  for (const key of ['scale', 'turn', 'marker', 'judge', 'reuse'] as const) {
    if (asked[key] === undefined && stored[key] !== undefined) {
      found.push(key);
    }
  }
  return found;
}

/** Without the prices that the tables gave where the file has none. */
function judgeAsGiven(stored: RunConfig['judge'], given: RunConfig['judge']): unknown {
  const judges = judgesOf(given);
  const plain = judgesOf(stored).map(({ modelCost, ...judge }, index) =>
    judges[index]?.modelCost == null ? judge : { ...judge, modelCost },
  );
  return Array.isArray(stored) ? plain : plain[0];
}

/** As JSON, in which the order of fields says nothing. */
function isSame(one: unknown, other: unknown): boolean {
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
  return isDeepStrictEqual(plain(one), plain(other));
}
