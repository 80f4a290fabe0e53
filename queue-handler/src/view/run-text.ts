/** A run as `status` shows it: how far it is, and what its answers came to. */
import type { ModelProgress, Progress } from '../runs/progress.js';
import type { ModelScores, RunScores } from '../scoring/status.js';
import { progressText, type Shown } from './progress-text.js';
import { scoresText } from './scores-text.js';
import { PLAIN, type Screen } from './screen.js';

export interface RunView extends Shown {
  /** `scores` of a model only where the run has been scored, or is being. */
  models: (ModelProgress & { scores?: ModelScores })[];
  /** null where there are none. */
  scores: Omit<RunScores, 'models'> | null;
}

export function withScores(progress: Progress & Shown, scores: RunScores | null): RunView {
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

export function runText(view: RunView, screen: Screen = PLAIN): string {
  if (view.scores === null) {
    return progressText(view, screen);
  }
  const models = Object.fromEntries(view.models.flatMap(({ modelId, scores }) => (scores ? [[modelId, scores]] : [])));
  const scores = scoresText({ ...view.scores, models }, screen);
  if (screen.rows === null) {
    return [progressText(view, screen), ...scores].join('\n');
  }
  // A picture of a terminal's height has room for one table; that of the scores comes when the run has ended.
  return [progressText(view, { ...screen, rows: screen.rows - 1 }), ...scores.slice(0, 1)].join('\n');
}
