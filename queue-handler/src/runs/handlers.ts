/** Who is at work. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';

/** A handler's round over the queues takes a second; one that waits for the database gives up after half a minute. */
export const STUCK_SECONDS = 120;

export interface HandlerAtWork {
  /** Why it takes no jobs, or that it lives and does nothing; or null. */
  problem: string | null;
}

/**
 * Where the PIDs of this process mean something: the machine and, in containers that share its name, their own numbering.
 */
export function processHome(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/**
 * Handlers that were heard of within their heartbeat. One of this machine whose process is gone was killed, and is not
 * waited for.
 */
export async function handlersAtWork(db: Db): Promise<HandlerAtWork[]> {
  const { rows } = await sql<HandlerAtWork & { host: string; pid: number }>`
    SELECT coalesce(problem, CASE WHEN worked_at < now() - make_interval(secs => ${STUCK_SECONDS}) THEN
      'it lives, and has done nothing for ' || extract(epoch FROM now() - worked_at)::int || ' s' END) AS problem,
      host, pid
    FROM handlers
    WHERE abs(extract(epoch FROM now() - seen_at)) < heartbeat_seconds`.execute(db);
  const here = processHome();
  return rows.filter(({ host, pid }) => host !== here || isThere(pid)).map(({ problem }) => ({ problem }));
}

/** Exported for its test. */
export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether it has ended and nobody has taken note of it, as in a container without an init: `man 5 proc_pid_stat`. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program stands in parentheses, and may hold some.
    return ['Z', 'X'].includes(stat.charAt(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}
