/** A run as `status` shows it: how far it is, and what its answers came to. */
import type { ModelProgress, Progress } from '../runs/progress.js';
import type { ModelScores, RunScores } from '../scoring/status.js';
import { progressText } from './progress-text.js';
import { scoresText } from './scores-text.js';

export interface RunView extends Progress {
  /** `scores` of a model only where the run has been scored, or is being. */
  models: (ModelProgress & { scores?: ModelScores })[];
  /** null where there are none. */
  scores: Omit<RunScores, 'models'> | null;
}

export function withScores(progress: Progress, scores: RunScores | null): RunView {
  if (scores === null) {
    return { ...progress, scores };
  }
  const { models, ...others } = scores;
  return {
    ...progress,
    models: progress.models.map((model) => ({
      ...model,
      ...(models[model.modelId] && { scores: models[model.modelId] as ModelScores }),
    })),
    scores: others,
  };
}

export function runText(view: RunView): string {
  if (view.scores === null) {
    return progressText(view);
  }
  const models = Object.fromEntries(view.models.flatMap(({ modelId, scores }) => (scores ? [[modelId, scores]] : [])));
  return [progressText(view), ...scoresText({ ...view.scores, models })].join('\n');
}
