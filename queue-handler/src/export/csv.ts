/** CSV that every spreadsheet reads alike, and in which no cell is a formula. RFC 4180, UTF-8. */
import type { Cell, Column } from './columns.js';

/** By which Excel knows that a file is UTF-8. */
export const BYTE_ORDER_MARK = '\ufeff';

const LINE_END = '\r\n';
// What a spreadsheet may take for a formula, also in its wide forms and behind blanks
// (https://owasp.org/www-community/attacks/CSV_Injection); and the mark that keeps it from that, so that it can be taken off again.
const FORMULA = /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠]|')/;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const MARK = "'";
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

export function csvHead(columns: readonly Column[]): string {
  return csvRow(columns.map(({ name }) => name));
}

/** Nothing between two commas is null; an empty text is `""`. */
export function csvRow(cells: readonly Cell[]): string {
  return cells.map(csvCell).join(',') + LINE_END;
}

function csvCell(cell: Cell): string {
  if (typeof cell !== 'string') {
    return cell === null ? '' : String(cell);
  }
  // A number in a column of texts is no formula, and is to stay one.
  const text = FORMULA.test(cell) && !NUMBER.test(cell) ? MARK + cell : cell;
  return text === '' || NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
