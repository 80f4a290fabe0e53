/** Many short texts looked for in a long one at once: what is looked for is found by its first four characters. */

const KEY_LENGTH = 4;
const BASE = 36;
const KEYS = BASE ** KEY_LENGTH;
const LEADING = BASE ** (KEY_LENGTH - 1);
const BITS = 32;

export class Needles {
  readonly #byKey = new Map<number, Set<string>>();
  // Nearly every place of a text is passed over by one look at one bit.
  readonly #known = new Uint32Array(Math.ceil(KEYS / BITS));

  /** @param needle letters and digits of ASCII in lower case, four of them at least. */
  add(needle: string): void {
    const key = [...needle.slice(0, KEY_LENGTH)].reduce((sum, one) => sum * BASE + digitOf(one.charCodeAt(0)), 0);
    this.#byKey.set(key, (this.#byKey.get(key) ?? new Set()).add(needle));
    this.#known[key >>> 5] = (this.#known[key >>> 5] ?? 0) | (1 << (key & (BITS - 1)));
  }

  /** Where they stand in a skeleton. */
  *in(text: string): Generator<[start: number, end: number]> {
    if (this.#byKey.size === 0) {
      return;
    }
    let key = 0;
    for (let at = 0; at < text.length; at += 1) {
      key = (key % LEADING) * BASE + digitOf(text.charCodeAt(at));
      if (((this.#known[key >>> 5] ?? 0) >>> (key & (BITS - 1))) & 1) {
        const start = at - KEY_LENGTH + 1;
        for (const needle of this.#byKey.get(key) ?? []) {
          if (start >= 0 && text.startsWith(needle, start)) {
            yield [start, start + needle.length];
          }
        }
      }
    }
  }
}

function digitOf(code: number): number {
  return code <= 57 ? code - 48 : code - 87;
}
