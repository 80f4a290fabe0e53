/** The analysis of a run, each figure leading to the conversations behind it. */
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { AnalysisAnswer, Complete, RunScale } from '../../../src/viewer/api.js';
import { href } from '../address.js';
import { useAnswer } from '../data.js';
import { moment, plural } from '../format.js';
import { AgreementPart, DifferingPart } from '../parts/analysis/agreement.js';
import { Means, Pairs, pairsSentence, sentences } from '../parts/analysis/decisions.js';
import { DimensionsPart, OrderPart } from '../parts/analysis/dimensions.js';
import { ChoicesPart, NominalPart } from '../parts/analysis/nominal.js';
import { RefusalsPart } from '../parts/analysis/refusals.js';
import { AcrossPart, MethodsPart, ReliabilityPart, UsagePart } from '../parts/analysis/usage.js';
import { Frame, RUNS, Trouble, Waiting } from '../parts/frame.js';

export function AnalysisPage({ run, words }: { run: string; words: URLSearchParams }): VNode {
  const { answer, error, again } = useAnswer('analysis', new URLSearchParams({ run }));
  const part = words.get('part');
  const analysis = answer?.analysis ?? null;
  useEffect(() => {
    const element = part === null ? null : document.getElementById(`part-${part}`);
    element?.scrollIntoView();
    element?.focus({ preventScroll: true });
  }, [part, analysis]);
  return (
    <Frame title="Analysis" crumbs={[RUNS, { text: answer?.run.name ?? 'Run', href: href(['run', run]) }]}>
      <h1 dir="auto" title={answer?.run.name}>
        {answer?.run.name ?? 'Analysis'}
      </h1>
      {error && <Trouble error={error} again={again} />}
      {!answer && !error && <Waiting />}
      {answer?.problem && <p class="notice">There is no analysis: {answer.problem}.</p>}
      {answer && analysis && <Analysis answer={answer} analysis={analysis} part={part} />}
    </Frame>
  );
}

interface Part {
  id: string;
  name: string;
  node: VNode | null;
}

function Analysis({
  answer,
  analysis,
  part,
}: {
  answer: AnalysisAnswer;
  analysis: Complete;
  part: string | null;
}): VNode {
  const parts = partsOf(answer.run.id, answer.scale, analysis).filter(({ node }) => node !== null);
  const said =
    analysis.nominal === null
      ? sentences(analysis.decisions, analysis.comparisons)
      : pairsSentence(analysis.nominal.pairs.filter(({ n }) => n > 0));
  return (
    <>
      <p class="muted">
        {plural(analysis.transcriptCount, 'conversation')} with {plural(analysis.run.modelCount, 'model')} in{' '}
        {plural(analysis.run.scenarioCount, 'scenario')}, computed {moment(analysis.computedAt)}
      </p>
      {said.length > 0 && <p class="said">{said.join(' ')}</p>}
      {analysis.decisions === null && analysis.nominal === null && (
        <p class="notice">No answer has a score, so nothing is said of decisions.</p>
      )}
      <nav class="parts" aria-label="Parts of this page">
        <ul>
          {parts.map(({ id, name }) => (
            <li key={id}>
              <a
                href={href(['run', answer.run.id, 'analysis'], { part: id })}
                aria-current={part === id ? 'true' : undefined}
                onClick={() => document.getElementById(`part-${id}`)?.scrollIntoView()}
              >
                {name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {parts.map(({ id, node }) => (
        <div key={id}>{node}</div>
      ))}
    </>
  );
}

function partsOf(run: string, scale: RunScale | null, analysis: Complete): Part[] {
  const { decisions, comparisons, agreement, nominal, refusals, reliability, acrossRuns } = analysis;
  const ordered = nominal === null ? decisions : null;
  return [
    { id: 'runs', name: 'Between runs', node: acrossRuns && <AcrossPart across={acrossRuns} /> },
    { id: 'options', name: 'Options', node: nominal && <NominalPart {...{ run, nominal }} /> },
    { id: 'means', name: 'Means', node: ordered && <Means {...{ run, scale }} decisions={ordered} /> },
    { id: 'pairs', name: 'Differences', node: ordered && comparisons && Pairs({ run, comparisons }) },
    {
      id: 'differing',
      name: 'Scenarios',
      node: nominal
        ? ChoicesPart({ run, scale, nominal })
        : ordered && agreement && DifferingPart({ run, scale, decisions: ordered, differing: agreement.differing }),
    },
    {
      id: 'dimensions',
      name: 'Dimensions',
      node: ordered && DimensionsPart({ run, decisions: ordered, dimensions: analysis.dimensions }),
    },
    { id: 'order', name: 'Order', node: OrderPart({ run, effects: analysis.orderEffects }) },
    { id: 'agreement', name: 'Agreement', node: ordered && agreement && <AgreementPart {...{ run, agreement }} /> },
    { id: 'refusals', name: 'Refusals', node: refusals && <RefusalsPart {...{ run, refusals }} /> },
    { id: 'reliability', name: 'Repeats', node: reliability && <ReliabilityPart {...{ run, reliability }} /> },
    { id: 'usage', name: 'Usage', node: <UsagePart run={run} models={analysis.models} /> },
    { id: 'methods', name: 'Methods', node: <MethodsPart analysis={analysis} /> },
  ];
}
