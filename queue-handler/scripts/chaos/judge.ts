/** What was paid for, by the simulator's own journal, against what may have been lost. */
import type { Asked } from '../../support/simulator.js';
import type { Blow } from './faults.js';

// From the arrival of a question until its answer is stored, on a machine that is busy with other things.
const HANDED_OVER_SECONDS = 10;

export interface Judgement {
  questions: number;
  repeats: number;
  /** Questions that were repeated although no blow can have cost their answer. */
  breaches: string[];
}

/**
 * A question may be repeated where the one before it was under way when a process died or froze, and only then.
 *
 * @param atOnce the most questions that can be under way.
 */
export function judge(asked: Asked[], blows: Blow[], atOnce: number): Judgement {
  const breaches: string[] = [];
  let repeats = 0;
  for (const entries of Object.values(Object.groupBy(asked, (entry) => `${entry.model} ${entry.bodySha256}`))) {
    const times = (entries ?? []).map((entry) => entry.time).sort((one, other) => one - other);
    for (const [index, time] of times.entries()) {
      const before = times[index - 1];
      if (before === undefined) {
        continue;
      }
      repeats += 1;
      if (!blows.some(({ from, to }) => before <= to && before >= from - HANDED_OVER_SECONDS && time >= from)) {
        const { model, body } = (entries ?? [])[0] ?? {};
        breaches.push(`${model} ${JSON.stringify(body).slice(0, 200)} at ${before.toFixed(2)} and ${time.toFixed(2)}`);
      }
    }
  }
  if (repeats > blows.length * atOnce) {
    breaches.push(`${repeats} repeats of at most ${atOnce} in each of ${blows.length} blows`);
  }
  return { questions: asked.length, repeats, breaches };
}
