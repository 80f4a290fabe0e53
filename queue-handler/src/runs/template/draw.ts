/**
 * Numbers that look like chance and follow from a seed, the same on every machine and in every language:
 *
 * 1. Block k of a stream, k = 0, 1, ..., is the SHA-256 (FIPS 180-4) of the UTF-8 text `SEED\nPURPOSE\nk`, all numbers in
 *    decimal.
 * 2. A block gives five numbers: its bytes 0 to 5, 6 to 11, ..., 24 to 29, each read as 48 bits, the first byte the highest.
 * 3. A number below n is the next of them that is less than the largest multiple of n within 2^48, modulo n.
 */
import { createHash } from 'node:crypto';

const NUMBER_BYTES = 6;
const NUMBERS_IN_BLOCK = 5;
const RANGE = 2 ** (8 * NUMBER_BYTES);

export class Draw {
  readonly #stream: string;
  #block = Buffer.alloc(0);
  #drawn = 0;

  /** @param purpose what is drawn for: another purpose gives other numbers. */
  constructor(seed: number, purpose: string) {
    this.#stream = `${seed}\n${purpose}\n`;
  }

  /** A whole number from 0 to `bound` - 1, each as likely as any other. `bound` is 1 to 2^48. */
  below(bound: number): number {
    const fair = RANGE - (RANGE % bound);
    for (;;) {
      const number = this.#next();
      if (number < fair) {
        return number % bound;
      }
    }
  }

  #next(): number {
    const place = this.#drawn % NUMBERS_IN_BLOCK;
    if (place === 0) {
      this.#block = createHash('sha256')
        .update(`${this.#stream}${this.#drawn / NUMBERS_IN_BLOCK}`)
        .digest();
    }
    this.#drawn += 1;
    return this.#block.readUIntBE(place * NUMBER_BYTES, NUMBER_BYTES);
  }
}

/**
 * So many different whole numbers below `bound`, in ascending order, every choice as likely as any other: Floyd's
 * algorithm (Bentley and Floyd, Programming Pearls: a sample of brilliance, CACM 30(9), 1987), which draws once for each.
 */
export function choose(draw: Draw, number: number, bound: number): number[] {
  const chosen = new Set<number>();
  for (let last = bound - number; last < bound; last += 1) {
    const drawn = draw.below(last + 1);
    chosen.add(chosen.has(drawn) ? last : drawn);
  }
  return [...chosen].sort((one, other) => one - other);
}
