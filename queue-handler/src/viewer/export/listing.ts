/**
 * The same answers from a list as the database gives: which probes a filter lets through, the matrix of them, what comes
 * before and after. It runs in the browser, on what was exported, and a test holds it against the database.
 */
import type {
  Cell,
  Column,
  MatrixAnswer,
  NeighboursAnswer,
  Place,
  Row,
  Sort,
  VersusAnswer,
  VersusRow,
} from '../api.js';
import { type Filter, NO_SCORE } from '../filter.js';
import type { ListedProbe, ListedScenario } from './files.js';

/** A run as far as lists of it need it. */
export interface ListedRun {
  about: MatrixAnswer['run'];
  scale: MatrixAnswer['scale'];
  /** In their order. */
  models: string[];
  scenarios: ListedScenario[];
  probes: ListedProbe[];
}

/** @param hasText whether what is looked for stands in a conversation; null where nothing is. */
export function through(
  run: ListedRun,
  filter: Filter,
  hasText: ((probe: ListedProbe) => boolean) | null,
): ListedProbe[] {
  const scenarios = new Set(run.scenarios.filter((one) => isOfScenario(one, filter)).map(({ scenario }) => scenario));
  return run.probes.filter(
    (probe) => scenarios.has(probe.scenario) && isOfProbe(probe, filter) && (hasText === null || hasText(probe)),
  );
}

function isOfScenario({ scenario, dimensions, orientation }: ListedScenario, filter: Filter): boolean {
  return (
    among(filter.scenarios, scenario) &&
    among(filter.orientations, orientation ?? 'normal') &&
    Object.entries(filter.dimensions).every(
      ([name, levels]) =>
        levels.length === 0 || (Object.hasOwn(dimensions, name) && levels.includes(String(dimensions[name]))),
    )
  );
}

function isOfProbe(probe: ListedProbe, filter: Filter): boolean {
  return (
    among(filter.models, probe.model) &&
    among(filter.states, probe.state) &&
    among(filter.codes, probe.code) &&
    among(filter.classes, probe.class) &&
    among(filter.versions, probe.version) &&
    (filter.scores.length === 0 || isScore(probe, filter.scores)) &&
    (filter.finish.length === 0 || (probe.finish ?? []).some((reason) => filter.finish.includes(reason))) &&
    (!filter.truncated || probe.truncated === true) &&
    (!filter.refused || probe.refused === true)
  );
}

function isScore({ score, label, class: kind }: ListedProbe, scores: string[]): boolean {
  if (score !== undefined) {
    return scores.some((one) => one.trim() !== '' && Number(one) === score);
  }
  return label !== undefined ? scores.includes(label) : kind !== undefined && scores.includes(NO_SCORE);
}

function among(wanted: string[], value: string | undefined): boolean {
  return wanted.length === 0 || (value !== undefined && wanted.includes(value));
}

interface Asked {
  sort: Sort;
  offset: number;
  limit: number;
}

export function matrixFrom(run: ListedRun, probes: ListedProbe[], { sort, offset, limit }: Asked): MatrixAnswer {
  const byScenario = Map.groupBy(probes, ({ scenario }) => scenario);
  const spreads = new Map([...byScenario].map(([scenario, those]) => [scenario, spreadOf(those)]));
  const rows = sorted(
    run.scenarios.filter(({ scenario }) => byScenario.has(scenario)),
    sort,
    spreads,
  );
  return {
    run: run.about,
    scale: run.scale,
    columns: columnsOf(run, probes),
    rows: rows.slice(offset, offset + limit).map(
      (row): Row => ({
        scenario: row.scenario,
        name: row.name,
        dimensions: row.dimensions,
        orientation: row.orientation,
        spread: spreads.get(row.scenario) ?? null,
        cells: cellsOf(run, byScenario.get(row.scenario) ?? []),
      }),
    ),
    offset,
    totalRows: rows.length,
    count: probes.length,
    searched: null,
  };
}

function sorted(rows: ListedScenario[], sort: Sort, spreads: Map<string, number | null>): ListedScenario[] {
  const titleOf = ({ name, scenario }: ListedScenario): string => name ?? scenario;
  switch (sort) {
    case 'spread':
      return rows.sort((one, other) => (spreads.get(other.scenario) ?? -1) - (spreads.get(one.scenario) ?? -1));
    case 'name':
      return rows.sort((one, other) => titleOf(one).localeCompare(titleOf(other), 'en', { numeric: true }));
    default:
      return rows;
  }
}

