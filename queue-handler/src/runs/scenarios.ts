/** What is asked in a run: the scenarios that its file writes out, and then those that its template makes. */
import type { Scale, StoredScenario } from '../model.js';
import { labelsOf } from './scale.js';
import { type Design, scenariosMade } from './template/design.js';
import { expand } from './template/expand.js';

export type Scenario = StoredScenario & { id: string };

/** Scenarios that are written out, and those that a template makes. */
export interface Definition extends Design {
  name?: string;
  version?: string;
  /** For scenarios that are written out and have none of their own. */
  preamble?: string;
  followups?: { label?: string; prompt: string }[];
  scenarios?: Scenario[];
}

interface Asking {
  definition: Definition;
  scale?: Scale;
}

/** Each scenario as it is asked and stored, in order: the same ones each time. */
export function* scenariosOf({ definition, scale }: Asking): Generator<Scenario> {
  for (const scenario of definition.scenarios ?? []) {
    yield askedScenario(definition, scenario);
  }
  for (const scenario of expand(definition, labelsOf(scale))) {
    yield askedScenario(definition, scenario);
  }
}

export function scenarioCount({ definition }: Asking): number {
  return (definition.scenarios?.length ?? 0) + scenariosMade(definition);
}

/** The scenario as it is asked: with the definition's own preamble and follow-ups where it has none. */
export function askedScenario<S extends StoredScenario>(
  { preamble, followups }: Pick<Definition, 'preamble' | 'followups'>,
  scenario: S,
): S {
  return {
    ...scenario,
    ...(scenario.preamble === undefined && preamble !== undefined ? { preamble } : {}),
    ...(scenario.followups === undefined && followups !== undefined ? { followups } : {}),
  };
}
