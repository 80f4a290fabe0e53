/** An interpreter between the handler and Python, which a test can tell to misbehave for one script. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { interpreter } from '../../src/workers/interpreter.js';

export class Interpreter {
  readonly #folder: string;
  readonly #before: string | undefined;

  /** From here on workers are started through this one. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#before = process.env.PYTHON;
    const path = join(folder, 'python');
    writeFileSync(
      path,
      `#!/bin/sh\ntrick='${folder}'/"$(basename "$1")".sh\nif [ -e "$trick" ]; then . "$trick"; fi\nexec '${interpreter()}' "$@"\n`,
    );
    chmodSync(path, 0o755);
    process.env.PYTHON = path;
  }

  /** Shell commands that run in place of a script, or before it where they do not exit. */
  trick(script: string, commands: string): void {
    writeFileSync(join(this.#folder, `${script}.sh`), `${commands}\n`);
  }

  behave(script: string): void {
    rmSync(join(this.#folder, `${script}.sh`), { force: true });
  }

  restore(): void {
    if (this.#before === undefined) {
      delete process.env.PYTHON;
    } else {
      process.env.PYTHON = this.#before;
    }
  }
}
