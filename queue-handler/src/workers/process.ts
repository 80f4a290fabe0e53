/** One worker process: spawned, fed, read, and gone when it is over, with everything that it started. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { redact } from '../redaction.js';
import { forwardCut, forwardLine } from './forward.js';
import { interpreter, isolation, WORKERS_FOLDER, workerEnvironment } from './interpreter.js';
import { readLines } from './lines.js';

const TAIL_LINES = 20;
const TAIL_LINE_LENGTH = 500;
const LINE_LIMIT = 64 * 1024;
// What is in a pipe when its process ends is read in far less; a process that still writes then is not waited for without end.
const MOST_DRAINS = 10;

/** How long a process is waited for that is to end, and its pipes when it has. */
export interface Patience {
  /** From SIGTERM to SIGKILL. */
  killAfterMilliseconds: number;
  /** From the exit, or from the last byte after it, until a pipe that stays open is let go. */
  drainMilliseconds: number;
}

export const PATIENCE: Patience = { killAfterMilliseconds: 5_000, drainMilliseconds: 1_000 };

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Why it did not even start. */
  spawnError?: NodeJS.ErrnoException;
  /** The last lines of stderr. */
  stderr: string;
}

export interface WorkerOptions {
  script: string;
  args?: string[];
  env?: NodeJS.ProcessEnv;
  /** IDs that every forwarded log line gets. */
  ids?: Record<string, unknown>;
  /** Forward no log line: what it says of a fault, the command that asked says better. */
  quiet?: boolean;
  onStdout: (stdout: Readable) => void;
  /** Reads descriptor 3, a socket between the two. */
  onTurns?: (turns: Duplex) => unknown;
  patience?: Patience;
}

export class WorkerProcess {
  readonly exited: Promise<Exit>;
  /** Whether this side asked it to end. */
  terminating = false;
  readonly #child: ChildProcess | null;
  readonly #patience: Patience;
  readonly #tail: string[] = [];
  #over = false;

  constructor(options: WorkerOptions) {
    this.#patience = options.patience ?? PATIENCE;
    const child = start(options);
    if (child instanceof Error) {
      this.#child = null;
      this.#over = true;
      this.exited = Promise.resolve({ code: null, signal: null, spawnError: child, stderr: '' });
      return;
    }
    this.#child = child;
    // A worker that exits without reading breaks the pipe; the exit tells what happened.
    child.stdin?.on('error', () => {});
    this.exited = this.#watch(child, options);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  write(text: string): void {
    if (this.#child?.stdin?.writable) {
      this.#child.stdin.write(text);
    }
  }

  get stdin(): NodeJS.WritableStream | null {
    return this.#child?.stdin ?? null;
  }

  end(): void {
    this.#child?.stdin?.end();
  }

  /** Ask it to end, and kill its whole group where it does not. */
  terminate(): void {
    if (this.#over || this.terminating) {
      return;
    }
    this.terminating = true;
    this.#child?.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), this.#patience.killAfterMilliseconds);
    void this.exited.then(() => clearTimeout(timer));
  }

  /** Kill it and everything it has started. */
  kill(): void {
    this.terminating = true;
    if (!this.#over) {
      this.#killGroup();
    }
  }

  #watch(child: ChildProcess, options: WorkerOptions): Promise<Exit> {
    // Where the machine is out of descriptors a child has no streams at all.
    const turns = child.stdio?.[3] as Duplex | null | undefined;
    const { stdout, stderr } = child;
    const outlets = [stdout, stderr, turns].filter((stream) => stream != null);
    const exited = new Promise<Exit>((resolve) => {
      const settle = (exit: Omit<Exit, 'stderr'>): void => {
        if (!this.#over) {
          this.#over = true;
          for (const stream of [child.stdin, ...outlets]) {
            stream?.destroy();
          }
          resolve({ ...exit, stderr: this.#tail.join('\n') });
        }
      };
      child.on('error', (error) => {
        if (child.pid === undefined) {
          settle({ code: null, signal: null, spawnError: error });
        }
      });
      child.on('exit', (code, signal) => {
        // Whatever it has started has nobody to work for any more, and would hold the pipes open.
        this.#killGroup();
        this.#drained(outlets, () => settle({ code, signal }));
      });
      child.on('close', (code, signal) => settle({ code, signal }));
    });
    if (stdout && stderr) {
      options.onStdout(stdout);
      readLines(
        stderr,
        LINE_LIMIT,
        (line) => this.#log(line, options),
        (head) => {
          this.#addToTail(head);
          if (!options.quiet) {
            forwardCut(head, options.ids);
          }
        },
      );
    }
    if (options.onTurns !== undefined && turns) {
      options.onTurns(turns);
    }
    return exited;
  }

  /** When the process has ended and somebody who left its group holds the pipes: what has arrived is still read. */
  #drained(streams: (Readable | Duplex)[], done: () => void): void {
    let arrived = false;
    for (const stream of streams) {
      stream.on('data', () => {
        arrived = true;
      });
    }
    const look = (left: number): void => {
      setTimeout(() => {
        // Timers come before input where the event loop was held up, so the input gets its turn first.
        setImmediate(() => {
          if (arrived && left > 0 && !this.#over) {
            arrived = false;
            look(left - 1);
          } else {
            done();
          }
        });
      }, this.#patience.drainMilliseconds).unref();
    };
    look(MOST_DRAINS);
  }

  #log(line: string, { ids, quiet }: WorkerOptions): void {
    this.#addToTail(line);
    if (!quiet) {
      forwardLine(line, ids);
    }
  }

  #addToTail(line: string): void {
    // Before it is cut: half of a secret would not be known for one.
    this.#tail.push(redact(line).slice(0, TAIL_LINE_LENGTH));
    if (this.#tail.length > TAIL_LINES) {
      this.#tail.shift();
    }
  }

  #killGroup(): void {
    const pid = this.#child?.pid;
    if (pid !== undefined) {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // Nobody is left of the group, as it should be.
      }
    }
  }
}

function start(options: WorkerOptions): ChildProcess | Error {
  try {
    return spawn(interpreter(), [...isolation(), `${WORKERS_FOLDER}${options.script}`, ...(options.args ?? [])], {
      stdio: ['pipe', 'pipe', 'pipe', options.onTurns === undefined ? 'ignore' : 'pipe'],
      env: options.env ?? workerEnvironment(),
      // A process group of its own: it can be killed with whatever it has started, and a Ctrl-C meant for the
      // handler does not reach it before the handler has asked it to end in order.
      detached: true,
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
