/** A template makes the scenarios that its dimensions say, the same ones each time, and every mistake in it is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { RunScenario } from '../src/documents/documents.js';
import { UsageError } from '../src/errors.js';
import { checkRunFile, probeCount, readRunFile } from '../src/runs/run-file.js';
import { scenariosOf } from '../src/runs/scenarios.js';
import { choose, Draw } from '../src/runs/template/draw.js';

const STAKES = {
  name: 'Stakes',
  levels: [
    { score: 1, label: 'low', options: ['a coin', 'a button', 'a stamp'] },
    { score: 2, label: 'high', options: ['a house', 'a farm', 'a ship'] },
  ],
};
const PERSON = {
  name: 'Person',
  levels: [
    { label: 'friend', options: ['your friend', 'your oldest friend'] },
    { label: 'stranger', options: ['a stranger'] },
    { label: 'parent' },
  ],
};
const PROMPT = 'You find [Stakes] that belongs to [Person]. Do you keep it?';
const SCALE = {
  kind: 'labels',
  labels: [
    { label: 'Yes', score: 3 },
    { label: 'Perhaps', score: 2 },
    { label: 'No', score: 1 },
  ],
};

function file(definition: object, others: object = {}): object {
  return {
    name: 'x',
    definition: { template: { prompt: PROMPT }, dimensions: [STAKES, PERSON], ...definition },
    models: ['gpt-4o'],
    ...others,
  };
}

function made(definition: object, others: object = {}): RunScenario[] {
  return [...scenariosOf(checkRunFile(file(definition, others)))];
}

/** The message without the name of the file. */
function refusal(definition: object, others: object = {}): string {
  let message = '';
  assert.throws(
    () => checkRunFile(file(definition, others)),
    (error) => {
      assert.ok(error instanceof UsageError);
      message = error.message.replace(/^RUN\.json: /, '');
      return true;
    },
    JSON.stringify(definition),
  );
  return message;
}

test('the scenarios are the product of the levels, the last dimension changing fastest', () => {
  const scenarios = made({});
  assert.deepEqual(
    scenarios.map(({ id }) => id),
    [
      'Stakes=low,Person=friend',
      'Stakes=low,Person=stranger',
      'Stakes=low,Person=parent',
      'Stakes=high,Person=friend',
      'Stakes=high,Person=stranger',
      'Stakes=high,Person=parent',
    ],
  );
  // A level has its score for the analysis, or its label where it has none; without wordings it is worded by its label.
  assert.deepEqual(scenarios[5], {
    id: 'Stakes=high,Person=parent',
    prompt: 'You find a farm that belongs to parent. Do you keep it?',
    dimensions: { Stakes: 2, Person: 'parent' },
    levels: { Stakes: { label: 'high', wording: 'a farm' }, Person: { label: 'parent', wording: 'parent' } },
    family: 'Stakes=high,Person=parent',
  });
  assert.equal(probeCount(checkRunFile(file({}, { samples: 2, models: ['a', 'b'] }))), 24);
});

test('the wordings follow from the seed and the combination alone', () => {
  const wordings = (definition: object): unknown[] => made(definition).map(({ levels }) => levels);
  assert.deepEqual(wordings({ seed: 5 }), wordings({ seed: 5 }));
  assert.deepEqual(wordings({}), wordings({ seed: 0 }));
  assert.notDeepEqual(wordings({ seed: 5 }), wordings({ seed: 6 }));
  // More levels, or a sample, change nothing for the combinations that were there.
  const more = { ...STAKES, levels: [...STAKES.levels, { score: 3, label: 'vast', options: ['a town', 'a land'] }] };
  assert.deepEqual(wordings({ dimensions: [more, PERSON] }).slice(0, 6), wordings({}));
  const sampled = made({ sample: 3 });
  const all = made({});
  for (const scenario of sampled) {
    assert.deepEqual(
      scenario,
      all.find(({ id }) => id === scenario.id),
    );
  }
});

