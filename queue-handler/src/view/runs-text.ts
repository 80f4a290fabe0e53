/** Several runs side by side, a line each. */
import { terminalText } from '../terminal-text.js';
import { bounded, duration, failuresIn, said, stateText } from './progress-text.js';
import type { RunView } from './run-text.js';
import { PLAIN, type Screen } from './screen.js';
import { spentText } from './spend-text.js';
import { type Column, fittingTable } from './table.js';

function all(view: RunView, of: (model: RunView['models'][number]) => number): number {
  return view.models.reduce((sum, model) => sum + of(model), 0);
}

const COLUMNS: Column<RunView>[] = [
  { head: 'run', of: ({ name }) => terminalText(name), rank: 0 },
  { head: 'state', of: (view) => stateText({ ...view, models: [] }), rank: 0 },
  { head: 'done', of: (view) => `${all(view, (m) => m.succeeded)}/${all(view, (m) => m.total)}`, rank: 0 },
  {
    head: 'failed',
    of: (view) => String(all(view, failuresIn)),
    rank: 1,
    tone: (view) => (all(view, failuresIn) > 0 ? 'red' : null),
  },
  { head: 'in flight', of: (view) => String(all(view, (m) => m.inFlight)), rank: 3 },
  { head: 'waiting', of: (view) => String(all(view, (m) => m.waiting)), rank: 4 },
  { head: 'time left', of: ({ etaSeconds }) => (etaSeconds === null ? '' : duration(etaSeconds)), rank: 2 },
  { head: 'dollars', of: ({ spend }) => (spend ? spentText(spend) : ''), rank: 5 },
];

export function runsText(views: RunView[], screen: Screen = PLAIN): string {
  const under = views.flatMap((view) => [
    ...(view.failures ?? []).map(({ code, probes, message }) =>
      said(`${view.name}: ${probes} failed: ${code}: ${message}`, screen, 'red'),
    ),
    ...view.stops.map(({ provider, model, code }) =>
      said(`${view.name}: ${model ?? provider} is stopped for this run: ${code}`, screen, 'red'),
    ),
    ...waitsOf(view).map((text) => said(`${view.name}: ${text}`, screen, 'yellow')),
  ]);
  return [...fittingTable(COLUMNS, views, screen), ...bounded(under, screen, 'things to know; see: status RUN')].join(
    '\n',
  );
}

/** What delays a run, beside that its turn has not come. */
function waitsOf({ models }: RunView): string[] {
  const waits = models.flatMap((model) => model.waits).filter(({ reason }) => reason !== 'TURN');
  return [...new Set(waits.map(({ message }) => message))];
}
