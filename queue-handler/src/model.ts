/** The nouns that all folders share: runs, probes, tickets, and what is stored of them. */
import type { Turn } from './documents/documents.js';

export type RunStatus = 'PENDING' | 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
export type ProbeStatus = 'PENDING' | 'QUEUED' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
export type AnalysisStatus = 'CURRENT' | 'SUPERSEDED' | 'FAILED';

/** Statuses of a run that nothing more is asked for. */
export const ENDED: readonly RunStatus[] = ['COMPLETED', 'CANCELLED', 'FAILED'];

/** In a column `model_id`: the provider as a whole. */
export const WHOLE = '';

/** A provider that names an hour is asked again from time to time all the same: other models may be free. */
export const LONGEST_PAUSE_SECONDS = 600;

/** A job of the queue that stands for a probe, as it was handed out once. */
export interface Ticket {
  id: string;
  /** How often it was handed out before: together with the ID it names one attempt. */
  retryCount: number;
}

/** Why a probe, or one try of it, brought no transcript: the worker's own error, and what only the handler saw. */
export interface ProbeError {
  code: string;
  message: string;
  retryable: boolean;
  details?: string | null;
  statusCode?: number;
  provider?: string;
  requestId?: string;
  reason?: string;
  retryAfterSeconds?: number;
  attempts?: number;
  billing?: string;
  /** Every other call to the provider must fail in the same way. */
  stopsProvider?: boolean;
  /** Every other call for the same model at the provider must fail in the same way. */
  stopsModel?: boolean;
  /** The last lines of stderr of a worker that died, or the start of an output that was no document. */
  output?: string;
}

/** The turns already paid for, in the form of a job's `resumeFrom`. */
export interface Partial {
  turns: Turn[];
  startedAt?: string;
  durationMs?: number;
}

export interface StoredScenario {
  name?: string;
  prompt: string;
  preamble?: string;
  followups?: { label?: string; prompt: string }[];
  /** What varies: of each dimension the score of its level, or its label where it has no score. */
  dimensions?: Record<string, number | string>;
  /** The level and the wording behind each of these. */
  levels?: Record<string, { label: string; wording: string }>;
  /** Scenarios that are variants of each other, and no evidence of their own. */
  family?: string;
  /** The same in the two scenarios that differ only in the order in which something is named. */
  pairId?: string;
  orientation?: Orientation;
  /** Of a flipped one: its scores mean the opposite, and are to be turned back before they meet others; true where absent. */
  turned?: boolean;
}

/** `flipped`: the second of a pair, in which the options or the scale stand in the opposite order. */
export type Orientation = 'normal' | 'flipped';

export interface RunModel {
  modelId: string;
  provider: string;
  modelConfig?: Record<string, unknown>;
  modelCost?: ModelCost;
}

export interface ModelCost {
  costInputPerMillion: number;
  costOutputPerMillion: number;
  costCachedInputPerMillion?: number;
}

export interface RunConfig {
  models: RunModel[];
  samples: number;
  retryLimit: number;
  config: Record<string, unknown>;
  /** On which its answers are scored; absent where they are not. */
  scale?: Scale;
  /** Which turn is scored: `first`, `last` or its label. */
  turn?: string;
  marker?: Marker;
}

/** The declared scale, as score.py takes it. */
export type Scale =
  | { kind: 'labels'; labels: { label: string; score: number; aliases?: string[] | null }[] }
  | { kind: 'numbers'; min: number; max: number; step?: number | null; units?: string[] | null }
  | { kind: 'options'; options: { label: string; aliases?: string[] | null; mirror?: string | null }[] };

/** The text beside which a decision stands, as score.py takes it. */
export interface Marker {
  after?: string | null;
  before?: string | null;
}

export interface TranscriptContent {
  schemaVersion: 1;
  turns: Turn[];
}
