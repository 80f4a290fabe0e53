/**
 * Every process of Node that the tests start compiles the embedded database once, and never anew to be fast: none lives long
 * enough to be worth it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The database has a thread of its own. In the main one the option would have Node compile its own modules, too. */
const SCRIPT = `if (!require('node:worker_threads').isMainThread) require('node:v8').setFlagsFromString('--liftoff-only');
`;

/**
 * @param folder keeps the script that says so.
 * @returns what NODE_OPTIONS is to be.
 */
export function compilingOnce(folder: string): string {
  const path = join(folder, 'compiling-once.cjs');
  writeFileSync(path, SCRIPT);
  return `--require ${path}`;
}
