/** The answers of an exported folder. */
import type { Answers, Question } from '../../src/viewer/api.js';

export const isExport = document.documentElement.dataset.export === '1';

export async function askFiles<Q extends Question>(_question: Q, _words: URLSearchParams): Promise<Answers[Q]> {
  throw new Error('not yet');
}
