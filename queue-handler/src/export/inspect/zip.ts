/**
 * A ZIP archive, written from front to back, of which only the list of its entries is kept in memory
 * (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT). Beyond 65,535 entries or 4 GB the list is of the longer kind, which
 * is called Zip64.
 */
import { constants, crc32, deflateRawSync } from 'node:zlib';
import type { Destination } from '../destination.js';

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const END_64_LOCATOR = 0x07064b50;
const EXTRA_64 = 0x0001;
// 2.0 can deflate; 4.5 knows Zip64.
const VERSION = 20;
const VERSION_64 = 45;
const UTF_8_NAMES = 0x0800;
const DEFLATED = 8;
const MOST_16 = 0xffff;
const MOST_32 = 0xffffffff;
// 1980-01-01, the first day that the format knows: the archive's bytes do not hang on the hour at which it is made.
const FIRST_DAY = 0x0021;
const LIST_BYTES = 256 * 1024;

interface Entry {
  name: string;
  crc: number;
  compressed: number;
  size: number;
  offset: number;
}

/** Text in parts, each of which is compressed as it comes: what is kept of it is small. */
export class PackedText {
  readonly parts: Buffer[] = [];
  crc = 0;
  size = 0;
  #pending = '';

  add(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= LIST_BYTES) {
      this.#pack();
    }
  }

  /** No part follows. */
  end(): void {
    this.#pack(constants.Z_FINISH);
  }

  // Flushed, and not finished: such parts behind each other are one stream.
  #pack(finishFlush: number = constants.Z_SYNC_FLUSH): void {
    const bytes = Buffer.from(this.#pending);
    this.#pending = '';
    this.crc = crc32(bytes, this.crc);
    this.size += bytes.length;
    this.parts.push(deflateRawSync(bytes, { finishFlush }));
  }
}

export class ZipArchive {
  readonly #destination: Destination;
  readonly #entries: Entry[] = [];
  #offset = 0;

  readonly #longFrom: number;

  /** @param longFrom so many entries make the list one of the longer kind. */
  constructor(destination: Destination, longFrom = MOST_16) {
    this.#destination = destination;
    this.#longFrom = longFrom;
  }

  async add(name: string, text: string): Promise<void> {
    const packed = new PackedText();
    packed.add(text);
    packed.end();
    await this.addPacked(name, packed);
  }

  /** An entry whose parts have all come. */
  async addPacked(name: string, { parts, crc, size }: PackedText): Promise<void> {
    const compressed = parts.reduce((sum, { length }) => sum + length, 0);
    if (size >= MOST_32) {
      throw new Error(`${name} would have ${size} bytes, more than an entry of an archive may have`);
    }
    const entry = { name, crc, compressed, size, offset: this.#offset };
    this.#entries.push(entry);
    const header = Buffer.alloc(30);
    const bytes = Buffer.from(name);
    header.writeUInt32LE(LOCAL_HEADER, 0);
    writeFacts(header, 4, entry, bytes.length);
    await this.#write(Buffer.concat([header, bytes, ...parts]));
  }

  async end(): Promise<void> {
    const start = this.#offset;
    let some: Buffer[] = [];
    let length = 0;
    for (const entry of this.#entries) {
      const header = centralHeader(entry);
      some.push(header);
      length += header.length;
      if (length >= LIST_BYTES) {
        await this.#write(Buffer.concat(some));
        some = [];
        length = 0;
      }
    }
    await this.#write(Buffer.concat(some));
    await this.#write(endOf(this.#entries.length, start, this.#offset - start, this.#longFrom));
  }

  async #write(bytes: Buffer): Promise<void> {
    this.#offset += bytes.length;
    await this.#destination.write(bytes);
  }
}

/** What both headers of an entry have, from the version that is needed to the length of the extra field. */
function writeFacts(header: Buffer, at: number, { crc, compressed, size }: Entry, nameLength: number, extra = 0): void {
  header.writeUInt16LE(extra > 0 ? VERSION_64 : VERSION, at);
  header.writeUInt16LE(UTF_8_NAMES, at + 2);
  header.writeUInt16LE(DEFLATED, at + 4);
  header.writeUInt16LE(0, at + 6);
  header.writeUInt16LE(FIRST_DAY, at + 8);
  header.writeUInt32LE(crc, at + 10);
  header.writeUInt32LE(compressed, at + 14);
  header.writeUInt32LE(size, at + 18);
  header.writeUInt16LE(nameLength, at + 22);
  header.writeUInt16LE(extra, at + 24);
}

function centralHeader(entry: Entry): Buffer {
  const isFar = entry.offset >= MOST_32;
  const extra = Buffer.alloc(isFar ? 12 : 0);
  if (isFar) {
    extra.writeUInt16LE(EXTRA_64, 0);
    extra.writeUInt16LE(8, 2);
    extra.writeBigUInt64LE(BigInt(entry.offset), 4);
  }
  const name = Buffer.from(entry.name);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(CENTRAL_HEADER, 0);
  header.writeUInt16LE(VERSION_64, 4);
  writeFacts(header, 6, entry, name.length, extra.length);
  header.writeUInt32LE(isFar ? MOST_32 : entry.offset, 42);
  return Buffer.concat([header, name, extra]);
}

function endOf(entries: number, start: number, length: number, longFrom: number): Buffer {
  const isLong = entries >= longFrom || start >= MOST_32 || length >= MOST_32;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END, 0);
  const shown = entries >= longFrom ? MOST_16 : entries;
  end.writeUInt16LE(shown, 8);
  end.writeUInt16LE(shown, 10);
  end.writeUInt32LE(Math.min(length, MOST_32), 12);
  end.writeUInt32LE(Math.min(start, MOST_32), 16);
  if (!isLong) {
    return end;
  }
  const long = Buffer.alloc(56);
  long.writeUInt32LE(END_64, 0);
  long.writeBigUInt64LE(44n, 4);
  long.writeUInt16LE(VERSION_64, 12);
  long.writeUInt16LE(VERSION_64, 14);
  long.writeBigUInt64LE(BigInt(entries), 24);
  long.writeBigUInt64LE(BigInt(entries), 32);
  long.writeBigUInt64LE(BigInt(length), 40);
  long.writeBigUInt64LE(BigInt(start), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(END_64_LOCATOR, 0);
  locator.writeBigUInt64LE(BigInt(start + length), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([long, locator, end]);
}
