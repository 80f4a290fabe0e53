/** The analysis of a run, each figure leading to the conversations behind it. */
import type { VNode } from 'preact';
import { href } from '../address.js';
import { useAnswer } from '../data.js';
import { Frame, RUNS, Trouble, Waiting } from '../parts/frame.js';

export function AnalysisPage({ run }: { run: string }): VNode {
  const { answer, error, again } = useAnswer('analysis', new URLSearchParams({ run }));
  return (
    <Frame title="Analysis" crumbs={[RUNS, { text: answer?.run.name ?? 'Run', href: href(['run', run]) }]}>
      <h1>Analysis</h1>
      {error && <Trouble error={error} again={again} />}
      {!answer && !error && <Waiting />}
      {answer?.problem && <p class="notice">{answer.problem}</p>}
    </Frame>
  );
}
