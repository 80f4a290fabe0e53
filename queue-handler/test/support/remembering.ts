/**
 * An interpreter before Python that does not ask the workers the same question twice: tools/remembering_worker.py says
 * which, and why what it says is what the real worker said.
 */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../src/checkout.js';
import { interpreter } from '../../src/workers/interpreter.js';

const HERE = fileURLToPath(ROOT);

/**
 * @param folder keeps the answers.
 * @param socket of the process that forks workers; without it whatever is asked anew is started.
 * @returns the path of the interpreter.
 */
export function rememberingInterpreter(folder: string, socket: string | null = null): string {
  const path = join(folder, 'python');
  const said = (text: string): string => JSON.stringify(text);
  writeFileSync(
    path,
    `#!${interpreter()} -IS
import sys
sys.path.insert(0, ${said(HERE)})
from tools import remembering_worker
remembering_worker.main(${said(folder)}, ${socket === null ? 'None' : said(socket)})
`,
  );
  chmodSync(path, 0o755);
  return path;
}
