/** What a score looks like: a colour by its place on the scale, and always its number or its word beside it. */
import type { RunScale } from '../../src/viewer/api.js';
import { score as scoreText } from './format.js';

const STEPS = 8;
const COLOURS = 10;

export interface Bounds {
  min: number;
  max: number;
}

/** Null where the scale has none. */
export function boundsOf(scale: RunScale | null): Bounds | null {
  switch (scale?.kind) {
    case 'numbers':
      return { min: scale.min, max: scale.max };
    case 'labels': {
      const scores = scale.labels.map(({ score }) => score);
      return { min: Math.min(...scores), max: Math.max(...scores) };
    }
    default:
      return null;
  }
}

export function optionsOf(scale: RunScale | null): string[] {
  return scale?.kind === 'options' ? scale.options.map(({ label }) => label) : [];
}

/** The class of its colour: from s0, the lowest, to s8, the highest; or o0 and so on, one for each option. */
export function tone(scale: RunScale | null, score: number | null, label: string | null = null): string {
  if (scale?.kind === 'options') {
    const index = optionsOf(scale).indexOf(label ?? '');
    return index < 0 ? 'none' : `o${index % COLOURS}`;
  }
  const bounds = boundsOf(scale);
  if (score === null || bounds === null || bounds.max === bounds.min) {
    return score === null ? 'none' : 's4';
  }
  const place = (score - bounds.min) / (bounds.max - bounds.min);
  return `s${Math.round(Math.min(1, Math.max(0, place)) * STEPS)}`;
}

/** The label that stands for a score on a scale of labels. */
export function labelOf(scale: RunScale | null, score: number | null): string | null {
  return scale?.kind === 'labels' ? (scale.labels.find((one) => one.score === score)?.label ?? null) : null;
}

/** In few letters, for a cell. */
export function brief(score: number | null, label: string | null): string {
  return score !== null
    ? scoreText(score)
    : label !== null
      ? label.length > 12
        ? `${label.slice(0, 11)}…`
        : label
      : '–';
}

/** What can be said of an answer: each value with its words. */
export function choicesOf(scale: RunScale | null): { value: number | string; words: string }[] | null {
  switch (scale?.kind) {
    case 'labels':
      return scale.labels.map(({ label, score }) => ({ value: score, words: `${scoreText(score)} · ${label}` }));
    case 'options':
      return scale.options.map(({ label }) => ({ value: label, words: label }));
    default:
      return null;
  }
}
