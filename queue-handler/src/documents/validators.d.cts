/** Compiled from the published schemas by scripts/validators.ts, as a part of the build. */
import type { ValidateFunction } from 'ajv/dist/2020.js';

declare const checks: Record<import('./documents.js').ResultName | 'turn', ValidateFunction>;
export = checks;
