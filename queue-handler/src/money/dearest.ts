/**
 * What a conversation may cost at most, turn by turn, before it is held.
 *
 * What is read is bounded by the bytes of the questions, for a token is at least one of them, and by the longest answers
 * that may come before. A turn may be paid for twice: a call that may have been billed and brought nothing is made once
 * more, and no further time (workers/common/probe/retry.py). An answer that comes in parts takes a call for each.
 */
import type { ModelCost, ProbeSettings } from '../documents/documents.js';
import { probeDefault } from '../documents/schemas.js';
import type { RunModel, StoredScenario } from '../model.js';

const PER_MILLION = 1_000_000;
// What a vendor puts around a message, and before the first one: a few tokens each; this is more than any of them.
const AROUND_A_MESSAGE = 32;
const AROUND_A_CALL = 64;
// xAI puts a text of its own before the first message: 338 tokens of it were seen in recorded answers.
const AROUND_A_CALL_OF_XAI = 2_000;
/** Calls that may be billed beside those that bring a part of the answer. */
const PAID_AGAIN = 1;
/** Further parts of an answer that are fetched under a bound, where the run's file does not say how many. */
const CONTINUATIONS = 1;

export interface Asked {
  scenario: Pick<StoredScenario, 'prompt' | 'preamble' | 'followups'>;
  config: ProbeSettings;
  model: Pick<RunModel, 'provider' | 'modelConfig' | 'modelCost' | 'price' | 'maxOutputTokens'>;
  /** It was begun before there was a bound, by which its worker was not told of one. */
  isInHand?: boolean;
}

/** The settings of a run, as a worker gets them that asks under a bound. */
export function boundedConfig(config: ProbeSettings, provider: string): ProbeSettings {
  return provider === 'google' && config.maxContinuations == null
    ? { ...config, maxContinuations: CONTINUATIONS }
    : config;
}

/** In how many parts an answer may come at most. */
function partsOf({ config, model: { provider }, isInHand }: Asked): number {
  const { maxContinuations } = isInHand === true ? config : boundedConfig(config, provider);
  return provider === 'google' ? 1 + (maxContinuations ?? probeDefault('maxContinuations')) : 1;
}

/** The most tokens that an answer may have; infinite where nobody bounds it. */
export function longestAnswer({ config, model }: Pick<Asked, 'config' | 'model'>): number {
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
  const parts = partsOf(asked);
  const { prompt, preamble, followups } = asked.scenario;
  const prompts = [prompt, ...(followups ?? []).map((followup) => followup.prompt)]
    .filter((text) => text.trim() !== '')
    .slice(0, most);
  let context = aroundACall(asked.model.provider) + (preamble?.trim() ? tokensAtMost(preamble) : 0);
  const turns: number[] = [];
  for (const [index, text] of prompts.entries()) {
    context += tokensAtMost(text);
    const answer = answers[index];
    if (answer === undefined) {
      const read = context + (parts - 1) * longest;
      turns.push(rounded((parts + PAID_AGAIN) * dearestCall(cost, read, longest, mayBePriority(asked.model))));
    }
    context += answer === undefined ? parts * longest + AROUND_A_MESSAGE : tokensAtMost(answer);
  }
  return turns;
}

/** Dollars of a question whose answer is not continued, at most. */
export function dearestQuestion(cost: ModelCost, input: number, output: number, priority: boolean): number {
  return rounded((1 + PAID_AGAIN) * dearestCall(cost, AROUND_A_CALL_OF_XAI + input, output, priority));
}

/**
 * Whether a call may be served as priority: OpenAI's tier is the project's own where a call asks for none, and where a
 * model does not take the one that was asked for (https://developers.openai.com/api/docs/guides/priority-processing).
 */
function mayBePriority({ provider, modelConfig }: Pick<RunModel, 'provider' | 'modelConfig'>): boolean {
  return provider === 'openai' && modelConfig?.serviceTier !== 'default';
}

function aroundACall(provider: string): number {
  return provider === 'xai' ? AROUND_A_CALL_OF_XAI : AROUND_A_CALL;
}

/**
 * Dollars of one call that reads and writes so many tokens at most, at the dearest of all prices that may apply.
 *
 * @param priority whether that of the priority tier may.
 */
export function dearestCall(cost: ModelCost, input: number, output: number, priority = false): number {
  const { longContext: long, offPeak } = cost;
  const read = Math.max(
    cost.costInputPerMillion,
    cost.costCachedInputPerMillion ?? 0,
    cost.costCacheWriteInputPerMillion ?? 0,
  );
  const isLong = long != null && input >= long.fromInputTokens;
  const tiers = [cost.flexFactor, cost.flexCachedFactor];
  if (priority) {
    tiers.push(cost.priorityFactor, cost.priorityCachedFactor);
  }
  const always = Math.max(1, ...tiers.map((factor) => factor ?? 1)) * Math.max(1, offPeak?.factor ?? 1);
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
