/**
 * What the application in the browser asks of the server, and what it gets. Both import this file, so it knows nothing that
 * only one of them has. Every question is a GET with its words in the query string, and every answer is JSON.
 */
import type { Complete, CostSnapshot, FailureError, RunScale, ScoreAgreement, Turn } from '../documents/documents.js';
import type { AttemptError, NotAsked, ProbeStatus, RunConfig, RunStatus } from '../model.js';
import type { ModelProgress, Progress } from '../runs/progress.js';
import type { RunSpent, Spent } from '../runs/spend.js';
import type { ModelScores, RunScores } from '../scoring/status.js';

export type {
  AttemptError,
  Complete,
  CostSnapshot,
  FailureError,
  ModelProgress,
  ModelScores,
  Progress,
  RunScale,
  RunSpent,
  RunStatus,
  ScoreAgreement,
  Spent,
  Turn,
};

/** Each question by its name, which is also its path below `/api/`. */
export interface Answers {
  runs: RunsAnswer;
  run: RunAnswer;
  facets: FacetsAnswer;
  matrix: MatrixAnswer;
  conversation: ConversationAnswer;
  neighbours: NeighboursAnswer;
  versus: VersusAnswer;
  analysis: AnalysisAnswer;
  transcript: Place;
  /** For an export, which wants them all. */
  conversations: ConversationsAnswer;
  find: FindAnswer;
  /** For an override, which is refused where it was said on another one. */
  scale: ScaleAnswer;
}

export type Question = keyof Answers;

/** One conversation: a scenario, asked of a model for so many-th time in a run. */
export interface Place {
  run: string;
  /** The ID that the author gave the scenario. */
  scenario: string;
  model: string;
  sample: number;
}

export interface RunLine {
  id: string;
  name: string;
  status: RunStatus;
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  scenarios: number;
  models: number;
  samples: number;
  total: number;
  succeeded: number;
  cancelled: number;
  /** Waiting, or in flight. */
  open: number;
  /** Failed probes by the code of their cause. */
  failed: Record<string, number>;
  inputTokens: number;
  outputTokens: number;
  spent: Spent;
  /** Of a run that goes on. */
  perMinute: number | null;
  etaSeconds: number | null;
}

export interface RunsAnswer {
  /** Which database this is, for people. */
  database: string;
  /** The newest first. */
  runs: RunLine[];
}

export interface RunAnswer {
  database: string;
  progress: Progress;
  scores: RunScores | null;
  config: RunConfig;
  definition: { name: string; version: string | null };
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  scenarios: number;
  spent: RunSpent;
  hasAnalysis: boolean;
}

/** A value by which can be filtered, and how many probes have it. */
export interface Facet {
  value: string;
  count: number;
}

export interface FacetsAnswer {
  models: Facet[];
  states: Facet[];
  codes: Facet[];
  scores: Facet[];
  classes: Facet[];
  finish: Facet[];
  versions: Facet[];
  orientations: Facet[];
  /** These count scenarios. */
  dimensions: { name: string; levels: Facet[] }[];
  truncated: number;
  refused: number;
}

/** A probe in a cell of the matrix. */
export interface Sample {
  sample: number;
  state: ProbeStatus;
  /** On the scale in its own order; null where nothing was decided, or nothing is known yet. */
  score: number | null;
  label: string | null;
  class: string | null;
  code: string | null;
  truncated: boolean;
  refused: boolean;
}

export interface Cell {
  model: string;
  samples: Sample[];
}

export interface Row {
  scenario: string;
  name: string | null;
  dimensions: Record<string, number | string>;
  orientation: string | null;
  /** The largest mean of a model less the smallest. */
  spread: number | null;
  /** Of models that have something in this row. */
  cells: Cell[];
}

export interface Column {
  model: string;
  count: number;
  scored: number;
  mean: number | null;
}

/** How far a search has come. */
export interface Searched {
  /** Answers that were read, or looked up in an index. */
  looked: number;
  of: number;
  /** Why it holds not everything; null where it does. */
  cut: 'time' | 'matches' | null;
}

