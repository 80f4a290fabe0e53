/** Words as a person types them into a shell. */
import { terminalText } from '../terminal-text.js';

const PLAIN_WORD = /^[\w./:@%+=,-]+$/;

/** The word, quoted where a shell would read something else into it. */
export function shellWord(word: string): string {
  const shown = terminalText(word);
  return PLAIN_WORD.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
}
