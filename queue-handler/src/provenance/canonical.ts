/** JSON that everybody writes alike, so that its hash says whether two values are the same. */
import { createHash } from 'node:crypto';

/**
 * A value of JSON as RFC 8785 (JSON Canonicalization Scheme) writes it: no blanks, the names of an object in the order of their
 * UTF-16 units, numbers and strings as ECMAScript writes them (https://www.rfc-editor.org/rfc/rfc8785#section-3.2).
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) {
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  }
  // Put together as text: in an object, names that are whole numbers would come first.
  const fields = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, item]) => `${JSON.stringify(name)}:${canonicalJson(item)}`);
  return `{${fields.join(',')}}`;
}

/** In hexadecimal digits. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
