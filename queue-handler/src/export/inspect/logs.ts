/**
 * A run as logs of Inspect (https://inspect.aisi.org.uk/eval-logs.html), which are of one model each: archives in the form of its own
 * `.eval` files, of which its viewer and its reader take the samples one by one.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UsageError } from '../../errors.js';
import type { RunModel } from '../../model.js';
import { terminalText } from '../../terminal-text.js';
import type { Destination } from '../destination.js';
import type { Format } from '../format.js';
import type { ExportLine, Head } from '../line.js';
import { evalOf, headerOf, type LogFacts, VERSION } from './header.js';
import { sampleOf, summaryOf, type Usage } from './sample.js';
import { PackedText, ZipArchive } from './zip.js';

const SUFFIX = '.eval';

/** @param output a folder; or a file, whose name ends in .eval, where the run has one model. */
export function inspectLogs(output: string, file: (path: string) => Promise<Destination>): Format {
  const logs = new Map<string, InspectLog>();
  let head: Head;
  return {
    async begin(given) {
      head = given;
      const { models } = head.manifest.config;
      const paths = await pathsOf(output, head, models);
      for (const [index, model] of models.entries()) {
        const log = new InspectLog(model, head, new ZipArchive(await file(paths[index] ?? '')));
        await log.begin();
        logs.set(model.modelId, log);
      }
    },
    async line(line) {
      await logs.get(line.modelId)?.add(line);
    },
    async end(manifest) {
      for (const log of logs.values()) {
        await log.end(manifest);
      }
    },
  };
}

async function pathsOf(output: string, { manifest: { run } }: Head, models: readonly RunModel[]): Promise<string[]> {
  if (output.endsWith(SUFFIX)) {
    if (models.length > 1) {
      throw new UsageError(`export: a log of Inspect is of one model, and the run has ${models.length}; name a folder`);
    }
    return [output];
  }
  try {
    await mkdir(output, { recursive: true });
  } catch (error) {
    throw new UsageError(`${terminalText(output)} cannot be made: ${messageOf(error)}`);
  }
  // As Inspect names its own: moment, task, and what tells it from the others.
  const moment = run.createdAt.replaceAll(':', '-').replace(/\.\d+Z$/, '+00-00');
  const names = models.map(({ modelId }) => plain(modelId));
  return names.map((name, index) => {
    const isTwin = names.indexOf(name) < index;
    return join(output, `${moment}_${plain(run.name)}_${name}${isTwin ? `-${index + 1}` : ''}${SUFFIX}`);
  });
}

function plain(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9.-]+/g, '-').slice(0, 80);
}

class InspectLog {
  readonly #model: RunModel;
  readonly #name: string;
  readonly #head: Head;
  readonly #archive: ZipArchive;
  readonly #summaries = new PackedText();
  readonly #facts: LogFacts = {
    samples: 0,
    completed: 0,
    scored: 0,
    numbers: 0,
    sum: 0,
    usage: null,
    areCountsKnown: true,
    from: null,
    to: null,
  };

  constructor(model: RunModel, head: Head, archive: ZipArchive) {
    this.#model = model;
    this.#name = `${model.provider}/${model.modelId}`;
    this.#head = head;
    this.#archive = archive;
  }

  async begin(): Promise<void> {
    const start = { version: VERSION, eval: evalOf(this.#head, this.#model), plan: { name: 'plan', steps: [] } };
    await this.#archive.add('_journal/start.json', JSON.stringify(start));
    this.#summaries.add('[');
  }

  /** A probe that has ended; others are no samples yet. */
  async add(line: ExportLine): Promise<void> {
    if (line.status !== 'SUCCEEDED' && line.status !== 'FAILED') {
      return;
    }
    const sample = sampleOf(line, this.#name);
    await this.#archive.add(`samples/${sample.id}_epoch_${sample.epoch}.json`, JSON.stringify(sample));
    this.#summaries.add(`${this.#facts.samples > 0 ? ',' : ''}${JSON.stringify(summaryOf(sample))}`);
    const value = sample.scores === undefined ? null : Object.values(sample.scores)[0]?.value;
    this.#facts.samples += 1;
    this.#facts.completed += sample.error === undefined ? 1 : 0;
    this.#facts.scored += value == null ? 0 : 1;
    this.#facts.numbers += typeof value === 'number' ? 1 : 0;
    this.#facts.sum += typeof value === 'number' ? value : 0;
    const usage = sample.model_usage[this.#name];
    if (usage !== undefined) {
      this.#facts.usage = sumOf(this.#facts.usage, usage);
    } else if (sample.messages.length > 0) {
      this.#facts.areCountsKnown = false;
    }
    const { started_at: from, completed_at: to } = sample;
    this.#facts.from = from !== undefined && from < (this.#facts.from ?? '~') ? from : this.#facts.from;
    this.#facts.to = to !== undefined && to > (this.#facts.to ?? '') ? to : this.#facts.to;
  }

  async end(manifest: object): Promise<void> {
    this.#summaries.add(']');
    this.#summaries.end();
    await this.#archive.addPacked('summaries.json', this.#summaries);
    await this.#archive.add('header.json', JSON.stringify(headerOf(this.#head, this.#model, this.#facts, manifest)));
    await this.#archive.end();
  }
}

/** Only of what is known of both: a sum of a part would pass for the whole. */
function sumOf(one: Usage | null, other: Usage): Usage {
  const counts = Object.entries(other) as [keyof Usage, number][];
  const both = counts.flatMap(([name, count]) => {
    const before = one === null ? 0 : one[name];
    return before === undefined ? [] : [[name, before + count] as const];
  });
  return Object.fromEntries(both) as unknown as Usage;
}
