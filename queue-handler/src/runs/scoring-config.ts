/** How answers are to be scored, looked at before anything is asked or stored. */
import { judgesOf } from '../documents/judges.js';
import { UsageError } from '../errors.js';
import type { ScoringConfig } from '../model.js';
import { scoringProblem } from '../workers/scorer.js';

/**
 * @param models that are under test.
 * @throws UsageError naming the field and the cure.
 */
export async function refuseScoring(config: Partial<ScoringConfig>, models: string[]): Promise<void> {
  const { scale, turn, marker, judge } = config;
  if (scale === undefined) {
    const [idle] = (['turn', 'marker', 'judge'] as const).filter((name) => config[name] != null);
    if (idle !== undefined) {
      throw new UsageError(
        `${idle}: says how answers are scored, and there is no scale; add scale, or take ${idle} out`,
      );
    }
    return;
  }
  for (const [index, { modelId, mayBeTheModelUnderTest }] of judgesOf(judge).entries()) {
    const wanted = modelId.trim().toLowerCase();
    if (mayBeTheModelUnderTest !== true && models.some((model) => model.trim().toLowerCase() === wanted)) {
      const path = Array.isArray(judge) ? `judge[${index}]` : 'judge';
      throw new UsageError(
        `${path}.modelId: is a model of the run, which would judge its own answers; name another, or set ${path}.mayBeTheModelUnderTest to true`,
      );
    }
  }
  const given = { turn, marker, judge };
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value != null));
  const problem = await scoringProblem({ scale, ...known });
  if (problem !== null) {
    throw new UsageError(problem);
  }
}
