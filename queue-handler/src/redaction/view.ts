/**
 * A text as a person would read it: escapes undone, and, in its skeleton, nothing left but letters and digits.
 * What servers and libraries do to a secret on its way back is undone, not listed. Each character knows where in the
 * text it came from. Everything here takes a time that grows with the length of the text and not faster.
 */

export interface View {
  text: string;
  /** Where each character begins and ends in the original; null where it is the original. */
  places: { from: Int32Array; to: Int32Array } | null;
}

const ESCAPES = /[%\\&+]/;
const LONGEST_NUMBER = 7;
const NAMED: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  lowbar: '_',
  hyphen: '-',
  dash: '-',
  period: '.',
  plus: ' ',
  equals: '=',
  sol: '/',
  colon: ':',
  comma: ',',
};
const LONGEST_NAME = 6;
const CONTROLS: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** Percent, JSON, JavaScript and HTML escapes undone, also where one stands within another. */
export function unescaped(text: string): View {
  const once = undo(text);
  return once.places === null ? once : within(once, undo(once.text));
}

/** The letters and digits of ASCII in lower case. */
export function skeleton(view: View): View {
  const { text } = view;
  const codes = new Uint16Array(text.length);
  const from = new Int32Array(text.length);
  const to = new Int32Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at += 1) {
    let code = text.charCodeAt(at);
    code = code >= 65 && code <= 90 ? code + 32 : code;
    if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57)) {
      codes[length] = code;
      from[length] = at;
      to[length] = at + 1;
      length += 1;
    }
  }
  return within(view, { text: textOf(codes, length), places: { from, to } });
}

/** Where the characters from `start` to `end` of a view stand in the original. */
export function originOf({ places }: View, start: number, end: number): [number, number] {
  return places === null ? [start, end] : [places.from[start] ?? 0, places.to[end - 1] ?? 0];
}

/** A view of a view as one of the original. */
function within(outer: View, inner: View): View {
  if (outer.places === null || inner.places === null) {
    return { text: inner.text, places: inner.places ?? outer.places };
  }
  const { from, to } = inner.places;
  const places = { from: new Int32Array(inner.text.length), to: new Int32Array(inner.text.length) };
  for (let at = 0; at < inner.text.length; at += 1) {
    places.from[at] = outer.places.from[from[at] ?? 0] ?? 0;
    places.to[at] = outer.places.to[(to[at] ?? 1) - 1] ?? 0;
  }
  return { text: inner.text, places };
}

function undo(text: string): View {
  if (!ESCAPES.test(text)) {
    return { text, places: null };
  }
  const codes = new Uint16Array(text.length);
  const from = new Int32Array(text.length);
  const to = new Int32Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; ) {
    const [code, next] = characterAt(text, at);
    codes[length] = code;
    from[length] = at;
    to[length] = next;
    length += 1;
    at = next;
  }
  return { text: textOf(codes, length), places: { from, to } };
}

/** What stands at this place, and where the next character begins. */
function characterAt(text: string, at: number): [code: number, next: number] {
  const code = text.charCodeAt(at);
  switch (code) {
    case 0x25: // %
      return percent(text, at);
    case 0x5c: // \
      return backslash(text, at);
    case 0x26: // &
      return entity(text, at);
    case 0x2b: // +, a blank in forms
      return [0x20, at + 1];
    default:
      return [code, at + 1];
  }
}

/** `%73`, and however often the percent sign was itself escaped: `%252573`. */
function percent(text: string, at: number): [number, number] {
  let next = at + 1;
  while (text.startsWith('25', next)) {
    next += 2;
  }
  const code = hex(text, next, 2);
  return code === null ? [0x25, next] : [code, next + 2];
}

/** `\u0073`, `\x73`, `\u{73}`, `\"`, `\n`, behind any number of backslashes, which alone are one. */
function backslash(text: string, at: number): [number, number] {
  let next = at + 1;
  while (text.charCodeAt(next) === 0x5c) {
    next += 1;
  }
  const kind = text.charAt(next);
  if (kind === 'u' || kind === 'U') {
    if (text.charAt(next + 1) === '{') {
      const digits = text.slice(next + 2, next + 2 + LONGEST_NUMBER).indexOf('}');
      const code = digits > 0 ? hex(text, next + 2, digits) : null;
      return code === null ? [0x5c, next] : [code, next + digits + 3];
    }
    const code = hex(text, next + 1, 4);
    return code === null ? [0x5c, next] : [code, next + 5];
  }
  if (kind === 'x') {
    const code = hex(text, next + 1, 2);
    return code === null ? [0x5c, next] : [code, next + 3];
  }
  if (kind === '"' || kind === "'" || kind === '/') {
    return [kind.charCodeAt(0), next + 1];
  }
  const control = CONTROLS[kind];
  return control === undefined ? [0x5c, next] : [control.charCodeAt(0), next + 1];
}

/** `&#115;`, `&#x73;`, `&quot;`, however often the ampersand was itself escaped. */
function entity(text: string, at: number): [number, number] {
  let next = at + 1;
  while (text.startsWith('amp;', next)) {
    next += 4;
  }
  const end = text.slice(next, next + LONGEST_NUMBER + 3).indexOf(';');
  const name = end > 0 ? text.slice(next, next + end) : '';
  const number = /^#(?:(\d{1,7})|[xX]([0-9a-fA-F]{1,6}))$/.exec(name);
  if (number !== null) {
    const code = number[1] === undefined ? Number.parseInt(number[2] ?? '', 16) : Number(number[1]);
    return [code, next + end + 1];
  }
  const named = name.length <= LONGEST_NAME ? NAMED[name.toLowerCase()] : undefined;
  return named === undefined ? [0x26, next] : [named.charCodeAt(0), next + end + 1];
}

function hex(text: string, at: number, digits: number): number | null {
  const found = text.slice(at, at + digits);
  return found.length === digits && /^[0-9a-fA-F]+$/.test(found) ? Number.parseInt(found, 16) : null;
}

function textOf(codes: Uint16Array, length: number): string {
  return Buffer.from(codes.buffer, 0, length * 2).toString('utf16le');
}
