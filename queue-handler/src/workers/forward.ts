/** A worker's stderr in the handler's own log: always read, so that the worker never waits for it. */
import { getLogger } from '../log.js';
import { redact } from '../redaction.js';

const LEVELS = new Set(['debug', 'info', 'warn', 'error']);
const LONGEST = 2_000;

const logger = getLogger('worker');

/** Write one line of stderr to the log; what is no log line is one of a library or of a crash. */
export function forwardLine(line: string, ids: Record<string, unknown> = {}): void {
  if (line.trim() === '') {
    return;
  }
  const fields = parse(line);
  if (fields === null) {
    logger.warn({ ...ids, text: beginning(line) }, 'a worker wrote a line that is no log line');
    return;
  }
  const { level, msg, time: _, context, ...others } = fields;
  logger[level]({ ...ids, ...others, worker: context }, msg);
}

/** The same for the beginning of a line that has no end in sight. */
export function forwardCut(head: string, ids: Record<string, unknown> = {}): void {
  logger.warn({ ...ids, text: beginning(head) }, 'a worker wrote a line without an end');
}

// Redacted before it is cut: half of a secret would not be known for one.
function beginning(text: string): string {
  return redact(text).slice(0, LONGEST);
}

interface LogLine {
  level: 'debug' | 'info' | 'warn' | 'error';
  msg: string;
  [name: string]: unknown;
}

function parse(line: string): LogLine | null {
  try {
    const fields = JSON.parse(line);
    const isLog = typeof fields?.msg === 'string' && LEVELS.has(fields.level);
    return isLog ? fields : null;
  } catch {
    return null;
  }
}
