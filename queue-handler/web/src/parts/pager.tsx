/** Pages of a long list. */
import type { VNode } from 'preact';
import { count } from '../format.js';

export function Pager({
  offset,
  total,
  rows,
  page,
  what,
}: {
  offset: number;
  total: number;
  rows: number;
  page: (offset: number) => string;
  what: string;
}): VNode | null {
  if (total <= rows) {
    return null;
  }
  const last = Math.floor((total - 1) / rows) * rows;
  const links: [name: string, to: number | null][] = [
    ['First', offset > 0 ? 0 : null],
    ['Previous', offset > 0 ? Math.max(0, offset - rows) : null],
    ['Next', offset + rows < total ? offset + rows : null],
    ['Last', offset < last ? last : null],
  ];
  return (
    <nav class="pager" aria-label="Pages">
      {links.map(([name, to]) =>
        to === null ? (
          <span key={name} aria-disabled="true">
            {name}
          </span>
        ) : (
          <a key={name} href={page(to)}>
            {name}
          </a>
        ),
      )}
      <span class="muted">
        {what} {count(offset + 1)} to {count(Math.min(offset + rows, total))} of {count(total)}
      </span>
    </nav>
  );
}
