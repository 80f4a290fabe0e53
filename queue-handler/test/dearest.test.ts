/** What a conversation may cost at most, and what one try of it did, reckoned by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Turn } from '../src/documents/documents.js';
import { billOf, paidInVain } from '../src/money/bill.js';
import { boundedConfig, dearestCall, dearestTurns, longestAnswer, rounded, sum } from '../src/money/dearest.js';
import { unboundedModels } from '../src/money/plan.js';
import { readDollars } from '../src/settings.js';

const PRICE = { costInputPerMillion: 2, costOutputPerMillion: 10 };
const SCENARIO = {
  prompt: 'x'.repeat(100),
  preamble: 'é'.repeat(10),
  followups: [{ prompt: ' ' }, { prompt: 'Why?' }],
};
const asked = (model: object, config: object = { maxTokens: 50 }) => ({
  scenario: SCENARIO,
  config,
  model: { provider: 'mistral', ...model },
});

test('every byte of what is asked is a token, every answer as long as it may be, and each call is paid for twice', () => {
  // Around a call 64, around a message 32: the preamble of 20 bytes, the prompt of 100; an answer of 50; the second prompt of 4.
  const first = 64 + 32 + 20 + 32 + 100;
  const second = first + 50 + 32 + 32 + 4;
  assert.deepEqual(dearestTurns(asked({ modelCost: PRICE })), [
    (2 * (first * 2 + 50 * 10)) / 1e6,
    (2 * (second * 2 + 50 * 10)) / 1e6,
  ]);
  const stored = first + (32 + 7) + 32 + 4;
  assert.deepEqual(dearestTurns(asked({ modelCost: PRICE }), ['Because']), [(2 * (stored * 2 + 50 * 10)) / 1e6]);
  assert.deepEqual(dearestTurns(asked({ modelCost: PRICE }, { maxTokens: 50, maxTurns: 1 }))?.length, 1);
});

test('without a price, or without a limit on the answer, there is no bound, and that is said with its cure', () => {
  assert.equal(dearestTurns(asked({})), null);
  const endless = { modelId: 'm', provider: 'x', modelCost: PRICE, modelConfig: { maxTokens: null } };
  assert.equal(dearestTurns(asked(endless)), null);
  assert.match(unboundedModels([endless], {})[0] ?? '', /answers of m have no limit .* set maxTokens$/);
  assert.match(unboundedModels([{ modelId: 'm', provider: 'x' }], {})[0] ?? '', /^m has no price.* PROBE_PRICES_FILE$/);
  assert.deepEqual(unboundedModels([{ ...endless, maxOutputTokens: 9 }], {}), []);
  assert.equal(longestAnswer(asked({ maxOutputTokens: 40 })), 40);
  assert.equal(longestAnswer(asked({}, {})), 8192);
});

test('the dearest of all prices counts that may apply to a call', () => {
  const dear = { ...PRICE, costCachedInputPerMillion: 1, costCacheWriteInputPerMillion: 2.5, flexFactor: 0.5 };
  assert.equal(dearestCall(dear, 1e6, 0), 2.5);
  const longContext = { fromInputTokens: 1000, inputFactor: 2, outputFactor: 1.5 };
  assert.equal(dearestCall({ ...PRICE, longContext }, 1000, 100), (1000 * 4 + 100 * 15) / 1e6);
  assert.equal(dearestCall({ ...PRICE, longContext }, 999, 100), (999 * 2 + 100 * 10) / 1e6);
  assert.equal(dearestCall({ ...PRICE, offPeak: { factor: 0.5, peakHoursUtc: [[1, 4]] } }, 10, 0), 20 / 1e6);
});

test('what OpenAI may serve as priority is reserved at its price, unless the default tier is asked for', () => {
  const modelCost = { ...PRICE, priorityFactor: 2.5, priorityCachedFactor: 2 };
  const openai = (serviceTier?: 'flex' | 'default') =>
    sum(
      dearestTurns(asked({ provider: 'openai', modelCost, ...(serviceTier && { modelConfig: { serviceTier } }) })) ??
        [],
    );
  const plain = sum(dearestTurns(asked({ modelCost })) ?? []);
  assert.deepEqual([openai(), openai('flex'), openai('default')], [2.5 * plain, 2.5 * plain, plain].map(rounded));
});

test('what xAI puts before the first message is reserved too', () => {
  const [own] = dearestTurns(asked({ provider: 'xai', modelCost: PRICE })) ?? [];
  const [other] = dearestTurns(asked({ modelCost: PRICE })) ?? [];
  assert.equal(rounded((own ?? 0) - (other ?? 0)), (2 * (2000 - 64) * 2) / 1e6);
});

test('each part of an answer that Google sends in parts is a call, and reads those before it', () => {
  const google = (config: object, isInHand = false) => {
    const turns = dearestTurns({ ...asked({ provider: 'google', modelCost: PRICE }, config), isInHand });
    return (turns ?? []).map((usd) => Math.round(usd * 1e6));
  };
  const first = 64 + 32 + 20 + 32 + 100;
  const second = (parts: number) => first + parts * 50 + 32 + 32 + 4;
  const of = (calls: number, read: number) => calls * (read * 2 + 50 * 10);
  const parts = (most: number) => [of(most + 1, first + (most - 1) * 50), of(most + 1, second(most) + (most - 1) * 50)];
  assert.deepEqual(google({ maxTokens: 50 }), parts(2));
  assert.deepEqual(google({ maxTokens: 50, maxContinuations: 0 }), parts(1));
  assert.deepEqual(google({ maxTokens: 50, maxContinuations: 3 }), parts(4));
  // Its worker was not told.
  assert.deepEqual(google({ maxTokens: 50 }, true), parts(21));
  assert.deepEqual(boundedConfig({ seed: 1 }, 'google'), { seed: 1, maxContinuations: 1 });
  assert.deepEqual(boundedConfig({ maxContinuations: 5 }, 'google'), { maxContinuations: 5 });
  assert.deepEqual(boundedConfig({}, 'openai'), {});
});

test('a try costs its new turns and what it paid for in vain; what nobody knows has a place', () => {
  const turn = (costUsd?: number | null) =>
    ({ providerMetadata: { ...(costUsd !== undefined && { costUsd }) } }) as Turn;
  const turns = [turn(1), turn(2), turn(null), turn()];
  assert.deepEqual(billOf(turns, 1, null), { usd: 2, unknown: [2, 3], counted: 4 });
  assert.deepEqual(billOf(turns.slice(0, 2), 2, null), { usd: 0, unknown: [], counted: 2 });
  const wasted = { discarded: [{ code: 'SERVER_ERROR', rule: 'r' }], costSnapshot: { totalCost: 0.5 } } as never;
  assert.deepEqual(billOf([turn(1)], 0, wasted), { usd: 1.5, unknown: [], counted: 1 });
  // Its worker died: a call may have been on the wire.
  assert.deepEqual(billOf([turn(1)], 0, undefined), { usd: 1, unknown: [1], counted: 1 });
  assert.deepEqual(billOf([], 0, { billing: 'unknown' }), { usd: 0, unknown: [0], counted: 0 });
});

test('what a question to a judge cost in vain is kept where a part of it is known, and unknown as a whole', () => {
  const wasted = { discarded: [{ code: 'SERVER_ERROR', rule: 'r' }] };
  const known = { ...wasted, costSnapshot: { totalCost: 0.5 } } as never;
  assert.deepEqual(paidInVain(known), { usd: 0.5, unpriced: false });
  assert.deepEqual(paidInVain({ ...(known as object), billing: 'unknown' }), { usd: 0.5, unpriced: true });
  assert.deepEqual(paidInVain(wasted as never), { usd: 0, unpriced: true });
  assert.deepEqual(paidInVain({}), { usd: 0, unpriced: false });
});

test('an amount is written as people write it, and anything else is none', () => {
  assert.deepEqual(['0', '12', '12.5', '0.0001'].map(readDollars), [0, 12, 12.5, 0.0001]);
  assert.deepEqual(['', '-1', '1e3', '12,50', '$1', '0.00001', 'Infinity', ' 1'].map(readDollars), Array(8).fill(null));
});
