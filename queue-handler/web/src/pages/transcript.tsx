/** A conversation by the ID of its transcript, as analyses and exports name it: the way to its page. */
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { goInstead, href } from '../address.js';
import { useAnswer } from '../data.js';
import { Frame, RUNS, Trouble, Waiting } from '../parts/frame.js';

export function TranscriptPage({ id }: { id: string }): VNode {
  const { answer, error } = useAnswer('transcript', new URLSearchParams({ id }));
  useEffect(() => {
    if (answer !== null) {
      const { run, scenario, model, sample } = answer;
      goInstead(href(['run', run, 'conversation'], { scenario, model, sample }));
    }
  }, [answer]);
  return (
    <Frame title="Transcript" crumbs={[RUNS]}>
      {error ? <Trouble error={error} /> : <Waiting />}
    </Frame>
  );
}
