/** What answers came to, as text for a person. */
import type { Alpha, Yardstick } from '../documents/documents.js';
import type { Report } from '../scoring/report.js';
import type { ModelScores, RunScores } from '../scoring/status.js';
import { terminalText } from '../terminal-text.js';
import { said } from './progress-text.js';
import { PLAIN, type Screen } from './screen.js';
import { type Column, fittingTable } from './table.js';

type Row = [modelId: string, scores: ModelScores];

const COLUMNS: Column<Row>[] = [
  { head: 'model', of: ([modelId]) => terminalText(modelId), rank: 0 },
  { head: 'scored', of: ([, { scored }]) => String(scored), rank: 0 },
  { head: 'ambiguous', of: ([, { ambiguous }]) => String(ambiguous), rank: 1 },
  { head: 'refused', of: ([, { refused }]) => String(refused), rank: 1 },
  { head: 'none', of: ([, { none }]) => String(none), rank: 1 },
  { head: 'not yet', of: ([, { unscored }]) => String(unscored), rank: 1 },
];

export function scoresText({ status, made, models, error, report }: RunScores, screen: Screen = PLAIN): string[] {
  const all = Object.entries(models);
  const lines = said(`scores: ${stateText(status, made, all)}`, screen);
  if (all.length > 0) {
    lines.push(...fittingTable(COLUMNS, all, screen));
  }
  if (error !== null) {
    const what = status === 'CURRENT' ? 'the judge gave no verdicts' : status === 'OPEN' ? 'the last try' : 'the cause';
    lines.push(...said(`${what}: ${error.code}: ${error.message}`, screen));
  }
  const further = report === null ? [] : [...judgeText(report), ...agreementText(report)];
  return [...lines, ...further.flatMap((text) => said(text, screen))];
}

/** How far the parser and the judge agree with what people said. */
export function agreementText({ agreement }: Report): string[] {
  if (agreement === undefined) {
    return [];
  }
  const judge = agreement.judge === undefined ? [] : [yardstickText('the judge', agreement.judge)];
  return [yardstickText('the parser', agreement.parser), ...judge];
}

function stateText(status: RunScores['status'], made: number | null, models: [string, ModelScores][]): string {
  const sum = (of: (scores: ModelScores) => number): number => models.reduce((all, [, one]) => all + of(one), 0);
  const answers = sum(
    ({ scored, ambiguous, refused, none, unscored }) => scored + ambiguous + refused + none + unscored,
  );
  switch (status) {
    case 'OPEN':
      return `being made, ${made ?? 0} of ${answers} answers`;
    case 'FAILED':
      return 'could not be made; see: score';
    default:
      return `${sum(({ scored }) => scored)} of ${answers} answers have one`;
  }
}

function judgeText({ judge, judged }: Report): string[] {
  if (judge === undefined) {
    return [];
  }
  const { modelIds, asked, verdicts, none, unusable, agreement } = judge;
  const isWhole = judged === undefined || judged <= asked;
  const answers = isWhole ? `${asked} answers, ` : `${judged} answers; of ${asked} that were looked at: `;
  return [
    `judged by ${modelIds.join(', ')}: ${answers}${verdicts} verdicts, ${none} none, ${unusable} of no use; ` +
      alphaText(agreement),
  ];
}

function yardstickText(who: string, { n, equal, agreement }: Yardstick): string {
  return `${who} agrees with people in ${equal} of ${n} answers; ${alphaText(agreement)}`;
}

function alphaText({ alpha, n, level, reason }: Alpha): string {
  return alpha === null ? `no alpha: ${reason}` : `Krippendorff's alpha (${level}) ${alpha.toFixed(2)} over ${n}`;
}
