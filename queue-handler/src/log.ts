/** Log lines on stderr in the form that the workers use: one JSON object a line with level, time, context and msg. */
import { type DestinationStream, type Logger, pino } from 'pino';
import { logStream } from './log-stream.js';
import { redactLine } from './redaction.js';
import { terminalJson } from './terminal-text.js';

export type { Logger };

const LEVELS = ['debug', 'info', 'warn', 'error'];

// Every line passes here, so this is where a secret in whatever text ends.
const stream = logStream();
const stderr: DestinationStream = {
  write(line) {
    const said = terminalJson(redactLine(line));
    if (diverted === null) {
      stream.write(said);
    } else {
      diverted(said);
    }
  },
};
let diverted: ((line: string) => void) | null = null;

const wanted = (process.env.LOG_LEVEL ?? 'info').trim().toLowerCase();

const root = pino(
  {
    level: LEVELS.includes(wanted) ? wanted : 'info',
    base: null,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: errorFields },
  },
  stderr,
);
if (!LEVELS.includes(wanted)) {
  root.warn({ context: 'log' }, `LOG_LEVEL must be one of ${LEVELS.join(', ')}; info is used`);
}

/** Have lines taken by somebody else from now on, or by stderr again. */
export function divertLog(take: ((line: string) => void) | null): void {
  diverted = take;
}

/** The logger of one part of the handler. */
export function getLogger(context: string): Logger {
  return root.child({ context });
}

function errorFields(error: unknown): object {
  if (!(error instanceof Error)) {
    // A worker's own log line has its error in this form already.
    const { type = typeof error, message = String(error) } = (error ?? {}) as { type?: string; message?: string };
    return { type, message };
  }
  const cause = error.cause === undefined ? {} : { cause: errorFields(error.cause) };
  return { type: error.name, message: error.message, ...cause };
}
