/** What was spent, as a table for a person. */
import { type SpentBy, type SpentRow, sumOf } from '../runs/spend.js';
import { terminalText } from '../terminal-text.js';
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
    lines.push(
      'unknown: of a part there is no price, or nobody knows whether it was billed; what stands there is known',
    );
  }
  return lines.join('\n');
}

/** Dollars, to a hundredth of a cent; or how much of them is known. */
export function spentText({ usd, known }: { usd: number | null; known: number }): string {
  return usd === null ? `${known.toFixed(4)} and unknown` : usd.toFixed(4);
}
