/** Cuts a stream into lines, with a bound on what one of them may hold. */
import type { Readable } from 'node:stream';

const HEAD_LENGTH = 4_000;

/**
 * Call `onLine` for each line of a stream, and for a rest without a newline at its end, which is not `complete`. UTF-8
 * that is split between chunks comes out whole. Of a line beyond `limit` characters only the beginning is given, to
 * `onOverflow`; the reading goes on with the line after it.
 */
export function readLines(
  stream: Readable,
  limit: number,
  onLine: (line: string, complete: boolean) => void,
  onOverflow: (head: string) => void = () => {},
): void {
  // In pieces, because a line of many megabytes that is joined anew with every chunk takes seconds.
  let pieces: string[] = [];
  let length = 0;
  let skipping = false;
  const add = (piece: string): void => {
    length += piece.length;
    if (skipping || piece === '') {
      return;
    }
    pieces.push(piece);
    if (length > limit) {
      const head = pieces.join('').slice(0, HEAD_LENGTH);
      skipping = true;
      pieces = [];
      onOverflow(head);
    }
  };
  const finish = (complete: boolean): void => {
    const line = skipping ? null : pieces.join('');
    pieces = [];
    length = 0;
    skipping = false;
    if (line !== null) {
      onLine(line, complete);
    }
  };
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    let from = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
      add(chunk.slice(from, end));
      finish(true);
      from = end + 1;
    }
    add(chunk.slice(from));
  });
  stream.on('end', () => {
    if (pieces.length > 0) {
      finish(false);
    }
  });
  // Why a pipe broke is told by the exit of its process.
  stream.on('error', () => {});
}
