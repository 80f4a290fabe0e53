/** Errors that a person can act on; everything else is a bug or an outage and keeps its stack. */

/** A wrong command, file or environment: the message names the field and the cure. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** What any thrown value says. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    // Such as one for each address of a host that does not answer.
    return [...new Set(error.errors.map(messageOf))].join('; ');
  }
  return error instanceof Error ? error.message || error.name : String(error);
}
