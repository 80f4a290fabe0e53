/** A template and what varies in it, as a run's file declares them. */

export interface Followup {
  label?: string;
  prompt: string;
}

/** Texts in which `[Name]` stands for the wording of a dimension's level. */
export interface Template {
  prompt: string;
  preamble?: string;
  followups?: Followup[];
}

export interface Level {
  label: string;
  /** What the analysis gets; where there is none, it gets the label. */
  score?: number;
  /** Wordings, of which the seed chooses one for each scenario; without any, the label itself. */
  options?: string[];
}

export interface Dimension {
  name: string;
  levels: Level[];
}

/** What stands in the opposite order in the second member of each pair. */
export interface Counterbalance {
  /** The wordings of these two dimensions change places. */
  swap?: [first: string, second: string];
  /** `[Scale]` lists the labels from the last to the first. */
  scale?: true;
  /**
   * Whether the scale's labels name places ("Option A", 1 for the first), so that scores of the second member are to be
   * turned back; true with `swap`, false with `scale`, which moves the labels along with their meaning.
   */
  turn?: boolean;
}

export interface Design {
  template?: Template;
  dimensions?: Dimension[];
  counterbalance?: Counterbalance;
  /** Of the combinations of levels: below 1 a share, else a number. */
  sample?: number;
  seed?: number;
  /** Dimensions whose levels make families: scenarios with the same ones belong together. */
  familyBy?: string[];
}

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
