/** What answers came to, as text for a person. */
import type { Alpha, Yardstick } from '../documents/documents.js';
import type { Report } from '../scoring/report.js';
import type { ModelScores, RunScores } from '../scoring/status.js';
import { terminalText } from '../terminal-text.js';
import { table } from './table.js';

const HEADS = ['model', 'scored', 'ambiguous', 'refused', 'none', 'not yet'];

export function scoresText({ status, models, error, report }: RunScores): string[] {
  const all = Object.entries(models);
  const lines = [`scores: ${stateText(status, all)}`];
  if (all.length > 0) {
    lines.push(...table([HEADS, ...all.map(([model, scores]) => row(model, scores))]));
  }
  if (error !== null) {
    const what = status === 'CURRENT' ? 'the judge gave no verdicts' : status === 'OPEN' ? 'the last try' : 'the cause';
    lines.push(terminalText(`${what}: ${error.code}: ${error.message}`));
  }
  return [...lines, ...(report === null ? [] : [...judgeText(report), ...agreementText(report)])];
}

/** How far the parser and the judge agree with what people said. */
export function agreementText({ agreement }: Report): string[] {
  if (agreement === undefined) {
    return [];
  }
  const judge = agreement.judge === undefined ? [] : [yardstickText('the judge', agreement.judge)];
  return [yardstickText('the parser', agreement.parser), ...judge];
}

function stateText(status: RunScores['status'], models: [string, ModelScores][]): string {
  const sum = (of: (scores: ModelScores) => number): number => models.reduce((all, [, one]) => all + of(one), 0);
  const answers = sum(
    ({ scored, ambiguous, refused, none, unscored }) => scored + ambiguous + refused + none + unscored,
  );
  switch (status) {
    case 'OPEN':
      return `being made, ${answers - sum(({ unscored }) => unscored)} of ${answers} answers`;
    case 'FAILED':
      return 'could not be made; see: score';
    default:
      return `${sum(({ scored }) => scored)} of ${answers} answers have one`;
  }
}

function judgeText({ judge }: Report): string[] {
  if (judge === undefined) {
    return [];
  }
  const { modelIds, asked, verdicts, none, unusable, agreement } = judge;
  return [
    terminalText(
      `judged by ${modelIds.join(', ')}: ${asked} answers, ${verdicts} verdicts, ${none} none, ${unusable} of no use; ` +
        alphaText(agreement),
    ),
  ];
}

function yardstickText(who: string, { n, equal, agreement }: Yardstick): string {
  return `${who} agrees with people in ${equal} of ${n} answers; ${alphaText(agreement)}`;
}

function alphaText({ alpha, n, level, reason }: Alpha): string {
  return alpha === null ? `no alpha: ${reason}` : `Krippendorff's alpha (${level}) ${alpha.toFixed(2)} over ${n}`;
}

function row(model: string, { scored, ambiguous, refused, none, unscored }: ModelScores): string[] {
  return [terminalText(model), ...[scored, ambiguous, refused, none, unscored].map(String)];
}