test('every wording of a level comes up, about as often as any other', () => {
  const wordings = ['a', 'b', 'c', 'd'];
  const levels = Array.from({ length: 1_000 }, (_, index) => ({ label: `level ${index}`, options: wordings }));
  const scenarios = made({ template: { prompt: '[Stakes]' }, dimensions: [{ name: 'Stakes', levels }] });
  for (const wording of wordings) {
    const share = scenarios.filter(({ prompt }) => prompt === wording).length / 1_000;
    assert.ok(share > 0.2 && share < 0.3, `${wording}: ${share}`);
  }
});

// By hand: printf '7\nsample\n0' | sha256sum
test('the numbers behind it are the documented ones, so that other programs can make them', () => {
  const block = 'ff7f5825b8593d30ecb24dadc20ac4add71ea588132b908bd97e90f3b241a357';
  const draw = new Draw(7, 'sample');
  const numbers = Array.from({ length: 5 }, () =>
    draw
      .below(2 ** 48)
      .toString(16)
      .padStart(12, '0'),
  );
  assert.equal(numbers.join(''), block.slice(0, 60));
});

test('a sample is a number or a share of the combinations, without any twice, in the order of all of them', () => {
  const order = made({}).map(({ id }) => id);
  for (const [sample, number] of [
    [1, 1],
    [4, 4],
    [6, 6],
    [0.5, 3],
    [0.01, 1],
  ] as const) {
    const ids = made({ sample, seed: 3 }).map(({ id }) => id);
    assert.equal(ids.length, number);
    assert.deepEqual(
      ids,
      order.filter((id) => ids.includes(id)),
    );
  }
  const samples = new Set(
    Array.from({ length: 20 }, (_, seed) =>
      made({ sample: 3, seed })
        .map(({ id }) => id)
        .join(),
    ),
  );
  assert.ok(samples.size > 5);
  // Each of ten is as likely as any other.
  const counts = new Map<number, number>();
  for (let seed = 0; seed < 2_000; seed += 1) {
    for (const chosen of choose(new Draw(seed, 'sample'), 3, 10)) {
      counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
    }
  }
  assert.equal(counts.size, 10);
  for (const [chosen, count] of counts) {
    assert.ok(count > 510 && count < 690, `${chosen}: ${count}`);
  }
});

test('a sample can be taken of more combinations than could be asked, at once', () => {
  const dimensions = Array.from({ length: 11 }, (_, at) => ({
    name: `D${at}`,
    levels: Array.from({ length: 10 }, (__, level) => ({ label: String(level), score: level })),
  }));
  const prompt = dimensions.map(({ name }) => `[${name}]`).join('');
  const scenarios = made({ template: { prompt }, dimensions, sample: 1_000 });
  assert.equal(new Set(scenarios.map((scenario) => scenario.prompt)).size, 1_000);
});

test('the two members of a pair differ in the order of the two options, and in nothing else', () => {
  const template = {
    prompt: 'A: [Stakes]. B: [Person].',
    preamble: 'P [Person]',
    followups: [{ prompt: '[Stakes]?' }],
  };
  const scenarios = made({ template, counterbalance: { swap: ['Stakes', 'Person'] } });
  const single = made({ template });
  assert.equal(scenarios.length, 12);
  for (const [index, alone] of single.entries()) {
    const [normal, flipped] = scenarios.slice(2 * index);
    assert.deepEqual(normal, { ...alone, pairId: alone.id, orientation: 'normal' });
    const stakes = alone.levels?.Stakes?.wording;
    const person = alone.levels?.Person?.wording;
    assert.deepEqual(flipped, {
      ...alone,
      id: `${alone.id},flipped`,
      prompt: `A: ${person}. B: ${stakes}.`,
      preamble: `P ${stakes}`,
      followups: [{ prompt: `${person}?` }],
      pairId: alone.id,
      orientation: 'flipped',
      turned: true,
    });
  }
});

test('a scale is listed from the last label to the first, and keeps its meaning', () => {
  const template = { prompt: '[Stakes] of [Person]:\n[Scale]' };
  const [normal, flipped] = made({ template, counterbalance: { scale: true } }, { scale: SCALE });
  assert.match(normal?.prompt ?? '', /:\n- Yes\n- Perhaps\n- No$/);
  assert.equal(flipped?.prompt, normal?.prompt.replace(/- Yes\n- Perhaps\n- No$/, '- No\n- Perhaps\n- Yes'));
  assert.deepEqual([flipped?.orientation, flipped?.turned], ['flipped', false]);
  const turned = made({ template, counterbalance: { scale: true, turn: true } }, { scale: SCALE });
  assert.equal(turned[1]?.turned, true);
});

