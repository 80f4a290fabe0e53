/** Compiled from the published schemas by scripts/validators.ts, as a part of the build. */
import type { ValidateFunction } from 'ajv/dist/2020.js';

export const analyze_basic_result: ValidateFunction;
export const fingerprint_result: ValidateFunction;
export const health_check_result: ValidateFunction;
export const probe_result: ValidateFunction;
export const resolve_models_result: ValidateFunction;
export const score_result: ValidateFunction;
export const turn: ValidateFunction;
