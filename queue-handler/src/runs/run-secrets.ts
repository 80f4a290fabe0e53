/** A run's texts are asked of providers, stored, exported and analysed: a key that is in use has no place among them. */
import { UsageError } from '../errors.js';
import { holdsSecret, redact } from '../redaction.js';

/**
 * Of the keys and passwords in the environment of the process that asks; a word or a stock default is none.
 *
 * @throws UsageError naming the field, and not what it holds.
 */
export function refuseSecrets(run: object, where = 'the run'): void {
  const path = findSecret(run, '');
  if (path !== null) {
    throw new UsageError(
      `${where}: ${redact(path)}: holds a key or a password that is in use here, in clear or encoded; take it out, and ` +
        'change it where others have seen this file',
    );
  }
}

function findSecret(value: unknown, path: string): string | null {
  if (typeof value === 'string') {
    return holdsSecret(value) ? path : null;
  }
  if (typeof value !== 'object' || value === null) {
    return null;
  }
  for (const [key, item] of Object.entries(value)) {
    const below = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    const found = holdsSecret(key) ? below : findSecret(item, below);
    if (found !== null) {
      return found;
    }
  }
  return null;
}
