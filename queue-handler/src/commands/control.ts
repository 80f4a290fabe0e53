/**
 * The embedded database belongs to the process that has it open. While a handler works on it, the other commands ask
 * that process, over a socket that only the same user can reach. Lines of JSON: each side shows that it knows the folder's
 * secret, then what is to be done, and pieces of output in return.
 */
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/connect.js';
import { drained } from '../drained.js';
import { messageOf, UsageError } from '../errors.js';
import { getLogger } from '../log.js';
import type { Settings } from '../settings.js';
import { readLines } from '../workers/lines.js';
import { type ActionArguments, type ActionName, act, type Context, isAction } from './actions.js';
import { announce, isSame, type Meeting, meetingOf, nonce, proofOf } from './peer.js';

// A run's file of the largest size, as JSON that writes every number out.
const LINE_LIMIT = 256 * 1024 * 1024;
const PIECE_LENGTH = 1024 * 1024;
const GREETING_MILLISECONDS = 60_000;
// A command that is being answered when the handler stops gets its answer, unless it waits for something.
const LEAVE_MILLISECONDS = 2_000;

const logger = getLogger('control');

type Reply = { out: string } | { note: string } | { done: true } | { error: string; usage: boolean };

export interface ControlServer {
  close(): Promise<void>;
}

/**
 * Do what the commands of other processes ask, until it is closed.
 *
 * @param leave what is done where a handler wants the database to itself.
 * @throws Error where there is no place to listen.
 */
export async function serveCommands(
  database: Database,
  settings: Settings,
  leave?: () => void,
): Promise<ControlServer> {
  const meeting = announce(settings.dataFolder);
  const open = new Set<Socket>();
  const answers = new Set<Promise<void>>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    serve(socket, meeting, (line) => {
      const answering = answer({ database, settings, ...(leave && { leave }) }, socket, line);
      answers.add(answering);
      void answering.then(() => answers.delete(answering));
    });
  });
  try {
    await listening(server, meeting.socket);
  } catch (error) {
    meeting.retract();
    throw new Error(`commands cannot be served at ${meeting.socket}: ${messageOf(error)}`, { cause: error });
  }
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
      meeting.retract();
    },
  };
}

async function listening(server: Server, path: string): Promise<void> {
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    // The socket is made within this call, so that there is no moment at which others could reach it.
    const mask = process.umask(0o177);
    try {
      server.listen(path, done);
    } finally {
      process.umask(mask);
    }
  });
}

/** The handler's side of the greeting; what is asked after it goes to `onCommand`. */
function serve(socket: Socket, { secret }: Meeting, onCommand: (line: string) => void): void {
  const own = nonce();
  let theirs: string | null = null;
  let known = false;
  const refuse = (error: string): void =>
    void socket.end(`${JSON.stringify({ error, usage: true } satisfies Reply)}\n`);
  readLines(
    socket,
    LINE_LIMIT,
    (line) => {
      if (known) {
        onCommand(line);
        return;
      }
      const said = parsed(line) as { hello?: unknown; proof?: unknown };
      if (theirs === null && typeof said.hello === 'string') {
        theirs = said.hello;
        socket.write(`${JSON.stringify({ nonce: own, proof: proofOf(secret, 'owner', theirs, own) })}\n`);
      } else if (theirs !== null && isSame(proofOf(secret, 'caller', own, theirs), said.proof)) {
        known = true;
      } else {
        refuse('who asks does not know the secret of the folder; its version may be another one');
      }
    },
    () => refuse(`what is asked is longer than ${LINE_LIMIT / 1024 / 1024} MB; make several runs of it`),
  );
}

/**
 * Have the process that holds the folder do it.
 *
 * @returns whether there was one to ask.
 * @throws UsageError as that process does; Error where it does not answer, or is not the one.
 */
export async function askOwner<N extends ActionName>(
  folder: string,
  name: N,
  given: ActionArguments<N>,
  write: (text: string) => Promise<void>,
  note: (text: string) => Promise<void>,
): Promise<boolean> {
  const meeting = meetingOf(folder);
  const socket = meeting === null ? null : await connected(meeting.socket);
  if (meeting === null || socket === null) {
    return false;
  }
  try {
    await greet(socket, meeting, JSON.stringify({ name, given, notes: true }), write, note);
  } finally {
    socket.destroy();
  }
  return true;
}

