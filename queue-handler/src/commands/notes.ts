/** Log lines for a person who looks at a picture in place of a log: warnings and errors, once each, with a count. */

export interface Note {
  level: 'warn' | 'error';
  text: string;
  times: number;
}

// Beside the picture of a run, in which each failure stands by its cause.
const FAILURE = /^failed: |is stopped for this run: /;
// A log may go on for days; what was said first is what is forgotten.
const MOST_KEPT = 50;

/** What a line of the log says to a person; null where it is no warning and no error. */
export function noteOf(line: string): Omit<Note, 'times'> | null {
  const { level, msg = '', err } = read(line);
  if (level !== 'warn' && level !== 'error') {
    return null;
  }
  return { level, text: [msg, ...(err?.message && !msg.includes(err.message) ? [err.message] : [])].join(': ') };
}

interface Line {
  level?: string;
  msg?: string;
  code?: string;
  context?: string;
  /** Of a line that a worker wrote. */
  worker?: string;
  jobId?: string;
  err?: { message?: string };
}

export class Notes {
  readonly #notes = new Map<string, Note>();

  /** Take a line of the log. */
  take(line: string): void {
    const { msg = '', code, context = '', worker, jobId } = read(line);
    const note = noteOf(line);
    // What a worker says of one call ends as a retry or a failure, which is counted.
    const isOfCall = worker !== undefined && jobId !== undefined;
    if (note === null || isOfCall || FAILURE.test(msg)) {
      return;
    }
    // What failed has a code, and a message that differs from one probe to the next.
    const key = code === undefined ? `${context} ${msg}` : `${context} ${msg.split(':')[0]} ${code}`;
    const times = (this.#notes.get(key)?.times ?? 0) + 1;
    this.#notes.delete(key);
    this.#notes.set(key, { ...note, times });
    for (const [oldest] of this.#notes) {
      if (this.#notes.size <= MOST_KEPT) {
        break;
      }
      this.#notes.delete(oldest);
    }
  }

  /** The latest of them, the newest last. */
  latest(most: number): Note[] {
    return [...this.#notes.values()].slice(-most);
  }
}

function read(line: string): Line {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return { level: 'warn', msg: line.trim() };
  }
}
