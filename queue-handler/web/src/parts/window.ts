/**
 * A table of thousands of rows, of which those are there that somebody looks at, and some around them. Rows are asked for in
 * steps, so that a row that comes into sight is there already; where nothing is, a space keeps the place.
 */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Rows that are asked for, and by how many the window moves. */
export const WINDOW = 100;
const STEP = 25;
/** After a scroll: until rows are asked for, and until the address says where we are. */
const ASKING_MILLISECONDS = 80;
const SETTLED_MILLISECONDS = 400;
const ROW_PIXELS = 50;

/** The first row of the window in which a row is looked at. */
export function windowOf(row: number): number {
  return Math.max(0, Math.floor((row - STEP) / STEP) * STEP);
}

export interface Place {
  /** From which row on rows are to be asked for. */
  from: number;
  /** Around the rows, in pixels. */
  before: number;
  after: number;
}

/**
 * @param row which row comes first, as the address says.
 * @param shown the rows that are there: from which on, how many, of how many.
 * @param settled is told which row comes first, after a scroll.
 */
export function useWindow(
  box: { current: HTMLElement | null },
  row: number,
  shown: { offset: number; rows: number; total: number } | null,
  settled: (row: number) => void,
): Place {
  const [from, setFrom] = useState(windowOf(row));
  const [height, setHeight] = useState(ROW_PIXELS);
  // Which row the box itself stands at: an address that says another one comes from elsewhere.
  const own = useRef(0);
  // Where it was put, until somebody scrolls: what a row measures is known only when it is there.
  const put = useRef(0);
  const tell = useRef(settled);
  tell.current = settled;
  // The table, also where no row of it has come.
  const isThere = shown !== null && shown.total > 0;

  // An address behind the last row: the run or the filter has fewer by now.
  useEffect(() => {
    if (shown !== null && shown.rows === 0 && shown.total > 0) {
      tell.current(shown.total - 1);
    }
  }, [shown]);

  useLayoutEffect(() => {
    const rows = box.current?.querySelectorAll('tbody tr[aria-rowindex]');
    const [first, last] = [rows?.[0]?.getBoundingClientRect(), rows?.[rows.length - 1]?.getBoundingClientRect()];
    if (rows !== undefined && first !== undefined && last !== undefined) {
      const each = (last.bottom - first.top) / rows.length;
      setHeight((before) => (Math.abs(before - each) > 0.5 ? each : before));
    }
  }, [shown?.offset, shown?.rows, isThere]);

  useLayoutEffect(() => {
    if (isThere && box.current !== null && (row !== own.current || row === put.current)) {
      own.current = row;
      put.current = row;
      box.current.scrollTop = row * height;
      setFrom(windowOf(row));
    }
  }, [row, isThere, height]);

  useEffect(() => {
    const element = box.current;
    if (element === null) {
      return;
    }
    let [asking, settling] = [0, 0];
    const onScroll = (): void => {
      const first = Math.round(element.scrollTop / height);
      clearTimeout(asking);
      clearTimeout(settling);
      asking = window.setTimeout(() => setFrom(windowOf(first)), ASKING_MILLISECONDS);
      settling = window.setTimeout(() => {
        if (first !== own.current) {
          own.current = first;
          put.current = -1;
          tell.current(first);
        }
      }, SETTLED_MILLISECONDS);
    };
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      element.removeEventListener('scroll', onScroll);
      clearTimeout(asking);
      clearTimeout(settling);
    };
  }, [isThere, height]);

  const { offset = 0, rows = 0, total = 0 } = shown ?? {};
  return { from, before: offset * height, after: Math.max(0, total - offset - rows) * height };
}
