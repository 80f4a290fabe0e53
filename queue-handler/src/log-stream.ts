/**
 * Where the log goes: stderr, in such a way that no reader of it can stop the handler.
 *
 * Node writes to the pipe and the terminal that stderr is without returning before all is taken. A reader that stands
 * still (a pager, a terminal after Ctrl-S, a stopped `tee`) would thus stop the heartbeats, and others would take the jobs
 * and pay for them a second time. So a pipe or a terminal is opened a second time for writes that return at once, and
 * what is not taken waits in memory, up to a bound.
 */
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';

const STDERR = 2;
const MOST_WAITING_BYTES = 4 * 1024 * 1024;
const RETRY_MILLISECONDS = 20;

export interface LogStream {
  write(line: string): void;
  /** Whether the reader has not taken all of it yet. */
  readonly isWaiting?: boolean;
}

/** The descriptor's own pipe or terminal, opened so that writes return at once; null where that is not possible. */
function opened(descriptor: number): number | null {
  try {
    const kind = fstatSync(descriptor);
    if (!kind.isFIFO() && !kind.isCharacterDevice()) {
      // A file takes whatever comes. A socket cannot be opened by a name.
      return null;
    }
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
    return openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return null;
  }
}

/** Lines for a reader that may stand still. */
export class PatientStream implements LogStream {
  readonly #descriptor: number;
  #waiting: Buffer[] = [];
  #bytes = 0;
  #lost = 0;
  #gone = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
    process.once('exit', () => this.#flush());
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  write(line: string): void {
    if (this.#gone) {
      return;
    }
    const bytes = Buffer.from(line);
    if (this.#bytes + bytes.length > MOST_WAITING_BYTES) {
      this.#lost += 1;
      return;
    }
    this.#push(bytes);
    if (this.#timer === null) {
      this.#flush();
    }
  }

  #push(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
  }

  /** Write what the reader takes now. */
  #flush(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const taken = this.#take(next);
      if (taken < 0) {
        return;
      }
      this.#bytes -= taken;
      if (taken < next.length) {
        this.#waiting[0] = next.subarray(taken);
        this.#flushLater();
        return;
      }
      this.#waiting.shift();
      if (this.#waiting.length === 0 && this.#lost > 0) {
        const msg = `${this.#lost} log lines are lost: nobody read them for too long`;
        this.#lost = 0;
        this.#push(Buffer.from(`${JSON.stringify({ level: 'warn', time: Date.now(), context: 'log', msg })}\n`));
      }
    }
  }

  /** @returns the bytes that were taken; less than nothing where the reader has gone, and the log with it. */
  #take(bytes: Buffer): number {
    try {
      return writeSync(this.#descriptor, bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
        return 0;
      }
      this.#gone = true;
      this.#waiting = [];
      closeSync(this.#descriptor);
      return -1;
    }
  }

  #flushLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#flush();
    }, RETRY_MILLISECONDS).unref();
  }
}

/** The log of this process. */
export function logStream(): LogStream {
  // A log that nobody reads any more (`| head`, a terminal that went away) or that has no room ends no handler: it goes
  // on without one.
  process.stderr.on('error', () => {});
  const descriptor = opened(STDERR);
  return descriptor === null ? { write: (line) => void process.stderr.write(line) } : new PatientStream(descriptor);
}

/** A terminal beside the log, written to in the same patience. */
export function terminalStream(descriptor: number): LogStream {
  const own = opened(descriptor);
  const stream = descriptor === STDERR ? process.stderr : process.stdout;
  return own === null ? { write: (text) => void stream.write(text) } : new PatientStream(own);
}
