/** Models with the providers that serve them. */
import type { RunFileModel } from '../documents/documents.js';
import { UsageError } from '../errors.js';
import type { RunModel } from '../model.js';
import { type Resolve, resolveModels } from '../workers/resolve.js';

export interface Served {
  served: RunModel[];
  /** Models that cannot be asked from this machine as it is: a missing key. */
  warnings: string[];
}

/** @throws UsageError where no provider is known for a model. */
export async function servedModels(models: RunFileModel[], resolve: Resolve = resolveModels): Promise<Served> {
  const resolved = models.length === 0 ? [] : await resolve(models);
  const unknown = resolved.flatMap((model, index) =>
    model.provider === null ? [`models[${index}]: ${model.problem?.message}`] : [],
  );
  if (unknown.length > 0) {
    throw new UsageError(unknown.join('; '));
  }
  return {
    served: models.map((model, index) => ({ ...model, provider: resolved[index]?.provider ?? '' })),
    warnings: resolved.flatMap((model) =>
      model.problem === null ? [] : [`${model.modelId}: ${model.problem.message}`],
    ),
  };
}
