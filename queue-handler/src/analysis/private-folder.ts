/** A place on disk for what nobody else is to read, for as long as it is needed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface PrivateFolder {
  path: string;
  remove(): void;
}

/** Make one; it goes with the process at the latest, also where a signal ends that. */
export function privateFolder(): PrivateFolder {
  const path = mkdtempSync(join(tmpdir(), 'queue-'));
  const remove = (): void => {
    process.off('exit', remove);
    for (const signal of ENDING) {
      process.off(signal, onSignal);
    }
    rmSync(path, { recursive: true, force: true });
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    // A handler that is told to stop has a listener of its own, and finishes; a command ends as if there were none here.
    if (process.listenerCount(signal) === 1) {
      remove();
      process.kill(process.pid, signal);
    }
  };
  process.on('exit', remove);
  for (const signal of ENDING) {
    process.on(signal, onSignal);
  }
  return { path, remove };
}
