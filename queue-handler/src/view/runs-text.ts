/** Several runs side by side, a line each. */
import { terminalText } from '../terminal-text.js';
import { duration, failuresIn, stateText } from './progress-text.js';
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
  return fittingTable(COLUMNS, views, screen).join('\n');
}
