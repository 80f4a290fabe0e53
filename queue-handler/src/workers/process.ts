/** One worker process: spawned, fed, read, and gone when it is over, with everything that it started. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { forwardLine } from './forward.js';
import { interpreter, WORKERS_FOLDER, workerEnvironment } from './interpreter.js';
import { readLines } from './lines.js';

const TAIL_LINES = 20;
const LINE_LIMIT = 64 * 1024;
// A grandchild that keeps stdout open must not keep the handler waiting (the exit came 3 s before the close).
const DRAIN_MILLISECONDS = 1_000;
const KILL_AFTER_MILLISECONDS = 5_000;

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Why it did not even start. */
  spawnError?: Error;
  /** The last lines of stderr. */
  stderr: string;
}

export interface WorkerOptions {
  script: string;
  args?: string[];
  env?: NodeJS.ProcessEnv;
  /** IDs that every forwarded log line gets. */
  ids?: Record<string, unknown>;
  onStdout: (stdout: Readable) => void;
  /** Reads descriptor 3, a socket between the two. */
  onTurns?: (turns: Duplex) => void;
}

export class WorkerProcess {
  readonly exited: Promise<Exit>;
  /** Whether this side asked it to end. */
  terminating = false;
  readonly #child: ChildProcess;
  readonly #tail: string[] = [];
  #over = false;

  constructor(options: WorkerOptions) {
    this.#child = spawn(interpreter(), [`${WORKERS_FOLDER}${options.script}`, ...(options.args ?? [])], {
      stdio: ['pipe', 'pipe', 'pipe', options.onTurns === undefined ? 'ignore' : 'pipe'],
      env: options.env ?? workerEnvironment(),
      // A process group of its own: it can be killed with whatever it has started, and a Ctrl-C meant for the
      // handler does not reach it before the handler has asked it to end in order.
      detached: true,
    });
    // A worker that exits without reading breaks the pipe; the exit tells what happened.
    this.#child.stdin?.on('error', () => {});
    this.exited = this.#watch(options);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  write(text: string): void {
    if (this.#child.stdin?.writable) {
      this.#child.stdin.write(text);
    }
  }

  get stdin(): NodeJS.WritableStream | null {
    return this.#child.stdin;
  }

  end(): void {
    this.#child.stdin?.end();
  }

  /** Ask it to end, and kill its whole group where it does not. */
  terminate(killAfterMilliseconds = KILL_AFTER_MILLISECONDS): void {
    if (this.#over || this.terminating) {
      return;
    }
    this.terminating = true;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), killAfterMilliseconds);
    void this.exited.then(() => clearTimeout(timer));
  }

  /** Kill it and everything it has started. */
  kill(): void {
    this.terminating = true;
    const { pid } = this.#child;
    if (pid !== undefined) {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        this.#child.kill('SIGKILL');
      }
    }
  }

  #watch(options: WorkerOptions): Promise<Exit> {
    const child = this.#child;
    return new Promise((resolve) => {
      const settle = (exit: Omit<Exit, 'stderr'>): void => {
        if (!this.#over) {
          this.#over = true;
          this.#removeGroup();
          resolve({ ...exit, stderr: this.#tail.join('\n') });
        }
      };
      child.on('error', (error) => {
        if (child.pid === undefined) {
          settle({ code: null, signal: null, spawnError: error });
        }
      });
      child.on('exit', (code, signal) => setTimeout(() => settle({ code, signal }), DRAIN_MILLISECONDS).unref());
      child.on('close', (code, signal) => settle({ code, signal }));
      if (child.stdout !== null && child.stderr !== null) {
        options.onStdout(child.stdout);
        readLines(child.stderr, LINE_LIMIT, (line) => this.#log(line, options.ids));
      }
      const turns = child.stdio[3];
      if (options.onTurns !== undefined && turns) {
        options.onTurns(turns as Duplex);
      }
    });
  }

  #log(line: string, ids: Record<string, unknown> | undefined): void {
    this.#tail.push(line.slice(0, 500));
    if (this.#tail.length > TAIL_LINES) {
      this.#tail.shift();
    }
    forwardLine(line, ids);
  }

  #removeGroup(): void {
    const { pid } = this.#child;
    if (pid !== undefined) {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // Nobody is left of the group, as it should be.
      }
    }
  }
}
