/** No secret of the environment leaves the process in a log line, a database row or a message. */

const MARK = '[redacted]';
// A shorter "secret" (`test`, `none`) would eat ordinary words out of what is said; a URL loses its password in any case.
const SHORTEST = 6;
const SECRET_NAMES = /(API_?KEY|ACCESS_?KEY|SECRET_?KEY|PRIVATE_?KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE)$/i;
const SECRET_PARAMETERS = /[?&](?:password|sslpassword|passwd|key|api_?key|token|access_token|secret)=([^&#\s]+)/gi;
// `scheme://user:password@host`, whoever's it is.
const URL_PASSWORDS = /\b([a-z][a-z0-9+.-]*:\/\/[^\s/?#:@"'\\]*:)[^\s/?#"'\\]+@/gi;

const secrets = new Set<string>();
let pattern: RegExp | null = null;

/** Take the secrets of an environment into account: keys, and the passwords within URLs. */
export function registerSecrets(env: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(env)) {
    const text = value?.trim() ?? '';
    if (SECRET_NAMES.test(name)) {
      add(text);
    }
    for (const secret of withinUrl(text)) {
      add(secret);
      add(decoded(secret));
    }
  }
  const sorted = [...secrets].sort((a, b) => b.length - a.length);
  pattern = sorted.length === 0 ? null : new RegExp(sorted.map(escaped).join('|'), 'g');
}

/** The text without any secret that is known, and without the passwords of URLs. */
export function redact(text: string): string {
  const known = pattern === null ? text : text.replace(pattern, MARK);
  return known.includes('://') ? known.replace(URL_PASSWORDS, `$1${MARK}@`) : known;
}

/**
 * The same for every text within a JSON value. Names of fields, numbers and flags stay what they are, whatever a secret
 * looks like: a value of a known form keeps its form.
 */
export function redactValue<T>(value: T): T {
  return redacted(value) as T;
}

/** The same for one line of JSON, such as a log line; what is no JSON is taken as text. */
export function redactLine(line: string): string {
  const text = redact(line);
  if (text === line) {
    return line;
  }
  try {
    const end = line.endsWith('\n') ? '\n' : '';
    return `${JSON.stringify(redactValue(JSON.parse(line)))}${end}`;
  } catch {
    return text;
  }
}

function redacted(value: unknown): unknown {
  if (typeof value === 'string') {
    return redact(value);
  }
  if (Array.isArray(value)) {
    return value.map(redacted);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, redacted(item)]));
  }
  return value;
}

/** Register a secret in the spellings in which it may come back: as it is, in JSON of either kind, and in a URL. */
function add(secret: string): void {
  if (secret.length >= SHORTEST) {
    const json = JSON.stringify(secret).slice(1, -1);
    for (const spelling of [secret, json, ascii(json), inUrl(secret), inUrl(secret).replaceAll('%20', '+')]) {
      secrets.add(spelling);
    }
  }
}

function withinUrl(text: string): string[] {
  if (!text.includes('://')) {
    return [];
  }
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*?:([^/?#]*)@/i.exec(text)?.[1];
  const parameters = [...text.matchAll(SECRET_PARAMETERS)].map((match) => match[1]);
  return [password, ...parameters].filter((secret) => secret !== undefined);
}

/** As Python's JSON writes it. */
function ascii(json: string): string {
  return json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function inUrl(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

registerSecrets(process.env);
