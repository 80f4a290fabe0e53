/** `queue work` as a process of its own, to be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { childrenOf, isAlive } from './proc.js';
import { until } from './until.js';

const CLI = fileURLToPath(new URL('../bin/cli.js', import.meta.url));

export interface Line {
  level: string;
  msg: string;
  [name: string]: unknown;
}

function lineOf(text: string): Line {
  try {
    return JSON.parse(text);
  } catch {
    return { level: 'error', msg: text };
  }
}

/** Those that have not ended. */
const running = new Set<WorkProcess>();

/** End those that a test has left, which would go on asking, and keep its own process from ending. */
export async function killWorkProcesses(): Promise<void> {
  await Promise.all([...running].map((one) => one.kill()));
}

export class WorkProcess {
  readonly lines: Line[] = [];
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown[]>;

  constructor(env: Record<string, string>, ...args: string[]) {
    // One warm worker, as long as a test says nothing else: a second one takes as long to start, and finds little to do.
    const whole = { QUEUE_WARM_WORKERS: '1', ...process.env, ...env, LOG_LEVEL: 'debug' };
    this.#child = spawn(process.execPath, [CLI, 'work', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: whole,
    });
    this.#exit = once(this.#child, 'exit');
    running.add(this);
    void this.#exit.then(() => running.delete(this));
    let rest = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      const pieces = (rest + chunk).split('\n');
      rest = pieces.pop() ?? '';
      this.lines.push(...pieces.map((piece) => lineOf(piece)));
    });
  }

  /** Whether it has not ended. */
  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** How many transcripts this process has stored. */
  get saved(): number {
    return this.lines.filter((line) => line.msg === 'transcript saved').length;
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) {
      throw new Error('the process did not start');
    }
    return pid;
  }

  /** The worker processes that it has started. */
  get workers(): number[] {
    return childrenOf(this.#child.pid ?? 0);
  }

  /** Whether it has said so in its log. */
  says(text: string): boolean {
    return this.lines.some((line) => line.msg.includes(text));
  }

  /** Read its log no more, as `| head` does. */
  hangUp(): void {
    this.#child.stderr?.destroy();
  }

  /** Kill it as the kernel does when memory is short, and wait until its workers have followed it. */
  async kill(): Promise<void> {
    const { workers } = this;
    this.#child.kill('SIGKILL');
    await this.#exit;
    await until(() => workers.every((pid) => !isAlive(pid)), 'the end of the workers of a killed handler');
  }

  /** Ask it to stop. @returns its exit status. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.exited();
  }

  async exited(): Promise<number | null> {
    const [status] = await this.#exit;
    return status as number | null;
  }
}
