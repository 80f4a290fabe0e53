/** A browser's picture in a smaller file: with the 256 colours that it has most of, which a page of letters hardly exceeds. */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const COLOURS = 256;
const RGB = 2;
const RGBA = 6;
const PALETTE = 3;

interface Chunk {
  type: string;
  data: Buffer;
}

/** @param png of 8 bits a channel, not interlaced, as browsers write it; what is transparent becomes opaque. */
export function smaller(png: Buffer): Buffer {
  const chunks = chunksOf(png);
  const header = chunks[0]?.data;
  const kind = header?.[9];
  if (header === undefined || header[8] !== 8 || (kind !== RGB && kind !== RGBA)) {
    throw new Error('this is no PNG as a browser writes it');
  }
  const [width, height, bytes] = [header.readUInt32BE(0), header.readUInt32BE(4), kind === RGB ? 3 : 4];
  const packed = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  const pixels = unfiltered(inflateSync(packed), width * bytes, height, bytes);
  const colours = Array.from({ length: width * height }, (_, place) => pixels.readUIntBE(place * bytes, 3));
  const palette = mostFrequent(colours);
  const nearest = nearestOf(palette);
  const lines = Buffer.alloc((width + 1) * height);
  colours.forEach((colour, place) => {
    lines[place + Math.floor(place / width) + 1] = nearest(colour);
  });
  const described = Buffer.from(header);
  described[9] = PALETTE;
  const table = Buffer.alloc(3 * palette.length);
  palette.forEach((colour, index) => {
    table.writeUIntBE(colour, 3 * index, 3);
  });
  const written = [
    { type: 'IHDR', data: described },
    { type: 'PLTE', data: table },
    { type: 'IDAT', data: deflateSync(lines, { level: 9, memLevel: 9 }) },
    { type: 'IEND', data: Buffer.alloc(0) },
  ];
  return Buffer.concat([SIGNATURE, ...written.map(bytesOf)]);
}

function chunksOf(png: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let place = SIGNATURE.length; place < png.length; ) {
    const length = png.readUInt32BE(place);
    const [start, end] = [place + 8, place + 8 + length];
    chunks.push({ type: png.toString('latin1', place + 4, start), data: png.subarray(start, end) });
    place = end + 4;
  }
  return chunks;
}

function bytesOf({ type, data }: Chunk): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** The pixels of lines each of which was written as differences (PNG specification, 9: Filtering). */
function unfiltered(lines: Buffer, stride: number, height: number, bytes: number): Buffer {
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = lines[y * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const left = x < bytes ? 0 : (pixels[y * stride + x - bytes] ?? 0);
      const above = y === 0 ? 0 : (pixels[(y - 1) * stride + x] ?? 0);
      const corner = x < bytes || y === 0 ? 0 : (pixels[(y - 1) * stride + x - bytes] ?? 0);
      const guesses = [0, left, above, (left + above) >> 1, paeth(left, above, corner)];
      pixels[y * stride + x] = (lines[y * (stride + 1) + 1 + x] ?? 0) + (guesses[filter ?? 0] ?? 0);
    }
  }
  return pixels;
}

function paeth(left: number, above: number, corner: number): number {
  const [toLeft, toAbove] = [Math.abs(above - corner), Math.abs(left - corner)];
  const toCorner = Math.abs(left + above - 2 * corner);
  return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
}

function mostFrequent(colours: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const colour of colours) {
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  return sorted.slice(0, COLOURS).map(([colour]) => colour);
}

/** @returns the place in the palette of the colour that is nearest to one. */
function nearestOf(palette: readonly number[]): (colour: number) => number {
  const known = new Map(palette.map((colour, index) => [colour, index]));
  const distance = (one: number, other: number): number =>
    [16, 8, 0].reduce((sum, shift) => sum + (((one >> shift) & 255) - ((other >> shift) & 255)) ** 2, 0);
  return (colour) => {
    const there = known.get(colour);
    if (there !== undefined) {
      return there;
    }
    let best = 0;
    palette.forEach((one, index) => {
      best = distance(one, colour) < distance(palette[best] ?? 0, colour) ? index : best;
    });
    known.set(colour, best);
    return best;
  };
}
