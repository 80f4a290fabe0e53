/**
 * One process at a time may have the embedded database open; a second one would destroy it.
 *
 * The lock is the kernel's, on an open file: it ends with the process however that ends, and it holds between containers
 * that share a folder and count their processes apart. Node cannot take such a lock, but it belongs to the open file and
 * not to who asked for it: a helper that has this process's file takes it, ends, and leaves it with this process.
 * https://man7.org/linux/man-pages/man2/flock.2.html
 */
import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { interpreter } from '../workers/interpreter.js';

const HELD_BY_ANOTHER = 75;
// Both answer at once; an interpreter that does not start is none.
const HELPER_MILLISECONDS = 20_000;
// Of the helpers one is on Linux and starts at once; the other is wherever the workers are.
const PYTHON = `
import fcntl, sys
try:
    fcntl.flock(3, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    sys.exit(${HELD_BY_ANOTHER})`;
const HELPERS = (): [string, string[]][] => [
  ['flock', ['--exclusive', '--nonblock', '--conflict-exit-code', String(HELD_BY_ANOTHER), '3']],
  [interpreter(), ['-IS', '-c', PYTHON]],
];

export class FolderInUseError extends Error {
  override name = 'FolderInUseError';

  constructor(
    readonly path: string,
    readonly holder: string,
  ) {
    super(
      `${path} is held by ${holder}: the embedded database takes one process at a time; wait for it or end it, or set ` +
        'DATABASE_URL to a PostgreSQL server, or QUEUE_DATA to another folder',
    );
  }
}

export interface FolderLock {
  release(): void;
}

/** @throws FolderInUseError while another process holds the folder; Error where there is no way to lock. */
export function lockFolder(folder: string): FolderLock {
  const path = join(folder, 'lock');
  // A number and not a FileHandle, which the garbage collector would close, and the lock with it.
  const file = openSync(path, 'a+', 0o600);
  try {
    if (!taken(file)) {
      throw new FolderInUseError(path, holderOf(path));
    }
    ftruncateSync(file);
    writeSync(file, `${JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() })}\n`);
  } catch (error) {
    closeSync(file);
    throw error;
  }
  // The file stays: a process that removed it could not know which other has just opened it.
  return { release: () => closeSync(file) };
}

function taken(file: number): boolean {
  const problems: string[] = [];
  for (const [command, args] of HELPERS()) {
    const { status, error, stderr } = spawnSync(command, args, {
      stdio: ['ignore', 'ignore', 'pipe', file],
      env: { PATH: process.env.PATH },
      encoding: 'utf8',
      timeout: HELPER_MILLISECONDS,
    });
    if (status === 0 || status === HELD_BY_ANOTHER) {
      return status === 0;
    }
    problems.push(`${command}: ${error?.message ?? stderr.trim()}`);
  }
  throw new Error(
    `the folder of the embedded database cannot be locked (${problems.join('; ')}); install util-linux, or set PYTHON to ` +
      'an interpreter that works',
  );
}

/** Who says of himself in the file that he holds it: for people, not for decisions. */
function holderOf(path: string): string {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(path, 'utf8'));
    const where = host === hostname() ? '' : ` of ${host}`;
    return `process ${Number(pid)}${where} since ${since}`;
  } catch {
    return 'a process that has just started';
  }
}
