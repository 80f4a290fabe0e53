/**
 * The secrets of one process, and the filters that take them out of text. Four strengths, because four kinds of text
 * leave, as in the workers (workers/common/redaction.py). What is measured must survive byte for byte, so only a whole
 * secret is replaced in it, and none that is a word or a stock default. Names that a server gives lose pieces of a secret
 * too. Our own sentences lose what looks like a key. What quotes somebody else loses all of that, for servers echo keys in
 * part, and weak secrets where they stand as words.
 *
 * Whatever the text, a filter takes a time that grows with its length and not faster: what a worker writes passes through
 * here, in the process that keeps every other conversation alive.
 */
import { Needles } from './needles.js';
import { type Found, masked, shapes, tokenAround } from './shapes.js';
import { literally, spellingsOf } from './spellings.js';
import { editsTranscripts, isStock, randomPart, type Span } from './strength.js';
import { originOf, skeleton, unescaped, type View } from './view.js';

export const MARK = '[redacted]';

// What is shorter stands in every text.
const SHORTEST_WEAK = 3;
// A stock default of fewer characters is some letters like any others.
const SHORTEST_STOCK = 5;

export interface Secret {
  lower: string;
  random: Span | null;
  /** As it stands in a text whose escapes are undone. */
  literal: string[];
}

export class Redactor {
  readonly #secrets = new Map<string, Secret>();
  readonly #weak = new Set<string>();
  #words: RegExp | null = null;
  readonly #wholes = new Needles();
  readonly #pieces = new Needles();

  /** Register a secret, in whatever spelling it may come back. */
  add(given: string): void {
    const secret = given.trim();
    if (!editsTranscripts(secret)) {
      if (secret.length >= SHORTEST_WEAK && (secret.length < SHORTEST_STOCK || !isStock(secret))) {
        this.#weak.add(secret);
        this.#words = new RegExp(`(?<![\\w-])(?:${[...this.#weak].map(escaped).join('|')})(?![\\w-])`, 'g');
      }
      return;
    }
    if (this.#secrets.has(secret)) {
      return;
    }
    this.#secrets.set(secret, {
      lower: secret.toLowerCase(),
      random: randomPart(secret),
      literal: [...new Set([secret, ...literally(secret)])],
    });
    const { whole, pieces } = spellingsOf(secret);
    for (const needle of whole) {
      this.#wholes.add(needle);
    }
    for (const needle of pieces) {
      this.#pieces.add(needle);
    }
  }

  /** A measurement, such as a model's words, without whole secrets; unchanged in every other case. */
  answer(text: string): string {
    return replaced(text, this.#whole(text));
  }

  /** Whether a text holds a whole secret. */
  holds(text: string): boolean {
    return this.#whole(text).length > 0;
  }

  /** A name that a server gave, without secrets and pieces of them. */
  name(text: string): string {
    return replaced(text, this.#parts(text));
  }

  /** A sentence of ours without whole secrets and what looks like one. */
  message(text: string): string {
    return replaced(text, [...this.#whole(text), ...shapes(text)]);
  }

  /** What somebody else said, without secrets, parts of secrets and what looks like one. */
  quotation(text: string): string {
    const words = this.#words === null ? [] : [...text.matchAll(this.#words)];
    const weak = words.map((match): Found => [match.index, match.index + match[0].length]);
    const ends = masked(text, [...this.#secrets.values()]);
    return replaced(text, [...this.#parts(text), ...shapes(text), ...ends, ...weak]);
  }

  #whole(text: string): Found[] {
    if (this.#secrets.size === 0) {
      return [];
    }
    const plain = unescaped(text);
    return [...this.#literal(text, plain), ...located(skeleton(plain), this.#wholes)];
  }

  #parts(text: string): Found[] {
    if (this.#secrets.size === 0) {
      return [];
    }
    const plain = unescaped(text);
    // What is left of the token that a piece stands in may be the rest of the secret.
    const pieces = joined(located(skeleton(plain), this.#pieces)).map(([start, end]) => tokenAround(text, start, end));
    return [...this.#literal(text, plain), ...pieces];
  }

  #literal(text: string, plain: View): Found[] {
    const original: View = { text, places: null };
    const views = plain.places === null ? [original] : [original, plain];
    const found: Found[] = [];
    for (const view of views) {
      for (const { literal } of this.#secrets.values()) {
        for (const spelling of literal) {
          for (let at = view.text.indexOf(spelling); at >= 0; at = view.text.indexOf(spelling, at + spelling.length)) {
            found.push(originOf(view, at, at + spelling.length));
          }
        }
      }
    }
    return found;
  }
}

function located(bones: View, needles: Needles): Found[] {
  return [...needles.in(bones.text)].map(([start, end]) => originOf(bones, start, end));
}

function replaced(text: string, found: Found[]): string {
  if (found.length === 0) {
    return text;
  }
  const kept: string[] = [];
  let at = 0;
  for (const [start, end] of joined(found)) {
    kept.push(text.slice(at, start), MARK);
    at = end;
  }
  return [...kept, text.slice(at)].join('');
}

/** In order, and those that touch each other as one. */
function joined(found: Found[]): Found[] {
  const whole: Found[] = [];
  for (const [start, end] of found.toSorted((one, other) => one[0] - other[0])) {
    const last = whole.at(-1);
    if (last !== undefined && start <= last[1]) {
      last[1] = Math.max(last[1], end);
    } else {
      whole.push([start, end]);
    }
  }
  return whole;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&');
}
