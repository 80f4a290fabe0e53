/** What models choose where options have no order. */
import type { VNode } from 'preact';
import type { Nominal } from '../../../../src/documents/documents.js';
import type { RunScale } from '../../../../src/viewer/api.js';
import { href } from '../../address.js';
import { decimal, pValue } from '../../format.js';
import { tone } from '../../scale.js';
import { Name } from '../name.js';
import { Alike, Amount, ModelHead, PairHead, Section, ShareCell, Table } from './cells.js';

export function NominalPart({ run, nominal }: { run: string; nominal: Nominal }): VNode {
  return (
    <Section
      id="options"
      title="What they chose"
      lead="Of the answers that chose one; a share leads to those that chose it. The distance of two models is 0 where their shares are the same, and 1 where they have no option in common."
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
    </Section>
  );
}

/** The scenarios on which they differ. */
export function ChoicesPart({
  run,
  scale,
  nominal,
}: {
  run: string;
  scale: RunScale | null;
  nominal: Nominal;
}): VNode | null {
  if (nominal.differing.length === 0) {
    return null;
  }
  return (
    <Section
      id="differing"
      title="Where they differ most"
      lead="How far two models are apart on average, from 0 (all choose alike) to 1 (no two choose the same), and who chose what most often; the scenario leads to the answers side by side, a model to its first one."
    >
      <Table name="Differing scenarios" heads={['Scenario', '#distance', ...nominal.options]}>
        {nominal.differing.map(({ scenarioId, name, distance, answers }) => (
          <tr key={scenarioId}>
            <th scope="row" dir="auto">
              <a href={href(['run', run, 'side'], { scenario: scenarioId })}>
                <Name text={name ?? scenarioId} />
              </a>
            </th>
            <Amount>{decimal(distance)}</Amount>
            {nominal.options.map((option) => (
              <Choosing
                key={option}
                run={run}
                scenario={scenarioId}
                tone={tone(scale, null, option)}
                models={answers.filter((answer) => answer.option === option).map(({ modelId }) => modelId)}
              />
            ))}
          </tr>
        ))}
      </Table>
    </Section>
  );
}

function Choosing({
  run,
  scenario,
  tone: shade,
  models,
}: {
  run: string;
  scenario: string;
  tone: string;
  models: string[];
}): VNode {
  if (models.length === 0) {
    return <td class="muted">–</td>;
  }
  return (
    <td class="named">
      <span class={`swatch ${shade}`} aria-hidden="true" /> <Alike {...{ run, scenario, models }} />
    </td>
  );
}
