/** Beside a conversation: what the same scenario came to with every model, as its row of the matrix. */
import type { VNode } from 'preact';
import type { ConversationAnswer } from '../../../src/viewer/api.js';
import { href } from '../address.js';
import { useAnswer } from '../data.js';
import { Name } from './name.js';
import { Samples } from './samples.js';

export function Others({
  answer: { place, models },
  list,
}: {
  answer: ConversationAnswer;
  list: string;
}): VNode | null {
  const { run, scenario } = place;
  const { answer, fresh } = useAnswer('matrix', new URLSearchParams({ run, scenario, rows: '1' }));
  const [row] = answer?.rows ?? [];
  if (models.length < 2 || !answer || row === undefined || (!fresh && row.scenario !== scenario)) {
    return null;
  }
  return (
    <section class="card others">
      <h2>This scenario by model</h2>
      <ul>
        {row.cells.map((cell) => (
          <li key={cell.model} aria-current={cell.model === place.model ? 'true' : undefined}>
            <span dir="auto">
              <Name text={cell.model} />
            </span>
            <Samples {...{ run, scenario, cell, list }} scale={answer.scale} inOrder />
          </li>
        ))}
      </ul>
      <a href={href(['run', run, 'side'], { scenario })}>Side by side</a>
    </section>
  );
}
