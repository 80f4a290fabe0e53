/** Small marks that stand on several pages: the state of a run, a score, a bar of what has come of probes. */
import type { VNode } from 'preact';
import type { RunScale, RunStatus } from '../../../src/viewer/api.js';
import { count } from '../format.js';
import { brief, labelOf, tone } from '../scale.js';

export function Status({ status }: { status: RunStatus }): VNode {
  return <span class={`status ${status.toLowerCase()}`}>{status.toLowerCase()}</span>;
}

export function ScoreMark({
  scale,
  score,
  label,
  large = false,
}: {
  scale: RunScale | null;
  score: number | null;
  label: string | null;
  large?: boolean;
}): VNode {
  const words = score === null ? (label ?? 'no score') : (label ?? labelOf(scale, score));
  return (
    <span class={`score ${tone(scale, score, label)}${large ? ' large' : ''}`} title={words ?? undefined}>
      {brief(score, label)}
    </span>
  );
}

export function ProgressBar({
  succeeded,
  failed,
  cancelled,
  total,
}: {
  succeeded: number;
  failed: number;
  cancelled: number;
  total: number;
}): VNode {
  const parts = [
    { name: 'succeeded', number: succeeded },
    { name: 'failed', number: failed },
    { name: 'cancelled', number: cancelled },
  ];
  const words = `${count(succeeded)} of ${count(total)} succeeded, ${count(failed)} failed, ${count(cancelled)} cancelled`;
  let at = 0;
  return (
    <svg class="bar" role="img" aria-label={words} viewBox="0 0 100 6" preserveAspectRatio="none">
      <title>{words}</title>
      <rect class="rest" width="100" height="6" />
      {parts.map(({ name, number }) => {
        const width = total === 0 ? 0 : (100 * number) / total;
        const rect = <rect key={name} class={name} x={at} width={width} height="6" />;
        at += width;
        return rect;
      })}
    </svg>
  );
}
