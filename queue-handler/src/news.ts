/** What is said once a minute: an outage repeats the same few errors every half second. */
import { monotonic } from './clock.js';

const REPEAT_MILLISECONDS = 60_000;

/** @returns a function that says whether a text was not seen within the last minute. */
export function onceAMinute(): (text: string) => boolean {
  const seen = new Map<string, number>();
  return (text) => {
    const now = monotonic();
    const isNews = now - (seen.get(text) ?? Number.NEGATIVE_INFINITY) > REPEAT_MILLISECONDS;
    if (isNews) {
      seen.set(text, now);
    }
    return isNews;
  };
}
