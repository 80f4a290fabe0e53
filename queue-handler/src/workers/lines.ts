/** Cuts a stream into lines, with a bound on what an unfinished one may hold. */
import type { Readable } from 'node:stream';

/**
 * Call `onLine` for each line of a stream, and for a rest without a newline at its end. UTF-8 that is split between
 * chunks comes out whole. A line beyond `limit` characters ends the reading with `onOverflow`.
 */
export function readLines(
  stream: Readable,
  limit: number,
  onLine: (line: string) => void,
  onOverflow: () => void = () => {},
): void {
  let rest = '';
  let overflown = false;
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    if (overflown) {
      return;
    }
    const pieces = (rest + chunk).split('\n');
    rest = pieces.pop() ?? '';
    for (const line of pieces) {
      onLine(line);
    }
    if (rest.length > limit) {
      overflown = true;
      rest = '';
      onOverflow();
    }
  });
  stream.on('end', () => {
    if (rest !== '') {
      onLine(rest);
    }
  });
  // What a broken pipe means is told by the exit of its process.
  stream.on('error', () => {});
}
