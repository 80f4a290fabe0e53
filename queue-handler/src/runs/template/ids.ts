/** IDs of scenarios that a person can read, that say nothing but which combination it is, and so stay when others come. */
import { createHash } from 'node:crypto';

// An ID has at most 200 characters; what follows this one says which member of a pair it is.
const LONGEST = 180;
const HASH_DIGITS = 12;

/** A word for each label of a dimension: without what parts words in an ID, and no two the same. */
export function wordsOf(labels: readonly string[]): string[] {
  const taken = new Map<string, number>();
  return labels.map((label) => {
    const word = label
      .normalize('NFC')
      .trim()
      .replace(/[\s,=]+/gu, '-');
    const earlier = taken.get(word) ?? 0;
    taken.set(word, earlier + 1);
    // No label's own word has a "=".
    return earlier === 0 ? word : `${word}=${earlier + 1}`;
  });
}

/** `Stakes=high,Person=a-friend` */
export function combinationId(parts: readonly { name: string; word: string }[]): string {
  if (parts.length === 0) {
    return 'template';
  }
  const whole = parts.map(({ name, word }) => `${name.normalize('NFC').replaceAll(' ', '-')}=${word}`).join(',');
  if (whole.length <= LONGEST) {
    return whole;
  }
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, HASH_DIGITS);
  return `${whole.slice(0, LONGEST - HASH_DIGITS - 1).replace(/[\ud800-\udbff]$/, '')}~${hash}`;
}

export function flippedId(id: string): string {
  return `${id},flipped`;
}
