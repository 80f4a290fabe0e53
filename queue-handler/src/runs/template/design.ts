/** The size and the texts of what a template and its dimensions declare. */
import type { Counterbalance, Definition, Template } from '../../documents/documents.js';

/** What a definition says of its template. */
export type Design = Pick<Definition, 'template' | (typeof DESIGN_FIELDS)[number]>;

export const DESIGN_FIELDS = ['dimensions', 'counterbalance', 'sample', 'seed', 'familyBy'] as const;

export const MOST_SCENARIOS = 100_000;
/** Of which a sample can be taken. */
export const MOST_COMBINATIONS = 1_000_000_000_000;

/** Whether scores of the second member of a pair mean the opposite. */
export function turns({ swap, turn }: Counterbalance): boolean {
  return turn ?? swap !== undefined;
}

/** How many combinations the levels have. */
export function combinationsOf({ dimensions = [] }: Design): number {
  return dimensions.reduce((product, { levels }) => product * levels.length, 1);
}

/** How many of the combinations are taken. */
export function takenOf(design: Design): number {
  const all = combinationsOf(design);
  const { sample } = design;
  if (sample === undefined) {
    return all;
  }
  return sample < 1 ? Math.max(1, Math.round(sample * all)) : sample;
}

/** How many scenarios the template makes. */
export function scenariosMade(design: Design): number {
  if (design.template === undefined) {
    return 0;
  }
  return takenOf(design) * (design.counterbalance === undefined ? 1 : 2);
}

/** Every text of the template in which placeholders may stand, with its path below `definition`. */
export function* textsOf({ prompt, preamble, followups }: Template): Generator<[path: string, text: string]> {
  yield ['template.prompt', prompt];
  if (preamble !== undefined) {
    yield ['template.preamble', preamble];
  }
  for (const [index, followup] of (followups ?? []).entries()) {
    yield [`template.followups[${index}].prompt`, followup.prompt];
  }
}
