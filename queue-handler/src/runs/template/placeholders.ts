/**
 * `[Name]` in the texts of a template. What stands in brackets and cannot be a name (`[1]`, `[...]`) is text, and so is what
 * stands in two pairs of them (`[[sim label=A]]`). `\[Name]` gives `[Name]`: text that looks like a placeholder.
 */

/** Stands for the labels of the declared scale, one a line. */
export const SCALE = 'Scale';

const DOUBLE = String.raw`\[\[[^[\]\n]*\]\]`;
const SINGLE = String.raw`(\\?)\[([^[\]\n]+)\]`;
const BRACKETS = new RegExp(`${DOUBLE}|${SINGLE}`, 'g');
const NAME = /^\p{L}[\p{L}\p{M}\p{N} _.'’-]*$/u;

/** What a name of a dimension must be, in words. */
export const NAME_RULE = "must begin with a letter and hold only letters, digits, single blanks, and any of _ - . '";

export function isName(text: string): boolean {
  return NAME.test(text) && !/ {2}| $/.test(text);
}

/** Names that people would take for one and the same have the same key. */
export function nameKey(name: string): string {
  return name.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();
}

/** What stands in the brackets of a text, but for what is text for sure. */
export function* bracketed(text: string): Generator<string> {
  for (const [, backslash, inner] of text.matchAll(BRACKETS)) {
    if (inner !== undefined && backslash === '') {
      yield inner;
    }
  }
}

/** The text with each placeholder replaced, in one pass: what is put in is not looked through again. */
export function filled(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(BRACKETS, (whole: string, backslash: string | undefined, inner: string | undefined) => {
    if (inner === undefined) {
      return whole;
    }
    if (backslash === '\\') {
      // A backslash before anything else, such as LaTeX's \[x^2\], is no business of ours.
      return isName(inner) ? whole.slice(1) : whole;
    }
    return values.get(inner.normalize('NFC')) ?? whole;
  });
}
