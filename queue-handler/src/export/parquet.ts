/** Parquet, a group of rows at a time: what is in memory is one group, however many rows there are. */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Cell, Column, ColumnType } from './columns.js';
import type { Destination } from './destination.js';

// A group is written when it has as many rows, or as much text.
const GROUP_ROWS = 10_000;
const GROUP_CHARACTERS = 4 * 1024 * 1024;

const ELEMENTS = {
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  int: { type: 'INT64' },
  double: { type: 'DOUBLE' },
  bool: { type: 'BOOLEAN' },
  // By the format's definition in UTC
  // (https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#deprecated-timestamp-convertedtype).
  timestamp: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
} as const satisfies Record<ColumnType, object>;

type Value = string | number | bigint | boolean | Date | null;

export class ParquetFile {
  readonly #columns: readonly Column[];
  readonly #destination: Destination;
  readonly #bytes = new ByteWriter();
  readonly #writer: ParquetWriter;
  readonly #metadata: { key: string; value: string }[] = [];
  #group: Value[][];
  #characters = 0;

  constructor(columns: readonly Column[], destination: Destination) {
    this.#columns = columns;
    this.#destination = destination;
    this.#group = columns.map(() => []);
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: [
        { name: 'root', num_children: columns.length },
        ...columns.map(({ name, type }) => ({ name, repetition_type: 'OPTIONAL' as const, ...ELEMENTS[type] })),
      ],
      kvMetadata: this.#metadata,
    });
  }

  async add(cells: readonly Cell[]): Promise<void> {
    for (const [index, cell] of cells.entries()) {
      this.#group[index]?.push(stored(this.#columns[index]?.type ?? 'string', cell));
      this.#characters += typeof cell === 'string' ? cell.length : 0;
    }
    if ((this.#group[0]?.length ?? 0) >= GROUP_ROWS || this.#characters >= GROUP_CHARACTERS) {
      await this.#writeGroup();
    }
  }

  /** @param metadata what the file says of itself. */
  async end(metadata: Record<string, string>): Promise<void> {
    await this.#writeGroup();
    this.#metadata.push(...Object.entries(metadata).map(([key, value]) => ({ key, value })));
    this.#writer.finish();
    await this.#flush();
  }

  async #writeGroup(): Promise<void> {
    const rows = this.#group[0]?.length ?? 0;
    if (rows > 0) {
      const columnData = this.#columns.map(({ name, type }, index) => ({
        name,
        data: this.#group[index] ?? [],
        // The bounds of a long text help nobody to find it.
        statistics: type !== 'string',
      }));
      this.#writer.write({ columnData, rowGroupSize: rows });
      this.#group = this.#columns.map(() => []);
      this.#characters = 0;
      await this.#flush();
    }
  }

  async #flush(): Promise<void> {
    // It is written before more bytes come: no copy is needed.
    await this.#destination.write(this.#bytes.getBytes());
    this.#bytes.index = 0;
  }
}

function stored(type: ColumnType, cell: Cell): Value {
  if (cell === null) {
    return null;
  }
  if (type === 'int') {
    return Number.isSafeInteger(cell) ? BigInt(cell) : null;
  }
  if (type === 'timestamp') {
    const moment = new Date(String(cell));
    return Number.isNaN(moment.getTime()) ? null : moment;
  }
  return cell;
}
