/** What is asked in a run: the scenarios that its file writes out, and then those that its template makes. */
import type { Definition, RunFile, RunScenario } from '../documents/documents.js';
import type { StoredScenario } from '../model.js';
import { labelsOf } from './scale.js';
import { scenariosMade } from './template/design.js';
import { expand } from './template/expand.js';

type Asking = Pick<RunFile, 'definition'> & Partial<Pick<RunFile, 'scale'>>;

/** Each scenario as it is asked and stored, in order: the same ones each time. */
export function* scenariosOf({ definition, scale }: Asking): Generator<RunScenario> {
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
