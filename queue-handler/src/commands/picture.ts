/** A text on a terminal that is drawn anew in its place. */
import { widthOf } from '../view/cells.js';

const ERASE_BELOW = '\u001b[J';
const ERASE_ALL = '\u001b[2J\u001b[H';

export interface Terminal {
  columns?: number;
  rows?: number;
}

export class Picture {
  readonly #terminal: Terminal;
  #lines = 0;
  #columns = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** What has to be written, so that nothing stands in its place. */
  erased(): string {
    const back = this.#lines > 0 ? `\u001b[${this.#lines}A\r${ERASE_BELOW}` : '';
    this.#lines = 0;
    return back;
  }

  /** What has to be written, so that this text stands in the place of the one before. */
  drawn(text: string): string {
    // A terminal that does not know its size says 0.
    const columns = this.#terminal.columns || 80;
    const rows = this.#terminal.rows || 24;
    const isElsewhere = this.#lines >= rows || (this.#lines > 0 && columns !== this.#columns);
    const back = isElsewhere ? ERASE_ALL : `${this.#lines > 0 ? `\u001b[${this.#lines}A\r` : ''}${ERASE_BELOW}`;
    this.#columns = columns;
    this.#lines = text.split('\n').reduce((lines, line) => lines + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
    return `${back}${text}\n`;
  }
}
