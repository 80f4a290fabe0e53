/** Cuts a long list of transcripts into pages that fit into memory, however large each of them is. */

// As the database keeps them, which is compressed: in memory they are several times as large.
const PAGE_BYTES = 1024 * 1024;
const PAGE_ROWS = 100;

/** Consecutive items together, until they are many or large; one that is too large comes alone. */
export function* pages<T extends { bytes: number | null }>(items: readonly T[]): Generator<T[]> {
  let page: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = item.bytes ?? 0;
    if (page.length > 0 && (page.length >= PAGE_ROWS || bytes + size > PAGE_BYTES)) {
      yield page;
      page = [];
      bytes = 0;
    }
    page.push(item);
    bytes += size;
  }
  if (page.length > 0) {
    yield page;
  }
}
