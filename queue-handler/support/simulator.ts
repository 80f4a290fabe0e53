/** The provider simulator as a process: what it is asked, it notes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../src/checkout.js';
import { interpreter, workerEnvironment } from '../src/workers/interpreter.js';

export interface Asked {
  number: number;
  time: number;
  provider: string;
  method: string;
  model: string | null;
  status: number | null;
  body: unknown;
  bodySha256: string;
  outcome: string;
}

export class Simulator {
  readonly env: Record<string, string>;
  readonly #child: ChildProcess;
  readonly #url: string;
  /** Of the process that answers: whoever was started for it may only stand in for that one. */
  readonly #pid: number;

  private constructor(child: ChildProcess, url: string, pid: number, env: Record<string, string>) {
    this.#child = child;
    this.#url = url;
    this.#pid = pid;
    this.env = env;
  }

  static async start(...args: string[]): Promise<Simulator> {
    const child = spawn(interpreter(), [fileURLToPath(new URL('simulator', ROOT)), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: workerEnvironment(),
    });
    const [line] = await once(createInterface(child.stdout), 'line');
    const { url, pid, env } = JSON.parse(line);
    return new Simulator(child, url, pid, env);
  }

  /** Every paid question so far, in the order in which they came. */
  async asked(): Promise<Asked[]> {
    const entries = (await this.#ask('journal')) as Asked[];
    return entries.filter((entry) => entry.method === 'POST');
  }

  async counters(): Promise<{ inFlight: number; peakInFlight: number; requests: number }> {
    return (await this.#ask('counters')) as { inFlight: number; peakInFlight: number; requests: number };
  }

  /** What all calls were billed, in dollars. */
  async billed(): Promise<number> {
    return ((await this.#ask('ledger')) as { dollars: number }).dollars;
  }

  async forget(): Promise<void> {
    await this.#ask('journal', 'DELETE');
  }

  // `fetch` would load a client that takes a tenth of a second, in every process of the tests.
  async #ask(what: string, method = 'GET'): Promise<unknown> {
    const asking = request(new URL(`/_sim/${what}`, this.#url), { method, agent: false }).end();
    const [answer] = await once(asking, 'response');
    const said = await text(answer);
    return said === '' ? null : JSON.parse(said);
  }

  /** Answer nothing while something is done, however long it takes. */
  async whileFrozen(action: () => void | Promise<void>): Promise<void> {
    process.kill(this.#pid, 'SIGSTOP');
    try {
      await action();
    } finally {
      process.kill(this.#pid, 'SIGCONT');
    }
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }
}

/** How often each answered question was asked, above the once that is right. */
export function repeats(asked: Asked[]): number {
  const answered = asked.filter((entry) => entry.outcome === 'answered').map((entry) => entry.model + entry.bodySha256);
  return answered.length - new Set(answered).size;
}
