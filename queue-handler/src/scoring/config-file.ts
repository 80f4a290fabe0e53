/** A scale or a judge from a file of its own, in the form that a run's file has them. */
import { readFile } from 'node:fs/promises';
import { messageOf, UsageError } from '../errors.js';
import type { ScoreJudges, ScoringConfig } from '../model.js';
import { partProblems } from '../runs/run-schema.js';
import { parseStrictly } from '../runs/strict-json.js';

/** Faults that are told at a time. */
const SHOWN = 5;

/** What a file says of how answers are scored; what it leaves out stays as it was. */
export type ScaleFile = Pick<ScoringConfig, 'scale' | 'turn' | 'marker'>;

/** A scale alone, or an object with `scale`, `turn` and `marker`. @throws UsageError naming the file and the field. */
export async function readScale(path: string): Promise<ScaleFile> {
  const value = await read(path);
  const file = typeof value === 'object' && value !== null && 'kind' in value ? { scale: value } : value;
  check(path, file, 'scale');
  return file as ScaleFile;
}

/** A judge, or a list of them. @throws UsageError naming the file and the field. */
export async function readJudge(path: string): Promise<ScoreJudges> {
  const judge = await read(path);
  check(path, { judge }, 'judge');
  return judge as ScoreJudges;
}

async function read(path: string): Promise<unknown> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new UsageError(`${path}: cannot be read: ${messageOf(error)}`);
  }
  return parseStrictly(bytes, path);
}

function check(path: string, value: unknown, part: Parameters<typeof partProblems>[1]): void {
  const problems = partProblems(value, part);
  if (problems.length > 0) {
    throw new UsageError(`${path}: ${problems.slice(0, SHOWN).join('; ')}`);
  }
}
