/** A place on disk for what nobody else is to read, for as long as it is needed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A handler makes several at the same time. */
const open = new Set<string>();

export interface PrivateFolder {
  path: string;
  remove(): void;
}

/** Make one; it goes with the process at the latest, also where a signal ends that. */
export function privateFolder(): PrivateFolder {
  const path = mkdtempSync(join(tmpdir(), 'queue-'));
  if (open.size === 0) {
    process.on('exit', removeAll);
    for (const signal of ENDING) {
      process.on(signal, onSignal);
    }
  }
  open.add(path);
  return { path, remove: () => remove(path) };
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
  open.delete(path);
  if (open.size === 0) {
    process.off('exit', removeAll);
    for (const signal of ENDING) {
      process.off(signal, onSignal);
    }
  }
}

function removeAll(): void {
  for (const path of open) {
    remove(path);
  }
}

function onSignal(signal: NodeJS.Signals): void {
  // A handler that is told to stop has a listener of its own, and finishes; a command ends as if there were none here.
  if (process.listenerCount(signal) === 1) {
    removeAll();
    process.kill(process.pid, signal);
  }
}
