/** What a run has come to, for a person: who answered how, what failed and why, and what it cost. */
import type { Complete, Share } from '../documents/documents.js';
import { terminalText } from '../terminal-text.js';
import { failureLines, failuresIn, headline, said, stopLines } from './progress-text.js';
import type { RunView } from './run-text.js';
import { PLAIN, type Screen } from './screen.js';
import { spendNotes, spentOn, spentText } from './spend-text.js';
import { type Column, fittingTable, leftOut } from './table.js';

type Row = RunView['models'][number];

const MOST_WARNINGS = 5;

/** @param analysis null where none was made: no probe succeeded, or it failed. */
export function resultText(view: RunView, analysis: Complete | null, screen: Screen = PLAIN): string {
  const around = (shares: boolean): Column<Row>[] => [
    { head: 'model', of: ({ modelId }) => terminalText(modelId), rank: 0 },
    { head: 'answers', of: ({ succeeded, total }) => `${succeeded}/${total}`, rank: 0 },
    {
      head: 'failed',
      of: (row) => String(failuresIn(row)),
      rank: 1,
      tone: (row) => (failuresIn(row) > 0 ? 'red' : null),
    },
    ...figures(analysis, shares),
    ...(view.spend ? [spending(view)] : []),
  ];
  // All options without their intervals say more than some of them with theirs.
  const isWide = leftOut(around(true), view.models, screen).length === 0;
  const columns = around(isWide);
  const unseen = analysis?.nominal ? leftOut(columns, view.models, screen).filter((head) => head !== 'failed') : [];
  const lacks =
    analysis === null && view.status === 'COMPLETED'
      ? ['there are no statistics: the analysis failed, or is not made yet; see: analysis']
      : [];
  const warnings = analysis?.warnings ?? lacks;
  return [
    ...headline(view, screen),
    ...fittingTable(columns, view.models, screen),
    ...legend(analysis, isWide, unseen).flatMap((text) => said(text, screen, 'dim')),
    ...failureLines(view, screen),
    ...stopLines(view, screen),
    ...(view.spend ? said(`spent: ${spentText(view.spend)} dollars`, screen) : []),
    ...spendNotes(view.spend ?? null).flatMap((text) => said(text, screen)),
    ...warnings.slice(0, MOST_WARNINGS).flatMap((text) => said(`note: ${text}`, screen, 'yellow')),
    ...(warnings.length > MOST_WARNINGS
      ? said(`and ${warnings.length - MOST_WARNINGS} more notes in the analysis`, screen, 'dim')
      : []),
  ].join('\n');
}

/** The decisions on a scale, the shares of options, or where nothing is decided what the answers are like. */
function figures(analysis: Complete | null, intervals: boolean): Column<Row>[] {
  if (analysis === null) {
    return [];
  }
  const { decisions, nominal } = analysis;
  if (decisions !== null) {
    const of = byModel(decisions.models);
    return [
      { head: 'scored', of: ({ modelId }) => String(of(modelId)?.scores ?? 0), rank: 2 },
      { head: 'mean', of: ({ modelId }) => figure(of(modelId)?.mean), rank: 0 },
      { head: '95 % of the mean', of: ({ modelId }) => between(of(modelId)?.interval), rank: 0 },
    ];
  }
  if (nominal !== null) {
    const of = byModel(nominal.models);
    return nominal.options.map((option, index) => ({
      head: terminalText(option),
      of: ({ modelId }) => share(of(modelId)?.options.find((one) => one.option === option)?.share, intervals),
      rank: 2 + index,
    }));
  }
  const of = byModel(analysis.models);
  return [
    { head: 'refused', of: ({ modelId }) => share(of(modelId)?.sharesOfTranscripts.refused, true), rank: 2 },
    { head: 'words, median', of: ({ modelId }) => figure(of(modelId)?.perTurn.answerWords.median, 0), rank: 3 },
  ];
}

function legend(analysis: Complete | null, intervals: boolean, unseen: string[]): string[] {
  if (analysis?.decisions) {
    const { lowest, highest } = analysis.decisions;
    const reasons = new Set(analysis.decisions.models.flatMap(({ interval }) => interval.reason ?? []));
    return [
      `mean of the scores from ${lowest} to ${highest}, each scenario with the same weight`,
      ...[...reasons].map((reason) => `no interval: ${reason}`),
    ];
  }
  if (!analysis?.nominal) {
    return [];
  }
  return [
    `share of the answers that chose it${intervals ? ' (95 % interval)' : '; the intervals are in the report'}`,
    ...(unseen.length > 0 ? [`no room for ${unseen.join(', ')}; see the report`] : []),
  ];
}

function spending(view: RunView): Column<Row> {
  return {
    head: 'dollars',
    of: ({ modelId }) => (view.spend ? spentText(spentOn(view.spend, modelId)) : ''),
    rank: 1,
  };
}

function byModel<T extends { modelId: string }>(rows: T[]): (modelId: string) => T | undefined {
  const found = new Map(rows.map((row) => [row.modelId, row]));
  return (modelId) => found.get(modelId);
}

function figure(value: number | null | undefined, digits = 2): string {
  return value === null || value === undefined ? 'unknown' : value.toFixed(digits);
}

function between(interval: { low: number | null; high: number | null } | undefined): string {
  return interval === undefined || interval.low === null || interval.high === null
    ? 'unknown'
    : `${interval.low.toFixed(2)} to ${interval.high.toFixed(2)}`;
}

function share(value: Share | undefined, intervals: boolean): string {
  if (value === undefined || value.share === null) {
    return 'unknown';
  }
  const percent = (part: number): string => String(Math.round(part * 100));
  const { low, high } = value;
  const range = !intervals || low === null || high === null ? '' : ` (${percent(low)} to ${percent(high)})`;
  return `${percent(value.share)} %${range}`;
}
