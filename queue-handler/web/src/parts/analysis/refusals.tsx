/** Where models refuse. */
import type { VNode } from 'preact';
import type { Refusals } from '../../../../src/documents/documents.js';
import { decimal } from '../../format.js';
import { Amount, ModelHead, Section, ShareCell, Table, To } from './cells.js';
import { Interval } from './chart.js';

const SHARES = { low: 0, high: 1, line: null };

export function RefusalsPart({ run, refusals }: { run: string; refusals: Refusals }): VNode {
  return (
    <Section
      id="refusals"
      title="Where they refuse"
      lead="How often, with its 95 % interval, and between which bounds the mean lies, whatever the refused answers would have been."
    >
      <Table name="Refusals by model" heads={['Model', ends(), '#refused', '#mean of answers', '#lowest', '#highest']}>
        {refusals.models.map(({ modelId, refused, mean, lowest, highest }) => (
          <tr key={modelId}>
            <ModelHead run={run} model={modelId} words={{ refused: 1 }} />
            <td class="drawn">
              <Interval axis={SHARES} value={refused.share} low={refused.low} high={refused.high} />
            </td>
            <ShareCell share={refused} run={run} words={{ model: modelId, refused: 1 }} />
            <Amount>{decimal(mean)}</Amount>
            <Amount>{decimal(lowest)}</Amount>
            <Amount>{decimal(highest)}</Amount>
          </tr>
        ))}
      </Table>
      {refusals.levels.length > 0 && (
        <Table name="Refusals by level" heads={['Dimension', 'Level', ends(), '#refused']}>
          {refusals.levels.map(({ dimension, level, refused }) => (
            <tr key={`${dimension} ${level}`}>
              <td dir="auto">{dimension}</td>
              <th scope="row" dir="auto">
                <To run={run} words={{ [`dim.${dimension}`]: String(level) }}>
                  {String(level)}
                </To>
              </th>
              <td class="drawn">
                <Interval axis={SHARES} value={refused.share} low={refused.low} high={refused.high} />
              </td>
              <ShareCell share={refused} run={run} words={{ [`dim.${dimension}`]: String(level), refused: 1 }} />
            </tr>
          ))}
        </Table>
      )}
    </Section>
  );
}

function ends(): VNode {
  return (
    <span class="ends">
      <span>0 %</span>
      <span>100 %</span>
    </span>
  );
}
