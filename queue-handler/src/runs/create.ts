/** A run and all its probes, stored in one transaction: what is to be asked is known before the first question. */
import { createHash, randomUUID } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import type { Db } from '../database/connect.js';
import type { Tables } from '../database/schema.js';
import { takingLong } from '../database/time-limit.js';
import { MOST_DEADLINE_SECONDS } from '../deadline.js';
import type { RunFile } from '../documents/documents.js';
import { reuseDaysDefault, runDefault } from '../documents/schemas.js';
import { UsageError } from '../errors.js';
import type { RunConfig } from '../model.js';
import { dayBound } from '../money/budget.js';
import { planCosts, unboundedJudges, unboundedModels } from '../money/plan.js';
import { newManifest } from './manifest.js';
import { modelsOf, probeCount } from './run-file.js';
import { refuseSecrets } from './run-secrets.js';
import { scenariosOf } from './scenarios.js';
import { refuseScoring } from './scoring-config.js';
import { pricedJudges, servedModels } from './served.js';

const ROWS_AT_ONCE = 1_000;
// Beside the name it makes a lock, which is the same for everybody who stores a run of that name.
const NAME_LOCK = 0x72756e73;

type Trx = Transaction<Tables>;

export interface Created {
  runId: string;
  probes: number;
  /** Models that cannot be asked from this machine as it is: a missing key. */
  warnings: string[];
}

/**
 * @param dayUsd what may be spent a day, as the process is set that asks; null for no bound.
 * @param before done in the transaction that stores the run, while nobody else stores one of its name; what it throws leaves nothing.
 * @throws UsageError where no provider is known for a model, or no price under a bound.
 */
export async function createRun(
  db: Db,
  file: RunFile,
  dayUsd: number | null = null,
  before: (trx: Trx) => Promise<void> = async () => {},
): Promise<Created> {
  const deadline = file.config?.deadlineSeconds;
  if (typeof deadline === 'number' && deadline > MOST_DEADLINE_SECONDS) {
    throw new UsageError(
      `config.deadlineSeconds: must be at most ${MOST_DEADLINE_SECONDS}: the queue holds a job for 24 hours at most, in which its deadline must fit twice`,
    );
  }
  // Once more, where the process that has the database open was asked: it may have other keys than the process that asked.
  refuseSecrets(file);
  const { served: models, warnings } = await servedModels(modelsOf(file));
  const judges = await pricedJudges(file.judge);
  const config: RunConfig = {
    models,
    samples: file.samples ?? runDefault('samples'),
    retryLimit: file.retryLimit ?? runDefault('retryLimit'),
    config: settingsOf(file),
    ...(file.scale === undefined ? {} : { scale: file.scale }),
    ...(file.turn === undefined ? {} : { turn: file.turn }),
    ...(file.marker === undefined ? {} : { marker: file.marker }),
    ...(judges === undefined ? {} : { judge: judges }),
    ...reuseOf(file),
  };
  await refuseScoring(
    config,
    models.map(({ modelId }) => modelId),
  );
  const isBounded = file.budget !== undefined || dayUsd !== null || (await dayBound(db)) !== null;
  const unbounded = isBounded ? [...unboundedModels(models, config.config), ...unboundedJudges(judges)] : [];
  if (unbounded.length > 0) {
    throw new UsageError(unbounded.join('; '));
  }
  const manifest = await newManifest(file);
  const runId = await takingLong(() =>
    db.transaction().execute(async (trx) => {
      await sql`SELECT pg_advisory_xact_lock(hashtextextended(${file.name}, ${NAME_LOCK}))`.execute(trx);
      await before(trx);
      const definitionId = randomUUID();
      const { definition } = file;
      await trx
        .insertInto('definitions')
        .values({
          id: definitionId,
          name: definition.name ?? file.name,
          version: definition.version ?? null,
          content: JSON.stringify(definition),
        })
        .execute();
      const scenarios = [...scenariosOf(file)].map(({ id: key, ...content }, position) => ({
        id: randomUUID(),
        definition_id: definitionId,
        key,
        position,
        content: JSON.stringify(content),
        preamble_sha256: preambleDigest(content.preamble),
      }));
      for (let at = 0; at < scenarios.length; at += ROWS_AT_ONCE) {
        await trx
          .insertInto('scenarios')
          .values(scenarios.slice(at, at + ROWS_AT_ONCE))
          .execute();
      }
      const run = randomUUID();
      await trx
        .insertInto('runs')
        .values({
          id: run,
          definition_id: definitionId,
          name: file.name,
          status: 'PENDING',
          config: JSON.stringify(config),
        })
        .execute();
      await trx
        .insertInto('manifests')
        .values({ run_id: run, ...manifest })
        .execute();
      // Sample by sample and scenario by scenario, the models side by side: a run that is stopped half-way has asked
      // every model about the same scenarios.
      await sql`
      INSERT INTO probe_results (run_id, scenario_id, model_id, provider, sample_index, position)
      SELECT ${run}::uuid, s.id, m.model ->> 'modelId', m.model ->> 'provider', sample,
             row_number() OVER (ORDER BY sample, s.position, m.place)
      FROM scenarios s
      CROSS JOIN jsonb_array_elements(${JSON.stringify(config.models)}::jsonb) WITH ORDINALITY AS m (model, place)
      CROSS JOIN generate_series(0, ${config.samples - 1}::int) AS sample
      WHERE s.definition_id = ${definitionId}::uuid`.execute(trx);
      if (file.budget !== undefined) {
        await trx
          .insertInto('budgets')
          .values({ scope: run, usd: String(file.budget.usd) })
          .execute();
      }
      if (isBounded) {
        await planCosts(trx, run);
      }
      return run;
    }),
  );
  return { runId, probes: probeCount(file), warnings };
}

/** What each job of the run gets, of which a part stands beside `config` in its file. */
export function settingsOf({ config, promptCaching }: RunFile): RunConfig['config'] {
  return { ...config, ...(promptCaching === undefined ? {} : { promptCaching }) };
}

export function reuseOf({ reuse = false }: RunFile): Pick<RunConfig, 'reuse'> {
  return reuse === false ? {} : { reuse: { days: reuse === true ? reuseDaysDefault() : reuse.days } };
}

/** What tells preambles apart without reading them. */
function preambleDigest(preamble: string | undefined): string | null {
  return preamble === undefined || preamble.trim() === '' ? null : createHash('sha256').update(preamble).digest('hex');
}
