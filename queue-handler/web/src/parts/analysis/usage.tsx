/** What the answers took, how they ended, how much of the run there is, and how all of this was computed. */
import type { VNode } from 'preact';
import type { AcrossRuns, Complete, Model, ReliabilitySection } from '../../../../src/documents/documents.js';
import { href } from '../../address.js';
import { count, decimal, dollars, percent, plural, pValue, seconds, short } from '../../format.js';
import { Name } from '../name.js';
import { Amount, Figure, ModelHead, Section, ShareCell, Table, To } from './cells.js';
import { Ends, evenAxis, Interval } from './chart.js';

export function UsagePart({ run, models }: { run: string; models: Model[] }): VNode {
  return (
    <Section
      id="usage"
      title="What it took"
      lead="Medians are over answers and conversations; each share leads to what it counts."
    >
      <Table
        name="Usage"
        heads={[
          'Model',
          '#answered',
          '#failed',
          '#words',
          '#tokens out',
          '#time',
          '#cost',
          '#cut off',
          '#refused',
          'version',
        ]}
      >
        {models.map((model) => (
          <Usage key={model.modelId} run={run} model={model} />
        ))}
      </Table>
    </Section>
  );
}

function Usage({ run, model }: { run: string; model: Model }): VNode {
  const { modelId, transcripts, failedProbes, perTurn, perTranscript, costUsd, sharesOfTranscripts, versions } = model;
  return (
    <tr>
      <ModelHead run={run} model={modelId} />
      <Amount>
        <To run={run} words={{ model: modelId, state: 'SUCCEEDED' }}>
          {count(transcripts)}
        </To>
      </Amount>
      <Amount>
        {failedProbes === 0 ? (
          '0'
        ) : (
          <To run={run} words={{ model: modelId, state: 'FAILED' }}>
            {count(failedProbes)}
          </To>
        )}
      </Amount>
      <Amount>{known(perTurn.answerWords.median, short)}</Amount>
      <Amount>{known(perTurn.outputTokens.median, short)}</Amount>
      <Amount>{known(perTranscript.durationMs.median, seconds)}</Amount>
      <Amount>{costUsd === null ? <span class="muted">not known</span> : dollars(costUsd)}</Amount>
      <ShareCell share={sharesOfTranscripts.truncated} run={run} words={{ model: modelId, cut: 1 }} />
      <ShareCell share={sharesOfTranscripts.refused} run={run} words={{ model: modelId, refused: 1 }} />
      <td dir="auto">
        {versions.listed.map(({ version }) => (
          <div key={version}>
            <To run={run} words={{ model: modelId, version }}>
              <Name text={version} />
            </To>
          </div>
        ))}
      </td>
    </tr>
  );
}

function known(value: number | null, shown: (value: number) => string): string {
  return value === null ? '–' : shown(value);
}

export function ReliabilityPart({ run, reliability }: { run: string; reliability: ReliabilitySection }): VNode | null {
  const { models, components, plan } = reliability;
  const [need] = plan.needs;
  const parts: [string, number | null][] = [
    ['models', components.model],
    ['scenarios', components.scenario],
    ['models by scenario', components.interaction],
    ['repeats', components.repeat],
  ];
  const total = parts.reduce((sum, [, value]) => sum + (value ?? 0), 0);
  return (
    <Section
      id="reliability"
      title="How far a repeat says the same"
      lead={
        components.reason === null && total > 0
          ? `Of the variance of scores: ${parts
              .filter(([, value]) => value !== null)
              .map(([name, value]) => `${name} ${percent((value ?? 0) / total)}`)
              .join(', ')}.`
          : components.reason
      }
    >
      <Table
        name="Reliability"
        heads={['Model', '#reliability', '#noise ceiling', '#variance of repeats', '#scenarios']}
      >
        {models.map((model) => (
          <tr key={model.modelId}>
            <ModelHead run={run} model={model.modelId} />
            <Figure value={model.reliability} interval={null} reason={model.reason} />
            <Amount>{decimal(model.noiseCeiling)}</Amount>
            <Amount>{decimal(model.repeatVariance)}</Amount>
            <Amount>{count(model.conditions)}</Amount>
          </tr>
        ))}
      </Table>
      {need?.scenariosForDifferences != null && (
        <p class="hint">
          For intervals of ± {plan.precision} of every difference of two models: {count(need.scenariosForDifferences)}{' '}
          scenarios with {plural(need.samples, 'sample')} each.
        </p>
      )}
    </Section>
  );
}

export function AcrossPart({ across }: { across: AcrossRuns }): VNode {
  const compared = across.comparisons.filter(({ difference }) => difference !== null);
  const axis = evenAxis(compared.flatMap(({ difference, interval }) => [difference, interval.low, interval.high]));
  return (
    <Section
      id="runs"
      title="Between runs"
      lead="The same model and scenario in two runs, the later one less the earlier."
    >
      <Table
        name="Between runs"
        heads={['Model', 'Runs', <Ends key="axis" axis={axis} sign />, '#difference', '#p, adjusted', 'verdict']}
      >
        {across.comparisons.map((one) => {
          const [earlier = '', later = ''] = one.runs;
          return (
            <tr key={`${one.modelId} ${one.runs.join(' ')}`}>
              <th scope="row" dir="auto">
                <a href={href(['versus'], { run: earlier, against: later, model: one.modelId })}>
                  <Name text={one.modelId} />
                </a>
              </th>
              <td dir="auto">{one.runs.map((run) => run.slice(0, 8)).join(' → ')}</td>
              <td class="drawn">
                <Interval axis={axis} value={one.difference} low={one.interval.low} high={one.interval.high} />
              </td>
              <Figure value={one.difference} interval={one.interval} sign />
              <Amount>{pValue(one.pHolm)}</Amount>
              <td>{one.verdict}</td>
            </tr>
          );
        })}
      </Table>
    </Section>
  );
}

/** What a reader should know of the figures, and how each was computed. */
export function MethodsPart({ analysis }: { analysis: Complete }): VNode {
  return (
    <Section id="methods" title="How it was computed">
      {analysis.warnings.length > 0 && (
        <ul class="warnings">
          {analysis.warnings.map((warning) => (
            <li key={warning} dir="auto">
              {warning}
            </li>
          ))}
        </ul>
      )}
      <details>
        <summary>{plural(analysis.methodsUsed.length, 'method')}, with formulas and sources</summary>
        <dl class="methods">
          {analysis.methodsUsed.map(({ id, name, formula, source }) => (
            <div key={id}>
              <dt>{name}</dt>
              <dd>
                <code>{formula}</code>
                <small>{source}</small>
              </dd>
            </div>
          ))}
        </dl>
      </details>
    </Section>
  );
}
