/** Comma-separated values by RFC 4180, with the semicolons or tabs that spreadsheets of some countries write. */
import { UsageError } from '../errors.js';

export interface CsvRecord {
  /** On which it begins. */
  line: number;
  fields: string[];
}

const SEPARATORS = [',', ';', '\t'];

/** The records that are not blank. @throws UsageError where a quote has no end, or stands within a field. */
export function csvRecords(text: string, where: string): CsvRecord[] {
  const given = text.replace(/^\uFEFF/, '');
  const head = given.slice(0, given.search(/[\r\n]|$/));
  const separator = SEPARATORS.reduce((best, one) => (count(head, one) > count(head, best) ? one : best));
  const records: CsvRecord[] = [];
  let at = 0;
  let line = 1;
  while (at < given.length) {
    const record: CsvRecord = { line, fields: [] };
    for (;;) {
      const field = given[at] === '"' ? quoted(given, at, line, where) : plain(given, at, separator, line, where);
      record.fields.push(field.text);
      line += count(given.slice(at, field.end), '\n');
      at = field.end;
      if (given[at] !== separator) {
        break;
      }
      at += 1;
    }
    const end = /^(?:\r\n|\n|\r|$)/.exec(given.slice(at, at + 2));
    if (end === null) {
      throw new UsageError(`${where}: line ${line}: has something behind a quoted field; double the quotes within it`);
    }
    at += Math.max(1, end[0].length);
    line += 1;
    if (record.fields.length > 1 || record.fields[0]?.trim() !== '') {
      records.push(record);
    }
  }
  return records;
}

function quoted(text: string, from: number, line: number, where: string): { text: string; end: number } {
  for (let at = from + 1; ; at += 2) {
    at = text.indexOf('"', at);
    if (at < 0) {
      throw new UsageError(`${where}: line ${line}: has a quoted field without an end; add its quote`);
    }
    if (text[at + 1] !== '"') {
      return { text: text.slice(from + 1, at).replaceAll('""', '"'), end: at + 1 };
    }
  }
}

function plain(
  text: string,
  from: number,
  separator: string,
  line: number,
  where: string,
): { text: string; end: number } {
  let end = from;
  while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r') {
    end += 1;
  }
  const field = text.slice(from, end);
  if (field.includes('"')) {
    throw new UsageError(`${where}: line ${line}: has a quote within a field; quote the whole field, and double it`);
  }
  return { text: field, end };
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}