async function connected(path: string): Promise<Socket | null> {
  const socket = dial(path);
  return new Promise((done, failed) => {
    socket.once('connect', () => done(socket));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' || error.code === 'ECONNREFUSED' ? done(null) : failed(error),
    );
  });
}

async function greet(
  socket: Socket,
  { secret, socket: path }: Meeting,
  command: string,
  write: (text: string) => Promise<void>,
  note: (text: string) => Promise<void>,
): Promise<void> {
  const own = nonce();
  let greeted = false;
  await new Promise<void>((done, failed) => {
    let writing = Promise.resolve();
    const late = setTimeout(
      () => failed(new Error(`the handler at ${path} does not answer; is it stopped? End it, and start it anew`)),
      GREETING_MILLISECONDS,
    );
    socket.once('error', failed);
    socket.once('close', () => {
      clearTimeout(late);
      failed(
        new Error('the process that has the database open has just ended; see with status what came of the command'),
      );
    });
    readLines(
      socket,
      LINE_LIMIT,
      (line) => {
        const said = parsed(line) as Partial<{
          nonce: string;
          proof: string;
          out: string;
          note: string;
          error: string;
          usage: boolean;
        }>;
        if (!greeted && said.nonce !== undefined) {
          clearTimeout(late);
          if (!isSame(proofOf(secret, 'owner', own, said.nonce), said.proof)) {
            failed(
              new Error(`who answers at ${path} is not the process that has the database; nothing was sent to it`),
            );
            return;
          }
          greeted = true;
          socket.write(`${JSON.stringify({ proof: proofOf(secret, 'caller', said.nonce, own) })}\n${command}\n`);
        } else if (greeted && said.out !== undefined) {
          const { out } = said;
          // No more is read than is written, however slow the reader of stdout is.
          socket.pause();
          writing = writing.then(() => write(out)).finally(() => socket.resume());
          writing.catch(failed);
        } else if (greeted && said.note !== undefined) {
          const { note: text } = said;
          writing = writing.then(() => note(text));
        } else if (said.error !== undefined) {
          failed(said.usage ? new UsageError(said.error) : new Error(said.error));
        } else if (greeted) {
          writing.then(done, failed);
        }
      },
      () => failed(new Error(`the handler at ${path} says more than fits into a line`)),
    );
    socket.write(`${JSON.stringify({ hello: own })}\n`);
  });
}

/** The caller has gone before the answer was whole, as `| head` does. */
class GoneError extends Error {}

async function answer(owner: Omit<Context, 'write' | 'gone'>, socket: Socket, line: string): Promise<void> {
  const send = async (reply: Reply): Promise<void> => {
    if (socket.destroyed) {
      throw new GoneError();
    }
    if (!socket.write(`${JSON.stringify(reply)}\n`)) {
      await drained(socket);
    }
  };
  const write = async (text: string): Promise<void> => {
    for (const out of inPieces(text)) {
      await send({ out });
    }
  };
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  try {
    const { name, given, notes } = parsed(line) as { name: ActionName; given: never; notes?: boolean };
    // A caller of an earlier version would take it for the end.
    const note = async (text: string): Promise<void> => (notes ? send({ note: text }) : undefined);
    if (!isAction(name)) {
      throw new UsageError(`${name}: this handler knows no such command; it may be of another version`);
    }
    await act(name, { ...owner, write, note, gone: gone.signal }, given);
    await send({ done: true });
  } catch (error) {
    const usage = error instanceof UsageError;
    if (!usage && !gone.signal.aborted && !(error instanceof GoneError)) {
      logger.warn({ err: error }, 'a command of another process failed');
    }
    await send({ error: messageOf(error), usage }).catch(() => {});
  }
}

/** Text in parts of a bounded length, none of which ends within a character. */
function* inPieces(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    let to = Math.min(from + PIECE_LENGTH, text.length);
    const isHigh = to < text.length && (text.charCodeAt(to - 1) & 0xfc00) === 0xd800;
    to += isHigh ? 1 : 0;
    yield text.slice(from, to);
    from = to;
  }
}

function parsed(line: string): object {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
