/** No secret of the environment leaves the process in a log line, a database row or a message. */
import { secretsOf } from './redaction/environment.js';
import { MARK, Redactor } from './redaction/redactor.js';

type Filter = (text: string) => string;

// Where documents and log lines carry names that a server gave, what others said, and what we say, in which what is
// quoted was filtered before.
const NAMED = [
  'requestId',
  'modelVersion',
  'version',
  'versions',
  'systemFingerprint',
  'rawFinishReason',
  'serviceTier',
];
const QUOTED = ['details', 'reason', 'output', 'err', 'cause', 'text', 'problem', 'why', 'warning'];
const OWN = ['message', 'warnings', 'msg'];
// The words of the one who asks, not of a server.
const IDS = [
  'level',
  'time',
  'context',
  'worker',
  'jobId',
  'runId',
  'modelId',
  'scenarioId',
  'probeId',
  'provider',
  'type',
];
// Deeper than any document of ours, and not so deep that a machine could not follow.
const DEEPEST = 200;

const redactor = new Redactor();

/** Take the secrets of an environment into account: keys, and the passwords within URLs. */
export function registerSecrets(env: NodeJS.ProcessEnv): void {
  for (const secret of secretsOf(env)) {
    redactor.add(secret);
  }
}

/** What somebody else said, without any secret that is known, in whole or in part, and without what looks like one. */
export function redact(text: string): string {
  return redactor.quotation(text);
}

/** Whether a text holds a whole secret that is in use, in whatever spelling; a word or a stock default is none. */
export function holdsSecret(text: string): boolean {
  return redactor.holds(text);
}

/**
 * Every text within a JSON value, each by what its field holds: a measurement loses whole secrets and nothing else. Names
 * of fields, numbers and flags stay what they are: a value of a known form keeps its form.
 */
export function redactValue<T>(value: T): T {
  return redacted(value, (text) => redactor.answer(text), documentFilter, 0) as T;
}

/** One line of JSON, such as a log line; what is no JSON is taken as text. */
export function redactLine(line: string): string {
  const text = redact(line);
  if (text === line) {
    return line;
  }
  try {
    const end = line.endsWith('\n') ? '\n' : '';
    const clean = redacted(JSON.parse(line), (one) => redactor.quotation(one), logFilter, 0);
    return `${JSON.stringify(clean)}${end}`;
  } catch {
    return text;
  }
}

function documentFilter(field: string): Filter | null {
  if (QUOTED.includes(field)) {
    return (text) => redactor.quotation(text);
  }
  if (NAMED.includes(field)) {
    return (text) => redactor.name(text);
  }
  return OWN.includes(field) ? (text) => redactor.message(text) : null;
}

function logFilter(field: string): Filter | null {
  if (IDS.includes(field)) {
    return (text) => redactor.answer(text);
  }
  return field === 'msg' ? (text) => redactor.message(text) : null;
}

function redacted(value: unknown, clean: Filter, filterOf: (field: string) => Filter | null, depth: number): unknown {
  if (typeof value === 'string') {
    return clean(value);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (depth > DEEPEST) {
    return MARK;
  }
  if (Array.isArray(value)) {
    return value.map((item) => redacted(item, clean, filterOf, depth + 1));
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, redacted(item, filterOf(name) ?? clean, filterOf, depth + 1)]),
  );
}

registerSecrets(process.env);
