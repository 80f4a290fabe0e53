/** Compiled from the form of a run's file by scripts/validators.ts, as a part of the build. */
import type { ValidateFunction } from 'ajv/dist/2020.js';

export const run: ValidateFunction;
export const scale: ValidateFunction;
export const judge: ValidateFunction;
