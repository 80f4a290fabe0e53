/** Whether an error says that the database cannot be reached or used just now, or that something else is wrong. */
import { GivenUpError } from '../waiting.js';

// Classes of SQLSTATE that tell of the server's state: connection exceptions, resources, operator intervention, system
// errors. https://www.postgresql.org/docs/15/errcodes-appendix.html
const OF_THE_SERVER = /^(08|53|57|58)...$/;
const OF_THE_NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);
// What pg says without a code.
const SAID =
  /connection terminated|connection error|timeout exceeded when trying to connect|query read timeout|not queryable/i;

export function isOutage(error: unknown): boolean {
  for (let one: unknown = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth += 1) {
    const { code } = one as { code?: unknown };
    if (typeof code === 'string' && (OF_THE_NETWORK.has(code) || OF_THE_SERVER.test(code))) {
      return true;
    }
    if (one instanceof GivenUpError || SAID.test(one.message)) {
      return true;
    }
    if (one instanceof AggregateError && one.errors.some(isOutage)) {
      return true;
    }
  }
  return false;
}
