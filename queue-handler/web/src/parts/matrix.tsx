/**
 * Scenarios by models. Each sample is a link to its conversation; where they are many, a cell shows how they are
 * distributed, and leads to all of them side by side. One key after another goes from cell to cell.
 */
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { Cell, Column, MatrixAnswer, Row, RunScale, Sample } from '../../../src/viewer/api.js';
import { href } from '../address.js';
import { count, decimal, score as scoreText } from '../format.js';
import { boundsOf, brief, labelOf, optionsOf, tone } from '../scale.js';
import { Name } from './name.js';

const MOST_LINKS = 6;

export function Matrix({
  run,
  answer,
  filter,
  stale,
}: {
  run: string;
  answer: MatrixAnswer;
  filter: URLSearchParams;
  stale: boolean;
}): VNode {
  const table = useRef<HTMLTableElement>(null);
  const { columns, rows, scale } = answer;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reachable by key
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
    <div class={`scrolls matrix${stale ? ' stale' : ''}`} tabIndex={0} role="group" aria-label="Matrix">
      <table ref={table} onKeyDown={(event) => table.current && move(event, table.current)} aria-busy={stale}>
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
          {rows.map((row, index) => (
            <Line key={row.scenario} {...{ run, row, columns, scale, filter }} isFirst={index === 0} />
          ))}
        </tbody>
      </table>
    </div>
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
}: {
  run: string;
  row: Row;
  columns: Column[];
  scale: RunScale | null;
  filter: URLSearchParams;
  isFirst: boolean;
}): VNode {
  const list = filter.toString();
  const title = row.name ?? row.scenario;
  // A name that a template made says them already.
  const dimensions = Object.entries(row.dimensions).filter(([name]) => !title.includes(`${name}=`));
  return (
    <tr>
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

function Samples({
  run,
  scenario,
  cell,
  scale,
  list,
  inOrder,
}: {
  run: string;
  scenario: string;
  cell: Cell;
  scale: RunScale | null;
  list: string;
  inOrder: boolean;
}): VNode {
  const { model, samples } = cell;
  if (samples.length > MOST_LINKS) {
    return <Many {...{ run, scenario, cell, scale, inOrder }} />;
  }
  return (
    <div class="samples">
      {samples.map((sample, index) => (
        <a
          key={sample.sample}
          class={classOf(sample, scale)}
          tabIndex={inOrder && index === 0 ? 0 : -1}
          href={href(['run', run, 'conversation'], { scenario, model, sample: sample.sample, list })}
          title={wordsOf(sample, scale)}
        >
          <span aria-hidden="true">{signOf(sample)}</span>
          <span class="sr-only">
            {model}, sample {sample.sample + 1}: {wordsOf(sample, scale)}
          </span>
        </a>
      ))}
    </div>
  );
}

/** Their mean, and a bar of how often each score came. */
function Many({
  run,
  scenario,
  cell: { model, samples },
  scale,
  inOrder,
}: {
  run: string;
  scenario: string;
  cell: Cell;
  scale: RunScale | null;
  inOrder: boolean;
}): VNode {
  const scores = samples.flatMap(({ score }) => score ?? []);
  const mean = scores.length === 0 ? null : scores.reduce((sum, one) => sum + one, 0) / scores.length;
  const kinds = [...new Map(samples.map((one) => [classOf(one, scale), one])).keys()].sort();
  const failed = samples.filter(({ state }) => state === 'FAILED').length;
  const open = samples.filter(({ state }) => state === 'PENDING' || state === 'QUEUED').length;
  const others = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(open > 0 ? [`${open} open`] : []),
    ...(samples.length - failed - open > scores.length
      ? [`${samples.length - failed - open - scores.length} without`]
      : []),
  ];
  let at = 0;
  return (
    <a
      class="many"
      href={href(['run', run, 'side'], { scenario, model, all: 1 })}
      tabIndex={inOrder ? 0 : -1}
      title={`${samples.length} samples${others.length > 0 ? `, ${others.join(', ')}` : ''}`}
    >
      <span class={`score ${tone(scale, mean)}`}>{mean === null ? '–' : decimal(mean)}</span>
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        {kinds.map((kind) => {
          const width = (100 * samples.filter((one) => classOf(one, scale) === kind).length) / samples.length;
          const rect = <rect key={kind} class={kind} x={at} width={width} height="8" />;
          at += width;
          return rect;
        })}
      </svg>
      <small>
        {samples.length}
        {others.length > 0 && `: ${others.join(', ')}`}
      </small>
      <span class="sr-only">samples of {model}</span>
    </a>
  );
}

function classOf(sample: Sample, scale: RunScale | null): string {
  const marks = `${sample.truncated ? ' cut' : ''}${sample.refused ? ' refused' : ''}`;
  if (sample.state !== 'SUCCEEDED') {
    return `sample ${sample.state.toLowerCase()}`;
  }
  return `sample ${tone(scale, sample.score, sample.label)}${marks}`;
}

const SIGNS = { PENDING: '·', QUEUED: '…', FAILED: '✕', CANCELLED: '∅' } as const;

function signOf(sample: Sample): string {
  if (sample.state !== 'SUCCEEDED') {
    return SIGNS[sample.state];
  }
  if (sample.score === null && sample.label === null) {
    return sample.refused ? 'R' : sample.class === 'ambiguous' ? '?' : sample.class === null ? '✓' : '–';
  }
  return brief(sample.score, sample.label);
}

function wordsOf(sample: Sample, scale: RunScale | null): string {
  switch (sample.state) {
    case 'FAILED':
      return `failed, ${sample.code ?? 'UNKNOWN'}`;
    case 'CANCELLED':
      return 'cancelled';
    case 'PENDING':
      return 'not asked yet';
    case 'QUEUED':
      return 'waiting, or in flight';
    default: {
      const label = sample.label ?? labelOf(scale, sample.score);
      const score =
        sample.score === null ? (sample.label ?? 'no score') : `${scoreText(sample.score)}${label ? `, ${label}` : ''}`;
      const said = sample.class === null ? 'answered' : `${score} (${sample.class})`;
      return `${said}${sample.refused ? ', refused' : ''}${sample.truncated ? ', cut off' : ''}`;
    }
  }
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
