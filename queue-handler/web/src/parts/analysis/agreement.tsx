/** How far the models agree, and the scenarios on which they do not. */
import type { VNode } from 'preact';
import type { Agreement, Decisions, Differing } from '../../../../src/documents/documents.js';
import type { RunScale } from '../../../../src/viewer/api.js';
import { href } from '../../address.js';
import { count, decimal } from '../../format.js';
import { tone } from '../../scale.js';
import { Name } from '../name.js';
import { Alike, Amount, Figure, PairHead, Section, ShareCell, Table } from './cells.js';
import { Dots, Ends } from './chart.js';

export function AgreementPart({ run, agreement }: { run: string; agreement: Agreement }): VNode {
  const { overall, pairs } = agreement;
  const { value, interval } = overall.alphaOrdinal;
  return (
    <Section
      id="agreement"
      title="How far they agree"
      lead={
        value === null
          ? overall.alphaOrdinal.reason
          : `Krippendorff's alpha over ${count(overall.scenarios)} scenarios: ${decimal(value)}${
              interval.low === null ? '' : ` (${decimal(interval.low)} to ${decimal(interval.high)})`
            }; 1 is the same answers, 0 is chance.`
      }
    >
      <Table
        name="Agreement"
        heads={['Pair', '#alpha', '#same side', '#mean distance', '#same order (rho)', '#scenarios']}
      >
        {pairs.map((pair) => (
          <tr key={pair.models.join(' ')}>
            <PairHead run={run} models={pair.models} />
            <Figure
              value={pair.alphaOrdinal.value}
              interval={pair.alphaOrdinal.interval}
              reason={pair.alphaOrdinal.reason}
            />
            <ShareCell share={pair.sameSide} />
            <Figure value={pair.meanAbsoluteDifference.value} interval={pair.meanAbsoluteDifference.interval} />
            <Amount>{decimal(pair.rho)}</Amount>
            <Amount>{count(pair.n)}</Amount>
          </tr>
        ))}
      </Table>
    </Section>
  );
}

export function DifferingPart({
  run,
  scale,
  decisions,
  differing,
}: {
  run: string;
  scale: RunScale | null;
  decisions: Decisions;
  differing: Differing[];
}): VNode | null {
  if (differing.length === 0) {
    return null;
  }
  const { lowest, highest, neutral } = decisions;
  const axis = { low: lowest, high: highest > lowest ? highest : lowest + 1, line: neutral };
  return (
    <Section
      id="differing"
      title="Where they differ most"
      lead="Each dot is the mean of a model in this scenario; the scenario leads to the answers side by side, a model to its first one."
    >
      <Table
        name="Differing scenarios"
        heads={['Scenario', <Ends key="axis" axis={axis} />, '#range', 'lowest', 'highest']}
      >
        {differing.map((one) => (
          <tr key={one.scenarioId}>
            <th scope="row" dir="auto">
              <a href={href(['run', run, 'side'], { scenario: one.scenarioId })}>
                <Name text={one.name ?? one.scenarioId} />
              </a>
            </th>
            <td class="drawn">
              <Dots
                axis={axis}
                dots={one.answers.map(({ modelId, mean }) => ({
                  value: mean,
                  tone: tone(scale, mean),
                  words: `${modelId}: ${decimal(mean)}`,
                }))}
              />
            </td>
            <Amount>{decimal(one.range)}</Amount>
            <Extreme run={run} one={one} end={one.lowest} scale={scale} />
            <Extreme run={run} one={one} end={one.highest} scale={scale} />
          </tr>
        ))}
      </Table>
    </Section>
  );
}

function Extreme({
  run,
  one,
  end: { mean, modelIds },
  scale,
}: {
  run: string;
  one: Differing;
  end: Differing['lowest'];
  scale: RunScale | null;
}): VNode {
  return (
    <td>
      <span class={`score ${tone(scale, mean)}`}>{decimal(mean)}</span>{' '}
      <Alike run={run} scenario={one.scenarioId} models={modelIds} />
    </td>
  );
}
