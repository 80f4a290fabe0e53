/**
 * Workers that are forked from a process that has their modules loaded, in place of started ones: a fifth of the time.
 * To the handler they are what it starts: a process with its descriptors, status and signals. What they are not: children of
 * the handler, whose death they notice; frozen with the process that it sees; under its limits and its options.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../src/checkout.js';
import { interpreter } from '../../src/workers/interpreter.js';

export interface ForkServer {
  /** Where it is asked for one. */
  socket: string;
  stop(): Promise<void>;
}

/** @param folder keeps its socket. */
export async function startForkServer(folder: string): Promise<ForkServer> {
  const socket = join(folder, 'fork-server');
  const child = spawn(interpreter(), ['-m', 'tools.fork_server', socket], {
    cwd: fileURLToPath(ROOT),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const [line] = await Promise.race([once(child.stdout, 'data'), ended]);
  if (!String(line).startsWith('listening')) {
    throw new Error(`the process that forks workers ended with ${line}`);
  }
  return {
    socket,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

const FORKING = process.env.PYTHON;

/** Where workers are started: the environment of a handler that forks them all the same, as nothing befalls it. */
export function forked(): Record<string, string> {
  return FORKING === undefined ? {} : { PYTHON: FORKING };
}

/** From here on an environment's workers are started as users' are: for what is about their start, their death or their limits. */
export function startAnew(env: NodeJS.ProcessEnv = process.env): void {
  if (process.env.QUEUE_TEST_STARTED) {
    env.PYTHON = process.env.QUEUE_TEST_STARTED;
  }
}
