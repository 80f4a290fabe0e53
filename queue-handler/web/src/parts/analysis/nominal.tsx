/** What models choose where options have no order. */
import type { VNode } from 'preact';
import type { Nominal } from '../../../../src/documents/documents.js';
import type { RunScale } from '../../../../src/viewer/api.js';
import { href } from '../../address.js';
import { decimal, pValue } from '../../format.js';
import { tone } from '../../scale.js';
import { Name } from '../name.js';
import { Alike, Amount, ModelHead, PairHead, Section, ShareCell, Table } from './cells.js';

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
      <Differing run={run} scale={scale} nominal={nominal} />
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

function Differing({ run, scale, nominal }: { run: string; scale: RunScale | null; nominal: Nominal }): VNode | null {
  if (nominal.differing.length === 0) {
    return null;
  }
  return (
    <Table name="Scenarios that divide the models" heads={['Scenario', '#distance', ...nominal.options]}>
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
    <td>
      <span class={`sample ${shade}`} aria-hidden="true">
        {' '}
      </span>{' '}
      <Alike {...{ run, scenario, models }} />
    </td>
  );
}