export type Sort = 'given' | 'spread' | 'name';

export interface MatrixAnswer {
  run: { id: string; name: string; status: RunStatus; samples: number };
  scale: RunScale | null;
  /** Over everything that the filter lets through. */
  columns: Column[];
  rows: Row[];
  offset: number;
  totalRows: number;
  count: number;
  searched: Searched | null;
}

export interface Score {
  class: string;
  rule: string | null;
  score: number | null;
  label: string | null;
  rawScore: number | null;
  rawLabel: string | null;
  /** In code points of the answer that was scored. */
  span: { start: number; end: number } | null;
  orientation: string;
  scorerVersion: string;
  answerSha256: string | null;
  verdicts: { modelId: string; sampleIndex: number; kind: string; label: string | null }[];
  who: string | null;
  reason: string | null;
  replaced: { class: string; score: number | null; label: string | null } | null;
}

/** What was said, and what it took. */
export interface Told {
  id: string;
  modelVersion: string | null;
  turns: Turn[];
  inputTokens: number;
  outputTokens: number;
  reasoningTokens: number | null;
  cost: CostSnapshot | null;
  warnings: string[];
  startedAt: string;
  completedAt: string;
  durationMs: number;
  /** Where the question was asked once more. */
  supersededAt: string | null;
  supersededBecause: string | null;
  /** The answer that was there already, and was taken over in place of a question. */
  reused: { transcriptId: string; runId: string; completedAt: string } | null;
  score: Score | null;
}

export interface ConversationAnswer {
  place: Place;
  probe: string;
  run: {
    id: string;
    name: string;
    status: RunStatus;
    scale: RunScale | null;
    /** Of the scoring onto which a person's word is stored: another one than `scale` while the run is scored anew. */
    saidOn: RunScale | null;
    turn: string;
    scored: boolean;
  };
  scenario: {
    name: string | null;
    prompt: string;
    preamble: string | null;
    dimensions: Record<string, number | string>;
    orientation: string | null;
    turned: boolean;
    family: string | null;
    pair: string | null;
  };
  provider: string;
  modelConfig: object | null;
  state: ProbeStatus;
  error: AttemptError | null;
  notAsked: NotAsked | null;
  failures: number;
  crashes: number;
  told: Told | null;
  /** The turns that are paid for, where there is no transcript yet. */
  partial: Turn[];
  earlier: Told[];
  /** The same scenario in this run, for side by side. */
  models: string[];
  samples: number;
}

export interface ConversationsAnswer {
  conversations: ConversationAnswer[];
  /** From which the next ones are; null where these are none. */
  next: number | null;
}

/** The run that is meant by an ID, the beginning of one, or a name. */
export interface FindAnswer {
  id: string;
  name: string;
}

export interface ScaleAnswer {
  saidOn: RunScale | null;
}

export interface NeighboursAnswer {
  before: Place | null;
  after: Place | null;
  /** The place in the list, from 1; 0 where the filter does not let it through. */
  number: number;
  /** As many as were found, where the search for them was cut. */
  of: number;
  searched: Searched | null;
}

export interface VersusRow {
  scenario: string;
  name: string | null;
  model: string;
  means: [number | null, number | null];
  counts: [number, number];
  /** The second less the first. */
  difference: number | null;
}

export interface VersusAnswer {
  runs: { id: string; name: string; scale: RunScale | null }[];
  rows: VersusRow[];
  offset: number;
  totalRows: number;
}

export interface AnalysisAnswer {
  run: { id: string; name: string; status: RunStatus };
  scale: RunScale | null;
  createdAt: string | null;
  analysis: Complete | null;
  /** Why there is none. */
  problem: string | null;
}

/** The one thing that can be changed: POST /api/override. */
export interface Overriding {
  run: string;
  /** The ID of the transcript that was looked at: another one that has come meanwhile is not meant. */
  transcript: string;
  score: number | string | null;
  reason: string;
  who: string;
  /** That was looked at. */
  scale: RunScale | null;
}

export interface Problem {
  error: string;
}
