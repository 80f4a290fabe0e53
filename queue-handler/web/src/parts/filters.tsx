/** What can be filtered by, and what is. Everything stands in the address. */
import type { VNode } from 'preact';
import type { Facet, FacetsAnswer } from '../../../src/viewer/api.js';
import { NO_SCORE } from '../../../src/viewer/filter.js';
import { changed } from '../address.js';
import { count } from '../format.js';

type Show = (words: URLSearchParams) => void;

const NAMES: Record<string, string> = {
  model: 'Model',
  score: 'Score',
  class: 'Class of score',
  state: 'State',
  code: 'Cause of failure',
  finish: 'Finish reason',
  version: 'Version',
  orientation: 'Orientation',
  scenario: 'Scenario',
  cut: 'Cut off',
  refused: 'Refused',
  q: 'Text',
};

// More than these are folded until somebody wants them.
const OPEN = ['model', 'score', 'ending'];
const SHOWN = 12;

export function FilterPanel({
  facets,
  words,
  show,
}: {
  facets: FacetsAnswer;
  words: URLSearchParams;
  show: Show;
}): VNode {
  const groups: [name: string, values: Facet[]][] = [
    ['model', facets.models],
    ['score', facets.scores],
    ['class', facets.classes],
    ...facets.dimensions.map(({ name, levels }): [string, Facet[]] => [`dim.${name}`, levels]),
    ['orientation', facets.orientations],
    ['finish', facets.finish],
    ['state', facets.states],
    ['code', facets.codes],
    ['version', facets.versions],
  ];
  return (
    <div class="filters">
      {(facets.truncated > 0 || facets.refused > 0) && (
        <fieldset>
          <legend>Ending</legend>
          <Flag name="cut" number={facets.truncated} words={words} show={show} />
          <Flag name="refused" number={facets.refused} words={words} show={show} />
        </fieldset>
      )}
      {groups
        .filter(([name, values]) => values.length > 1 || words.has(name))
        .map(([name, values]) => (
          <details key={name} open={OPEN.includes(name) || words.has(name)}>
            <summary dir="auto">{titleOf(name)}</summary>
            <Choices name={name} values={values} words={words} show={show} />
          </details>
        ))}
    </div>
  );
}

function Flag({
  name,
  number,
  words,
  show,
}: {
  name: string;
  number: number;
  words: URLSearchParams;
  show: Show;
}): VNode {
  return (
    <label class="choice">
      <input
        type="checkbox"
        checked={words.get(name) === '1'}
        onChange={(event) => show(changed(words, { [name]: event.currentTarget.checked ? '1' : null }))}
      />
      <span>{NAMES[name]}</span>
      <small>{count(number)}</small>
    </label>
  );
}

function Choices({
  name,
  values,
  words,
  show,
}: {
  name: string;
  values: Facet[];
  words: URLSearchParams;
  show: Show;
}): VNode {
  const chosen = words.getAll(name);
  // What an address names stands in the list even where there is nothing of it any more.
  const missing = chosen.filter((one) => !values.some(({ value }) => value === one));
  const all = [...values, ...missing.map((value) => ({ value, count: 0 }))];
  const choice = ({ value, count: number }: Facet): VNode => (
    <label class="choice" key={value}>
      <input
        type="checkbox"
        checked={chosen.includes(value)}
        onChange={(event) =>
          show(
            changed(words, {
              [name]: event.currentTarget.checked ? [...chosen, value] : chosen.filter((one) => one !== value),
            }),
          )
        }
      />
      <span dir="auto">{shown(name, value)}</span>
      <small>{count(number)}</small>
    </label>
  );
  return (
    <fieldset>
      <legend class="sr-only">{titleOf(name)}</legend>
      {all.slice(0, SHOWN).map(choice)}
      {all.length > SHOWN && (
        <details open={all.slice(SHOWN).some(({ value }) => chosen.includes(value))}>
          <summary>{count(all.length - SHOWN)} more</summary>
          {all.slice(SHOWN).map(choice)}
        </details>
      )}
    </fieldset>
  );
}

/** What is filtered by, each to be taken away. */
export function Chips({ words, show }: { words: URLSearchParams; show: Show }): VNode | null {
  const all = [...words].filter(([name]) => Object.hasOwn(NAMES, name) || name.startsWith('dim.'));
  if (all.length === 0) {
    return null;
  }
  return (
    <ul class="chips" aria-label="Filters in force">
      {all.map(([name, value]) => (
        <li key={`${name} ${value}`}>
          <button
            type="button"
            class="chip"
            onClick={() => show(changed(words, { [name]: words.getAll(name).filter((one) => one !== value) }))}
          >
            <span class="sr-only">Remove the filter </span>
            <span dir="auto">
              {titleOf(name)}
              {name !== 'cut' && name !== 'refused' && `: ${shown(name, value)}`}
            </span>
            <span aria-hidden="true"> ×</span>
          </button>
        </li>
      ))}
      <li>
        <button
          type="button"
          class="quiet"
          onClick={() => show(new URLSearchParams([...words].filter((one) => !all.some(([name]) => name === one[0]))))}
        >
          Remove all
        </button>
      </li>
    </ul>
  );
}

function titleOf(name: string): string {
  return NAMES[name] ?? name.replace(/^dim\./, '');
}

function shown(name: string, value: string): string {
  if (name === 'score') {
    return value === NO_SCORE ? 'no score' : value;
  }
  return name === 'state' ? value.toLowerCase() : value;
}