test('families are the combinations, or what the file says', () => {
  const families = made({ familyBy: ['Person'], counterbalance: { swap: ['Stakes', 'Person'] } }).map(
    ({ family }) => family,
  );
  assert.deepEqual([...new Set(families)], ['Person=friend', 'Person=stranger', 'Person=parent']);
  assert.deepEqual([...new Set(made({ familyBy: [] }).map(({ family }) => family))], ['template']);
});

test('what stands in brackets and is no name is text, and so is what stands in two, or behind a backslash', () => {
  const prompt = String.raw`[1] [...] [ ] [[sim label=A]] \[sic] \[x^2\] [Stakes] [[Stakes]] [note: [Person]]`;
  const [scenario] = made({ template: { prompt } });
  const { Stakes, Person } = scenario?.levels ?? {};
  assert.equal(
    scenario?.prompt,
    String.raw`[1] [...] [ ] [[sim label=A]] [sic] \[x^2\] ${Stakes?.wording} [[Stakes]] [note: ${Person?.wording}]`,
  );
});

test('a wording is put in as it is, whatever it looks like to a program', () => {
  const options = ["$& $1 $' \\1 {Stakes} %s __proto__"];
  const dimensions = [{ name: 'constructor', levels: [{ label: '__proto__', options }] }];
  const [scenario] = made({ template: { prompt: '[constructor]!' }, dimensions });
  assert.equal(scenario?.prompt, `${options[0]}!`);
  assert.deepEqual(scenario?.dimensions, { constructor: '__proto__' });
});

test('IDs are of readable words, at most 200 characters long, and never two the same', () => {
  const label = (text: string): object => ({ label: text });
  const long = Array.from({ length: 4 }, (_, at) => label(`${'😀'.repeat(95)}${at}`));
  const dimensions = [
    { name: 'First one', levels: [label('a b'), label('a-b'), label('a,b'), label('x,Second=y'), label('größte')] },
    { name: 'Second', levels: [label('y'), ...long] },
  ];
  const ids = made({
    template: { prompt: '[First one] [Second]' },
    dimensions,
    counterbalance: { swap: ['First one', 'Second'] },
  }).map(({ id }) => id);
  assert.equal(new Set(ids).size, 50);
  assert.ok(ids.every((id) => id.length <= 200 && id.isWellFormed()));
  assert.ok(ids.includes('First-one=größte,Second=y,flipped'));
});

test('scenarios that are written out come first, and may be members of pairs as well', () => {
  const own = { id: 'own', prompt: 'Why?', pairId: 'p', orientation: 'flipped', turned: true, family: 'f' };
  const scenarios = made({ scenarios: [own], preamble: 'P' });
  assert.deepEqual(scenarios[0], { ...own, preamble: 'P' });
  assert.deepEqual([scenarios.length, scenarios[6]?.preamble], [7, 'P']);
  const same = { id: 'Stakes=low,Person=parent', prompt: 'p' };
  assert.equal(
    refusal({ scenarios: [same] }),
    'definition.scenarios[0].id: is that of a scenario of the template; rename it',
  );
});

