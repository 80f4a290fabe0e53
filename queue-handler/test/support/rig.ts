/** What a test needs to see a run through: a database, the simulator, handlers in this process, and a look at the rows. */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { sql } from 'kysely';
import { type Database, openDatabase } from '../../src/database/connect.js';
import type { AttemptError, NotAsked, PartialTranscript, ProbeStatus } from '../../src/model.js';
import { stopBoss } from '../../src/pgboss.js';
import { Handler } from '../../src/queue/handler.js';
import { createRun } from '../../src/runs/create.js';
import { checkRunFile } from '../../src/runs/run-file.js';
import { readSettings, type Settings } from '../../src/settings.js';
import { missing, type Server, startServer } from '../../support/postgres.js';
import { killWorkProcesses } from '../../support/process.js';
import { Simulator } from '../../support/simulator.js';
import { until } from '../../support/until.js';
import { removeRows, shapeOf } from './empty-again.js';
import { copyTemplate, makeTemplate } from './template-database.js';

export { until };

export type Profile = 'PGlite' | 'PostgreSQL';

export interface Scenario {
  id: string;
  prompt: string;
  preamble?: string;
  followups?: { prompt: string }[];
}

export interface Asking {
  name?: string;
  models?: (string | { modelId: string; modelConfig?: object; modelCost?: object })[];
  scenarios?: Scenario[];
  samples?: number;
  config?: object;
  retryLimit?: number;
  scale?: object;
  judge?: object;
  budget?: { usd: number };
  promptCaching?: boolean;
  reuse?: boolean | { days: number };
}

export interface ProbeRow {
  id: string;
  model_id: string;
  key: string;
  sample_index: number;
  status: ProbeStatus;
  error: AttemptError | null;
  not_asked: NotAsked | null;
  failures: number;
  crashes: number;
  ticket_id: string | null;
  partial: PartialTranscript | null;
  turn_count: number | null;
}

/** Settings of a test: quick to look, and otherwise as they are. */
export function testSettings(env: Record<string, string>): Settings {
  return readSettings({
    QUEUE_POLL_MILLISECONDS: '50',
    QUEUE_MONITOR_SECONDS: '1',
    QUEUE_RETRY_DELAY_SECONDS: '1',
    QUEUE_WARM_WORKERS: '1',
    QUEUE_GRACE_SECONDS: '2',
    ...env,
  });
}

export class Rig {
  readonly #handlers = new Map<Handler, Promise<void>>();
  #closed = false;

  constructor(
    readonly database: Database,
    readonly settings: Settings,
    readonly simulator: Simulator,
  ) {}

  /** Store a run. */
  async start(asking: Asking = {}): Promise<string> {
    const { models, scenarios, name, ...others } = asking;
    const file = checkRunFile({
      name: name ?? 'a run',
      definition: { scenarios: scenarios ?? [{ id: 'lie', prompt: 'Is it ever right to lie?' }] },
      models: models ?? ['gpt-4o'],
      ...others,
    });
    return (await createRun(this.database.db, file)).runId;
  }

  /** A handler at work in this process. */
  handler(settings: Partial<Settings> = {}): Handler {
    const handler = new Handler(this.database, { ...this.settings, ...settings });
    this.#handlers.set(handler, handler.run());
    return handler;
  }

  /** Ask a handler to stop, and wait until it has. */
  async stop(handler: Handler): Promise<void> {
    handler.stop();
    await this.#handlers.get(handler);
    this.#handlers.delete(handler);
  }

  /** Have a handler work until the run has ended. */
  async finish(runId: string, settings: Partial<Settings> = {}): Promise<void> {
    const handler = this.handler(settings);
    await this.ended(runId);
    await this.stop(handler);
  }

  async ended(runId: string): Promise<void> {
    await until(async () => ['COMPLETED', 'CANCELLED', 'FAILED'].includes(await this.status(runId)));
  }

  /** What waits for its next try is due now; a row that somebody has locked, the next time, as nobody is to wait for a test. */
  async hurry(): Promise<void> {
    await sql`
      UPDATE probe_queue.job SET start_after = now() WHERE (name, id) IN (
        SELECT name, id FROM probe_queue.job WHERE state = 'retry' AND start_after > now() FOR UPDATE SKIP LOCKED)`.execute(
      this.database.db,
    );
  }

