/** RUN.json: every mistake is named with its field and its cure. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../src/errors.js';
import { checkRunFile, modelsOf, probeCount, readRunFile } from '../src/runs/run-file.js';
import { askedScenario } from '../src/runs/scenarios.js';

function file(others: object = {}): object {
  return { name: 'x', definition: { scenarios: [{ id: 'a', prompt: 'p' }] }, models: ['gpt-4o'], ...others };
}

function definition(scenario: object, others: object = {}): object {
  return file({ definition: { scenarios: [{ id: 'a', prompt: 'p', ...scenario }], ...others } });
}

function model(others: object): object {
  return file({ models: [{ modelId: 'gpt-4o', ...others }] });
}

/** The message without the name of the file. */
function refusal(value: unknown): string {
  let message = '';
  assert.throws(
    () => checkRunFile(value),
    (error) => {
      assert.ok(error instanceof UsageError);
      message = error.message.replace(/^RUN\.json: /, '');
      return true;
    },
    JSON.stringify(value)?.slice(0, 200),
  );
  return message;
}

test('a file that is right is taken, and so is the example', async () => {
  assert.equal(probeCount(checkRunFile(file({ samples: 3, models: ['a', { modelId: 'b' }] }))), 6);
  const example = fileURLToPath(new URL('../../examples/dilemmas.json', import.meta.url));
  assert.equal(probeCount(await readRunFile(example)), 30);
});

test('each mistake is told with its field and its cure', () => {
  const Text = 'must not be blank';
  const known =
    'temperature, maxTokens, maxTurns, seed, topP, deadlineSeconds, preamblePlacement, promptCaching, maxContinuations';
  const cases: [value: unknown, message: string][] = [
    [null, 'the file: must be of type object'],
    [[], 'the file: must be of type object'],
    [{ ...file(), name: undefined }, 'name: is required; add it'],
    [file({ name: ' ' }), `name: ${Text}`],
    [file({ definition: {} }), 'definition: has neither scenarios nor a template; add one of them'],
    [file({ definition: { scenarios: [] } }), 'definition.scenarios: must not be empty'],
    [definition({ prompt: undefined }), 'definition.scenarios[0].prompt: is required; add it'],
    [definition({ prompt: '\n ' }), `definition.scenarios[0].prompt: ${Text}`],
    [definition({ id: 1 }), 'definition.scenarios[0].id: must be of type string'],
    [
      definition({ promt: 'x' }),
      'definition.scenarios[0].promt: is not known (known: id, name, prompt, preamble, followups, dimensions, levels, family, pairId, orientation, turned)',
    ],
    [definition({ followups: [{ label: 'x' }] }), 'definition.scenarios[0].followups[0].prompt: is required; add it'],
    [definition({}, { followups: [{}] }), 'definition.followups[0].prompt: is required; add it'],
    [definition({ dimensions: { x: true } }), 'definition.scenarios[0].dimensions.x: must be of type number or string'],
    [file({ models: [] }), 'models: must not be empty'],
    [file({ models: [5] }), 'models[0]: must be a model ID or an object with modelId'],
    [file({ models: [''] }), `models[0]: ${Text}`],
    [file({ models: [{}] }), 'models[0].modelId: is required; add it'],
    [model({ modelCnfig: {} }), 'models[0].modelCnfig: is not known (known: modelId, modelConfig, modelCost)'],
    [model({ modelConfig: { temperature: 9 } }), 'models[0].modelConfig.temperature: must be <= 2'],
    [
      model({ modelConfig: { reasoningEffort: 'huge' } }),
      'models[0].modelConfig.reasoningEffort: must be one of none, minimal, low, medium, high, xhigh, max',
    ],
    [model({ modelCost: { costInputPerMillion: 1 } }), 'models[0].modelCost.costOutputPerMillion: is required; add it'],
    [file({ samples: 0 }), 'samples: must be >= 1'],
    [file({ samples: 1.5 }), 'samples: must be of type integer'],
    [file({ samples: '3' }), 'samples: must be of type integer'],
    [file({ retryLimit: -1 }), 'retryLimit: must be >= 0'],
    [file({ config: { maxTurns: 0 } }), 'config.maxTurns: must be >= 1'],
    [file({ config: { maxTokens: '7' } }), 'config.maxTokens: must be of type integer'],
    [file({ config: { maxTokns: 7 } }), `config.maxTokns: is not known (known: ${known})`],
    [file({ config: { preamblePlacement: 'top' } }), 'config.preamblePlacement: must be one of system, prompt'],
    [
      file({ samples: 0, models: [5], nmae: 'x' }),
      'nmae: is not known (known: name, definition, models, samples, config, retryLimit, budget, promptCaching, reuse, scale, turn, judge, marker); ' +
        'models[0]: must be a model ID or an object with modelId; samples: must be >= 1',
    ],
  ];
  for (const [value, message] of cases) {
    assert.equal(refusal(value), message);
  }
});