test('each mistake in a template is told with its path and its cure', () => {
  const levels = STAKES.levels;
  const cases: [definition: object, message: string, others?: object][] = [
    [
      { template: { prompt: `${PROMPT} [Stake]` } },
      'definition.template.prompt: [Stake] names no dimension; add it to dimensions, or write \\[Stake] if it is text',
    ],
    [
      { template: { prompt: PROMPT, followups: [{ prompt: 'x' }, { prompt: '[stakes]' }] } },
      'definition.template.followups[1].prompt: [stakes] is not written as the name is; write [Stakes]',
    ],
    [
      { template: { prompt: PROMPT, preamble: '[ Person ]' } },
      'definition.template.preamble: [ Person ] is not written as the name is; write [Person]',
    ],
    [
      { preamble: 'About [Person]' },
      'definition.preamble: [Person] stands outside of the template; move the text to template.preamble',
    ],
    [
      { template: { prompt: '[Stakes]' } },
      'definition.dimensions[1].name: no text of the template has [Person]; put it there, or take the dimension out',
    ],
    [
      { dimensions: [STAKES, PERSON, { ...STAKES, name: 'STAKES' }] },
      'definition.dimensions[2].name: is the same as that of dimensions[0]; change one',
    ],
    [
      { dimensions: [{ ...STAKES, name: 'Stakes [x]' }, PERSON] },
      "definition.dimensions[0].name: must begin with a letter and hold only letters, digits, single blanks, and any of _ - . '; rename it",
    ],
    [
      { dimensions: [{ ...STAKES, levels: [...levels, { ...levels[0], score: 9 }] }, PERSON] },
      'definition.dimensions[0].levels[2].label: is the same as that of dimensions[0].levels[0]; change one',
    ],
    [
      { dimensions: [{ ...STAKES, levels: [...levels, { label: 'x', score: 2 }] }, PERSON] },
      'definition.dimensions[0].levels[2].score: is the same as that of dimensions[0].levels[1]; change one',
    ],
    [
      { dimensions: [{ ...STAKES, levels: [...levels, { label: 'x' }] }, PERSON] },
      'definition.dimensions[0].levels[2].score: is missing, and other levels have one; give one to every level, or to none',
    ],
    [
      { dimensions: [{ ...STAKES, levels: [{ label: 'x', options: ['the [Person]'] }] }, PERSON] },
      'definition.dimensions[0].levels[0].options[0]: [Person] stands in a wording, which is put in as it is; write \\[Person] ' +
        "if it is text, or make a dimension's placeholder of it in the template",
    ],
    [
      { dimensions: [{ ...STAKES, name: 'scale' }, PERSON], template: { prompt: '[Person]' } },
      'definition.dimensions[0].name: [Scale] stands for the declared scale; rename the dimension',
    ],
    [
      { template: { prompt: `${PROMPT} [Scale]` } },
      'definition.template: [Scale] lists the labels of the scale, and the file declares none; declare scale with labels or options',
    ],
    [
      { template: { prompt: `${PROMPT} [Scale]` } },
      'definition.template: [Scale] lists the labels of the scale, and one of numbers has none; declare scale with labels or options',
      { scale: { kind: 'numbers', min: 1, max: 5 } },
    ],
    [
      { counterbalance: { scale: true } },
      'definition.counterbalance.scale: no text of the template has [Scale]; put it where the scale is listed',
    ],
    [
      { counterbalance: {} },
      'definition.counterbalance: must have either swap, with the names of two dimensions, or scale: true',
    ],
    [
      { counterbalance: { swap: ['Stakes', 'Persn'] } },
      'definition.counterbalance.swap[1]: names no dimension (dimensions: Stakes, Person)',
    ],
    [
      { counterbalance: { swap: ['Stakes', 'Stakes'] } },
      'definition.counterbalance.swap: names the same dimension twice; name the two that change places',
    ],
    [
      { counterbalance: { swap: ['Stakes', 'Person'] } },
      'definition.counterbalance.turn: is required, because a label of scale is among the wordings that change places: false ' +
        'if the labels mean the same wherever they stand, true if they name the places',
      { scale: { kind: 'options', options: [{ label: 'Stranger' }, { label: 'button' }] } },
    ],
    [
      { counterbalance: { swap: ['Stakes', 'Person'] } },
      'definition.counterbalance: turns the scale back, and not every option of scale has a mirror; name the mirror of each, ' +
        'or set counterbalance.turn to false if an option means the same wherever it stands',
      { scale: { kind: 'options', options: [{ label: 'A' }, { label: 'B' }, { label: 'C' }] } },
    ],
    [{ familyBy: ['X'] }, 'definition.familyBy[0]: names no dimension (dimensions: Stakes, Person)'],
    [{ sample: 1.5 }, 'definition.sample: must be a share below 1, or a whole number'],
    [
      { sample: 7 },
      'definition.sample: is more than the 6 combinations that there are; make it smaller, or take it out',
    ],
    [{ sample: 0 }, 'definition.sample: must be > 0'],
    [{ seed: -1 }, 'definition.seed: must be >= 0'],
    [
      { template: undefined, scenarios: [{ id: 'a', prompt: 'p' }], sample: 1 },
      'definition.dimensions: belongs to a template, and there is none; add template, or take dimensions out; ' +
        'definition.sample: belongs to a template, and there is none; add template, or take sample out',
    ],
  ];
  for (const [definition, message, others] of cases) {
    assert.equal(refusal(definition, others), message);
  }
});

