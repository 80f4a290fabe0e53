/** The forms in which a run is exported. */

import { type Column, columnsOf, type Rows, rowsOf } from './columns.js';
import { BYTE_ORDER_MARK, csvHead, csvRow } from './csv.js';
import { type Destination, TextBuffer } from './destination.js';
import type { ExportLine, Head } from './line.js';

export const FORMATS = ['jsonl', 'csv', 'parquet', 'inspect'] as const;
export type FormatName = (typeof FORMATS)[number];

/** Takes a run, line by line. */
export interface Format {
  begin(head: Head): Promise<void>;
  /** @param text the line as it came. */
  line(line: ExportLine, text: string): Promise<void>;
  /** @param manifest of the export. */
  end(manifest: object): Promise<void>;
}

export function jsonLines(destination: Destination): Format {
  const buffer = new TextBuffer(destination);
  return {
    async begin() {},
    line: (_, text) => buffer.write(`${text}\n`),
    end: () => buffer.flush(),
  };
}

export function csv(rows: Rows, destination: Destination): Format {
  const buffer = new TextBuffer(destination);
  let columns: Column[] = [];
  return {
    async begin(head) {
      columns = columnsOf(rows, head);
      await buffer.write(BYTE_ORDER_MARK + csvHead(columns));
    },
    async line(line) {
      for (const row of rowsOf(rows, columns, line)) {
        await buffer.write(csvRow(row));
      }
    },
    end: () => buffer.flush(),
  };
}

/** The key of the manifest among the metadata of a file of Parquet. */
export const MANIFEST_KEY = 'probe_manifest';

export async function parquet(rows: Rows, destination: Destination): Promise<Format> {
  // No other command needs the library.
  const { ParquetFile } = await import('./parquet.js');
  let columns: Column[] = [];
  let file: InstanceType<typeof ParquetFile>;
  return {
    async begin(head) {
      columns = columnsOf(rows, head);
      file = new ParquetFile(columns, destination);
    },
    async line(line) {
      for (const row of rowsOf(rows, columns, line)) {
        await file.add(row);
      }
    },
    end: (manifest) => file.end({ [MANIFEST_KEY]: JSON.stringify(manifest) }),
  };
}
