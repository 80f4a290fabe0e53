/** What text is laid out for: a terminal of a size, a pipe, a file. */

export interface Screen {
  /** A table is as wide as this at most; where names may not be shortened, the columns that matter most may exceed it. */
  columns: number;
  /** Lines that can be seen at once, where a picture is drawn anew and again; null where everything is written out. */
  rows: number | null;
  /** Whether a name that is too long is shortened: on a terminal, which would wrap it; not for a program that reads it. */
  shortens: boolean;
  colour: boolean;
}

const USUAL_COLUMNS = 80;
const USUAL_ROWS = 24;

/** For a reader that is no terminal. */
export const PLAIN: Screen = { columns: USUAL_COLUMNS, rows: null, shortens: false, colour: false };

/** @param live whether the picture is drawn anew and must not be longer than the terminal. */
export function screenOf(
  stream: { isTTY?: boolean; columns?: number; rows?: number },
  live: boolean,
  env: NodeJS.ProcessEnv = process.env,
): Screen {
  const isTerminal = stream.isTTY === true;
  // A terminal that does not know its size says 0.
  const columns = (isTerminal ? stream.columns : Number.parseInt(env.COLUMNS ?? '', 10)) || USUAL_COLUMNS;
  return {
    columns: Math.max(1, columns),
    rows: live && isTerminal ? stream.rows || USUAL_ROWS : null,
    shortens: isTerminal,
    colour: wantsColour(isTerminal, env),
  };
}

/**
 * https://force-color.org before https://no-color.org, as Node itself reads them; then whether somebody looks.
 */
export function wantsColour(isTerminal: boolean, env: NodeJS.ProcessEnv): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no } = env;
  if (force !== undefined && force !== '') {
    return force !== '0' && force !== 'false';
  }
  return isTerminal && !no && env.TERM !== 'dumb';
}

export type Tone = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

// Select Graphic Rendition, ECMA-48, 8.3.117: each is ended by its own end, so that one may stand within another.
const CODES: Record<Tone, [on: number, off: number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** Text in a tone, where colour is wanted. */
export function toned(text: string, tone: Tone | null, { colour }: Pick<Screen, 'colour'>): string {
  if (!colour || tone === null || text === '') {
    return text;
  }
  const [on, off] = CODES[tone];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}
