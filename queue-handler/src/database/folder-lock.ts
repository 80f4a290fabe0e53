/** One process at a time may have the embedded database open; a second one would destroy it. */
import { open, readFile, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';

export class FolderInUseError extends Error {
  override name = 'FolderInUseError';
  readonly pid: number;

  constructor(folder: string, pid: number) {
    super(
      `${folder} is in use by process ${pid}: the embedded database takes one process at a time;` +
        ' wait for it, or set DATABASE_URL to a PostgreSQL server',
    );
    this.pid = pid;
  }
}

export interface FolderLock {
  release(): Promise<void>;
}

/** @throws FolderInUseError while a process that is alive holds the folder. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, 'lock');
  for (let attempt = 0; attempt < 5; attempt += 1) {
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(`${process.pid}\n`);
      await file.close();
      return { release: () => rm(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw error;
      }
    }
    const pid = Number((await readFile(path, 'utf8').catch(() => '')).trim());
    if (pid > 0 && isAlive(pid)) {
      throw new FolderInUseError(folder, pid);
    }
    // Its owner was killed. Whoever renames it first may remove it; the other sees that it is gone.
    const stale = `${path}.${process.pid}`;
    await rename(path, stale).catch(() => {});
    await unlink(stale).catch(() => {});
  }
  throw new Error(`${path} cannot be taken; remove it if no process uses the folder`);
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) {
    return false;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
