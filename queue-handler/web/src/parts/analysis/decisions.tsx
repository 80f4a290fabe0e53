/** What the models decided: their means, how their scores are distributed, and which of them differ. */
import type { VNode } from 'preact';
import type { Comparisons, Decision, Decisions } from '../../../../src/documents/documents.js';
import type { RunScale } from '../../../../src/viewer/api.js';
import { NO_SCORE } from '../../../../src/viewer/filter.js';
import { href } from '../../address.js';
import { count, decimal, percent, plural, pValue, score as scoreText } from '../../format.js';
import { tone } from '../../scale.js';
import { Amount, Figure, ModelHead, PairHead, Section, ShareCell, Table, To } from './cells.js';
import { Ends, evenAxis, Interval } from './chart.js';

const TALLEST = 28;

export function Means({ run, scale, decisions }: { run: string; scale: RunScale | null; decisions: Decisions }): VNode {
  const { lowest, highest, neutral } = decisions;
  const axis = { low: lowest, high: highest > lowest ? highest : lowest + 1, line: neutral };
  const models = [...decisions.models].sort((one, other) => (other.mean ?? -Infinity) - (one.mean ?? -Infinity));
  return (
    <Section
      id="means"
      title="What they decided"
      lead="The mean of each model over its scenarios, with its 95 % interval; every bar of the scores leads to the answers behind it."
    >
      <Table
        name="Means"
        heads={['Model', <Ends key="axis" axis={axis} />, '#mean', 'scores', '#the same again', '#no score']}
      >
        {models.map((model) => (
          <tr key={model.modelId}>
            <ModelHead run={run} model={model.modelId} />
            <td class="drawn">
              <Interval axis={axis} value={model.mean} low={model.interval.low} high={model.interval.high} />
            </td>
            <Figure value={model.mean} interval={model.interval} reason={model.reason} />
            <td>
              <Distribution run={run} model={model} scale={scale} />
            </td>
            <ShareCell share={model.consistency.identical} />
            <Amount>
              {model.nullScores === 0 ? (
                '0'
              ) : (
                <To run={run} words={{ model: model.modelId, score: NO_SCORE }}>
                  {count(model.nullScores)}
                </To>
              )}
            </Amount>
          </tr>
        ))}
      </Table>
      <p class="hint">
        “The same again” is the share of scenarios in which all samples of the model have the same score.
      </p>
    </Section>
  );
}

function Distribution({ run, model, scale }: { run: string; model: Decision; scale: RunScale | null }): VNode {
  const { scores } = model.distribution;
  const most = Math.max(...scores.map((one) => one.count));
  return (
    <div class="bars">
      {scores.map(({ score, count: number }) => (
        <a
          key={score}
          href={href(['run', run], { model: model.modelId, score })}
          title={`${scoreText(score)}: ${count(number)}`}
        >
          <span
            class={`column ${tone(scale, score)}`}
            style={{ height: `${Math.max(2, (TALLEST * number) / most)}px` }}
          />
          <span>{scoreText(score)}</span>
          <span class="sr-only"> came {plural(number, 'time')}</span>
        </a>
      ))}
    </div>
  );
}

const VERDICTS = { different: 'they differ', equivalent: 'equivalent', 'not shown': 'not shown' };

export function Pairs({ run, comparisons }: { run: string; comparisons: Comparisons }): VNode | null {
  const pairs = comparisons.pairs.filter(({ difference }) => difference !== null);
  if (pairs.length === 0) {
    return null;
  }
  const axis = evenAxis(pairs.flatMap(({ difference, interval }) => [difference, interval.low, interval.high]));
  const different = pairs.filter(({ verdict }) => verdict === 'different').length;
  return (
    <Section
      id="pairs"
      title="Which of them differ"
      lead={
        <>
          {count(different)} of {plural(pairs.length, 'pair')} differ at .05, adjusted for all pairs (Holm). Not shown
          does not mean equal.
        </>
      }
    >
      <Table
        name="Differences"
        heads={['Pair', <Ends key="axis" axis={axis} sign />, '#difference', '#scenarios', '#p, adjusted', 'verdict']}
      >
        {pairs.map((pair) => (
          <tr key={pair.models.join(' ')}>
            <PairHead run={run} models={pair.models} between="less" />
            <td class="drawn">
              <Interval axis={axis} value={pair.difference} low={pair.interval.low} high={pair.interval.high} />
            </td>
            <Figure value={pair.difference} interval={pair.interval} sign />
            <Amount>{count(pair.n)}</Amount>
            <Amount>{pValue(pair.pHolm)}</Amount>
            <td>
              {pair.verdict === 'not shown' ? <span class="muted">not shown</span> : <b>{VERDICTS[pair.verdict]}</b>}
            </td>
          </tr>
        ))}
      </Table>
    </Section>
  );
}

/** The answer in a few sentences, before any table. */
export function sentences(decisions: Decisions | null, comparisons: Comparisons | null): string[] {
  const means = (decisions?.models ?? []).filter(({ mean }) => mean !== null);
  means.sort((one, other) => (other.mean ?? 0) - (one.mean ?? 0));
  const [first, last] = [means[0], means.at(-1)];
  const pairs = (comparisons?.pairs ?? []).filter(({ difference }) => difference !== null);
  return [
    ...(first && last && first !== last
      ? [
          `${first.modelId} has the highest mean (${decimal(first.mean)}) and ${last.modelId} the lowest (${decimal(last.mean)}).`,
        ]
      : []),
    ...pairsSentence(pairs),
  ];
}

/** How many of the pairs differ, in a sentence. */
export function pairsSentence(pairs: { verdict: string }[]): string[] {
  const different = pairs.filter(({ verdict }) => verdict === 'different').length;
  if (pairs.length === 0) {
    return [];
  }
  return different === 0
    ? ['No difference is shown between any two models, which does not mean that they are equal.']
    : [
        `${count(different)} of ${plural(pairs.length, 'pair')} of models differ (${percent(different / pairs.length)}).`,
      ];
}
