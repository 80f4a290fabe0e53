/** The nouns that all folders share: runs, probes, tickets, and what is stored of them. */
import type {
  DeclaredMarker,
  FailureError,
  ModelCost,
  ProbeJob,
  ProbeSettings,
  RunFileModel,
  RunScale,
  RunScenario,
  ScoreJob,
  Transcript,
} from './documents/documents.js';

export type RunStatus = 'PENDING' | 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
export type ProbeStatus = 'PENDING' | 'QUEUED' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
export type AnalysisStatus = 'CURRENT' | 'SUPERSEDED' | 'FAILED';
/** `OPEN`: its answers are being scored, or are to be. */
export type ScoringStatus = 'OPEN' | 'CURRENT' | 'SUPERSEDED' | 'FAILED';
/** `NEW`: of a scoring that is open, so that nobody sees a run half on one scale and half on another. */
export type ScoreStatus = 'NEW' | 'CURRENT' | 'SUPERSEDED';

/** Statuses of a run that nothing more is asked for. */
export const ENDED: readonly RunStatus[] = ['COMPLETED', 'CANCELLED', 'FAILED'];

/** In a column `model_id`: the provider as a whole. */
export const WHOLE = '';

/** A provider that names an hour is asked from time to time all the same: other models may be free. */
export const LONGEST_PAUSE_SECONDS = 600;

/** A job of the queue that stands for a probe, as it was handed out once. */
export interface Ticket {
  id: string;
  /** How often it was handed out before: together with the ID it names one attempt. */
  retryCount: number;
}

/** A worker's job by whose ID its turns and its result are known. */
export type IdentifiedJob = ProbeJob & { jobId: string };

/** Why a probe, or one try of it, brought no transcript: the worker's own error, and what only the handler saw. */
export interface AttemptError extends FailureError {
  /** The last lines of stderr of a worker that died, or the start of an output that was no document. */
  output?: string;
}

/** What is stopped for a run, where a probe has failed without being asked. */
export type NotAsked = 'provider' | 'model';

/** The turns already paid for, in the form of a job's `resumeFrom`. */
export type PartialTranscript = Pick<Transcript, 'turns'> & Partial<Pick<Transcript, 'startedAt' | 'durationMs'>>;

/** The answer that was taken over in place of one that would have been asked for in the same bytes. */
export interface ReusedFrom {
  transcriptId: string;
  runId: string;
  completedAt: string;
}

/** What is stored of a transcript as its content. */
export interface TranscriptContent extends Pick<Transcript, 'turns'> {
  schemaVersion: 1;
}

/** A scenario as it is stored, beside its ID. */
export type StoredScenario = Omit<RunScenario, 'id'>;

export interface RunModel extends RunFileModel {
  provider: string;
  /** The most tokens that one answer may have, as our table of models knows it. */
  maxOutputTokens?: number;
  /** What the tables of prices said when it came into the run; absent where its file has a price, or nobody has one. */
  price?: ModelCost;
}

/** How the answers of a run are scored, as a job of score.py takes it. */
export type ScoringConfig = Pick<ScoreJob, 'scale' | 'turn' | 'marker' | 'judge'>;

export type ScoreJudges = NonNullable<ScoreJob['judge']>;

export interface RunConfig {
  models: RunModel[];
  samples: number;
  retryLimit: number;
  config: ProbeSettings;
  /** On which its answers are scored; absent where they are not. */
  scale?: RunScale;
  /** Which turn is scored: `first`, `last` or its label. */
  turn?: string;
  marker?: DeclaredMarker;
  judge?: ScoreJudges;
  /** Answers of so many days are taken over; absent where none is. */
  reuse?: { days: number };
}
