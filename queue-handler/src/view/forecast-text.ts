/** The forecast of a run's cost as text for a person. */
import type { ModelForecast } from '../runs/forecast.js';
import { terminalText } from '../terminal-text.js';
import { dollars } from './spend-text.js';
import { table } from './table.js';

export function forecastText(models: ModelForecast[]): string {
  const heads = ['model', 'provider', 'requests', 'tokens in', 'tokens out', 'dollars', 'at most', 'answers'];
  const rows = models.map((model) => [
    terminalText(model.judges === undefined ? model.modelId : `${model.modelId} (judge)`),
    model.provider ?? 'unknown',
    String(model.requests),
    String(model.inputTokens),
    String(model.outputTokens),
    dollars(model.cost),
    dollars(model.costAtMost),
    model.measuredTurns > 0
      ? `${model.answerTokens} tokens, measured in ${model.measuredTurns} turns`
      : `${model.answerTokens} tokens, assumed`,
  ]);
  const lines = table([heads, ...rows]);
  const priced = models.flatMap((model) => model.cost ?? []);
  if (priced.length > 0) {
    const most = models.map((model) => model.costAtMost);
    const atMost = most.some((one) => one === null)
      ? 'unknown'
      : dollars(most.reduce((sum, one) => (sum ?? 0) + (one ?? 0), 0));
    lines.push(`together ${dollars(priced.reduce((sum, one) => sum + one, 0))} dollars, at most ${atMost}`);
  }
  const open = models.filter(({ cost, costAtMost, judges }) => cost === null && judges && costAtMost !== null);
  const unpriced = models.filter((model) => model.cost === null && !open.includes(model));
  if (unpriced.length > 0) {
    const names = unpriced.map(({ modelId }) => terminalText(modelId)).join(', ');
    lines.push(`not in the sum, because no table has a price for them, nor has the file (modelCost): ${names}`);
  }
  if (open.length > 0) {
    lines.push(
      'at most with the judge asked about every answer; it is asked about those that the parser cannot settle',
    );
  }
  for (const { modelId, problem } of models) {
    if (problem !== null) {
      lines.push(terminalText(`${modelId}: ${problem}`));
    }
  }
  return lines.join('\n');
}
