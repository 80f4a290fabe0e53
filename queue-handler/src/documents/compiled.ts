/** The checks that are compiled from the published schemas: over a megabyte of code, and most commands check nothing. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../checkout.js';

const load = createRequire(import.meta.url);

/** A file of checks, which lies beside the command line and is read when it is first called for. */
export function compiled<Checks>(file: 'validators.cjs' | 'run-validators.cjs'): () => Checks {
  let checks: Checks | null = null;
  return () => {
    checks ??= load(fileURLToPath(new URL(`queue-handler/dist/bin/${file}`, ROOT))) as Checks;
    return checks;
  };
}
