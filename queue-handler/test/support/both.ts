/** The command line as people run it, on the embedded database and on a server: the same test for each. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Queue } from './cli.js';
import type { Bench } from './rig.js';

export interface Row {
  scenarioId: string;
  modelId: string;
  sampleIndex: number;
  status: string;
  transcriptId?: string;
  content?: { turns: { targetResponse: string; providerMetadata: { truncated: boolean } }[] };
  earlier?: { content: NonNullable<Row['content']>; supersededBecause: string; supersededAt: string }[];
  definition?: { scenario: object };
}

export class Desk {
  constructor(
    readonly queue: Queue,
    readonly folder: string,
  ) {}

  /** A file of JSON, by its path. */
  file(name: string, value: unknown): string {
    const path = join(this.folder, name);
    writeFileSync(path, JSON.stringify(value));
    return path;
  }

  /** What a command prints. @throws Error where it fails. */
  async prints(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.queue.run(...args);
    if (code !== 0) {
      throw new Error(`${args.join(' ')}: ${code}: ${stderr}`);
    }
    return stdout.trimEnd();
  }

  /** Work until nothing is left to do. */
  async work(): Promise<void> {
    await this.prints('work', '--until-idle');
  }

  async exported(run: string): Promise<Row[]> {
    return (await this.prints('export', run)).split('\n').map((line) => JSON.parse(line));
  }
}

type Testing = (name: string, body: (desk: Desk) => Promise<void>) => void;

export function commands(made: Bench): { onBoth: Testing; onServer: Testing; onEmbedded: Testing } {
  const run = async (env: Record<string, string>, body: (desk: Desk) => Promise<void>): Promise<void> => {
    const { DATABASE_URL: _, ...others } = process.env;
    const folder = made.folder();
    if (env.DATABASE_URL === undefined) {
      await made.fillEmbedded(join(folder, 'data'));
    }
    const queue = new Queue({
      ...others,
      QUEUE_DATA: join(folder, 'data'),
      QUEUE_POLL_MILLISECONDS: '50',
      QUEUE_MONITOR_SECONDS: '1',
      QUEUE_HEARTBEAT_SECONDS: '10',
      QUEUE_WARM_WORKERS: '1',
      LOG_LEVEL: 'error',
      ...env,
    });
    try {
      await made.simulator.forget();
      await body(new Desk(queue, folder));
    } finally {
      await queue.close();
    }
  };
  const onServer: Testing = (name, body) =>
    made.onServer(`${name} (PostgreSQL)`, async () => run({ DATABASE_URL: await made.serverDatabase() }, body));
  const onEmbedded: Testing = (name, body) => made.onEmbedded(`${name} (PGlite)`, () => run({}, body));
  const onBoth: Testing = (name, body) => {
    onEmbedded(name, body);
    onServer(name, body);
  };
  return { onBoth, onServer, onEmbedded };
}
