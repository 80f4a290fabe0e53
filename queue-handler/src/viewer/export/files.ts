/**
 * What an exported folder holds, for the two that know it: the command that writes it and the application that reads it.
 * A page on the disk can load scripts and nothing else, so each file is a script that hands over one value. None is large:
 * what grows with the run is cut into pages.
 */
import type { AnalysisAnswer, ConversationAnswer, FacetsAnswer, Row, RunAnswer, RunsAnswer } from '../api.js';

/** A probe, with what can be filtered by; what is null, false or empty is left out. */
export interface ListedProbe {
  scenario: string;
  model: string;
  sample: number;
  state: ConversationAnswer['state'];
  code?: string;
  score?: number;
  label?: string;
  class?: string;
  finish?: string[];
  version?: string;
  truncated?: true;
  refused?: true;
  /** The ID of its transcript. */
  transcript?: string;
  /** Those of the transcripts that were set aside. */
  earlier?: string[];
  /** The page of conversations on which it is. */
  page: number;
}

export type ListedScenario = Pick<Row, 'scenario' | 'name' | 'dimensions' | 'orientation'>;

/** The files of one run. */
export interface RunFiles {
  run: RunAnswer;
  facets: FacetsAnswer;
  analysis: AnalysisAnswer;
  /** Which turn was scored; how many pages there are. */
  about: {
    turn: string;
    scored: boolean;
    scale: AnalysisAnswer['scale'];
    probePages: number;
    conversationPages: number;
  };
  scenarios: ListedScenario[];
}

export type RunsFile = RunsAnswer;

/** The global function that a file calls with its name and its value. */
export const RECEIVER = 'received';

export function runsFile(): string {
  return 'data/runs.js';
}

export function runFile(run: string, name: keyof RunFiles): string {
  return `data/${run}/${name}.js`;
}

export function probesFile(run: string, page: number): string {
  return `data/${run}/probes-${page}.js`;
}

export function conversationsFile(run: string, page: number): string {
  return `data/${run}/conversations-${page}.js`;
}

/** As JSON within a text: an object literal would read some names of fields in a way of its own. */
export function script(name: string, value: unknown): string {
  return `${RECEIVER}(${JSON.stringify(name)}, ${JSON.stringify(JSON.stringify(value))});\n`;
}
