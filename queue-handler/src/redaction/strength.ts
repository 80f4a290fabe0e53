/**
 * How much of a secret is a secret: no text may be changed for a word, a stock default or a few characters. The rule is
 * that of the workers (workers/common/secrets/strength.py), whose answers pass through here.
 *
 * An installation's key may be `anything`, its database's password `postgres`. To take such a word out of a paid answer
 * changes a measurement and protects nothing.
 */

// Nobody's real key is shorter.
const MIN_SECRET_LENGTH = 8;
const MIN_DIGITS = 12;
const MAX_WORD_LENGTH = 24;
// A phrase of this many words, or of two of which one is a number, stands in no text by chance.
const MIN_PHRASE_WORDS = 3;
const MIN_NUMBER_DIGITS = 3;
const MAX_NUMBER_DIGITS = 4;
// Letters drawn by chance soon hold a run of consonants that no word has.
const UNSPEAKABLE = /[b-df-hj-np-tv-xzB-DF-HJ-NP-TV-XZ]{6}/;

// What manuals, images and examples give for a key or a password.
const STOCK_WORDS = new Set(
  [
    'a admin anon anonymous any anything api apikey auth change changeme client db default demo dev docker dummy',
    'empty enter example fake foo bar bearer free guest hello here in insert is it key keys local localai',
    'localhost lm master me my mysql no none not null needed ollama openai anthropic google gemini xai deepseek',
    'mistral llama llamacpp vllm litellm openrouter groq optional pass passwd password pg placeholder please',
    'postgres postgresql prod project public pw qwerty redis replace required root sample secret server service',
    'set simple sk studio test testing the this token unused use user username value welcome with x xx xxx xxxx your',
  ].flatMap((line) => line.split(' ')),
);

export interface Span {
  start: number;
  end: number;
}

/** Whether it is what everybody has: words of manuals, or one character over and over. */
export function isStock(secret: string): boolean {
  return partsOf(secret).every(({ start, end }) => isStockPart(secret.slice(start, end).toLowerCase()));
}

/** Whether a text that holds it holds it for no other reason than that it is the secret. */
export function editsTranscripts(secret: string): boolean {
  if (secret.length < MIN_SECRET_LENGTH || (/^\d+$/.test(secret) && secret.length < MIN_DIGITS) || isStock(secret)) {
    return false;
  }
  const parts = partsOf(secret).map(({ start, end }) => secret.slice(start, end));
  const numbered = parts.length > 1 && parts.some((part) => /^\d{3,}$/.test(part));
  return parts.length >= MIN_PHRASE_WORDS || numbered || !parts.every(isPlain);
}

/** From the first to the last part that is no word: what is shown of the words around it gives nothing away. */
export function randomPart(secret: string): Span | null {
  const random = partsOf(secret).filter(({ start, end }) => !isPlain(secret.slice(start, end)));
  const [first] = random;
  return first === undefined ? null : { start: first.start, end: random.at(-1)?.end ?? first.end };
}

/** The runs of letters and digits. */
function partsOf(secret: string): Span[] {
  return [...secret.matchAll(/[\p{L}\p{N}]+/gu)].map((match) => {
    return { start: match.index, end: match.index + match[0].length };
  });
}

function isStockPart(part: string): boolean {
  const { word, number } = wordAndNumber(part);
  if (new Set(part).size === 1 || (STOCK_WORDS.has(word) && number.length <= MAX_NUMBER_DIGITS)) {
    return true;
  }
  return word === '' && (number.length < MIN_NUMBER_DIGITS || '1234567890'.startsWith(number));
}

/** Whether it is a word as people write it, with a number behind it or not: `team`, `Password`, `hunter2`. */
function isPlain(part: string): boolean {
  const { word, number } = wordAndNumber(part);
  if (part.length > MAX_WORD_LENGTH || number.length > MAX_NUMBER_DIGITS) {
    return false;
  }
  if (word === '') {
    return true;
  }
  const lower = word.toLowerCase();
  const title = word.charAt(0).toUpperCase() + lower.slice(1);
  const written = [lower, word.toUpperCase(), title].includes(word) || /[^ -~]/.test(word);
  return /^\p{L}+$/u.test(word) && written && !UNSPEAKABLE.test(word);
}

function wordAndNumber(part: string): { word: string; number: string } {
  let end = part.length;
  while (end > 0 && part.charCodeAt(end - 1) >= 48 && part.charCodeAt(end - 1) <= 57) {
    end -= 1;
  }
  return { word: part.slice(0, end), number: part.slice(end) };
}
