/** What is wrong with a template and its dimensions that a schema cannot say. */
import type { Counterbalance, Definition, RunScale, TemplateDimension } from '../../documents/documents.js';
import { terminalText } from '../../terminal-text.js';
import { canBeTurned, labelsOf } from '../scale.js';
import {
  combinationsOf,
  DESIGN_FIELDS,
  type Design,
  MOST_COMBINATIONS,
  MOST_SCENARIOS,
  scenariosMade,
  takenOf,
  textsOf,
  turns,
} from './design.js';
import { bracketed, isName, NAME_RULE, nameKey, SCALE } from './placeholders.js';

/** A sentence for each fault, with the path below `definition` and the cure; none where it can be expanded. */
export function designProblems(design: Definition, scale: RunScale | undefined): string[] {
  if (design.template === undefined) {
    return DESIGN_FIELDS.filter((field) => design[field] !== undefined).map(
      (field) => `${field}: belongs to a template, and there is none; add template, or take ${field} out`,
    );
  }
  const { dimensions = [] } = design;
  const unclear = dimensionProblems(dimensions);
  if (unclear.length > 0) {
    return unclear;
  }
  const problems = [
    ...dimensions.flatMap(({ levels }, at) => levelProblems(levels, `dimensions[${at}].levels`)),
    ...placeholderProblems(design, scale),
    ...commonProblems(design),
    ...counterbalanceProblems(design.counterbalance, design, scale),
    ...familyProblems(design),
  ];
  // How many there are is worth a word only where it is clear what they are.
  return problems.length > 0 ? problems : sizeProblems(design);
}

function dimensionProblems(dimensions: TemplateDimension[]): string[] {
  return [
    ...dimensions.flatMap(({ name }, at) => nameProblems(name, `dimensions[${at}].name`)),
    ...twins(
      dimensions.map(({ name }) => nameKey(name)),
      (at) => [`dimensions[${at}]`, 'name'],
    ),
  ];
}

function nameProblems(name: string, path: string): string[] {
  if (nameKey(name) === nameKey(SCALE)) {
    return [`${path}: [${SCALE}] stands for the declared scale; rename the dimension`];
  }
  return isName(name) ? [] : [`${path}: ${NAME_RULE}; rename it`];
}

function levelProblems(levels: TemplateDimension['levels'], path: string): string[] {
  const scored = levels.filter(({ score }) => score !== undefined);
  const bare = levels.findIndex(({ score }) => score === undefined);
  return [
    ...twins(
      levels.map(({ label }) => label.normalize('NFC').trim()),
      (at) => [`${path}[${at}]`, 'label'],
    ),
    ...(scored.length > 0 && bare >= 0
      ? [`${path}[${bare}].score: is missing, and other levels have one; give one to every level, or to none`]
      : twins(
          scored.map(({ score }) => String(score)),
          (at) => [`${path}[${at}]`, 'score'],
        )),
    ...levels.flatMap(({ options, label }, at) =>
      (options ?? [label]).flatMap((text, index) =>
        [...bracketed(text)]
          .filter(isName)
          .map(
            (inner) =>
              `${path}[${at}].${options === undefined ? 'label' : `options[${index}]`}: [${inner}] stands in a wording, which ` +
              `is put in as it is; write \\[${inner}] if it is text, or make a dimension's placeholder of it in the template`,
          ),
      ),
    ),
  ];
}

function placeholderProblems(design: Design, scale: RunScale | undefined): string[] {
  const { template, dimensions = [] } = design;
  const problems: string[] = [];
  if (template === undefined) {
    return problems;
  }
  const names = new Map(dimensions.map(({ name }) => [nameKey(name), name]));
  names.set(nameKey(SCALE), SCALE);
  const used = new Set<string>();
  for (const [path, text] of textsOf(template)) {
    for (const inner of bracketed(text)) {
      const meant = names.get(nameKey(inner));
      if (meant !== undefined && inner.normalize('NFC') === meant.normalize('NFC')) {
        used.add(meant);
      } else if (meant !== undefined) {
        problems.push(`${path}: [${shown(inner)}] is not written as the name is; write [${meant}]`);
      } else if (isName(inner)) {
        problems.push(
          `${path}: [${shown(inner)}] names no dimension; add it to dimensions, or write \\[${shown(inner)}] if it is text`,
        );
      }
    }
  }
  if (used.has(SCALE) && labelsOf(scale) === null) {
    const lack = scale === undefined ? 'the file declares none' : 'one of numbers has none';
    problems.push(
      `template: [${SCALE}] lists the labels of the scale, and ${lack}; declare scale with labels or options`,
    );
  }
  for (const [at, { name }] of dimensions.entries()) {
    if (!used.has(name)) {
      problems.push(
        `dimensions[${at}].name: no text of the template has [${name}]; put it there, or take the dimension out`,
      );
    }
  }
  if (design.counterbalance?.scale === true && !used.has(SCALE)) {
    problems.push(`counterbalance.scale: no text of the template has [${SCALE}]; put it where the scale is listed`);
  }
  return [...new Set(problems)];
}

