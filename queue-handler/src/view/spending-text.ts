/** What was spent, as a table for a person. */
import { type SpentBy, type SpentRow, sumOf } from '../runs/spend.js';
import { terminalText } from '../terminal-text.js';
import { spentText } from './spend-text.js';
import { table } from './table.js';

export function spendText(by: SpentBy, rows: SpentRow[]): string {
  const lines = table([
    [by, ...(by === 'run' ? ['name'] : []), 'dollars'],
    ...rows.map((row) => [
      terminalText(row.judge ? `${row.key} (judge)` : row.key),
      ...(by === 'run' ? [row.name == null ? 'deleted' : terminalText(row.name)] : []),
      spentText(row),
    ]),
    ['together', ...(by === 'run' ? [''] : []), spentText(sumOf(rows))],
  ]);
  if (rows.some(({ usd }) => usd === null)) {
    lines.push('dollars with a + lack calls of which no price is known, or nobody knows whether they were billed');
  }
  return lines.join('\n');
}
