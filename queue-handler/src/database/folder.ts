/** A folder of this user alone: what is paid for lies in it, and what is in it is trusted. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { messageOf, UsageError } from '../errors.js';
import { getLogger } from '../log.js';

const PRIVATE = 0o700;
const OTHERS = 0o077;
// What this program makes in its folder. A folder that holds anything else is somebody's for another purpose.
const OWN = /^(pglite|lock|unsaved|control\.(sock|json|\d.*))$/;
// Locks there are those of one machine, or nobody knows whose. As the kernel names them: `man 5 proc_pid_mountinfo`.
const SHARED_SYSTEMS =
  /^(nfs\d?|cifs|smb\w*|afs|ceph|lustre|glusterfs|ocfs2|gfs2|gpfs|beegfs|fuse\.(sshfs|glusterfs|ceph\S*|s3fs|rclone|gcsfuse|davfs\S*))$/;

const logger = getLogger('folder');

/**
 * Make the folder, or make one that is there private.
 *
 * @throws UsageError where it belongs to another user, is no folder, holds other things, or is out of reach.
 */
export function ownFolder(path: string, name = 'QUEUE_DATA'): string {
  const folder = resolve(path);
  let stats: Stats;
  try {
    mkdirSync(folder, { recursive: true, mode: PRIVATE });
    stats = statSync(folder);
  } catch (error) {
    throw new UsageError(`${name}: the folder ${folder} cannot be made (${messageOf(error)}); name another one`);
  }
  const uid = process.getuid?.();
  if (uid !== undefined && stats.uid !== uid) {
    throw new UsageError(
      `${name}: the folder ${folder} belongs to user ${stats.uid}, and this is user ${uid}; name a folder of your own, or ` +
        'run the command as its owner',
    );
  }
  if (uid !== undefined && (stats.mode & OTHERS) !== 0) {
    const strange = readdirSync(folder).find((entry) => !OWN.test(entry));
    if (strange !== undefined) {
      throw new UsageError(
        `${name}: other users can reach ${folder}, and it holds other things (${strange}), so it is not made private; name a ` +
          `folder for this alone, or: chmod 700 ${folder}`,
      );
    }
    chmodSync(folder, PRIVATE);
    logger.warn({ folder }, 'other users could reach the folder; it is private now');
  }
  return folder;
}

/** @throws UsageError where other machines may have the folder too, and would not see this one's lock. */
export function refuseShared(folder: string, mounts = mountTable()): void {
  // The lock lies in the one and the files in the other, and each may be a link to elsewhere.
  for (const path of [folder, join(folder, 'pglite')].map(withoutLinks)) {
    const [, type] = mounts
      .filter(([point]) => path === point || path.startsWith(point === '/' ? '/' : `${point}/`))
      .reduce((best, one) => (one[0].length >= best[0].length ? one : best), ['', '']);
    if (SHARED_SYSTEMS.test(type)) {
      throw new UsageError(
        `QUEUE_DATA: ${path} is a network folder (${type}), where two machines could open the embedded database at ` +
          'once; name a folder of this machine, or set DATABASE_URL to a PostgreSQL server',
      );
    }
  }
}

function withoutLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // It is not there yet.
    return path;
  }
}

type Mount = [point: string, type: string];

/** Mount points and their types; empty where the system does not tell. */
function mountTable(): Mount[] {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8').split('\n').flatMap(mount);
  } catch {
    return [];
  }
}

/** One line of https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html */
function mount(line: string): Mount[] {
  const fields = line.split(' ');
  const type = fields[fields.indexOf('-', 6) + 1];
  const point = fields[4]?.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return point === undefined || type === undefined ? [] : [[point, type]];
}
