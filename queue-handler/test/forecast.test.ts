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
  const resolved = {
    modelId: 'm',
    provider: 'openai',
    model: 'm',
    maxOutputTokens: null,
    price: null,
    problem: null,
    ...known,
  };
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

test('a price of the tables counts where the file has none, and flex is half of it, if it is served', async () => {
  const price = { costInputPerMillion: 4, costOutputPerMillion: 20, flexFactor: 0.5 };
  const known = { price };
  const listed = await forecastOf({ model: { modelCost: undefined }, known });
  assert.equal(listed.cost, (100 * 4 + 500 * 20) / 1e6);
  assert.equal((await forecastOf({ known })).cost, (100 * 2 + 500 * 10) / 1e6);
  const flex = await forecastOf({ model: { modelCost: undefined, modelConfig: { serviceTier: 'flex' } }, known });
  assert.deepEqual([flex.cost, flex.costAtMost], [(100 * 4 + 500 * 20) / 2e6, (100 * 4 + 8192 * 20) / 1e6]);
});

test('a judge is in the forecast: of every answer, or of at most every answer', async () => {
  const run = (scope?: string) =>
    checkRunFile({
      name: 'x',
      definition: {
        scenarios: [
          { id: 'a', prompt: 'x' },
          { id: 'b', prompt: 'x' },
        ],
      },
      models: [{ modelId: 'm', modelCost: PRICE }],
      samples: 3,
      config: { maxTokens: 1000 },
      scale: { kind: 'numbers', min: 1, max: 5 },
      judge: { modelId: 'j', instructions: 'y'.repeat(200), samples: 2, modelCost: PRICE, ...(scope && { scope }) },
    });
  const known = { modelId: '', provider: 'openai', model: '', maxOutputTokens: null, price: null, problem: null };
  const [, all] = await forecast(run('all'), [known, known], null);
  // Six answers, each judged twice; a question has the instructions, what stands around the answer, and the answer.
  const read = 12 * (50 + 150 + 500);
  assert.deepEqual([all?.requests, all?.inputTokens, all?.outputTokens], [12, read, 12 * 500]);
  assert.equal(all?.cost, (read * 2 + 12 * 500 * 10) / 1e6);
  assert.equal(all?.costAtMost, (12 * (50 + 150 + 1000) * 2 + 12 * 8192 * 10) / 1e6);
  const both = await forecast(run(), [known, known], null);
  assert.deepEqual([both[1]?.cost, both[1]?.costAtMost], [null, all?.costAtMost]);
  const lines = forecastText(both).split('\n');
  assert.match(lines[2] ?? '', /^j \(judge\) .* unknown /);
  assert.match(lines[4] ?? '', /asked about those that the parser cannot settle$/);
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
    'not in the sum, because no table has a price for them, nor has the file (modelCost): n',
    'a-longer-name: set OPENAI_API_KEY',
  ]);
  assert.match(forecastText([priced, priced]), /^together 0\.0104 dollars, at most 0\.1642$/m);
  assert.doesNotMatch(forecastText([unpriced]), /together/);
});
