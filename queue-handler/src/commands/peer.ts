/**
 * How two processes of one user know each other: both can read a secret in the folder that nobody else can look into.
 * Neither says anything of worth before the other has shown that it knows it.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { lstatSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

// The kernel's bound is 108 bytes on Linux and 104 on macOS.
const LONGEST_PATH = 100;
const OTHERS = 0o077;

/** Where a handler is to be found, and the secret that proves that it is the one. */
export interface Meeting {
  socket: string;
  secret: string;
}

/** Say in the folder where this process listens. @throws Error where there is no place for a socket. */
export function announce(folder: string): Meeting & { retract(): void } {
  const near = join(resolve(folder), 'control.sock');
  // A path that is too long for a socket: then in a folder that nobody could guess, and nobody else can enter.
  const far = Buffer.byteLength(near) > LONGEST_PATH ? mkdtempSync(join(tmpdir(), 'queue-')) : null;
  const socket = far === null ? near : join(far, 's');
  const retract = (): void => {
    rmSync(file(folder), { force: true });
    rmSync(socket, { force: true });
    if (far !== null) {
      rmSync(far, { recursive: true, force: true });
    }
  };
  if (Buffer.byteLength(socket) > LONGEST_PATH) {
    retract();
    throw new Error(
      `no socket fits into ${dirname(socket)}: its path is longer than ${LONGEST_PATH} bytes; set QUEUE_DATA or TMPDIR to a ` +
        'shorter one',
    );
  }
  const meeting = { socket, secret: randomBytes(32).toString('hex') };
  // What an earlier process left is of no use; it cannot be one that lives, as this one has the folder's lock.
  rmSync(socket, { force: true });
  const path = file(folder);
  writeFileSync(`${path}.new`, JSON.stringify(meeting), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return { ...meeting, retract };
}

/** Where the process that has the folder listens; null where none says so. @throws Error where the place is not private. */
export function meetingOf(folder: string): Meeting | null {
  let meeting: Meeting;
  try {
    meeting = JSON.parse(readFileSync(file(folder), 'utf8'));
    const stats = lstatSync(dirname(meeting.socket));
    const isOwn = process.getuid === undefined || (stats.uid === process.getuid() && (stats.mode & OTHERS) === 0);
    if (!stats.isDirectory() || !isOwn) {
      throw new Error(
        `${dirname(meeting.socket)} is not a private folder of this user; end the handler, and start it anew`,
      );
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) {
      return null;
    }
    throw error;
  }
  return meeting;
}

export function nonce(): string {
  return randomBytes(16).toString('hex');
}

/** What only somebody with the secret can say, in this role, to this question. */
export function proofOf(secret: string, role: 'owner' | 'caller', question: string, answer: string): string {
  return createHmac('sha256', secret).update(`${role}\n${question}\n${answer}`).digest('hex');
}

export function isSame(one: string, other: unknown): boolean {
  const given = Buffer.from(typeof other === 'string' ? other : '');
  const wanted = Buffer.from(one);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function file(folder: string): string {
  return join(resolve(folder), 'control.json');
}
