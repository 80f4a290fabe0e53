/** JSON that means one thing: UTF-8, no name twice in an object, no deeper than anybody writes. */
import { UsageError } from '../errors.js';

const DEEPEST = 64;
const LONGEST_PATH = 200;

/** @throws UsageError with the byte or the path, and the cure; `where` names the file. */
export function parseStrictly(bytes: Uint8Array, where: string): unknown {
  const text = decoded(bytes, where);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${where}: is not JSON: ${placeOf(error, text)}`);
  }
  refuseAmbiguous(text, where);
  return value;
}

function decoded(bytes: Uint8Array, where: string): string {
  const [first, second, third, fourth] = bytes;
  const isUtf16 =
    (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first === 0 || second === 0;
  if (isUtf16 || (third === 0 && fourth === 0)) {
    throw new UsageError(`${where}: is in UTF-16 or UTF-32 (byte 0); store it as UTF-8`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const at = firstBadByte(bytes);
    const line = bytes.subarray(0, at).filter((byte) => byte === 0x0a).length + 1;
    const hex = bytes[at]?.toString(16).padStart(2, '0');
    throw new UsageError(
      `${where}: is not UTF-8: byte ${at} (0x${hex}, in line ${line}) begins no character; store the file as UTF-8`,
    );
  }
}

/** Where the decoder stumbles, found by halves: it says only that it does. */
function firstBadByte(bytes: Uint8Array): number {
  const decoder = () => new TextDecoder('utf-8', { fatal: true });
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    try {
      // A character that is cut at the end is no fault yet.
      decoder().decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  // The byte at fault may be a few after the beginning of its character.
  const last = bytes.subarray(0, good);
  const cut = last.length - new TextEncoder().encode(decoder().decode(last, { stream: true })).length;
  const bom = last[0] === 0xef && last[1] === 0xbb && last[2] === 0xbf ? 3 : 0;
  return good - Math.max(0, cut - bom);
}

/** The engine's own message quotes the file, which may hold anything. */
function placeOf(error: unknown, text: string): string {
  const found = /at position (\d+)/.exec(String(error))?.[1];
  const at = found === undefined ? firstBadCharacter(text) : Number(found);
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - (before.lastIndexOf('\n') + 1) + 1;
  const what = at >= text.trimEnd().length ? 'it ends too early' : 'something there does not belong';
  return `${what}, in line ${line}, column ${column}; correct it there`;
}

/** Of a character out of place the engine tells no position. It is where the text becomes wrong, and not only too short. */
function firstBadCharacter(text: string): number {
  const isWrong = (length: number): boolean => {
    try {
      JSON.parse(text.slice(0, length));
      return false;
    } catch (error) {
      return /^SyntaxError: Unexpected token/.test(String(error));
    }
  };
  if (!isWrong(text.length)) {
    return text.length;
  }
  let good = 0;
  let bad = text.length;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (isWrong(middle)) {
      bad = middle;
    } else {
      good = middle;
    }
  }
  return good;
}

interface Level {
  /** Names seen, in an object; null in an array. */
  names: Set<string> | null;
  step: string | number;
}

/** Of a text that is JSON for sure. */
function refuseAmbiguous(text: string, where: string): void {
  const levels: Level[] = [];
  let nameNext = false;
  for (let at = 0; at < text.length; at += 1) {
    const level = levels.at(-1);
    switch (text[at]) {
      case '"': {
        const end = endOfString(text, at);
        if (nameNext && level?.names) {
          const name: string = JSON.parse(text.slice(at, end + 1));
          level.step = name;
          if (level.names.has(name)) {
            throw new UsageError(`${where}: ${pathOf(levels)}: stands twice in the same object; remove one`);
          }
          level.names.add(name);
          nameNext = false;
        }
        at = end;
        break;
      }
      case '{':
      case '[': {
        if (levels.length >= DEEPEST) {
          throw new UsageError(`${where}: ${pathOf(levels)}: is nested deeper than ${DEEPEST} levels; make it flatter`);
        }
        nameNext = text[at] === '{';
        levels.push({ names: nameNext ? new Set() : null, step: 0 });
        break;
      }
      case '}':
      case ']':
        levels.pop();
        nameNext = false;
        break;
      case ',':
        nameNext = level?.names != null;
        if (typeof level?.step === 'number') {
          level.step += 1;
        }
        break;
      default:
    }
  }
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') {
      slashes += 1;
    }
    if (slashes % 2 === 0) {
      return end;
    }
  }
}

function pathOf(levels: Level[]): string {
  const path = levels
    .map(({ names, step }) => (names === null ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
  return path.length > LONGEST_PATH ? `${path.slice(0, LONGEST_PATH)}…` : path;
}
