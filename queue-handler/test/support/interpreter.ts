/** An interpreter between the handler and Python, which a test can tell to misbehave for one script. */
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { interpreter } from '../../src/workers/interpreter.js';

export class Interpreter {
  readonly #folder: string;
  readonly #path: string;
  readonly #before: string | undefined;

  /** From here on workers are started through this one. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#before = process.env.PYTHON;
    this.#path = join(folder, 'python');
    writeFileSync(
      this.#path,
      // The first argument that is no option is the script.
      `#!/bin/sh\nfor script; do case $script in *.py) break;; esac; done\ntrick='${folder}'/"$(basename "$script")".sh\nif [ -e "$trick" ]; then . "$trick"; fi\nexec '${interpreter()}' "$@"\n`,
    );
    chmodSync(this.#path, 0o755);
    process.env.PYTHON = this.#path;
  }

  /** Shell commands that run in place of a script, or before it where they do not exit. */
  trick(script: string, commands: string): void {
    writeFileSync(join(this.#folder, `${script}.sh`), `${commands}\n`);
  }

  behave(script: string): void {
    rmSync(join(this.#folder, `${script}.sh`), { force: true });
  }

  /** As when the folder of an environment is being made anew. */
  remove(): void {
    renameSync(this.#path, `${this.#path}.away`);
  }

  bringBack(): void {
    renameSync(`${this.#path}.away`, this.#path);
  }

  restore(): void {
    if (this.#before === undefined) {
      delete process.env.PYTHON;
    } else {
      process.env.PYTHON = this.#before;
    }
  }
}