// attack (reader): a key that was written into a run file is looked for in the refusal
test('a key in the file is not repeated', () => {
  assert.doesNotMatch(refusal(file({ config: { apiKey: 'sk-canary' } })), /canary/);
});

test('two of a name are refused, whatever form they are written in', () => {
  const scenarios = ['a', 'b', 'a'].map((id) => ({ id, prompt: 'p' }));
  assert.equal(
    refusal(file({ definition: { scenarios } })),
    'definition.scenarios[2].id: is the same as that of definition.scenarios[0]; rename one',
  );
  assert.equal(
    refusal(file({ models: ['m', { modelId: 'm' }] })),
    'models[1].modelId: is the same as that of models[0]; rename one',
  );
});

test('text that PostgreSQL cannot store is refused wherever it stands (G11)', () => {
  const cure = 'holds U+0000 or half of a surrogate pair; remove it';
  assert.equal(refusal(definition({ prompt: 'a\u0000b' })), `definition.scenarios[0].prompt: ${cure}`);
  assert.equal(refusal(definition({ prompt: 'a\ud800' })), `definition.scenarios[0].prompt: ${cure}`);
  const named = refusal(definition({ dimensions: { '\udc00': 1 } }));
  assert.equal(named, `definition.scenarios[0].dimensions.\uFFFD: ${cure}`);
  // A whole pair is a character like any other.
  checkRunFile(definition({ prompt: '😀' }));
});

test('more than a million probes do not go into one run', () => {
  const scenarios = Array.from({ length: 1_001 }, (_, index) => ({ id: String(index), prompt: 'p' }));
  const message = 'makes 1001000 probes; at most 1000000 fit into one run; make several of it';
  assert.equal(refusal(file({ definition: { scenarios }, samples: 1_000 })), message);
  checkRunFile(file({ definition: { scenarios: scenarios.slice(1) }, samples: 1_000 }));
});

test('a file is read with a byte order mark; one that is missing or no JSON is told by its path', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'queue-file-'));
  try {
    const path = join(folder, 'run.json');
    writeFileSync(path, `\uFEFF${JSON.stringify(file())}`);
    assert.equal((await readRunFile(path)).name, 'x');
    writeFileSync(path, '{"name": ');
    await assert.rejects(readRunFile(path), (error: Error) => error.message.startsWith(`${path}: is not JSON: `));
    writeFileSync(path, JSON.stringify(file({ samples: 0 })));
    await assert.rejects(readRunFile(path), { message: `${path}: samples: must be >= 1` });
    await assert.rejects(readRunFile(join(folder, 'none')), /none: cannot be read: ENOENT/);
    await assert.rejects(readRunFile(folder), /cannot be read: EISDIR/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('what a scenario does not say itself it has from its definition', () => {
  const common = { preamble: 'P', followups: [{ prompt: 'F' }] };
  assert.deepEqual(askedScenario(common, { prompt: 'p' }), {
    prompt: 'p',
    preamble: 'P',
    followups: [{ prompt: 'F' }],
  });
  const own = { prompt: 'p', preamble: '', followups: [] };
  assert.deepEqual(askedScenario(common, own), own);
  assert.deepEqual(askedScenario({}, { prompt: 'p' }), { prompt: 'p' });
  assert.deepEqual(modelsOf(checkRunFile(file())), [{ modelId: 'gpt-4o' }]);
});
