/** The queue's command line as people run it: the shell script, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const QUEUE = fileURLToPath(new URL('../../../queue', import.meta.url));

export interface Said {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A command that goes on while the test does other things. */
export class Command {
  readonly child: ChildProcess;
  readonly said: Said = { code: null, stdout: '', stderr: '' };
  readonly over: Promise<Said>;

  constructor(command: string, args: string[], env: NodeJS.ProcessEnv) {
    this.child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.setEncoding('utf8').on('data', (text) => {
      this.said.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.said.stderr += text;
    });
    this.over = once(this.child, 'close').then(([code]) => {
      this.said.code = code;
      return this.said;
    });
  }
}

/** Commands in one environment. */
export class Queue {
  readonly #running = new Set<Command>();

  constructor(readonly env: NodeJS.ProcessEnv) {}

  begin(...args: string[]): Command {
    return this.spawn(QUEUE, args);
  }

  async run(...args: string[]): Promise<Said> {
    return this.begin(...args).over;
  }

  /** A line for a shell in which `queue` is the command. */
  async shell(line: string): Promise<Said> {
    return this.spawn('bash', ['-c', `queue() { "${QUEUE}" "$@"; }; ${line}`]).over;
  }

  spawn(command: string, args: string[]): Command {
    const running = new Command(command, args, this.env);
    this.#running.add(running);
    void running.over.then(() => this.#running.delete(running));
    return running;
  }

  /** End whatever still runs. */
  async close(): Promise<void> {
    for (const running of this.#running) {
      running.child.kill('SIGKILL');
    }
    await Promise.all([...this.#running].map((running) => running.over));
  }
}
