/** Which probes of a run are shown. It stands in the address of a page and in that of a question in the same words. */

export interface Filter {
  models: string[];
  scenarios: string[];
  states: string[];
  codes: string[];
  /** Numbers as text, names of options, or NO_SCORE. */
  scores: string[];
  classes: string[];
  finish: string[];
  versions: string[];
  orientations: string[];
  truncated: boolean;
  refused: boolean;
  /** By name, the levels of which one must be. */
  dimensions: Record<string, string[]>;
  /** Within prompts and answers, in whatever case. */
  text: string;
}

/** In the matrix and its filters, for an answer without a score: blank, which the label of an option cannot be. */
export const NO_SCORE = ' ';

const LISTS = {
  model: 'models',
  scenario: 'scenarios',
  state: 'states',
  code: 'codes',
  score: 'scores',
  class: 'classes',
  finish: 'finish',
  version: 'versions',
  orientation: 'orientations',
} as const satisfies Record<string, keyof Filter>;

const DIMENSION = 'dim.';

export type ListName = keyof typeof LISTS;

export function noFilter(): Filter {
  return {
    models: [],
    scenarios: [],
    states: [],
    codes: [],
    scores: [],
    classes: [],
    finish: [],
    versions: [],
    orientations: [],
    truncated: false,
    refused: false,
    dimensions: {},
    text: '',
  };
}

export function readFilter(words: URLSearchParams): Filter {
  const filter = noFilter();
  for (const [name, field] of Object.entries(LISTS)) {
    filter[field] = words.getAll(name);
  }
  for (const name of new Set(words.keys())) {
    if (name.startsWith(DIMENSION)) {
      filter.dimensions[name.slice(DIMENSION.length)] = words.getAll(name);
    }
  }
  filter.truncated = words.get('cut') === '1';
  filter.refused = words.get('refused') === '1';
  filter.text = words.get('q') ?? '';
  return filter;
}

export function isFilterWord(name: string): boolean {
  return Object.hasOwn(LISTS, name) || name.startsWith(DIMENSION) || ['cut', 'refused', 'q'].includes(name);
}

/** The filter alone, of words that may say more. */
export function filterWords(words: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...words].filter(([name, value]) => isFilterWord(name) && value !== ''));
}
