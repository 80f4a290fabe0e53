/** Handlers that are replaced when they end, each with a folder and a wire to the database of its own. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pause } from '../../src/waiting.js';
import { WorkProcess } from '../../support/process.js';
import { Wire } from '../../support/wire.js';

const SHIFT = `${process.env.NODE_OPTIONS ?? ''} --import=${fileURLToPath(new URL('../../support/shift.js', import.meta.url))}`;
const RESPAWN_MILLISECONDS = 200;
const DISK = '256k';

export class Member {
  starts = 0;
  process: WorkProcess;
  #over = false;
  readonly #watching: Promise<void>;

  private constructor(
    readonly wire: Wire,
    readonly folder: string,
    readonly hasDisk: boolean,
    readonly env: Record<string, string>,
  ) {
    this.process = this.#start();
    this.#watching = this.#watch();
  }

  /** @param disk whether its folder is a small disk of its own, which can be filled; false where none may be mounted. */
  static async make(database: string, folder: string, disk: boolean, env: Record<string, string>): Promise<Member> {
    mkdirSync(folder, { recursive: true });
    return new Member(await Wire.to(database), folder, disk && mounted(folder), env);
  }

  /** Leave no room on its disk. */
  fill(): void {
    try {
      writeFileSync(join(this.folder, 'ballast'), Buffer.alloc(64 * 1024 * 1024));
    } catch {
      // As much as there was room for.
    }
  }

  drain(): void {
    rmSync(join(this.folder, 'ballast'), { force: true });
  }

  async stop(): Promise<void> {
    this.#over = true;
    await this.process.stop();
    await this.#watching;
    await this.wire.close();
    if (this.hasDisk) {
      execFileSync('umount', [this.folder], { stdio: 'ignore' });
    }
  }

  #start(): WorkProcess {
    this.starts += 1;
    return new WorkProcess({
      DATABASE_URL: this.wire.url,
      QUEUE_DATA: this.folder,
      NODE_OPTIONS: SHIFT,
      // As users have them.
      QUEUE_WARM_WORKERS: '2',
      ...this.env,
    });
  }

  async #watch(): Promise<void> {
    for (;;) {
      await this.process.exited();
      if (this.#over) {
        return;
      }
      await pause(RESPAWN_MILLISECONDS);
      if (!this.#over) {
        this.process = this.#start();
      }
    }
  }
}

function mounted(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK},mode=700`, 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
