/** Text by the room that it takes on a terminal, where a character takes one column, two, or none. */
import stringWidth from 'string-width';

const ELLIPSIS = '…';
const PRINTABLE_ASCII = /^[\u0020-\u007e]*$/;
const segmenter = new Intl.Segmenter();

/** Columns that it takes. */
export function widthOf(text: string): number {
  return PRINTABLE_ASCII.test(text) ? text.length : stringWidth(text);
}

/** Not wider than this; the middle goes, because names that are alike differ at their ends. */
export function shortened(text: string, width: number): string {
  if (widthOf(text) <= width) {
    return text;
  }
  if (width <= 1) {
    return width === 1 ? ELLIPSIS : '';
  }
  const parts = graphemes(text);
  const head = taken(parts, Math.ceil((width - 1) / 2));
  const tail = taken(parts.toReversed(), width - 1 - widthOf(head.join('')));
  return `${head.join('')}${ELLIPSIS}${tail.toReversed().join('')}`;
}

/** Not wider than this; the end goes. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) {
    return text;
  }
  return width < 1 ? '' : `${taken(graphemes(text), width - 1).join('')}${ELLIPSIS}`;
}

export function padded(text: string, width: number, right: boolean): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
  return right ? `${blanks}${text}` : `${text}${blanks}`;
}

/** Lines of whole words, the later ones set in; a word that is wider than a line is broken. */
export function wrapped(text: string, columns: number, indent = 2): string[] {
  const lines: string[] = [];
  let line = '';
  const room = (): number => Math.max(1, columns - (lines.length > 0 ? inset(columns, indent) : 0));
  const end = (): void => {
    lines.push(`${' '.repeat(lines.length > 0 ? inset(columns, indent) : 0)}${line}`);
    line = '';
  };
  for (let word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > room()) {
      end();
    }
    while (line === '' && widthOf(word) > room()) {
      line = taken(graphemes(word), room()).join('') || (graphemes(word)[0] ?? '');
      word = word.slice(line.length);
      end();
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '' || lines.length === 0) {
    end();
  }
  return lines;
}

function inset(columns: number, indent: number): number {
  return columns > 2 * indent ? indent : 0;
}

function graphemes(text: string): string[] {
  return [...segmenter.segment(text)].map(({ segment }) => segment);
}

/** As many from the beginning as fit. */
function taken(parts: string[], width: number): string[] {
  const fitting: string[] = [];
  let used = 0;
  for (const part of parts) {
    used += widthOf(part);
    if (used > width) {
      break;
    }
    fitting.push(part);
  }
  return fitting;
}
