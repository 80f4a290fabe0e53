/** Columns side by side. */

// A number, a count of a total, a time, or the word for the want of one: these stand to the right, under their head.
const MEASURE = /^(?:[\d/.]+|\d+ (?:h|min|s)\b.*|unknown|)$/;

/** The first row holds the heads. Columns of numbers are set to the right, all others to the left. */
export function table(rows: string[][]): string[] {
  const [heads = [], ...body] = rows;
  const columns = heads.map((_, column) => ({
    width: Math.max(...rows.map((row) => row[column]?.length ?? 0)),
    right: body.length > 0 && body.every((row) => MEASURE.test(row[column] ?? '')) && body.some((row) => row[column]),
  }));
  return rows.map((row) =>
    columns
      .map(({ width, right }, column) => (right ? row[column]?.padStart(width) : row[column]?.padEnd(width)))
      .join('  ')
      .trimEnd(),
  );
}
