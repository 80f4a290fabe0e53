/** What looks like a secret, known or not. Each pattern begins where few texts do, and passes over a text once. */
import type { Secret } from './redactor.js';

export type Found = [start: number, end: number];

// The key shapes of the six providers and their gateways.
const KEYS = /\b(?:(?:sk|pk|rk|xai|gsk|csk)[-_][a-z0-9_-]{6,}|AIza[a-z0-9_-]{10,})/gi;
// The name of a variable that holds one, such as XAI_API_KEY.
const VARIABLE = /^[A-Z]{2,4}(?:_[A-Z]+)*_(?:KEY|URL)$/;
const AUTHORIZATION = /\b(?:bearer|basic)\s+([a-z0-9._~+/=-]{6,})/gi;
const PARAMETERS =
  /[?&;](?:password|sslpassword|passwd|key|api_?key|token|access_token|auth|secret|sig|signature)=([^&#\s"']+)/gi;
// "Basic information" is none.
const DRAWN = /[0-9=+/_]|[a-z][A-Z]/;

const AUTHORITY_ENDS = /[\s/?#"'\\<>]/;
// Whose user is the name of one, and is needed to understand what went wrong.
const NAMED_USERS = /(?:postgres|postgresql|ssh|git)$/i;
const LONGEST_SCHEME = 10;

/** Keys, credentials in headers and in URLs. */
export function shapes(text: string): Found[] {
  return [
    ...matches(text, KEYS, (key) => !VARIABLE.test(key)),
    ...matches(text, AUTHORIZATION, (token) => DRAWN.test(token)),
    ...matches(text, PARAMETERS, () => true),
    ...credentials(text),
  ];
}

function matches(text: string, pattern: RegExp, isOne: (secret: string) => boolean): Found[] {
  return [...text.matchAll(pattern)].flatMap((match): Found[] => {
    const secret = match[1] ?? match[0];
    const end = match.index + match[0].length;
    return isOne(secret) ? [[end - secret.length, end]] : [];
  });
}

/** The passwords of `scheme://user:password@host`, and the users where there is none. */
export function credentials(text: string): Found[] {
  const found: Found[] = [];
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
    const secret = userinfo(text, at + 3);
    const scheme = text.slice(Math.max(0, at - LONGEST_SCHEME), at);
    if (secret !== null && (secret.isPassword || !NAMED_USERS.test(scheme))) {
      found.push([secret.start, secret.end]);
    }
  }
  return found;
}

/** What before the `@` of an authority that begins here is secret. */
export function userinfo(text: string, start: number): { start: number; end: number; isPassword: boolean } | null {
  let at = -1;
  let colon = -1;
  for (let place = start; place < text.length && !AUTHORITY_ENDS.test(text.charAt(place)); place += 1) {
    const character = text.charAt(place);
    if (character === '@') {
      at = place;
    } else if (character === ':' && colon < 0) {
      colon = place;
    }
  }
  if (at <= start) {
    return null;
  }
  if (colon < 0 || colon > at || colon + 1 === at) {
    const end = colon >= 0 && colon < at ? colon : at;
    return end > start ? { start, end, isPassword: false } : null;
  }
  return { start: colon + 1, end: at, isPassword: true };
}

const LONGEST_END = 64;

/** How far the token reaches to both sides, within reason. */
export function tokenAround(text: string, start: number, end: number): Found {
  let left = start;
  while (left > 0 && start - left < LONGEST_END && isOfToken(text.charCodeAt(left - 1))) {
    left -= 1;
  }
  let right = end;
  while (right < text.length && right - end < LONGEST_END && isOfToken(text.charCodeAt(right))) {
    right += 1;
  }
  return [left, right];
}

/** Letters and digits of ASCII, `-` and `_`. */
function isOfToken(code: number): boolean {
  const letter = code | 32;
  return (letter >= 97 && letter <= 122) || (code >= 48 && code <= 57) || code === 45 || code === 95;
}

const MASKS = /\*{2,}|\.{2,}|\u2026+|[\u2022\u25cf]+|x{3,}|X{3,}|#{3,}|_{3,}|-{3,}/g;
// So many characters at both ends together, or at one end and of its random part, are no coincidence.
const MIN_ENDS = 4;
const MIN_RANDOM = 3;

/** Keys of which somebody shows the ends alone: `sk-ab...yz12`. Between stars it may be anybody's key. */
export function masked(text: string, secrets: readonly Secret[]): Found[] {
  const found: Found[] = [];
  for (const match of text.matchAll(MASKS)) {
    const start = match.index;
    const end = start + match[0].length;
    const [left, right] = tokenAround(text, start, end);
    if (left === start && right === end) {
      continue;
    }
    const [prefix, suffix] = [text.slice(left, start).toLowerCase(), text.slice(end, right).toLowerCase()];
    if (match[0].startsWith('*') || secrets.some((secret) => isMasked(secret, prefix, suffix))) {
      found.push([left, right]);
    }
  }
  return found;
}

function isMasked({ lower, random }: Secret, prefix: string, suffix: string): boolean {
  const begins = prefix !== '' && lower.startsWith(prefix);
  const ends = suffix !== '' && lower.endsWith(suffix);
  if (begins && ends && prefix.length + suffix.length >= MIN_ENDS) {
    return prefix.length + suffix.length < lower.length;
  }
  if (random === null) {
    return false;
  }
  const ofPrefix = begins ? Math.min(prefix.length, random.end) - random.start : 0;
  const ofSuffix = ends ? random.end - Math.max(lower.length - suffix.length, random.start) : 0;
  return (
    (suffix === '' && prefix.length >= MIN_ENDS && ofPrefix >= MIN_RANDOM) ||
    (prefix === '' && suffix.length >= MIN_ENDS && ofSuffix >= MIN_RANDOM)
  );
}
