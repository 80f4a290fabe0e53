/** More samples of a run that exists, or more models: what is missing is asked, and nothing a second time. */
import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import type { Database } from '../database/connect.js';
import { takingLong } from '../database/time-limit.js';
import type { RunFileModel } from '../documents/documents.js';
import { UsageError } from '../errors.js';
import type { RunConfig, RunModel } from '../model.js';
import { lookAtBounds } from '../money/budget.js';
import { planCosts, unboundedModels } from '../money/plan.js';
import { lockRun, reopen } from './reopen.js';
import { MAX_PROBES, modelsOf } from './run-file.js';
import { refuseSecrets } from './run-secrets.js';
import { servedModels } from './served.js';

export interface Extension {
  /** How often each is asked altogether; as before where it is left out. */
  samples?: number;
  models?: (string | RunFileModel)[];
}

export interface Extended {
  /** Probes that were missing, and are asked now. */
  probes: number;
  warnings: string[];
}

/**
 * All of it happens or nothing, and doing it again changes nothing.
 *
 * @throws UsageError where no provider is known for a model, where the run has a model with other settings, or where the
 *   run was cancelled.
 */
export async function extendRun({ db }: Database, id: string, wanted: Extension): Promise<Extended> {
  refuseSecrets(wanted, 'the models');
  const { served, warnings } = await servedModels(modelsOf({ models: wanted.models ?? [] }));
  const probes = await takingLong(() =>
    db.transaction().execute(async (trx) => {
      const { config, definition_id: definitionId } = await lockRun(trx, id);
      const bare = new Set(wanted.models?.filter((model) => typeof model === 'string'));
      const models = [...config.models, ...served.filter((model) => !isKnown(model, config, bare.has(model.modelId)))];
      const samples = Math.max(config.samples, wanted.samples ?? 0);
      const isBounded = (await lookAtBounds(trx, [id])).length > 0;
      const unbounded = isBounded ? unboundedModels(models, config.config) : [];
      if (unbounded.length > 0) {
        throw new UsageError(unbounded.join('; '));
      }
      await refuseMany(trx, definitionId, models.length * samples);
      // In the order in which a run that is started asks them, behind those that there are.
      const { rows } = await sql<{ provider: string }>`
        INSERT INTO probe_results (run_id, scenario_id, model_id, provider, sample_index, position)
        SELECT ${id}::uuid, s.id, m.model ->> 'modelId', m.model ->> 'provider', sample,
               (SELECT max(position) FROM probe_results WHERE run_id = ${id})
                 + row_number() OVER (ORDER BY sample, s.position, m.place)
        FROM scenarios s
        CROSS JOIN jsonb_array_elements(${JSON.stringify(models)}::jsonb) WITH ORDINALITY AS m (model, place)
        CROSS JOIN generate_series(0, ${samples - 1}::int) AS sample
        WHERE s.definition_id = ${definitionId}::uuid AND NOT EXISTS (
          SELECT 1 FROM probe_results p WHERE p.run_id = ${id} AND p.scenario_id = s.id
            AND p.model_id = m.model ->> 'modelId' AND p.sample_index = sample)
        RETURNING provider`.execute(trx);
      if (rows.length > 0) {
        await sql`
          UPDATE runs SET config = config || ${JSON.stringify({ models, samples })}::jsonb WHERE id = ${id}`.execute(
          trx,
        );
        // More is to be asked, so it is; a provider that still cannot be is stopped once more.
        await sql`
          DELETE FROM provider_stops WHERE run_id = ${id}
            AND provider = ANY(${[...new Set(rows.map((row) => row.provider))]}::text[])`.execute(trx);
        await reopen(trx, id);
        if (isBounded) {
          await planCosts(trx, id);
        }
      }
      return rows.length;
    }),
  );
  return { probes, warnings };
}

/** @throws UsageError where the run asks the model with other settings: its answers would not be of one kind. */
function isKnown(model: RunModel, config: RunConfig, isBare: boolean): boolean {
  const known = config.models.find(({ modelId }) => modelId === model.modelId);
  if (known === undefined) {
    return false;
  }
  if (!isBare && !isDeepStrictEqual(asGiven(known), asGiven(model))) {
    throw new UsageError(
      `the run asks ${model.modelId} with other settings or another price; give its ID alone, or ask it in another run`,
    );
  }
  return true;
}

/** What the tables say may have changed meanwhile, and makes no other model of it. */
function asGiven({ price: _, maxOutputTokens: __, ...model }: RunModel): Omit<RunModel, 'price' | 'maxOutputTokens'> {
  return model;
}

async function refuseMany(
  trx: Parameters<typeof lockRun>[0],
  definitionId: string,
  perScenario: number,
): Promise<void> {
  const { rows } = await sql<{ scenarios: number }>`
    SELECT count(*)::int AS scenarios FROM scenarios WHERE definition_id = ${definitionId}`.execute(trx);
  const probes = (rows[0]?.scenarios ?? 0) * perScenario;
  if (probes > MAX_PROBES) {
    throw new UsageError(
      `the run would have ${probes} probes; at most ${MAX_PROBES} fit into one run; start another one`,
    );
  }
}
