/** The samples of a cell: each a link to its conversation, or, where they are many, how they are distributed. */
import type { VNode } from 'preact';
import type { Cell, RunScale, Sample } from '../../../src/viewer/api.js';
import { href } from '../address.js';
import { decimal, score as scoreText } from '../format.js';
import { brief, labelOf, tone } from '../scale.js';

const MOST_LINKS = 6;

export function Samples({
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
  const cancelled = samples.filter(({ state }) => state === 'CANCELLED').length;
  // An option without an order is no number, and decided all the same.
  const without = samples.filter(
    ({ state, score, label }) => state === 'SUCCEEDED' && score === null && label === null,
  ).length;
  const others = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(open > 0 ? [`${open} open`] : []),
    ...(cancelled > 0 ? [`${cancelled} cancelled`] : []),
    ...(without > 0 ? [`${without} without`] : []),
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
