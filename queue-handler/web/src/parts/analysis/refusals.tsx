/** Where models refuse, and what they choose where there is no order. */
import type { VNode } from 'preact';
import type { Nominal, Refusals } from '../../../../src/documents/documents.js';
import type { RunScale } from '../../../../src/viewer/api.js';
import { decimal, pValue } from '../../format.js';
import { tone } from '../../scale.js';
import { Amount, ModelHead, PairHead, Section, ShareCell, Table, To } from './cells.js';
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

export function NominalPart({ run, scale, nominal }: { run: string; scale: RunScale | null; nominal: Nominal }): VNode {
  return (
    <Section
      id="options"
      title="What they chose"
      lead="Over scenarios, each with the same weight; a share leads to the answers that chose it."
    >
      <Table name="Options" heads={['Model', ...nominal.options.map((option) => `#${option}`), '#the same again']}>
        {nominal.models.map(({ modelId, options, identical }) => (
          <tr key={modelId}>
            <ModelHead run={run} model={modelId} />
            {nominal.options.map((option) => (
              <ShareCell
                key={option}
                share={options.find((one) => one.option === option)?.share ?? null}
                run={run}
                words={{ model: modelId, score: option }}
              />
            ))}
            <ShareCell share={identical} />
          </tr>
        ))}
      </Table>
      {nominal.pairs.length > 0 && (
        <Table name="Differences" heads={['Pair', '#distance', '#p, adjusted', '#same option', 'verdict']}>
          {nominal.pairs.map((pair) => (
            <tr key={pair.models.join(' ')}>
              <PairHead run={run} models={pair.models} />
              <Amount>{decimal(pair.distance)}</Amount>
              <Amount>{pValue(pair.pHolm)}</Amount>
              <ShareCell share={pair.sameOption} />
              <td>{pair.verdict === 'different' ? <b>they differ</b> : <span class="muted">not shown</span>}</td>
            </tr>
          ))}
        </Table>
      )}
      <ul class="legend" aria-label="Options">
        {nominal.options.map((option) => (
          <li key={option} dir="auto">
            <span class={`sample ${tone(scale, null, option)}`} aria-hidden="true">
              {' '}
            </span>{' '}
            {option}
          </li>
        ))}
      </ul>
    </Section>
  );
}
