/** Models with the providers that serve them. */
import type { ModelAnswer, ModelCost, RunFileModel } from '../documents/documents.js';
import { judgesOf } from '../documents/judges.js';
import { UsageError } from '../errors.js';
import type { RunModel, ScoreJudges } from '../model.js';
import { resolveModels } from '../workers/resolve.js';

export interface Served {
  served: RunModel[];
  /** Models that cannot be asked from this machine as it is: a missing key. And those whose cost will not be known. */
  warnings: string[];
}

/** @throws UsageError where no provider is known for a model. */
export async function servedModels(models: RunFileModel[]): Promise<Served> {
  const resolved = models.length === 0 ? [] : await resolveModels(models);
  const unknown = resolved.flatMap((model, index) =>
    model.provider === null ? [`models[${index}]: ${model.problem?.message}`] : [],
  );
  if (unknown.length > 0) {
    throw new UsageError(unknown.join('; '));
  }
  return {
    served: models.map((model, index) => ({
      ...model,
      provider: resolved[index]?.provider ?? '',
      ...factsOf(model, resolved[index]),
    })),
    warnings: [
      ...resolved.flatMap((model) => (model.problem === null ? [] : [`${model.modelId}: ${model.problem.message}`])),
      ...models.flatMap((model, index) =>
        priceOf(model, resolved[index]) === null ? [`${model.modelId}: ${WITHOUT_PRICE}`] : [],
      ),
    ],
  };
}

const WITHOUT_PRICE =
  'its cost will not be known: no table has its price; add modelCost, or a row to PROBE_PRICES_FILE';

/** The price of a model: its file's, or that of the tables. */
export function priceOf(
  model: { modelCost?: ModelCost | null },
  resolved: Pick<ModelAnswer, 'price'> | undefined,
): ModelCost | null {
  return model.modelCost ?? (resolved?.price as ModelCost | null | undefined) ?? null;
}

/** Judges with what the tables say they cost, where the file does not. */
export async function pricedJudges(judge: ScoreJudges | undefined): Promise<ScoreJudges | undefined> {
  const judges = judgesOf(judge);
  if (judges.length === 0) {
    return judge;
  }
  const resolved = await resolveModels(judges);
  const priced = judges.map((one, index) => {
    const price = priceOf(one, resolved[index]);
    return price === null ? one : { ...one, modelCost: price };
  });
  return Array.isArray(judge) ? (priced as ScoreJudges) : priced[0];
}

/** What the tables say of a model, kept with the run: what it may cost does not change while it goes on. */
export function factsOf(
  model: RunFileModel,
  resolved: ModelAnswer | undefined,
): Pick<RunModel, 'price' | 'maxOutputTokens'> {
  const price = priceOf(model, resolved);
  const limit = resolved?.maxOutputTokens ?? null;
  return {
    ...(model.modelCost !== undefined || price === null ? {} : { price }),
    ...(limit === null ? {} : { maxOutputTokens: limit }),
  };
}
