/**
 * What a conversation may cost at most, turn by turn, before it is held.
 *
 * What is read is bounded by the bytes of the questions, for a token is at least one of them, and by the longest answers
 * that may come before. A turn may be paid for twice: a call that may have been billed and brought nothing is made once
 * more, and no further time (workers/common/probe/retry.py).
 */
import type { ModelCost, ProbeSettings } from '../documents/documents.js';
import { probeDefault } from '../documents/schemas.js';
import type { RunModel, StoredScenario } from '../model.js';

const PER_MILLION = 1_000_000;
// What a vendor puts around a message, and before the first one: a few tokens each; this is more than any of them.
const AROUND_A_MESSAGE = 32;
const AROUND_A_CALL = 64;
/** Calls of one turn that may be billed. */
export const PAID_CALLS = 2;

export interface Asked {
  scenario: Pick<StoredScenario, 'prompt' | 'preamble' | 'followups'>;
  config: ProbeSettings;
  model: Pick<RunModel, 'modelConfig' | 'modelCost' | 'price' | 'maxOutputTokens'>;
}

/** The most tokens that an answer may have; infinite where nobody bounds it. */
export function longestAnswer({ config, model }: Omit<Asked, 'scenario'>): number {
  const own = model.modelConfig?.maxTokens;
  const limit = model.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const wanted = own === null ? limit : (own ?? config.maxTokens ?? probeDefault('maxTokens'));
  return Math.min(wanted, limit);
}

/**
 * Dollars of each turn that is still to be asked, at most.
 *
 * @param answers those that there are already, of the first turns.
 * @returns null where there is no bound: the model has no price, or its answers have no limit.
 */
export function dearestTurns(asked: Asked, answers: string[] = []): number[] | null {
  const cost = asked.model.modelCost ?? asked.model.price;
  const longest = longestAnswer(asked);
  if (cost == null || !Number.isFinite(longest)) {
    return null;
  }
  const most = asked.config.maxTurns ?? probeDefault('maxTurns');
  const { prompt, preamble, followups } = asked.scenario;
  const prompts = [prompt, ...(followups ?? []).map((followup) => followup.prompt)]
    .filter((text) => text.trim() !== '')
    .slice(0, most);
  let context = AROUND_A_CALL + (preamble?.trim() ? tokensAtMost(preamble) : 0);
  const turns: number[] = [];
  for (const [index, text] of prompts.entries()) {
    context += tokensAtMost(text);
    const answer = answers[index];
    if (answer === undefined) {
      turns.push(rounded(PAID_CALLS * dearestCall(cost, context, longest)));
    }
    context += answer === undefined ? longest + AROUND_A_MESSAGE : tokensAtMost(answer);
  }
  return turns;
}

/** Dollars of one call that reads and writes so many tokens at most, at the dearest of all prices that may apply. */
export function dearestCall(cost: ModelCost, input: number, output: number): number {
  const { longContext: long, offPeak } = cost;
  const read = Math.max(
    cost.costInputPerMillion,
    cost.costCachedInputPerMillion ?? 0,
    cost.costCacheWriteInputPerMillion ?? 0,
  );
  const isLong = long != null && input >= long.fromInputTokens;
  const always = Math.max(1, cost.flexFactor ?? 1, cost.flexCachedFactor ?? 1) * Math.max(1, offPeak?.factor ?? 1);
  const reading = input * read * (isLong ? Math.max(1, long.inputFactor) : 1);
  const writing = output * cost.costOutputPerMillion * (isLong ? Math.max(1, long.outputFactor) : 1);
  return (always * (reading + writing)) / PER_MILLION;
}

export function tokensAtMost(text: string): number {
  return Buffer.byteLength(text) + AROUND_A_MESSAGE;
}

/** Up, so that a sum of them is never too small: to ten digits behind the point, but for the dust of floating point. */
export function rounded(dollars: number): number {
  return Math.ceil(dollars * 1e10 - 1e-4) / 1e10;
}

export function sum(dollars: readonly number[]): number {
  return rounded(dollars.reduce((total, one) => total + one, 0));
}
