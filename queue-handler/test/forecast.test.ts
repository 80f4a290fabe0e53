/** What a run will cost, reckoned by hand beside it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelAnswer } from '../src/documents/documents.js';
import { forecast, type ModelForecast } from '../src/runs/forecast.js';
import { checkRunFile } from '../src/runs/run-file.js';
import { forecastText } from '../src/view/forecast-text.js';

const PRICE = { costInputPerMillion: 2, costOutputPerMillion: 10 };

interface Asked {
  scenario?: object;
  model?: object;
  file?: object;
  known?: Partial<ModelAnswer>;
}

async function forecastOf({ scenario, model, file, known }: Asked = {}): Promise<ModelForecast> {
  const run = checkRunFile({
    name: 'x',
    definition: { scenarios: [{ id: 'a', prompt: 'x'.repeat(400), ...scenario }] },
    models: [{ modelId: 'm', modelCost: PRICE, ...model }],
    ...file,
  });
  const resolved = { modelId: 'm', provider: 'openai', model: 'm', maxOutputTokens: null, problem: null, ...known };
  const [only] = await forecast(run, [resolved], null);
  assert.ok(only);
  return only;
}

test('one question: a quarter of its characters in, an assumed answer out, and maxTokens at most', async () => {
  assert.deepEqual(await forecastOf(), {
    modelId: 'm',
    provider: 'openai',
    requests: 1,
    inputTokens: 100,
    outputTokens: 500,
    cost: (100 * 2 + 500 * 10) / 1e6,
    costAtMost: (100 * 2 + 8192 * 10) / 1e6,
    answerTokens: 500,
    measuredTurns: 0,
    problem: null,
  });
});

test('each turn reads the whole conversation before it, and every sample and scenario is counted', async () => {
  const scenario = { preamble: 'y'.repeat(40), followups: [{ prompt: 'z'.repeat(80) }, { prompt: 'z' }] };
  const { requests, inputTokens, outputTokens, cost } = await forecastOf({ scenario, file: { samples: 3 } });
  // 10 + 100; and the answer and 20 more; and the answer and 1 more.
  const once = 110 + (110 + 500 + 20) + (110 + 500 + 20 + 500 + 1);
  assert.deepEqual([requests, inputTokens, outputTokens], [9, 3 * once, 9 * 500]);
  assert.equal(cost, (3 * once * 2 + 9 * 500 * 10) / 1e6);
});

test('what the workers leave out costs nothing: blank questions, a blank preamble, turns beyond maxTurns', async () => {
  const scenario = {
    preamble: ' \n'.repeat(100),
    followups: [{ prompt: ' ' }, { prompt: 'zzzz' }, { prompt: 'zzzz' }],
  };
  const two = await forecastOf({ scenario, file: { config: { maxTurns: 2 } } });
  assert.deepEqual([two.requests, two.inputTokens], [2, 100 + 601]);
  const ten = await forecastOf({ scenario: { followups: Array(20).fill({ prompt: 'z' }) } });
  assert.equal(ten.requests, 10);
});

test('an answer is no longer than the run, the model or its maker allows', async () => {
  const atMost = (tokens: number): number => (100 * 2 + tokens * 10) / 1e6;
  const cases: [asked: Asked, answer: number, most: number | null][] = [
    [{ file: { config: { maxTokens: 100 } } }, 100, atMost(100)],
    [{ file: { config: { maxTokens: 100 } }, model: { modelConfig: { maxTokens: 50 } } }, 50, atMost(50)],
    [{ known: { maxOutputTokens: 4096 } }, 500, atMost(4096)],
    [{ model: { modelConfig: { maxTokens: null } }, known: { maxOutputTokens: 20_000 } }, 500, atMost(20_000)],
    // As much as the model gives, and nobody knows how much that is.
    [{ model: { modelConfig: { maxTokens: null } } }, 500, null],
  ];
  for (const [asked, answer, most] of cases) {
    const { answerTokens, costAtMost } = await forecastOf(asked);
    assert.deepEqual([answerTokens, costAtMost], [answer, most]);
  }
});

test('without a price there is no cost, and a price of nothing is one', async () => {
  const unpriced = await forecastOf({ model: { modelCost: undefined } });
  assert.deepEqual([unpriced.cost, unpriced.costAtMost], [null, null]);
  const free = await forecastOf({ model: { modelCost: { costInputPerMillion: 0, costOutputPerMillion: 0 } } });
  assert.deepEqual([free.cost, free.costAtMost], [0, 0]);
  // Whether a provider will find a question in its cache is not known before: the full price is reckoned with.
  const cached = await forecastOf({ model: { modelCost: { ...PRICE, costCachedInputPerMillion: 0.1 } } });
  assert.equal(cached.cost, (100 * 2 + 500 * 10) / 1e6);
});

test('the text sums up what has a price, and says what has none and what stands in the way', async () => {
  const priced = await forecastOf();
  const unpriced = { ...(await forecastOf({ model: { modelCost: undefined } })), modelId: 'n', provider: null };
  const measured = { ...priced, modelId: 'a-longer-name', answerTokens: 90, measuredTurns: 12, cost: 12.3456 };
  assert.deepEqual(forecastText([priced, { ...measured, problem: 'set OPENAI_API_KEY' }, unpriced]).split('\n'), [
    'model          provider  requests  tokens in  tokens out  dollars  at most  answers',
    'm              openai           1        100         500   0.0052   0.0821  500 tokens, assumed',
    'a-longer-name  openai           1        100         500    12.35   0.0821  90 tokens, measured in 12 turns',
    'n              unknown          1        100         500  unknown  unknown  500 tokens, assumed',
    'together 12.35 dollars, at most unknown',
    'not in the sum, because the file has no modelCost for them: n',
    'a-longer-name: set OPENAI_API_KEY',
  ]);
  assert.match(forecastText([priced, priced]), /^together 0\.0104 dollars, at most 0\.1642$/m);
  assert.doesNotMatch(forecastText([unpriced]), /together/);
});