  async status(runId: string): Promise<string> {
    const row = await this.database.db
      .selectFrom('runs')
      .select('status')
      .where('id', '=', runId)
      .executeTakeFirstOrThrow();
    return row.status;
  }

  /** The probes of a run, each with what came of it. */
  async probes(runId: string): Promise<ProbeRow[]> {
    const rows = await this.database.db
      .selectFrom('probe_results as p')
      .innerJoin('scenarios as s', 's.id', 'p.scenario_id')
      .leftJoin('transcripts as t', (join) =>
        join
          .onRef('t.run_id', '=', 'p.run_id')
          .onRef('t.scenario_id', '=', 'p.scenario_id')
          .onRef('t.model_id', '=', 'p.model_id')
          .onRef('t.sample_index', '=', 'p.sample_index')
          .on('t.superseded_at', 'is', null),
      )
      .select(['p.id', 'p.model_id', 's.key', 'p.sample_index', 'p.status', 'p.error', 'p.failures', 'p.crashes'])
      .select(['p.ticket_id', 'p.partial', 'p.not_asked', 't.turn_count'])
      .where('p.run_id', '=', runId)
      .orderBy('p.position')
      .execute();
    return rows as ProbeRow[];
  }

  /** The one probe of a run that has one. */
  async probe(runId: string): Promise<ProbeRow> {
    const [probe] = await this.probes(runId);
    if (probe === undefined) {
      throw new Error(`run ${runId} has no probes`);
    }
    return probe;
  }

