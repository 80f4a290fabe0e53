/** Which secrets an environment holds: keys and tokens by their names, passwords and tokens within addresses. */

import { userinfo } from './shapes.js';
import { editsTranscripts, randomPart } from './strength.js';

const SECRET_NAMES =
  /(?:API_?KEY|ACCESS_?KEY|SECRET_?KEY|PRIVATE_?KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS)$/i;
const HEADERS = /^PROBE_.*_HEADERS$/;
const BASE_URLS = /_BASE_URL$/;
const PROXIES = /_PROXY$/i;
const PARAMETERS = /[?&](?:password|sslpassword|passwd|key|api_?key|token|access_token|secret)=([^&#\s]+)/gi;
// What the manuals of local servers give for a key is no secret.
const PLACEHOLDERS = new Set(['ollama', 'lm-studio', 'lm_studio', 'empty', 'not-needed', 'no-key-required']);
// A part of a path that is longer and made of no words is there to keep others out.
const MIN_PATH_LENGTH = 16;

export function secretsOf(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env)
    .flatMap(([name, value]) => [...within(name, value?.trim() ?? '')])
    .filter((secret) => secret !== '' && !PLACEHOLDERS.has(secret.toLowerCase()));
}

function* within(name: string, value: string): Generator<string> {
  if (SECRET_NAMES.test(name)) {
    yield value;
    yield bare(value);
  }
  if (HEADERS.test(name)) {
    yield* headerValues(value);
  }
  for (let at = value.indexOf('://'); at >= 0; at = value.indexOf('://', at + 3)) {
    yield* ofAuthority(value, at + 3, /^(?:https?|socks)/i.test(value));
  }
  if (PROXIES.test(name) && name.toUpperCase() !== 'NO_PROXY' && !value.includes('://')) {
    yield* ofAuthority(value, 0, true);
  }
  if (value.includes('://')) {
    yield* [...value.matchAll(PARAMETERS)].flatMap(([, secret]) =>
      secret === undefined ? [] : [secret, decoded(secret)],
    );
  }
  if (BASE_URLS.test(name)) {
    yield* value.split(/[/?#]+/).filter((part) => {
      const random = randomPart(part);
      return random !== null && random.end - random.start >= MIN_PATH_LENGTH && editsTranscripts(part);
    });
  }
}

/** The password; or the user, who is a token where there is no password or one that everybody has. */
function* ofAuthority(text: string, start: number, mayHoldToken: boolean): Generator<string> {
  const isFirst = !text.slice(0, Math.max(0, start - 2)).includes('/');
  const found = userinfo(text, start) ?? (isFirst ? unescapedUserinfo(text, start) : null);
  if (found === null) {
    return;
  }
  const secret = text.slice(found.start, found.end);
  if (found.isPassword) {
    yield secret;
    yield decoded(secret);
  }
  const user = found.isPassword ? text.slice(start, found.start - 1) : secret;
  if (mayHoldToken && editsTranscripts(user) && randomPart(user) !== null) {
    yield user;
    yield decoded(user);
  }
}

/** Of a password in which `/`, `?` or `#` were not escaped: no program can use it, and each will quote it. */
function unescapedUserinfo(text: string, start: number): ReturnType<typeof userinfo> {
  const colon = text.indexOf(':', start);
  const at = text.lastIndexOf('@');
  return colon > start && at > colon + 1 ? { start: colon + 1, end: at, isPassword: true } : null;
}

function* headerValues(text: string): Generator<string> {
  let headers: unknown;
  try {
    headers = JSON.parse(text);
  } catch {
    return;
  }
  for (const value of Object.values(headers ?? {})) {
    if (typeof value === 'string') {
      yield value;
      yield bare(value);
    }
  }
}

/** A key without quotes and the word Bearer around it. */
function bare(text: string): string {
  return text
    .replace(/^["']|["']$/g, '')
    .replace(/^(?:bearer|basic)\s+/i, '')
    .trim();
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
