/** The judges of a run's file. */
import type { Judge, ScoreJob } from './documents.js';

/** One or many, as a list. */
export function judgesOf(judge: ScoreJob['judge']): Judge[] {
  return judge == null ? [] : Array.isArray(judge) ? judge : [judge];
}