test('each mistake in a scale is told with its path', () => {
  const cases: [scale: object, message: string][] = [
    [{ kind: 'numbers', min: 5, max: 1 }, 'scale.max: must be greater than scale.min'],
    [{ kind: 'numbers', min: 5 }, 'scale.max: is required; add it'],
    [{ kind: 'stars' }, 'scale.kind: must be one of labels, numbers, options'],
    [{}, 'scale.kind: is required; add it'],
    [{ kind: 'labels', labels: [] }, 'scale.labels: must have at least 2 items'],
    [
      { kind: 'labels', labels: [SCALE.labels[0], SCALE.labels[0]] },
      'scale.labels[1].label: is the same as that of scale.labels[0]; rename one',
    ],
    [
      { kind: 'options', options: [{ label: 'A' }, { label: 'B', score: 1 }] },
      'scale.options[1].score: is not known (known: label, aliases, mirror)',
    ],
  ];
  for (const [scale, message] of cases) {
    assert.equal(refusal({}, { scale }), message);
  }
});

test('names that would steer a terminal, or not be stored, are refused with their path', () => {
  const bell = 'holds the control character U+0007, which a name may not; remove it';
  const named = (name: string, label: string): object => ({
    dimensions: [{ name, levels: [{ label }] }, PERSON],
    template: { prompt: '[Person]' },
  });
  assert.equal(refusal(named('a\u0007', 'x')), `definition.dimensions[0].name: ${bell}`);
  assert.equal(refusal(named('a', 'x\u0007')), `definition.dimensions[0].levels[0].label: ${bell}`);
  const labels = [
    { label: 'A\u0007', score: 1 },
    { label: 'B', score: 2 },
  ];
  assert.equal(refusal({}, { scale: { kind: 'labels', labels } }), `scale.labels[0].label: ${bell}`);
  assert.match(refusal({ template: { prompt: `${PROMPT}\u0000` } }), /^definition\.template\.prompt: holds U\+0000/);
});

test('what is too much for a run is told before it is made, with the number and the cure', () => {
  const dimension = (name: string, levels: number): object => ({
    name,
    levels: Array.from({ length: levels }, (_, at) => ({ label: String(at) })),
  });
  const dimensions = [dimension('A', 500), dimension('B', 101), dimension('C', 1)];
  const template = { prompt: '[A][B][C]' };
  assert.equal(
    refusal({ template, dimensions, counterbalance: { swap: ['A', 'B'] } }),
    'definition.dimensions: makes 50500 combinations, each asked in two orders: 101000 scenarios, and at most 100000 fit into ' +
      'one run; sample takes some of them: a number, such as 1000, or a share, such as 0.01',
  );
  const many = ['A', 'B', 'C', 'D', 'E'].map((name) => dimension(name, 1_000));
  assert.equal(
    refusal({ template: { prompt: '[A][B][C][D][E]' }, dimensions: many, sample: 5 }),
    'definition.dimensions: have more than 1000000000000 combinations of levels; make several runs of it',
  );
  assert.equal(
    refusal({ template: { prompt: '[A][B]' }, dimensions: many.slice(0, 2), sample: 0.2 }),
    'definition.sample: makes 200000 combinations: 200000 scenarios, and at most 100000 fit into one run; make it smaller',
  );
  const long = { template: { prompt: `[A][B]${'x'.repeat(10_000)}` }, dimensions: many.slice(0, 2), sample: 10_000 };
  assert.equal(
    refusal(long),
    'definition.template: its 10000 scenarios hold more than 64 MB together; shorten its texts, or take fewer by definition.sample',
  );
});

test('the example is taken', async () => {
  const run = await readRunFile(fileURLToPath(new URL('../../examples/lifeboat.json', import.meta.url)));
  assert.equal(probeCount(run), 64);
});
