/** The declared scale, as far as a run's file can be wrong about it before any answer is read. */
import type { RunScale } from '../documents/documents.js';

/** The labels in their declared order; null where there is no scale, or one of numbers. */
export function labelsOf(scale: RunScale | undefined): string[] | null {
  switch (scale?.kind) {
    case 'labels':
      return scale.labels.map(({ label }) => label);
    case 'options':
      return scale.options.map(({ label }) => label);
    default:
      return null;
  }
}

/** Each fault with its path and its cure. */
export function scaleProblems(scale: RunScale | undefined): string[] {
  if (scale?.kind === 'numbers') {
    return scale.min < scale.max ? [] : ['scale.max: must be greater than scale.min'];
  }
  const labels = labelsOf(scale) ?? [];
  return labels.flatMap((label, at) => {
    const first = labels.indexOf(label);
    return first === at
      ? []
      : [`scale.${scale?.kind}[${at}].label: is the same as that of scale.${scale?.kind}[${first}]; rename one`];
  });
}

/**
 * Whether every answer on the scale has a meaning where its places stand in the opposite order. Two options are each
 * other's mirrors, where nothing is declared.
 */
export function canBeTurned(scale: RunScale | undefined): boolean {
  if (scale?.kind !== 'options') {
    return true;
  }
  const { options } = scale;
  const declared = options.filter(({ mirror }) => mirror != null).length;
  return declared === options.length || (declared === 0 && options.length === 2);
}
