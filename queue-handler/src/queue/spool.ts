/** Answers that are paid for and cannot be stored just now: on the disk of this machine until they are. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Partial } from '../database/schema.js';
import { getLogger } from '../log.js';

const logger = getLogger('spool');

export class Spool {
  readonly #folder: string;

  constructor(dataFolder: string) {
    this.#folder = join(dataFolder, 'unsaved');
  }

  /** Keep the turns of a probe; the write is over when this returns. @returns whether they are on disk. */
  put(probeId: string, partial: Partial): boolean {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      const path = this.#path(probeId);
      writeFileSync(`${path}.new`, JSON.stringify(partial), { mode: 0o600 });
      renameSync(`${path}.new`, path);
      return true;
    } catch (error) {
      logger.error({ err: error }, 'turns that the database does not take cannot be kept on disk either');
      return false;
    }
  }

  remove(probeId: string): void {
    rmSync(this.#path(probeId), { force: true });
  }

  /** What an earlier process left behind. */
  *all(): Generator<{ probeId: string; partial: Partial }> {
    for (const name of list(this.#folder)) {
      const probeId = name.slice(0, -'.json'.length);
      try {
        yield { probeId, partial: JSON.parse(readFileSync(this.#path(probeId), 'utf8')) };
      } catch (error) {
        logger.error({ err: error, file: name }, 'turns on disk cannot be read; the file is left where it is');
      }
    }
  }

  #path(probeId: string): string {
    return join(this.#folder, `${probeId}.json`);
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^[0-9a-f-]{36}\.json$/.test(name));
  } catch {
    return [];
  }
}
