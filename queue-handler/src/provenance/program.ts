/** Which program this is: its version, the commit that it was built from, its packages, and what it knows of models. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../checkout.js';
import { sha256 } from './canonical.js';

export interface Program {
  version: string;
  /** Null where there is no git, or no repository of this program. */
  commit: string | null;
  /** Whether files that git knows differ from that commit; null where that is not known. */
  dirty: boolean | null;
  /** Of the queue handler, each of exactly this version. */
  nodePackages: Record<string, string>;
  modelsTable: { sha256: string; models: number };
}

const PACKAGE = 'queue-handler/package.json';
const MODELS = 'workers/common/providers/models.json';
const GIT_MILLISECONDS = 10_000;

let known: Promise<Program> | null = null;

/** Looked up once in a process. */
export function program(): Promise<Program> {
  known ??= look();
  return known;
}

async function look(): Promise<Program> {
  const { version, dependencies } = JSON.parse(readFileSync(new URL(PACKAGE, ROOT), 'utf8'));
  const models = readFileSync(new URL(MODELS, ROOT));
  const [commit, changes] = await Promise.all([
    git('rev-parse', '--verify', 'HEAD'),
    git('status', '--porcelain', '--untracked-files=no'),
  ]);
  return {
    version,
    commit: commit?.trim() ?? null,
    dirty: commit === null || changes === null ? null : changes.trim() !== '',
    nodePackages: dependencies,
    modelsTable: {
      sha256: sha256(models),
      models: Object.values<unknown[]>(JSON.parse(models.toString())).flat().length,
    },
  };
}

/** What git says of the checkout; null where it says nothing. */
async function git(...args: string[]): Promise<string | null> {
  // A variable such as GIT_DIR, which a hook of another repository sets, would have it look elsewhere.
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  return new Promise((done) => {
    execFile(
      'git',
      ['-C', fileURLToPath(ROOT), ...args],
      { env, timeout: GIT_MILLISECONDS, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout) => done(error === null ? stdout : null),
    );
  });
}
