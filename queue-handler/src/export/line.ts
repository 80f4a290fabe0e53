/** A line of an export: what every format is made of, so that all of them say the same. */
import type { CostSnapshot, Orientation, ProbeSettings, ScaleOfScores, Turn } from '../documents/documents.js';
import type { AttemptError, ProbeStatus, ReusedFrom, StoredScenario, TranscriptContent } from '../model.js';
import type { RunManifest } from '../runs/manifest.js';
import type { Summary } from '../runs/summary.js';

/** One probe. analyze_basic.py reads such lines, too. */
export interface ExportLine {
  runId: string;
  runName: string;
  scenarioId: string;
  modelId: string;
  provider: string;
  sampleIndex: number;
  status: ProbeStatus;
  probeId: string;
  scenario: LineScenario;
  /** Why it has failed; null where it has not, and is not answered either. */
  error?: AttemptError | null;
  /** The turns that a conversation without an end was paid for. */
  partialTranscript?: { turns: Turn[] };
  transcriptId?: string;
  summary?: LineSummary;
  modelVersion?: string | null;
  content?: TranscriptContent;
  inputTokens?: number;
  outputTokens?: number;
  reasoningTokens?: number | null;
  costSnapshot?: CostSnapshot | null;
  warnings?: string[];
  definition?: Definition;
  startedAt?: string;
  completedAt?: string;
  durationMs?: number;
  /** Where an answer comes from that was not asked for in this run. */
  reused?: ReusedFrom;
  earlier?: Earlier[];
}

/** What was asked, as it stood then. */
interface Definition {
  name?: string;
  version?: string | null;
  scenario?: StoredScenario;
  config?: ProbeSettings;
}

/** What is known of the question, in the words of a job of the analysis. */
export interface LineScenario {
  name: string;
  dimensions?: Record<string, number | string>;
  /** The label of the level of each dimension. */
  levels?: Record<string, string>;
  family?: string;
  pair?: string;
  orientation?: Orientation;
}

/** The current score, and the scale that it is on. */
export type LineSummary = Summary & { scale?: ScaleOfScores };

/** An answer that was set aside. */
export interface Earlier {
  modelVersion: string | null;
  content: TranscriptContent;
  inputTokens: number;
  outputTokens: number;
  reasoningTokens: number | null;
  costSnapshot: CostSnapshot | null;
  warnings: string[];
  startedAt: string;
  completedAt: string;
  durationMs: number;
  supersededAt: string;
  supersededBecause: string | null;
}

/** What is known before the first line. */
export interface Head {
  manifest: RunManifest;
  /** What varies between the scenarios of the run, by name. */
  dimensions: { name: string; isNumber: boolean; hasLevels: boolean }[];
}

/** The turns of a probe that were paid for, answered to the end or not. */
export function turnsOf({ content, partialTranscript }: ExportLine): Turn[] {
  return content?.turns ?? partialTranscript?.turns ?? [];
}

export function scenarioOfLine(key: string, scenario: StoredScenario): LineScenario {
  const { name, dimensions, levels, family, pairId, orientation } = scenario;
  return {
    name: name ?? key,
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(levels === undefined
      ? {}
      : { levels: Object.fromEntries(Object.entries(levels).map(([dimension, { label }]) => [dimension, label])) }),
    ...(family === undefined ? {} : { family }),
    ...(pairId === undefined ? {} : { pair: pairId }),
    ...(orientation === undefined ? {} : { orientation }),
  };
}
