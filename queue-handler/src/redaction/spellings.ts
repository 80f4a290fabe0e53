/** One secret in the spellings in which it may come back, as far as they are no view of a text. */
import { randomPart, type Span } from './strength.js';
import { skeleton, unescaped } from './view.js';

// Servers show a prefix or a suffix of the key; eight characters in a row are never a coincidence worth printing.
const PIECE_LENGTH = 8;
// Of a piece that reaches into the words around the random part, so many characters must be of that part.
const MIN_RANDOM_LENGTH = 4;
// As many characters of a secret as a piece has, in hexadecimal digits and in base64.
const HEX_LENGTH = PIECE_LENGTH * 2;
const BASE64_LENGTH = 11;

/** What stands in the skeleton of a text. */
export interface Spellings {
  /** The whole of it. */
  whole: string[];
  /** Parts of it that give it away. */
  pieces: string[];
}

/** What of an unescaped text is the secret itself. */
export function literally(secret: string): string[] {
  const plain = unescaped(secret).text;
  // What is percent-encoded is bytes.
  const bytes = Buffer.from(plain.toWellFormed()).toString('latin1');
  return [...new Set([plain, bytes])];
}

export function spellingsOf(secret: string): Spellings {
  const plain = unescaped(secret).text;
  const random = randomPart(plain);
  const bones = skeleton({ text: plain, places: null });
  const encoded = [hexOf(plain), ...base64Of(plain)].filter((one) => one.length >= HEX_LENGTH);
  // A phrase of words is no secret where its words stand apart.
  const own = bones.text.length >= PIECE_LENGTH ? [bones.text] : [];
  return {
    whole: [...(random === null ? [] : own), ...encoded],
    pieces: [
      ...own,
      ...encoded,
      ...(random === null ? [] : piecesOf(bones.text, bones.places?.from ?? new Int32Array(), random)),
      ...(random === null ? [] : encodedPieces(plain.slice(random.start, random.end))),
    ],
  };
}

function piecesOf(bones: string, from: Int32Array, random: Span): string[] {
  const found: string[] = [];
  for (let start = 0; start + PIECE_LENGTH <= bones.length; start += 1) {
    let inRandom = 0;
    for (let at = start; at < start + PIECE_LENGTH; at += 1) {
      const origin = from[at] ?? 0;
      inRandom += origin >= random.start && origin < random.end ? 1 : 0;
    }
    if (inRandom >= MIN_RANDOM_LENGTH) {
      found.push(bones.slice(start, start + PIECE_LENGTH));
    }
  }
  return found;
}

/** Of the random part alone: the words around it are shown by others too. */
function encodedPieces(random: string): string[] {
  return [
    ...windows(hexOf(random), HEX_LENGTH, 2),
    ...base64Of(random).flatMap((one) => windows(one, BASE64_LENGTH, 1)),
  ];
}

function windows(text: string, length: number, step: number): string[] {
  const found: string[] = [];
  for (let start = 0; start + length <= text.length; start += step) {
    found.push(text.slice(start, start + length));
  }
  return found;
}

function hexOf(text: string): string {
  return Buffer.from(text.toWellFormed()).toString('hex');
}

/** Wherever the secret begins among the three bytes of a group: only characters all of whose bits are the secret's. */
function base64Of(text: string): string[] {
  const bytes = Buffer.from(text.toWellFormed());
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const core = encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    return skeleton({ text: core, places: null }).text;
  });
}
