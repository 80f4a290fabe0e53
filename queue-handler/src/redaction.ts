/** No secret of the environment leaves the process in a log line, a database row or a message. */

const MARK = '[redacted]';
const SHORTEST = 6;
const SECRET_NAMES = /(_API_KEY|_TOKEN|_SECRET|PASSWORD)$/i;
const URL_NAMES = /^(DATABASE_URL|HTTPS?_PROXY|ALL_PROXY|[A-Z_]+_BASE_URL)$/i;

const secrets = new Set<string>();
let pattern: RegExp | null = null;

/** Take the secrets of an environment into account: keys, and the passwords within URLs. */
export function registerSecrets(env: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(env)) {
    const text = value?.trim() ?? '';
    if (SECRET_NAMES.test(name)) {
      add(text);
    } else if (URL_NAMES.test(name)) {
      const password = passwordOf(text);
      add(password);
      add(decoded(password));
    }
  }
  const sorted = [...secrets].sort((a, b) => b.length - a.length);
  pattern = sorted.length === 0 ? null : new RegExp(sorted.map(escaped).join('|'), 'g');
}

/** The text without any secret that is known. */
export function redact(text: string): string {
  return pattern === null ? text : text.replace(pattern, MARK);
}

/** The same for every text within a JSON value. */
export function redactValue<T>(value: T): T {
  return pattern === null ? value : (JSON.parse(redact(JSON.stringify(value))) as T);
}

function add(secret: string): void {
  if (secret.length >= SHORTEST) {
    secrets.add(secret);
    secrets.add(JSON.stringify(secret).slice(1, -1));
    secrets.add(encodeURIComponent(secret));
  }
}

function passwordOf(url: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*?:([^/?#]*)@/i.exec(url)?.[1] ?? '';
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