  async close(): Promise<void> {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    for (const handler of [...this.#handlers.keys()]) {
      await this.stop(handler);
    }
    await this.database.close();
  }

  /** Leave the database open and as it was made. @returns false where that cannot be. */
  async clear(shape: string): Promise<boolean> {
    if (this.#closed) {
      return false;
    }
    for (const handler of [...this.#handlers.keys()]) {
      await this.stop(handler);
    }
    const { db } = this.database;
    if ((await shapeOf(db)) !== shape) {
      return false;
    }
    // It would look after an empty queue until it is wanted again.
    await stopBoss(this.database.boss);
    await removeRows(db);
    rmSync(join(this.settings.dataFolder, 'unsaved'), { recursive: true, force: true });
    this.#closed = true;
    return true;
  }
}

export interface Bench {
  simulator: Simulator;
  /** A new database of one kind, opened. */
  rig(profile: Profile, env?: Record<string, string>): Promise<Rig>;
  /** Do something on an empty database of one kind, beside a simulator that has been asked nothing. */
  withRig(profile: Profile, body: (rig: Rig) => Promise<void>, env?: Record<string, string>): Promise<void>;
  server: Server | null;
  /** The URL of a new database of the server, with the queue's tables. @throws Error saying why there is none. */
  serverDatabase(): Promise<string>;
  /** The URL of one with nothing in it. */
  emptyServerDatabase(): Promise<string>;
  /** Put an empty embedded database into a folder. */
  fillEmbedded(folder: string): Promise<void>;
  /** A folder that goes with the tests. */
  folder(): string;
  /** One with an empty embedded database in it: a command that finds none makes one, which takes three seconds of the processor. */
  dataFolder(): Promise<string>;
  /** The same test on the embedded database and on a server. */
  onBoth(name: string, body: (rig: Rig) => Promise<void>, env?: Record<string, string>): void;
  /** A test of what the database has no part in: on a server, or where there is none on the embedded database. */
  onEither(name: string, body: (rig: Rig) => Promise<void>, env?: Record<string, string>): void;
  onServer(name: string, body: () => Promise<void>): void;
  onEmbedded(name: string, body: () => Promise<void>): void;
}

/** Set up a test file: one simulator and one server for all of its tests, whose environment the workers get. */
export function bench(...simulatorArguments: string[]): Bench {
  const folders: string[] = [];
  const rigs: Rig[] = [];
  let template: string | null = null;
  let hasTemplate: Promise<void> | null = null;
  // An embedded database that a test has left: to open one takes as long as many a test.
  let left: { rig: Rig; shape: string } | null = null;
  const lack = missing();
  const server = (): Server => {
    // Nothing stands in for a server: a test that is meant for one would pass on the embedded database.
    if (made.server === null) {
      throw new Error(lack ?? 'the PostgreSQL server has not been started');
    }
    return made.server;
  };
  const tried = async (
    profile: Profile,
    body: (rig: Rig) => Promise<void>,
    env: Record<string, string> = {},
  ): Promise<void> => {
    const usual = profile === 'PGlite' && Object.keys(env).length === 0;
    const found = usual ? left : null;
    let rig: Rig;
    if (found === null) {
      rig = await made.rig(profile, env);
    } else {
      rig = new Rig(found.rig.database, found.rig.settings, made.simulator);
      await rig.database.boss.start();
      rigs.push(rig);
      left = null;
    }
    const shape = found?.shape ?? (usual ? await shapeOf(rig.database.db) : null);
    try {
      await rig.simulator.forget();
      await body(rig);
      left = shape !== null && (await rig.clear(shape)) ? { rig, shape } : left;
    } finally {
      if (left?.rig !== rig) {
        await rig.close();
      }
    }
  };
  const made = {
    withRig: tried,
    server: null,
    folder() {
      const folder = mkdtempSync(join(tmpdir(), 'queue-test-'));
      folders.push(folder);
      return folder;
    },
    async dataFolder() {
      const folder = made.folder();
      await made.fillEmbedded(folder);
      return folder;
    },
    async serverDatabase() {
      hasTemplate ??= process.env.QUEUE_TEST_CLUSTER ? Promise.resolve() : makeTemplate(server());
      await hasTemplate;
      return copyTemplate(server());
    },
    async emptyServerDatabase() {
      return server().createDatabase();
    },
    async fillEmbedded(folder) {
      template ??= process.env.QUEUE_TEST_EMBEDDED || (await emptyDatabase(made.folder()));
      cpSync(template, folder, { recursive: true });
    },
    async rig(profile, env = {}) {
      const url = profile === 'PGlite' ? {} : { DATABASE_URL: await made.serverDatabase() };
      const settings = testSettings({ QUEUE_DATA: made.folder(), ...url, ...env });
      if (settings.databaseUrl === null && readdirSync(settings.dataFolder).length === 0) {
        await made.fillEmbedded(settings.dataFolder);
      }
      const rig = new Rig(await openDatabase(settings, true), settings, made.simulator);
      rigs.push(rig);
      return rig;
    },
    onBoth(name, body, env) {
      for (const profile of ['PGlite', 'PostgreSQL'] as const) {
        test(`${name} (${profile})`, { skip: profile === 'PostgreSQL' && skip(lack) }, () => tried(profile, body, env));
      }
    },
    onEither(name, body, env) {
      test(name, () => tried(lack === null ? 'PostgreSQL' : 'PGlite', body, env));
    },
    onServer(name, body) {
      test(name, { skip: skip(lack) }, body);
    },
    onEmbedded(name, body) {
      test(name, body);
    },
  } as Bench;
  before(async () => {
    made.simulator = await Simulator.start(...simulatorArguments);
    Object.assign(process.env, made.simulator.env);
    // Where answers go that fit nowhere else: not into the developer's own.
    process.env.XDG_STATE_HOME = made.folder();
    if (lack === null) {
      made.server = await startServer();
    }
  });
  afterEach(killWorkProcesses);
  after(async () => {
    // Those of tests that failed half-way.
    for (const rig of rigs) {
      await rig.close();
    }
    await left?.rig.database.close();
    await made.simulator.stop();
    await made.server?.stop();
    for (const folder of folders) {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  return made;
}

/** To be copied: making an embedded database takes seconds. */
async function emptyDatabase(folder: string): Promise<string> {
  const database = await openDatabase(testSettings({ QUEUE_DATA: folder }), true);
  await database.close();
  return folder;
}

/** Where there is no server a person may go without; the gate may not. */
function skip(lack: string | null): string | false {
  if (lack !== null && process.env.CI) {
    return false;
  }
  return lack ?? false;
}
