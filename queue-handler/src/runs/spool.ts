/**
 * Answers that are paid for and cannot be stored just now: on the disk of this machine until they are. Each file says to
 * which database, run and probe it belongs, and goes when its turns are seen in that database, and not before.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { sql } from 'kysely';
import type { Database, Db } from '../database/connect.js';
import { messageOf } from '../errors.js';
import { getLogger } from '../log.js';
import type { PartialTranscript } from '../model.js';
import { additionOfReplaced } from '../money/account.js';

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
const NAME = /^([0-9a-f-]{36})\.json$/;

const logger = getLogger('spool');

/** What of a probe its file says. */
export interface Owner {
  id: string;
  run_id: string;
}

export interface Unsaved {
  path: string;
  probeId: string;
  /** Null in files of a version that did not write them. */
  runId: string | null;
  database: string | null;
  partial: PartialTranscript;
}

export class Spool {
  readonly #folders: string[];
  readonly #database: string;

  /** @param elsewhere for what does not fit on the disk of `dataFolder`. */
  constructor(dataFolder: string, database: string, elsewhere = stateFolder()) {
    this.#folders = unsavedFolders(dataFolder, elsewhere);
    this.#database = database;
  }

  /** Keep the turns of a probe; the write is over when this returns. @returns whether they are kept. */
  put(probe: Owner, partial: PartialTranscript): boolean {
    const text = JSON.stringify({ database: this.#database, runId: probe.run_id, probeId: probe.id, ...partial });
    for (const folder of this.#folders) {
      const path = join(folder, `${probe.id}.json`);
      try {
        mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
        writeFileSync(`${path}.new`, text, { mode: PRIVATE_FILE, flush: true });
        renameSync(`${path}.new`, path);
        return true;
      } catch (error) {
        discard(`${path}.new`);
        logger.error({ err: error, folder }, 'turns that the database does not take cannot be kept in this folder');
      }
    }
    logger.error({ probeId: probe.id }, 'turns that the database does not take cannot be kept on disk either');
    return false;
  }

  remove(probeId: string): void {
    for (const folder of this.#folders) {
      discard(join(folder, `${probeId}.json`));
    }
  }

  /** The probe with the turns of its file that has the most, where these are more than the database has. */
  resumed<P extends Owner & { partial: PartialTranscript | null }>(probe: P): P {
    let { partial } = probe;
    for (const folder of this.#folders) {
      const file = read(join(folder, `${probe.id}.json`));
      const isOwn = file !== null && 'partial' in file && (file.database ?? this.#database) === this.#database;
      if (isOwn && file.partial.turns.length > (partial?.turns.length ?? 0)) {
        partial = file.partial;
      }
    }
    return partial === probe.partial ? probe : { ...probe, partial };
  }

  /** How many files there are. */
  get size(): number {
    return this.#folders.reduce((sum, folder) => sum + list(folder).length, 0);
  }

  /** What is there. */
  *all(): Generator<Unsaved | Unreadable> {
    yield* unsavedIn(this.#folders);
  }
}

/** A file that has no place, and why. */
export interface Unreadable {
  path: string;
  problem: string;
}

/**
 * Store the turns that earlier processes could not store. A file whose turns the database does not take, or that belongs
 * to another one, stays where it is and stops nothing; `status` names it.
 */
export async function adoptSpool(database: Database, spool: Spool): Promise<void> {
  for (const file of spool.all()) {
    if (!('problem' in file) && (await isOfDeletedRun(database, file))) {
      rmSync(file.path, { force: true });
      logger.info({ probeId: file.probeId, runId: file.runId }, 'turns on disk are removed: their run was deleted');
      continue;
    }
    const problem = 'problem' in file ? file.problem : await adopt(database, file);
    if ('problem' in file || problem !== null) {
      logger.warn({ file: file.path }, `turns on disk stay there: ${problem}`);
    } else {
      discard(file.path);
      const { probeId, partial } = file;
      logger.info({ probeId, turns: partial.turns.length }, 'turns from disk are in the database now');
    }
  }
}

/** Why the files in the folders have no place in this database, for those that have none. */
export async function homeless(db: Db, identity: string, dataFolder: string): Promise<Unreadable[]> {
  const problems: Unreadable[] = [];
  for (const file of unsavedIn(unsavedFolders(dataFolder, stateFolder()))) {
    const problem = 'problem' in file ? file.problem : await misplaced(db, identity, file);
    problems.push({ path: file.path, problem: problem ?? 'waits for a handler to store it (queue work)' });
  }
  return problems;
}

/** Deleted from another machine, while the turns were on the disk of this one. */
async function isOfDeletedRun({ db, identity }: Database, { database, runId }: Unsaved): Promise<boolean> {
  if (database !== identity || runId === null) {
    return false;
  }
  const found = await db.selectFrom('deleted_runs').select('id').where('id', '=', runId).executeTakeFirst();
  return found !== undefined;
}

async function adopt({ db, identity }: Database, file: Unsaved): Promise<string | null> {
  try {
    const problem = await misplaced(db, identity, file);
    if (problem !== null) {
      return problem;
    }
    const { probeId, partial } = file;
    const turns = partial.turns.length;
    // The answer of a conversation that was set aside since, because its question is asked once more.
    const isEarlier = sql`EXISTS (
      SELECT 1 FROM transcripts e WHERE e.run_id = p.run_id AND e.scenario_id = p.scenario_id AND e.model_id = p.model_id
        AND e.sample_index = p.sample_index AND e.superseded_at IS NOT NULL
        AND e.content -> 'turns' -> 0 = ${JSON.stringify(partial.turns[0] ?? null)}::jsonb)`;
    await sql`
      WITH old AS (
          SELECT id, run_id, model_id, counted_turns, partial -> 'turns' AS turns FROM probe_results p
          WHERE id = ${probeId}::uuid AND status <> 'SUCCEEDED' AND NOT ${isEarlier}
            AND coalesce(jsonb_array_length(partial -> 'turns'), 0) < ${turns} FOR NO KEY UPDATE),
        added AS (${additionOfReplaced('old', partial.turns)})
      UPDATE probe_results p SET partial = ${JSON.stringify(partial)}::jsonb FROM old WHERE p.id = old.id`.execute(db);
    // The only other copy goes after this, so what counts is what is seen, and not what was sent.
    const { rows } = await sql`
      SELECT 1 FROM probe_results p LEFT JOIN transcripts t ON t.run_id = p.run_id AND t.scenario_id = p.scenario_id
        AND t.model_id = p.model_id AND t.sample_index = p.sample_index AND t.superseded_at IS NULL
      WHERE p.id = ${probeId}::uuid
        AND (jsonb_array_length(p.partial -> 'turns') >= ${turns} OR t.turn_count >= ${turns} OR ${isEarlier})`.execute(
      db,
    );
    return rows.length === 1 ? null : 'they are not seen in the database after they were stored';
  } catch (error) {
    return `the database does not take them: ${messageOf(error)}`;
  }
}

/** Why the file is not this database's, or null. */
async function misplaced(db: Db, identity: string, { database, runId, probeId }: Unsaved): Promise<string | null> {
  if (database !== null && database !== identity) {
    return `belongs to another database (${database}); this one is ${identity}`;
  }
  const { rows } = await sql<{ run_id: string }>`
    SELECT run_id FROM probe_results WHERE id = ${probeId}::uuid`.execute(db);
  const found = rows[0]?.run_id;
  if (found === undefined) {
    return 'belongs to a probe that this database does not have';
  }
  return runId !== null && runId !== found ? `belongs to the run ${runId}, which does not have its probe` : null;
}

/** What is left behind is adopted once more, which changes nothing; so it is no reason to fail. */
function discard(path: string): void {
  try {
    // Most probes have none, and an error costs more than a look.
    if (existsSync(path)) {
      rmSync(path, { force: true });
    }
  } catch (error) {
    logger.debug({ err: error, path }, 'a file of the spool cannot be removed');
  }
}

/** A private folder on another disk, most likely, than the data. */
function stateFolder(): string {
  return join(process.env.XDG_STATE_HOME?.trim() || join(homedir(), '.local', 'state'), 'probe-queue');
}

function unsavedFolders(dataFolder: string, elsewhere: string): string[] {
  return [join(resolve(dataFolder), 'unsaved'), join(elsewhere, 'unsaved')];
}

function* unsavedIn(folders: string[]): Generator<Unsaved | Unreadable> {
  for (const folder of folders) {
    for (const name of list(folder)) {
      const file = read(join(folder, name));
      if (file !== null) {
        yield file;
      }
    }
  }
}

/** Null where there is none. */
function read(path: string): Unsaved | Unreadable | null {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) {
      return null;
    }
    const uid = process.getuid?.();
    if (uid !== undefined && stat.uid !== uid) {
      return { path, problem: 'belongs to another user' };
    }
    const { database, runId, probeId, ...partial } = JSON.parse(readFileSync(path, 'utf8'));
    const id = NAME.exec(path.slice(path.lastIndexOf('/') + 1))?.[1];
    if (!Array.isArray(partial.turns) || id === undefined || (probeId !== undefined && probeId !== id)) {
      return { path, problem: 'holds no turns of the probe that its name says' };
    }
    return { path, probeId: id, runId: runId ?? null, database: database ?? null, partial };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? null
      : { path, problem: `cannot be read: ${messageOf(error)}` };
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => NAME.test(name))
      .sort();
  } catch {
    return [];
  }
}
