/** PostgreSQL stores neither U+0000 nor half of a surrogate pair; both become U+FFFD. */

const DEEPEST = 200;
const REPLACEMENT = '\uFFFD';

export function storableText(text: string): string {
  return text.includes('\u0000') || !text.isWellFormed() ? text.replaceAll('\u0000', REPLACEMENT).toWellFormed() : text;
}

/** The same for every text of a JSON value; the value itself where there is nothing to replace. */
export function storableValue<T>(value: T): T {
  return storable(value) as T;
}

/** Whether a value is nested deeper than any document of ours, and deeper than a recursion through it can follow. */
export function isTooDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) {
      return true;
    }
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return false;
}

function storable(value: unknown): unknown {
  if (typeof value === 'string') {
    return storableText(value);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    const items = value.map(storable);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  const entries = Object.entries(value);
  const clean = entries.map(([name, item]) => [storableText(name), storable(item)] as const);
  const same = clean.every(([name, item], index) => name === entries[index]?.[0] && item === entries[index]?.[1]);
  return same ? value : Object.fromEntries(clean);
}
