/** Text by the room that it takes on a terminal, where a character takes one column, two, or none. */
import stringWidth from 'string-width';

const ELLIPSIS = '…';
const INDENT = 2;
// Of one thing that is said.
const MOST_LINES = 10;
// More code units than that in the room of one character are no name.
const MOST_UNITS_A_COLUMN = 4;
// A text that is wider than any screen: how much wider is all the same, and to measure it takes seconds.
const MOST_MEASURED = 10_000;
const PRINTABLE_ASCII = /^[\u0020-\u007e]*$/;
let segmenter: Intl.Segmenter | null = null;

/** Columns that it takes; of a very long text no more than its length. */
export function widthOf(text: string): number {
  return text.length > MOST_MEASURED || PRINTABLE_ASCII.test(text) ? text.length : stringWidth(text);
}

/** Not wider than this; the middle goes, because names that are alike differ at their ends. */
export function shortened(text: string, width: number): string {
  if (fits(text, width)) {
    return text;
  }
  if (width <= 1) {
    return width === 1 ? ELLIPSIS : '';
  }
  const head = beginning(text, Math.ceil((width - 1) / 2));
  return `${head}${ELLIPSIS}${ending(text, width - 1 - widthOf(head))}`;
}

/** Not wider than this; the end goes. */
export function cut(text: string, width: number): string {
  if (fits(text, width)) {
    return text;
  }
  return width < 1 ? '' : `${beginning(text, width - 1)}${ELLIPSIS}`;
}

export function padded(text: string, width: number, right: boolean): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
  return right ? `${blanks}${text}` : `${text}${blanks}`;
}

/** Lines of whole words, the later ones set in; a word that is wider than a line is broken, and a very long text cut. */
export function wrapped(text: string, columns: number): string[] {
  const indent = ' '.repeat(columns > 2 * INDENT ? INDENT : 0);
  const lines: string[] = [];
  let line = '';
  let used = 0;
  const room = (): number => Math.max(1, columns - (lines.length > 0 ? indent.length : 0));
  const end = (): void => {
    lines.push(lines.length > 0 ? `${indent}${line}` : line);
    line = '';
    used = 0;
  };
  for (const word of cut(text, columns * MOST_LINES).split(' ')) {
    const width = widthOf(word);
    if (used > 0 && used + 1 + width > room()) {
      end();
    }
    if (used > 0) {
      line += ' ';
      used += 1;
    }
    if (width <= room()) {
      line += word;
      used += width;
      continue;
    }
    for (const { segment } of characters(word)) {
      const wide = widthOf(segment);
      if (used > 0 && used + wide > room()) {
        end();
      }
      line += segment;
      used += wide;
    }
  }
  end();
  return lines;
}

/** As people count them. */
function characters(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter();
  return segmenter.segment(text);
}

/** Looks at no more of the text than it takes. */
function fits(text: string, width: number): boolean {
  if (text.length <= width * MOST_UNITS_A_COLUMN) {
    return widthOf(text) <= width;
  }
  return beginning(text, width) === text;
}

/** As much of the beginning as fits. */
function beginning(text: string, width: number): string {
  if (PRINTABLE_ASCII.test(text.slice(0, width + 1))) {
    return text.slice(0, width);
  }
  let used = 0;
  for (const { segment, index } of characters(text)) {
    used += widthOf(segment);
    // Of what takes no room there may be any amount.
    if (used > width || index >= width * MOST_UNITS_A_COLUMN) {
      return text.slice(0, index);
    }
  }
  return text;
}

/** As much of the end as fits. */
function ending(text: string, width: number): string {
  const from = Math.max(0, text.length - width * MOST_UNITS_A_COLUMN);
  const [, ...parts] = [...characters(text.slice(from))].map(({ segment }) => segment);
  let used = 0;
  let taken = '';
  for (const part of parts.toReversed()) {
    used += widthOf(part);
    if (used > width) {
      break;
    }
    taken = `${part}${taken}`;
  }
  return taken;
}
