/**
 * The embedded database belongs to the process that has it open. While a handler works on it, the other commands ask
 * that process, over a socket in the data folder that only the same user can reach: one line of JSON each way about what
 * is to be done, and pieces of output in between.
 */
import { createHash } from 'node:crypto';
import { chmod, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/connect.js';
import { drained } from '../drained.js';
import { messageOf, UsageError } from '../errors.js';
import { getLogger } from '../log.js';
import { readLines } from '../workers/lines.js';
import { ACTIONS, type ActionArguments, type ActionName } from './actions.js';

const LINE_LIMIT = 64 * 1024 * 1024;
// The kernel's bound is 108 bytes on Linux and 104 on macOS.
const LONGEST_PATH = 100;
// A command that is being answered when the handler stops gets its answer, unless it waits for something.
const LEAVE_MILLISECONDS = 2_000;

const logger = getLogger('control');

type Reply = { out: string } | { done: true } | { error: string; usage: boolean };

export interface ControlServer {
  close(): Promise<void>;
}

/** Do what the commands of other processes ask, until it is closed. */
export async function serveCommands(database: Database, folder: string): Promise<ControlServer> {
  const path = socketPath(folder);
  await rm(path, { force: true });
  const open = new Set<Socket>();
  const answers = new Set<Promise<void>>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    readLines(socket, LINE_LIMIT, (line) => {
      const answering = answer(database, socket, line);
      answers.add(answering);
      void answering.then(() => answers.delete(answering));
    });
  });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(path, done);
  });
  await chmod(path, 0o600);
  return {
    async close() {
      const closed = new Promise((done) => server.close(done));
      const patience = new AbortController();
      await Promise.race([
        Promise.all(answers),
        sleep(LEAVE_MILLISECONDS, undefined, { signal: patience.signal }).catch(() => {}),
      ]);
      patience.abort();
      for (const socket of open) {
        socket.destroySoon();
      }
      await closed;
      await rm(path, { force: true });
    },
  };
}

/** Have the process that holds the folder do it. @throws UsageError as that process does, or where it does not answer. */
export async function askOwner<N extends ActionName>(
  folder: string,
  name: N,
  given: ActionArguments<N>,
  write: (text: string) => Promise<void>,
): Promise<void> {
  const socket = connect(socketPath(folder));
  await new Promise<void>((done, failed) => {
    let writing = Promise.resolve();
    let over = false;
    socket.once('error', failed);
    socket.once('close', () => over || failed(new Error('the process that has the database open has just ended')));
    readLines(socket, LINE_LIMIT, (line) => {
      const reply: Reply = JSON.parse(line);
      if ('out' in reply) {
        // No more is read than is written, however slow the reader of stdout is.
        socket.pause();
        writing = writing.then(() => write(reply.out)).finally(() => socket.resume());
        writing.catch(failed);
        return;
      }
      over = true;
      socket.end();
      if ('error' in reply) {
        failed(reply.usage ? new UsageError(reply.error) : new Error(reply.error));
      } else {
        writing.then(done, failed);
      }
    });
    socket.write(`${JSON.stringify({ name, given })}\n`);
  });
}

/** Whether a handler has the folder's database open and does what it is asked. */
export async function ownerAnswers(folder: string): Promise<boolean> {
  const socket = connect(socketPath(folder));
  const answers = await new Promise<boolean>((done) => {
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
  socket.destroy();
  return answers;
}

/** Whoever asked has gone before the answer was whole, as `| head` does. */
class GoneError extends Error {}

async function answer(database: Database, socket: Socket, line: string): Promise<void> {
  const send = async (reply: Reply): Promise<void> => {
    if (socket.destroyed) {
      throw new GoneError();
    }
    if (!socket.write(`${JSON.stringify(reply)}\n`)) {
      await drained(socket);
    }
  };
  try {
    const { name, given } = JSON.parse(line) as { name: ActionName; given: never };
    if (!Object.hasOwn(ACTIONS, name)) {
      throw new UsageError(`${name}: this handler knows no such command; it may be of another version`);
    }
    await ACTIONS[name]({ database, write: (out) => send({ out }) }, given);
    await send({ done: true });
  } catch (error) {
    const usage = error instanceof UsageError;
    if (!usage && !(error instanceof GoneError)) {
      logger.warn({ err: error }, 'a command of another process failed');
    }
    await send({ error: messageOf(error), usage }).catch(() => {});
  }
}

function socketPath(folder: string): string {
  const path = join(resolve(folder), 'control.sock');
  if (Buffer.byteLength(path) <= LONGEST_PATH) {
    return path;
  }
  const name = createHash('sha256').update(path).digest('hex').slice(0, 16);
  return join(tmpdir(), `queue-${process.getuid?.() ?? 0}-${name}.sock`);
}