/** A placeholder that nobody fills would be asked as it stands. */
function commonProblems({ preamble = '', followups = [], dimensions = [] }: Definition): string[] {
  const names = new Set([SCALE, ...dimensions.map(({ name }) => name)].map(nameKey));
  const texts: [path: string, text: string][] = [
    ['preamble', preamble],
    ...followups.map(({ prompt }, at): [string, string] => [`followups[${at}].prompt`, prompt]),
  ];
  return texts.flatMap(([path, text]) =>
    [...bracketed(text)]
      .filter((inner) => names.has(nameKey(inner)))
      .map((inner) => `${path}: [${shown(inner)}] stands outside of the template; move the text to template.${path}`),
  );
}

function counterbalanceProblems(
  counterbalance: Counterbalance | undefined,
  { dimensions = [] }: Design,
  scale: RunScale | undefined,
): string[] {
  if (counterbalance === undefined) {
    return [];
  }
  const { swap, turn } = counterbalance;
  if ((swap === undefined) === (counterbalance.scale === undefined)) {
    return ['counterbalance: must have either swap, with the names of two dimensions, or scale: true'];
  }
  if (swap?.[0] !== undefined && swap[0] === swap[1]) {
    return ['counterbalance.swap: names the same dimension twice; name the two that change places'];
  }
  const problems = strangers(swap ?? [], dimensions, 'counterbalance.swap');
  if (turns(counterbalance) && !canBeTurned(scale)) {
    problems.push(
      'counterbalance: turns the scale back, and not every option of scale has a mirror; name the mirror of each, or set ' +
        'counterbalance.turn to false if an option means the same wherever it stands',
    );
  } else if (
    swap !== undefined &&
    turn === undefined &&
    labelsOf(scale)?.some((label) => isWorded(label, swap, dimensions))
  ) {
    problems.push(
      'counterbalance.turn: is required, because a label of scale is among the wordings that change places: false if the ' +
        'labels mean the same wherever they stand, true if they name the places',
    );
  }
  return problems;
}

/** Whether a label of the scale is, or is part of, what a swapped dimension says. */
function isWorded(label: string, swap: readonly string[], dimensions: TemplateDimension[]): boolean {
  const key = nameKey(label);
  return dimensions
    .filter(({ name }) => swap.includes(name))
    .flatMap(({ levels }) => levels.flatMap((level) => level.options ?? [level.label]))
    .some((wording) => ` ${nameKey(wording).replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')} `.includes(` ${key} `));
}

function familyProblems({ familyBy = [], dimensions = [] }: Design): string[] {
  return strangers(familyBy, dimensions, 'familyBy');
}

function strangers(names: readonly string[], dimensions: TemplateDimension[], path: string): string[] {
  const known = dimensions.map(({ name }) => name);
  return names.flatMap((name, at) =>
    known.includes(name) ? [] : [`${path}[${at}]: names no dimension (dimensions: ${known.join(', ') || 'none'})`],
  );
}

function sizeProblems(design: Design): string[] {
  const { sample } = design;
  const all = combinationsOf(design);
  const cure = `sample takes some of them: a number, such as 1000, or a share, such as ${all > MOST_SCENARIOS * 100 ? '0.0001' : '0.01'}`;
  if (sample !== undefined && sample >= 1 && !Number.isInteger(sample)) {
    return ['sample: must be a share below 1, or a whole number'];
  }
  if (all > MOST_COMBINATIONS) {
    return [`dimensions: have more than ${MOST_COMBINATIONS} combinations of levels; make several runs of it`];
  }
  if (takenOf(design) > all) {
    return [`sample: is more than the ${all} combinations that there are; make it smaller, or take it out`];
  }
  const made = scenariosMade(design);
  if (made <= MOST_SCENARIOS) {
    return [];
  }
  const pairs = design.counterbalance === undefined ? '' : ', each asked in two orders';
  return [
    `${sample === undefined ? 'dimensions' : 'sample'}: makes ${takenOf(design)} combinations${pairs}: ${made} scenarios, and at ` +
      `most ${MOST_SCENARIOS} fit into one run; ${sample === undefined ? cure : 'make it smaller'}`,
  ];
}

function twins(keys: string[], place: (at: number) => [item: string, field: string]): string[] {
  const seen = new Map<string, number>();
  const problems: string[] = [];
  for (const [at, key] of keys.entries()) {
    const first = seen.get(key);
    if (first !== undefined) {
      const [item, field] = place(at);
      problems.push(`${item}.${field}: is the same as that of ${place(first)[0]}; change one`);
    } else {
      seen.set(key, at);
    }
  }
  return problems;
}

function shown(text: string): string {
  return terminalText(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
