/** Dollars: what was spent on a run, and what it will come to. */
import type { ModelProgress } from '../runs/progress.js';

/** US dollars: null where a part has no price that is known, and then the sum of the other parts. */
export interface SpentView {
  usd: number | null;
  known: number;
}

export interface SpendView extends SpentView {
  /** A model of which nothing was paid is not in it. */
  models: Record<string, SpentView>;
  judges: Record<string, SpentView>;
}

const NOTHING: SpentView = { usd: 0, known: 0 };

export function spentOn(spend: SpendView, modelId: string): SpentView {
  return (Object.hasOwn(spend.models, modelId) && spend.models[modelId]) || NOTHING;
}

/** What a model will have cost, if the probes that are open cost what the others did; null where that is not known. */
export function forecastOf(
  { succeeded, waiting, inFlight, ...model }: ModelProgress,
  { usd }: SpentView,
): number | null {
  const ended = succeeded + Object.values(model.failed).reduce((all, probes) => all + probes, 0);
  const open = waiting + inFlight;
  if (usd === null || (open > 0 && ended === 0)) {
    return null;
  }
  return open === 0 ? usd : (usd / ended) * (ended + open);
}

/** `0.0123`, `12.34`, `0.0123+` where there is more that has no price, or `unknown`. */
export function spentText({ usd, known }: SpentView): string {
  if (usd === null) {
    return known > 0 ? `${dollars(known)}+` : 'unknown';
  }
  return dollars(usd);
}

export function dollars(amount: number | null): string {
  return amount === null ? 'unknown' : amount.toFixed(amount < 1 ? 4 : 2);
}

/** What a table of models does not say: who judged, and that a price is not known. */
export function spendNotes(spend: SpendView | null): string[] {
  if (spend === null) {
    return [];
  }
  const judges = Object.entries(spend.judges).map(
    ([modelId, spent]) => `the judge ${modelId}: ${spentText(spent)} dollars, in the sum`,
  );
  const isPartial = [spend, ...Object.values(spend.models)].some(({ usd, known }) => usd === null && known > 0);
  return [...judges, ...(isPartial ? ['dollars with a + lack calls whose price is not known'] : [])];
}
