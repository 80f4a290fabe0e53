/**
 * The scenarios of a template: every combination of its dimensions' levels, or a sample of them, in the order of the
 * dimensions as they are declared, the last one changing fastest. Nothing but the file decides what comes out.
 */
import type {
  Counterbalance,
  RunScenario,
  Template,
  TemplateDimension,
  TemplateLevel,
} from '../../documents/documents.js';
import { templateDefault } from '../../documents/schemas.js';
import type { StoredScenario } from '../../model.js';
import { combinationsOf, type Design, takenOf, turns } from './design.js';
import { choose, Draw } from './draw.js';
import { combinationId, flippedId, wordsOf } from './ids.js';
import { filled, SCALE } from './placeholders.js';

/** The level of one dimension in one combination. */
interface Part {
  name: string;
  level: TemplateLevel;
  word: string;
  wording: string;
}

/**
 * @param design one in which nothing is wrong, see `check.ts`.
 * @param scaleLabels what `[Scale]` lists.
 */
export function* expand(design: Design, scaleLabels: readonly string[] | null): Generator<RunScenario> {
  const { template, dimensions = [], seed = templateDefault('seed'), counterbalance } = design;
  if (template === undefined) {
    return;
  }
  const words = dimensions.map(({ levels }) => wordsOf(levels.map((level) => level.label)));
  for (const number of combinations(design, seed)) {
    const chosen = levelsOf(number, dimensions);
    const id = combinationId(
      chosen.map((level, at) => ({ name: nameOf(dimensions, at), word: words[at]?.[level] ?? '' })),
    );
    const draw = new Draw(seed, `wordings\n${id}`);
    const parts = dimensions.map(({ name, levels }, at): Part => {
      const level = levels[chosen[at] ?? 0] as TemplateLevel;
      const wordings = level.options ?? [level.label];
      // Drawn also where there is no choice, so that a second wording for one dimension changes no other's.
      const drawn = draw.below(wordings.length);
      return { name, level, word: words[at]?.[chosen[at] ?? 0] ?? '', wording: wordings[drawn] ?? '' };
    });
    const values = new Map(parts.map(({ name, wording }) => [name.normalize('NFC'), filled(wording, NONE)]));
    const about = aboutOf(parts, id, design.familyBy);
    if (counterbalance === undefined) {
      yield { id, ...textsWith(template, values, scaleLabels), ...about };
    } else {
      yield { id, ...textsWith(template, values, scaleLabels), ...about, pairId: id, orientation: 'normal' };
      yield {
        id: flippedId(id),
        ...flippedTexts(template, values, scaleLabels, counterbalance),
        ...about,
        pairId: id,
        orientation: 'flipped',
        turned: turns(counterbalance),
      };
    }
  }
}

const NONE: ReadonlyMap<string, string> = new Map();

function combinations(design: Design, seed: number): Iterable<number> {
  const all = combinationsOf(design);
  const taken = takenOf(design);
  return taken === all ? Array(all).keys() : choose(new Draw(seed, 'sample'), taken, all);
}

/** The place of each dimension's level: the digits of the combination's number. */
function levelsOf(number: number, dimensions: TemplateDimension[]): number[] {
  const places: number[] = [];
  let rest = number;
  for (const { levels } of [...dimensions].reverse()) {
    places.unshift(rest % levels.length);
    rest = Math.floor(rest / levels.length);
  }
  return places;
}

function nameOf(dimensions: TemplateDimension[], at: number): string {
  return dimensions[at]?.name ?? '';
}

/** What is known of a scenario beside its texts; the same for both members of a pair. */
function aboutOf(parts: Part[], id: string, familyBy: string[] | undefined): Omit<StoredScenario, 'prompt'> {
  const family = familyBy === undefined ? id : combinationId(parts.filter(({ name }) => familyBy.includes(name)));
  if (parts.length === 0) {
    return { family };
  }
  return {
    dimensions: Object.fromEntries(parts.map(({ name, level }) => [name, level.score ?? level.label])),
    levels: Object.fromEntries(parts.map(({ name, level, wording }) => [name, { label: level.label, wording }])),
    family,
  };
}

function textsWith(
  template: Template,
  values: ReadonlyMap<string, string>,
  scaleLabels: readonly string[] | null,
): Pick<StoredScenario, 'prompt' | 'preamble' | 'followups'> {
  const all = new Map(values);
  if (scaleLabels !== null) {
    all.set(SCALE, scaleLabels.map((label) => `- ${label}`).join('\n'));
  }
  const { prompt, preamble, followups } = template;
  return {
    prompt: filled(prompt, all),
    ...(preamble === undefined ? {} : { preamble: filled(preamble, all) }),
    ...(followups === undefined
      ? {}
      : { followups: followups.map((followup) => ({ ...followup, prompt: filled(followup.prompt, all) })) }),
  };
}

function flippedTexts(
  template: Template,
  values: ReadonlyMap<string, string>,
  scaleLabels: readonly string[] | null,
  { swap, scale }: Counterbalance,
): Pick<StoredScenario, 'prompt' | 'preamble' | 'followups'> {
  const swapped = new Map(values);
  if (swap !== undefined) {
    const [first, second] = swap.map((name) => name.normalize('NFC')) as [string, string];
    swapped.set(first, values.get(second) ?? '');
    swapped.set(second, values.get(first) ?? '');
  }
  return textsWith(
    template,
    swapped,
    scale === true && scaleLabels !== null ? [...scaleLabels].reverse() : scaleLabels,
  );
}
