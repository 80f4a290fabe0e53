/**
 * Scenarios by models. Each sample is a link to its conversation; where they are many, a cell shows how they are
 * distributed, and leads to all of them side by side. One key after another goes from cell to cell.
 */
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { Column, MatrixAnswer, Row, RunScale } from '../../../src/viewer/api.js';
import { href } from '../address.js';
import { count, decimal, score as scoreText } from '../format.js';
import { boundsOf, brief, optionsOf, tone } from '../scale.js';
import { Name } from './name.js';
import { Samples } from './samples.js';

export function Matrix({
  run,
  answer,
  filter,
  stale,
  box,
  space,
}: {
  run: string;
  answer: MatrixAnswer;
  filter: URLSearchParams;
  stale: boolean;
  /** What scrolls. */
  box: { current: HTMLDivElement | null };
  /** In place of the rows that are not there, in pixels. */
  space: { before: number; after: number };
}): VNode {
  const table = useRef<HTMLTableElement>(null);
  const { columns, rows, scale } = answer;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reachable by key
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
    <div ref={box} class={`scrolls matrix${stale ? ' stale' : ''}`} tabIndex={0} role="group" aria-label="Matrix">
      <table
        ref={table}
        onKeyDown={(event) => table.current && move(event, table.current)}
        aria-busy={stale}
        aria-rowcount={answer.totalRows + 1}
      >
        <caption class="sr-only">
          The answers of each model to each scenario; arrow keys go from one to another, Enter opens it.
        </caption>
        <thead>
          <tr>
            <th scope="col">Scenario</th>
            {columns.map((column) => (
              <Head key={column.model} run={run} column={column} scale={scale} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Space key="before" height={space.before} columns={columns.length + 1} />
          {rows.map((row, index) => (
            <Line
              key={row.scenario}
              {...{ run, row, columns, scale, filter }}
              isFirst={index === 0}
              number={answer.offset + index + 2}
            />
          ))}
          <Space key="after" height={space.after} columns={columns.length + 1} />
        </tbody>
      </table>
      {rows.length < answer.totalRows && (
        <p class="on-paper">
          {`Scenarios ${count(answer.offset + 1)} to ${count(answer.offset + rows.length)} of ${count(answer.totalRows)}. `}
          Filter them, or export the run, for the others.
        </p>
      )}
    </div>
  );
}

function Space({ height, columns }: { height: number; columns: number }): VNode | null {
  return height <= 0 ? null : (
    <tr class="space">
      <td colSpan={columns} style={{ height: `${height}px` }} />
    </tr>
  );
}

function Head({ run, column, scale }: { run: string; column: Column; scale: RunScale | null }): VNode {
  return (
    <th scope="col">
      <a href={href(['run', run], { model: column.model })} title={column.model} dir="auto" class="model">
        <Name text={column.model} />
      </a>
      <span class="mean">
        {column.mean === null ? (
          `${count(column.count)}`
        ) : (
          <>
            <span class={`score ${tone(scale, column.mean)}`}>{decimal(column.mean)}</span> mean of{' '}
            {count(column.scored)}
          </>
        )}
      </span>
    </th>
  );
}

function Line({
  run,
  row,
  columns,
  scale,
  filter,
  isFirst,
  number,
}: {
  run: string;
  row: Row;
  columns: Column[];
  scale: RunScale | null;
  filter: URLSearchParams;
  isFirst: boolean;
  /** Of the row in the whole table, whose head is the first. */
  number: number;
}): VNode {
  const list = filter.toString();
  const title = row.name ?? row.scenario;
  // A name that a template made says them already.
  const dimensions = Object.entries(row.dimensions).filter(([name]) => !title.includes(`${name}=`));
  return (
    <tr aria-rowindex={number}>
      <th scope="row">
        <a href={href(['run', run, 'side'], { scenario: row.scenario })} dir="auto" title={title}>
          <Name text={title} />
        </a>
        <small dir="auto">
          {row.name !== null && row.name !== row.scenario && <span>{row.scenario}</span>}
          {dimensions.map(([name, level]) => (
            <span key={name}>
              {name} {String(level)}
            </span>
          ))}
          {row.orientation === 'flipped' && !title.endsWith('flipped') && <span>flipped</span>}
        </small>
      </th>
      {columns.map(({ model }, index) => {
        const cell = row.cells.find((one) => one.model === model);
        return (
          <td key={model}>
            {cell && (
              <Samples {...{ run, cell, scale, list }} scenario={row.scenario} inOrder={isFirst && index === 0} />
            )}
          </td>
        );
      })}
    </tr>
  );
}

export function Legend({ scale }: { scale: RunScale | null }): VNode {
  const bounds = boundsOf(scale);
  return (
    <ul class="legend" aria-label="What the cells mean">
      {bounds &&
        [0, 2, 4, 6, 8].map((step) => (
          <li key={step}>
            <span class={`sample s${step}`}>
              {scoreText(Math.round(100 * (bounds.min + ((bounds.max - bounds.min) * step) / 8)) / 100)}
            </span>
            {step === 0 ? ' lowest' : step === 8 ? ' highest' : ''}
          </li>
        ))}
      {optionsOf(scale).map((option) => (
        <li key={option} dir="auto">
          <span class={`sample ${tone(scale, null, option)}`}>{brief(null, option)}</span>
        </li>
      ))}
      {[
        ['none', '–', 'no score'],
        ['none refused', 'R', 'refused'],
        ['none', '?', 'ambiguous'],
        ['none', '✓', 'answered, not scored'],
        ['none cut', '–', 'underlined: cut off'],
        ['failed', '✕', 'failed'],
        ['queued', '…', 'waiting, or in flight'],
      ].map(([kind, sign, words]) => (
        <li key={words}>
          <span class={`sample ${kind}`} aria-hidden="true">
            {sign}
          </span>{' '}
          {words}
        </li>
      ))}
    </ul>
  );
}

const STEPS: Record<string, [down: number, right: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** From link to link: within a cell, and on into the next one. */
function move(event: KeyboardEvent, table: HTMLTableElement): void {
  const step = STEPS[event.key];
  const link = (event.target as HTMLElement).closest<HTMLElement>('td a');
  if (step === undefined || link === null) {
    return;
  }
  const [down, right] = step;
  const cell = link.closest('td') as HTMLTableCellElement;
  const row = cell.parentElement as HTMLTableRowElement;
  const links = (of: Element | undefined): HTMLElement[] => [...(of?.querySelectorAll<HTMLElement>('a') ?? [])];
  const within = links(cell);
  const place = within.indexOf(link);
  let next: HTMLElement | undefined = right === 0 ? undefined : within[place + right];
  for (let far = 1; next === undefined && far < 200; far += 1) {
    const target = table.rows[row.rowIndex + far * down]?.cells[cell.cellIndex + far * right];
    if (target === undefined || target.tagName === 'TH') {
      return;
    }
    const there = links(target);
    next = right < 0 ? there.at(-1) : (there[right > 0 ? 0 : place] ?? there.at(-1));
  }
  if (next !== undefined) {
    event.preventDefault();
    for (const other of table.querySelectorAll('td a[tabindex="0"]')) {
      other.setAttribute('tabindex', '-1');
    }
    next.setAttribute('tabindex', '0');
    next.focus();
  }
}
