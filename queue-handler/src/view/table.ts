/** Columns side by side. */
import { padded, shortened, widthOf } from './cells.js';
import { PLAIN, type Screen, type Tone, toned } from './screen.js';

// A number, a range, a share, a count of a total, a time, or the word for one that is not known: these stand to the right.
const MEASURE = /^(?:-?[\d/.]+\+?|-?[\d.]+ to -?[\d.]+|\d+ (?:h|min|s|%)(?: .*)?|unknown|)$/;
const GAP = 2;
// A name that is shortened to less says nothing; and before it is shortened to less than the other, columns give way.
const SHORTEST_NAME = 10;
const FAIR_NAME = 26;
// On a wide screen too: one long name must not carry the figures of all others away from theirs.
const LONGEST_NAME = 60;
/** The highest rank of a column before which the name gives way. */
const TELLING_RANK = 4;

/** The first row holds the heads. Columns of numbers are set to the right, all others to the left. */
export function table(rows: string[][]): string[] {
  const [heads = []] = rows;
  return laidOut(
    rows,
    heads.map((_, column) => widest(rows, column)),
  );
}

export interface Column<T> {
  head: string;
  of: (row: T) => string;
  /** Columns are left out from the highest number on where the screen has no room for all; 0 always stands. */
  rank: number;
  tone?: (row: T) => Tone | null;
}

/** The heads of the columns for which there is no room. */
export function leftOut<T>(columns: Column<T>[], rows: T[], screen: Screen = PLAIN): string[] {
  const { shown } = fitted(columns, rows, screen);
  return columns.flatMap(({ head }, index) => (shown.includes(index) ? [] : [head]));
}

/** As many columns as there is room for, of which the first holds the name. @returns the heads, and a line for each row. */
export function fittingTable<T>(columns: Column<T>[], rows: T[], screen: Screen = PLAIN): string[] {
  const { texts, shown, room } = fitted(columns, rows, screen);
  const cells = texts.map((row) =>
    shown.map((index) => (index === 0 ? shortened(row[0] ?? '', room) : (row[index] ?? ''))),
  );
  const tones = shown.map((index) => columns[index]?.tone);
  return laidOut(
    cells,
    shown.map((_, column) => widest(cells, column)),
    (text, line, column) =>
      line === 0
        ? toned(text, 'dim', screen)
        : toned(text, (rows[line - 1] && tones[column]?.(rows[line - 1] as T)) ?? null, screen),
  );
}

interface Fitted {
  texts: string[][];
  /** The columns for which there is room. */
  shown: number[];
  /** For the name. */
  room: number;
}

function fitted<T>(columns: Column<T>[], rows: T[], screen: Screen): Fitted {
  const texts = [columns.map(({ head }) => head), ...rows.map((row) => columns.map(({ of }) => of(row)))];
  const widths = columns.map((_, column) => widest(texts, column));
  const least = Math.min(widths[0] ?? 0, SHORTEST_NAME);
  // What the others need decides about them; the name gives way, or is longer than the screen.
  const fair = Math.min(widths[0] ?? 0, FAIR_NAME);
  const chosen = new Set<number>();
  let others = 0;
  for (const [rank, index] of columns.map(({ rank }, index) => [rank, index] as const).sort(([a], [b]) => a - b)) {
    const needed = index === 0 ? 0 : GAP + (widths[index] ?? 0);
    const first = screen.shortens && rank <= TELLING_RANK ? least : fair;
    if (rank === 0 || first + others + needed <= screen.columns) {
      chosen.add(index);
      others += needed;
    }
  }
  const shown = [...chosen].sort((a, b) => a - b);
  const room = screen.shortens
    ? Math.max(least, Math.min(screen.columns - others, LONGEST_NAME))
    : Number.POSITIVE_INFINITY;
  return { texts, shown, room };
}

function laidOut(
  rows: string[][],
  widths: number[],
  paint: (text: string, line: number, column: number) => string = (text) => text,
): string[] {
  const [, ...body] = rows;
  const isRight = widths.map(
    (_, column) =>
      body.length > 0 && body.every((row) => MEASURE.test(row[column] ?? '')) && body.some((row) => row[column]),
  );
  return rows.map((row, line) => {
    const last = row.findLastIndex((cell) => cell !== '');
    return row
      .slice(0, last + 1)
      .map((cell, column) => {
        const text = padded(cell, widths[column] ?? 0, isRight[column] ?? false);
        // No blanks at the end of a line.
        return paint(column === last ? text.trimEnd() : text, line, column);
      })
      .join(' '.repeat(GAP));
  });
}

function widest(rows: string[][], column: number): number {
  return Math.max(0, ...rows.map((row) => widthOf(row[column] ?? '')));
}
