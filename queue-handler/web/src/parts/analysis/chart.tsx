/** A line of figures drawn on a common axis: a dot with its interval, or several dots. The numbers stand beside it in words. */
import type { VNode } from 'preact';
import { score } from '../../format.js';

export interface Axis {
  low: number;
  high: number;
  /** Where a line goes through all rows: neutral, or no difference. */
  line: number | null;
}

/** Room for a dot at either end, in percent. */
const EDGE = 4;

/** An axis on which all of these have their place. @param about a value that must be on it, such as 0. */
export function axisOf(values: readonly (number | null | undefined)[], about: number | null): Axis {
  const known = [...values, about].filter((value) => value !== null && value !== undefined);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return known.length === 0 ? { low: 0, high: 1, line: null } : { low, high: high > low ? high : low + 1, line: about };
}

/** The same distance on both sides of no difference. */
export function evenAxis(values: readonly (number | null | undefined)[]): Axis {
  const most = Math.max(...values.map((value) => Math.abs(value ?? 0)), Number.MIN_VALUE);
  return { low: -most, high: most, line: 0 };
}

export function Interval({
  axis,
  value,
  low,
  high,
}: {
  axis: Axis;
  value: number | null;
  low: number | null;
  high: number | null;
}): VNode {
  return (
    <svg class="chart" aria-hidden="true">
      <Line axis={axis} />
      {low !== null && high !== null && (
        <line class="interval" x1={at(axis, low)} x2={at(axis, high)} y1="50%" y2="50%" />
      )}
      {value !== null && <circle class="dot" cx={at(axis, value)} cy="50%" r="5" />}
    </svg>
  );
}

/** Several values on one line, each in the colour of its score. */
export function Dots({ axis, dots }: { axis: Axis; dots: { value: number; tone: string; words: string }[] }): VNode {
  const values = dots.map(({ value }) => value);
  return (
    <svg class="chart" aria-hidden="true">
      <Line axis={axis} />
      <line class="range" x1={at(axis, Math.min(...values))} x2={at(axis, Math.max(...values))} y1="50%" y2="50%" />
      {dots.map(({ value, tone, words }) => (
        <circle key={words} class={`dot-of ${tone}`} cx={at(axis, value)} cy="50%" r="6">
          <title>{words}</title>
        </circle>
      ))}
    </svg>
  );
}

/** What the ends of the axis are, above a column of charts. */
export function Ends({ axis, sign = false }: { axis: Axis; sign?: boolean }): VNode {
  const shown = (value: number): string => `${sign && value > 0 ? '+' : ''}${score(Math.round(value * 100) / 100)}`;
  return (
    <span class="ends">
      <span>{shown(axis.low)}</span>
      {axis.line !== null && axis.line > axis.low && axis.line < axis.high && (
        <span class="at-line" style={{ insetInlineStart: at(axis, axis.line) }}>
          {score(axis.line)}
        </span>
      )}
      <span>{shown(axis.high)}</span>
    </span>
  );
}

function Line({ axis }: { axis: Axis }): VNode {
  return (
    <>
      <line class="ground" x1={at(axis, axis.low)} x2={at(axis, axis.high)} y1="50%" y2="50%" />
      {axis.line !== null && <line class="middle" x1={at(axis, axis.line)} x2={at(axis, axis.line)} y1="0" y2="100%" />}
    </>
  );
}

function at({ low, high }: Axis, value: number): string {
  const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return `${EDGE + (100 - 2 * EDGE) * share}%`;
}
