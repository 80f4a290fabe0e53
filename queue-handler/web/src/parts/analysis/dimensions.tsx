/** What the levels of a dimension, and the order in which options stand, do to the scores. */
import type { VNode } from 'preact';
import type { Decisions, Dimension, OrderEffect } from '../../../../src/documents/documents.js';
import { count, decimal, percent, pValue } from '../../format.js';
import { Amount, Figure, ModelHead, Section, ShareCell, Table, To } from './cells.js';
import { Ends, evenAxis, Interval } from './chart.js';

export function DimensionsPart({
  run,
  decisions,
  dimensions,
}: {
  run: string;
  decisions: Decisions;
  dimensions: Dimension[];
}): VNode | null {
  if (dimensions.length === 0) {
    return null;
  }
  const { lowest, highest, neutral } = decisions;
  const axis = { low: lowest, high: highest > lowest ? highest : lowest + 1, line: neutral };
  return (
    <Section
      id="dimensions"
      title="What the dimensions do"
      lead="The mean over all models at each level, and the effect against the first one; a level leads to its conversations."
    >
      {dimensions.map((dimension) => (
        <div key={dimension.name} class="dimension">
          <h3 dir="auto">{dimension.name}</h3>
          <p class="muted">{testOf(dimension)}</p>
          <Table
            name={dimension.name}
            heads={['Level', <Ends key="axis" axis={axis} />, '#mean', '#effect', '#p, adjusted', '#scenarios']}
          >
            {dimension.levels.map(({ level, mean, scenarios }) => {
              const effect = dimension.effects.find((one) => one.level === level);
              return (
                <tr key={String(level)}>
                  <th scope="row" dir="auto">
                    <To run={run} words={{ [`dim.${dimension.name}`]: String(level) }}>
                      {String(level)}
                    </To>
                  </th>
                  <td class="drawn">
                    <Interval axis={axis} value={mean} low={null} high={null} />
                  </td>
                  <Amount>{decimal(mean)}</Amount>
                  {effect ? (
                    <Figure value={effect.effect.value} interval={effect.effect.interval} sign />
                  ) : (
                    <Amount>–</Amount>
                  )}
                  <Amount>{pValue(effect?.pHolm ?? null)}</Amount>
                  <Amount>{count(scenarios)}</Amount>
                </tr>
              );
            })}
          </Table>
        </div>
      ))}
    </Section>
  );
}

function testOf({ reason, pHolm, etaSquared, interaction }: Dimension): string {
  if (reason !== null) {
    return reason;
  }
  const own = `Kruskal-Wallis p ${pText(pHolm)}, which explains ${percent(etaSquared)} of the variance`;
  return interaction.pHolm === null
    ? `${own}.`
    : `${own}; whether models react differently: p ${pText(interaction.pHolm)}.`;
}

function pText(p: number | null): string {
  const text = pValue(p);
  return text.startsWith('<') ? text : `= ${text}`;
}

export function OrderPart({ run, effects }: { run: string; effects: OrderEffect[] }): VNode | null {
  if (effects.length === 0) {
    return null;
  }
  const axis = evenAxis(effects.flatMap(({ effect: { value, interval } }) => [value, interval.low, interval.high]));
  return (
    <Section
      id="order"
      title="What the order of options does"
      lead="The score of a scenario less that of its twin in the opposite order; 0 is a model that does not mind."
    >
      <Table
        name="Order"
        heads={['Model', <Ends key="axis" axis={axis} sign />, '#effect', '#p, adjusted', '#changes sides', '#pairs']}
      >
        {effects.map(({ modelId, effect, pHolm, flips, pairs, reason }) => (
          <tr key={modelId}>
            <ModelHead run={run} model={modelId} />
            <td class="drawn">
              <Interval axis={axis} value={effect.value} low={effect.interval.low} high={effect.interval.high} />
            </td>
            <Figure value={effect.value} interval={effect.interval} reason={reason} sign />
            <Amount>{pValue(pHolm)}</Amount>
            <ShareCell share={flips} />
            <Amount>{count(pairs)}</Amount>
          </tr>
        ))}
      </Table>
    </Section>
  );
}
