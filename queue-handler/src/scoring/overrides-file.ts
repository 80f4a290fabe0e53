/** The words of people, from a file: JSON, or CSV as spreadsheets write it. Each fault is named by its line and field. */
import { readFile, stat } from 'node:fs/promises';
import { storableText } from '../documents/storable.js';
import { messageOf, UsageError } from '../errors.js';
import { parseStrictly } from '../runs/strict-json.js';
import { csvRecords } from './csv.js';

/** What a person says of one answer. */
export interface Said {
  /** The line of the file, or the place in its list. */
  where: string;
  /** The ID of a probe, or of its transcript. */
  probe: string;
  /** null: there is no decision. The name of an option on a nominal scale. */
  score: number | string | null;
  reason: string;
  who: string;
}

const FIELDS = ['probe', 'score', 'reason', 'who'] as const;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MOST_BYTES = 64 * 1024 * 1024;
const SHOWN = 5;

type Raw = Record<(typeof FIELDS)[number], unknown>;

/** @throws UsageError naming the file, the line and the field. */
export async function readOverrides(path: string): Promise<Said[]> {
  let bytes: Uint8Array;
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) {
      throw new UsageError('holds more than 64 MB; make several files of it');
    }
    bytes = await readFile(path);
  } catch (error) {
    const why = error instanceof UsageError ? '' : 'cannot be read: ';
    throw new UsageError(`${path}: ${why}${messageOf(error)}`);
  }
  const isJson = /^\uFEFF?\s*[[{]/.test(new TextDecoder().decode(bytes.subarray(0, 1_000)));
  const items = isJson ? fromJson(parseStrictly(bytes, path), path) : fromCsv(bytes, path);
  const problems: string[] = [];
  const said = items.map(({ where, raw }) => checked(raw, where, problems));
  if (problems.length > 0) {
    const more = problems.length > SHOWN ? `; and ${problems.length - SHOWN} more` : '';
    throw new UsageError(`${path}: ${problems.slice(0, SHOWN).join('; ')}${more}`);
  }
  if (said.length === 0) {
    throw new UsageError(`${path}: holds no overrides; add some, each with ${FIELDS.join(', ')}`);
  }
  return said;
}

function fromJson(value: unknown, path: string): { where: string; raw: Raw }[] {
  if (!Array.isArray(value)) {
    throw new UsageError(`${path}: must be a list of objects with ${FIELDS.join(', ')}`);
  }
  return value.map((item, index) => {
    const where = `[${index}]`;
    if (typeof item !== 'object' || item === null || Array.isArray(item)) {
      throw new UsageError(`${path}: ${where}: must be an object with ${FIELDS.join(', ')}`);
    }
    const unknown = Object.keys(item).find((name) => !FIELDS.includes(name as never));
    if (unknown !== undefined) {
      throw new UsageError(`${path}: ${where}.${storableText(unknown)}: is not known (known: ${FIELDS.join(', ')})`);
    }
    return { where, raw: item as Raw };
  });
}

function fromCsv(bytes: Uint8Array, path: string): { where: string; raw: Raw }[] {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${path}: is not UTF-8; save it as "CSV UTF-8"`);
  }
  const [head, ...records] = csvRecords(text, path);
  const names = (head?.fields ?? []).map((name) => name.trim().toLowerCase());
  const missing = FIELDS.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new UsageError(
      `${path}: line 1: has no column ${missing.join(', ')}; its columns must be ${FIELDS.join(', ')}`,
    );
  }
  const twice = FIELDS.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (twice !== undefined) {
    throw new UsageError(`${path}: line 1: has the column ${twice} twice; take one of them out`);
  }
  return records.map(({ line, fields }) => {
    if (fields.length !== names.length) {
      throw new UsageError(
        `${path}: line ${line}: has ${fields.length} fields, and line 1 has ${names.length}; quote what holds a comma`,
      );
    }
    const field = (name: (typeof FIELDS)[number]): string => fields[names.indexOf(name)] ?? '';
    return {
      where: `line ${line}`,
      raw: { probe: field('probe'), score: scoreOfText(field('score')), reason: field('reason'), who: field('who') },
    };
  });
}

/** A number where it is one; what is empty is missing, because nobody could tell it from a cell that was forgotten. */
function scoreOfText(text: string): unknown {
  const plain = text.trim();
  if (plain === '') {
    return undefined;
  }
  if (plain.toLowerCase() === 'null') {
    return null;
  }
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(plain) ? Number(plain) : plain;
}

function checked({ probe, score, reason, who }: Raw, where: string, problems: string[]): Said {
  const wrong = (field: string, what: string): void => void problems.push(`${where}: ${field}: ${what}`);
  if (typeof probe !== 'string' || !UUID.test(probe.trim())) {
    wrong('probe', 'must be the probeId or the transcriptId of a line of export');
  }
  if (score === undefined) {
    wrong('score', 'is required; write null where the answer decides nothing');
  } else if (score !== null && typeof score !== 'string' && !(typeof score === 'number' && Number.isFinite(score))) {
    wrong('score', 'must be a number, the name of an option, or null');
  }
  for (const [field, value] of [
    ['reason', reason],
    ['who', who],
  ] as const) {
    if (typeof value !== 'string' || value.trim() === '') {
      wrong(field, 'is required; add it');
    }
  }
  return {
    where,
    probe: String(probe).trim().toLowerCase(),
    score: score as Said['score'],
    reason: storableText(String(reason).trim()),
    who: storableText(String(who).trim()),
  };
}