/** The largest mean of a model less the smallest; null where nothing is scored. */
function spreadOf(probes: ListedProbe[]): number | null {
  const means = [...Map.groupBy(probes, ({ model }) => model).values()].flatMap((those) => meanOf(those) ?? []);
  return means.length === 0 ? null : Math.max(...means) - Math.min(...means);
}

function meanOf(probes: ListedProbe[]): number | null {
  const scores = probes.flatMap(({ score }) => score ?? []);
  return scores.length === 0 ? null : scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

function columnsOf({ models }: ListedRun, probes: ListedProbe[]): Column[] {
  const byModel = Map.groupBy(probes, ({ model }) => model);
  return models.flatMap((model): Column[] => {
    const those = byModel.get(model);
    return those === undefined
      ? []
      : [
          {
            model,
            count: those.length,
            scored: those.filter(({ score }) => score !== undefined).length,
            mean: meanOf(those),
          },
        ];
  });
}

function cellsOf({ models }: ListedRun, probes: ListedProbe[]): Cell[] {
  const byModel = [...Map.groupBy(probes, ({ model }) => model)];
  const inOrder = byModel.sort(([one], [other]) => models.indexOf(one) - models.indexOf(other));
  return inOrder.map(([model, those]) => ({
    model,
    samples: those
      .toSorted((one, other) => one.sample - other.sample)
      .map((one) => ({
        sample: one.sample,
        state: one.state,
        score: one.score ?? null,
        label: one.label ?? null,
        class: one.class ?? null,
        code: one.code ?? null,
        truncated: one.truncated ?? false,
        refused: one.refused ?? false,
      })),
  }));
}

export function versusFrom(one: ListedRun, other: ListedRun, offset: number, limit: number): VersusAnswer {
  const cellOf = ({ scenario, model }: ListedProbe): string => JSON.stringify([scenario, model]);
  const answered = ({ probes }: ListedRun): Map<string, ListedProbe[]> =>
    Map.groupBy(
      probes.filter(({ state }) => state === 'SUCCEEDED'),
      cellOf,
    );
  const [first, second] = [answered(one), answered(other)];
  const names = new Map(one.scenarios.map(({ scenario, name }) => [scenario, name]));
  const rows = [...first].flatMap(([cell, those]): VersusRow[] => {
    const [probe] = those;
    const others = second.get(cell);
    if (probe === undefined || others === undefined) {
      return [];
    }
    const means: [number | null, number | null] = [meanOf(those), meanOf(others)];
    return [
      {
        scenario: probe.scenario,
        name: names.get(probe.scenario) ?? null,
        model: probe.model,
        means,
        counts: [those.length, others.length],
        difference: means[0] === null || means[1] === null ? null : means[1] - means[0],
      },
    ];
  });
  // Without a difference last.
  const sizeOf = ({ difference }: VersusRow): number => (difference === null ? -1 : Math.abs(difference));
  rows.sort((a, b) => sizeOf(b) - sizeOf(a) || byCode(a.scenario, b.scenario) || byCode(a.model, b.model));
  return {
    runs: [one, other].map(({ about, scale }) => ({ id: about.id, name: about.name, scale })),
    rows: rows.slice(offset, offset + limit),
    offset,
    totalRows: rows.length,
  };
}

function byCode(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

export function neighboursFrom(run: ListedRun, probes: ListedProbe[], place: Place): NeighboursAnswer {
  const scenarios = new Map(run.scenarios.map(({ scenario }, index) => [scenario, index]));
  const models = new Map(run.models.map((model, index) => [model, index]));
  const order = (one: ListedProbe): [number, number, number] => [
    scenarios.get(one.scenario) ?? 0,
    models.get(one.model) ?? 0,
    one.sample,
  ];
  const all = probes.toSorted((one, other) => {
    const [a, b] = [order(one), order(other)];
    return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
  });
  const at = all.findIndex(
    (one) => one.scenario === place.scenario && one.model === place.model && one.sample === place.sample,
  );
  const placed = (one: ListedProbe | undefined): Place | null =>
    one === undefined ? null : { run: place.run, scenario: one.scenario, model: one.model, sample: one.sample };
  return at < 0
    ? { before: null, after: null, number: 0, of: 0, searched: null }
    : { before: placed(all[at - 1]), after: placed(all[at + 1]), number: at + 1, of: all.length, searched: null };
}
