/** What a person says of one answer, as the application sends it. */
import { storableText } from '../documents/storable.js';
import { UsageError } from '../errors.js';
import type { Said } from '../scoring/overrides-file.js';

export interface Override {
  run: string;
  said: Said;
  /** That was looked at. */
  scale: unknown;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const LONGEST = 5_000;

/** @throws UsageError naming the field. */
export function readOverride(value: unknown): Override {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError('an override must be an object');
  }
  const { run, transcript, score, reason, who, scale = null } = value as Record<string, unknown>;
  const isScore = score === null || typeof score === 'string' || (typeof score === 'number' && Number.isFinite(score));
  if (!isScore) {
    throw new UsageError('score: must be a number, the name of an option, or null');
  }
  return {
    run: id(run, 'run'),
    said: {
      where: 'override',
      probe: id(transcript, 'transcript'),
      score,
      reason: text(reason, 'reason'),
      who: text(who, 'who'),
    },
    scale,
  };
}

function id(value: unknown, name: string): string {
  if (typeof value !== 'string' || !UUID.test(value)) {
    throw new UsageError(`${name}: must be an ID`);
  }
  return value.toLowerCase();
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string' || value.trim() === '') {
    throw new UsageError(`${name}: is required; add it`);
  }
  if (value.length > LONGEST) {
    throw new UsageError(`${name}: must have at most ${LONGEST} characters; shorten it`);
  }
  return storableText(value.trim());
}
