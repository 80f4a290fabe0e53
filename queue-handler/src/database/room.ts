/** Room on the disk of the embedded database, which does not outlive a full one. */
import { statfsSync } from 'node:fs';

const MEGABYTE = 1024 * 1024;
// With less than this there is none: the database writes in pieces of 16 megabytes.
const NONE_BYTES = 2 * MEGABYTE;

/** Bytes that this user may still write; unbounded where the system does not say. */
export function freeBytes(folder: string): number {
  try {
    const { bavail, bsize, blocks } = statfsSync(folder);
    return blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

export function isFull(folder: string): boolean {
  return freeBytes(folder) < NONE_BYTES;
}

/** What is wrong with the room on a disk, and the cure; null where there is enough. */
export function roomProblem(folder: string, leastMegabytes: number): string | null {
  const free = freeBytes(folder);
  return free >= leastMegabytes * MEGABYTE
    ? null
    : `the disk of ${folder} has ${Math.floor(free / MEGABYTE)} MB left, and ${leastMegabytes} MB are to stay free ` +
        '(QUEUE_ROOM_MEGABYTES); make room, or set DATABASE_URL to a PostgreSQL server';
}
