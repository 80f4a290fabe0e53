/**
 * `export`: a run as lines, a table, or logs of Inspect. The lines come from whichever process has the database open; what is made of
 * them, and where it is written, is up to this one.
 */
import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { UsageError } from '../errors.js';
import type { Rows } from '../export/columns.js';
import { type Destination, fileDestination, stdoutDestination, TextBuffer } from '../export/destination.js';
import { csv, type Format, type FormatName, jsonLines, parquet } from '../export/format.js';
import type { ExportLine, Head } from '../export/line.js';
import { embeddedManifest, ManifestText, Tally } from '../export/manifest-file.js';
import type { Settings } from '../settings.js';
import { toStdout } from './output.js';
import { perform } from './perform.js';

export interface ExportOptions {
  format: FormatName;
  rows?: Rows;
  output?: string;
  manifest?: string;
}

/** @throws UsageError where the options do not go together; Error where something cannot be written. */
export async function exportCommand(settings: Settings, run: string, options: ExportOptions): Promise<void> {
  check(options);
  // What passes through is short-lived: space for it that keeps growing holds 80 MB and saves no time.
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=20');
  const { format: name, rows = 'probes', output, manifest } = options;
  const isPlain = name === 'jsonl' && output === undefined && manifest === undefined;
  if (isPlain) {
    await perform(settings, 'export', { run });
    return;
  }
  const opened: Destination[] = [];
  const file = async (path: string): Promise<Destination> => {
    const destination = await fileDestination(path);
    opened.push(destination);
    return destination;
  };
  try {
    const format = await formatOf(name, rows, output, file);
    const beside = manifestPath(options);
    const text = beside === null ? null : new TextBuffer(await file(beside));
    await exported(settings, run, { format, text, facts: { format: name, rows } });
    for (const destination of opened) {
      await destination.end();
    }
  } catch (error) {
    await Promise.all(opened.map((destination) => destination.abandon()));
    throw error;
  }
}

function check({ format, rows, output, manifest }: ExportOptions): void {
  if (output !== undefined && manifest !== undefined && placeOf(output) === placeOf(manifest)) {
    throw new UsageError('export: --output and --manifest name the same file; each needs one of its own');
  }
  if (rows !== undefined && format !== 'csv' && format !== 'parquet') {
    throw new UsageError(`export: --rows is for csv and parquet; ${format} has all turns of a probe`);
  }
  if (format === 'inspect' && output === undefined) {
    throw new UsageError('export: inspect makes a file for each model; name the folder with --output');
  }
  if (format === 'parquet' && output === undefined && process.stdout.isTTY) {
    throw new UsageError('export: Parquet is not for a terminal; name a file with --output, or redirect it');
  }
}

/** Where a file is, or would be, however its path is spelled. */
function placeOf(path: string): string {
  const whole = resolve(path);
  try {
    return join(realpathSync(dirname(whole)), basename(whole));
  } catch {
    return whole;
  }
}

/** The manifest stands beside a file, also where nobody asks for it. */
function manifestPath({ format, output, manifest }: ExportOptions): string | null {
  if (manifest !== undefined) {
    return manifest;
  }
  if (output === undefined || format === 'inspect') {
    return null;
  }
  return `${output}.manifest.json`;
}

async function formatOf(
  name: FormatName,
  rows: Rows,
  output: string | undefined,
  file: (path: string) => Promise<Destination>,
): Promise<Format> {
  if (name === 'inspect') {
    const { inspectLogs } = await import('../export/inspect/logs.js');
    return inspectLogs(output ?? '', file);
  }
  const destination =
    output === undefined ? stdoutDestination(toStdout, process.stdout.isTTY ?? false) : await file(output);
  switch (name) {
    case 'jsonl':
      return jsonLines(destination);
    case 'csv':
      return csv(rows, destination);
    case 'parquet':
      return parquet(rows, destination);
  }
}

interface Parts {
  format: Format;
  /** Where the manifest goes; null where it goes nowhere of its own. */
  text: TextBuffer | null;
  facts: { format: string; rows: string };
}

/** The lines of the run, into each of the parts. */
async function exported(settings: Settings, run: string, { format, text, facts }: Parts): Promise<void> {
  const tally = new Tally();
  const manifest = new ManifestText();
  let head: Head | null = null;
  const take = async (one: string): Promise<void> => {
    const line = JSON.parse(one) as ExportLine & { head?: Head };
    if (head === null) {
      if (line.head === undefined) {
        throw new Error('the handler that has the database open is of another version; end it, and start it anew');
      }
      head = line.head;
      await format.begin(head);
      await text?.write(manifest.begin(head));
      return;
    }
    tally.add(line);
    await format.line(line, one);
    await text?.write(manifest.line(line));
  };
  let rest = '';
  await perform(settings, 'export', { run, head: true }, async (piece) => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const one of lines) {
      await take(one);
    }
  });
  if (head === null) {
    throw new Error('the export has no beginning');
  }
  const known = await tally.facts(facts);
  await format.end(embeddedManifest(head, known));
  await text?.write(manifest.end(known));
  await text?.flush();
}
