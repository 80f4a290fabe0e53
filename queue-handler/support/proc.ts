/** Processes as the kernel tells of them: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
import { readdirSync, readFileSync } from 'node:fs';

// Time is counted in hundredths of a second, and memory in pages.
const TICKS = 100;
const PAGE = 4096;

export interface Stat {
  state: string;
  parent: number;
  /** Seconds. */
  cpu: number;
  /** Of children that have ended and were waited for. */
  cpuOfChildren: number;
  /** Bytes in memory. */
  memory: number;
}

export function statOf(pid: number): Stat | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const at = (index: number): number => Number(fields[index - 3]);
    return {
      state: fields[0] ?? '',
      parent: at(4),
      cpu: (at(14) + at(15)) / TICKS,
      cpuOfChildren: (at(16) + at(17)) / TICKS,
      memory: at(24) * PAGE,
    };
  } catch {
    return null;
  }
}

export function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && statOf(Number(name))?.parent === parent)
    .map(Number);
}

export function isAlive(pid: number): boolean {
  const stat = statOf(pid);
  return stat !== null && stat.state !== 'Z';
}
