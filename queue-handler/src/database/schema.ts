/** The tables as the code sees them. What a column says stands in the migration that makes it. */

import type { ColumnType, Generated, JSONColumnType, Kysely } from 'kysely';
import type { CostSnapshot, EarlierVerdict, RateReport } from '../documents/documents.js';
import type {
  AnalysisStatus,
  AttemptError,
  NotAsked,
  PartialTranscript,
  ProbeStatus,
  ReusedFrom,
  RunConfig,
  RunStatus,
  ScoreStatus,
  ScoringConfig,
  ScoringStatus,
  StoredScenario,
  TranscriptContent,
} from '../model.js';
import type { Machine } from '../provenance/machine.js';

type Json<T extends object | null> = JSONColumnType<T, string, string>;
type NullableJson<T extends object> = ColumnType<T | null, string | null | undefined, string | null>;
type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>;
type NullableTimestamp = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;

export interface Definitions {
  id: string;
  name: string;
  version: string | null;
  content: Json<object>;
  created_at: Timestamp;
}

export interface Scenarios {
  id: string;
  definition_id: string;
  key: string;
  position: number;
  content: Json<StoredScenario>;
  preamble_sha256: string | null;
}

export interface Runs {
  id: string;
  definition_id: string;
  name: string;
  status: RunStatus;
  config: Json<RunConfig>;
  created_at: Timestamp;
  started_at: NullableTimestamp;
  completed_at: NullableTimestamp;
}

export interface ProbeResults {
  id: Generated<string>;
  run_id: string;
  scenario_id: string;
  model_id: string;
  provider: string;
  sample_index: number;
  status: ProbeStatus;
  ticket_id: string | null;
  failures: Generated<number>;
  crashes: Generated<number>;
  error: NullableJson<AttemptError>;
  not_asked: ColumnType<NotAsked | null, NotAsked | null | undefined, NotAsked | null>;
  partial: NullableJson<PartialTranscript>;
  position: number;
  conversation_sha256: ColumnType<string | null, string | null | undefined, string | null>;
  updated_at: Timestamp;
  counted_turns: Generated<number>;
  dearest_usd: string | null;
}

export interface Transcripts {
  id: Generated<string>;
  run_id: string;
  scenario_id: string;
  model_id: string;
  model_version: string | null;
  sample_index: number;
  definition_snapshot: Json<object>;
  content: Json<TranscriptContent>;
  turn_count: number;
  input_tokens: string | number;
  output_tokens: string | number;
  reasoning_tokens: string | number | null;
  cost_snapshot: NullableJson<CostSnapshot>;
  warnings: Json<string[]>;
  started_at: Timestamp;
  completed_at: Timestamp;
  duration_ms: number;
  created_at: Timestamp;
  superseded_at: NullableTimestamp;
  superseded_because: string | null;
  cached_tokens: string | number | null;
  conversation_sha256: string | null;
  /** Where an answer that was there already comes from. */
  reused: NullableJson<ReusedFrom>;
}

export interface ProviderStops {
  run_id: string;
  provider: string;
  /** '' for all models of the provider. */
  model_id: Generated<string>;
  error: Json<AttemptError>;
  stopped_at: Timestamp;
}

export interface AnalysisResults {
  id: Generated<string>;
  run_id: string;
  type: string;
  input_hash: string;
  code_version: string | null;
  output: Json<object>;
  status: AnalysisStatus;
  created_at: Timestamp;
}

export interface Scorings {
  id: Generated<string>;
  run_id: string;
  config: Json<ScoringConfig>;
  status: Generated<ScoringStatus>;
  failures: Generated<number>;
  not_before: NullableTimestamp;
  error: NullableJson<AttemptError>;
  report: NullableJson<object>;
  created_at: Timestamp;
  completed_at: NullableTimestamp;
}

export interface Scores {
  id: Generated<string>;
  scoring_id: string;
  run_id: string;
  transcript_id: string;
  status: Generated<ScoreStatus>;
  scorer_version: string;
  class: string;
  score: number | null;
  raw_score: number | null;
  label: string | null;
  raw_label: string | null;
  span_start: number | null;
  span_end: number | null;
  orientation: string;
  answer_sha256: string | null;
  details: Json<object>;
  replaces: string | null;
  reason: string | null;
  who: string | null;
  created_at: Timestamp;
}

export interface Verdicts {
  transcript_id: string;
  model_id: string;
  sample_index: number;
  prompt_sha256: string;
  verdict: Json<EarlierVerdict>;
  created_at: Timestamp;
}

export interface Handlers {
  id: string;
  host: string;
  pid: number;
  started_at: Timestamp;
  seen_at: Timestamp;
  problem: string | null;
  heartbeat_seconds: Generated<number>;
  worked_at: NullableTimestamp;
  budget_usd: string | null;
}

export interface Spendings {
  id: Generated<string>;
  run_id: string;
  probe_id: string | null;
  model_id: string;
  judge: Generated<boolean>;
  at: Timestamp;
  usd: Generated<string>;
  unpriced: Generated<boolean>;
  at_most: Generated<string>;
  in_run: Generated<boolean>;
  in_all: Generated<boolean>;
}

export interface Reservations {
  ticket_id: string;
  retry_count: number;
  run_id: string;
  probe_id: string | null;
  scoring_id: string | null;
  usd: string;
  turns: string[];
  first_turn: Generated<number>;
  created_at: Timestamp;
}

/** Of a run by its ID, or of all of them by zeros. */
export interface Budgets {
  scope: string;
  usd: string | null;
  spent: Generated<string>;
  day: string | null;
  reached_at: NullableTimestamp;
}

/** Beside the queue's tickets in hand, which are the conversations in flight. */
export interface ProviderLimits {
  provider: string;
  /** '' for the provider as a whole. */
  model_id: Generated<string>;
  concurrency: number | null;
  requests_per_minute: number | null;
  tokens: number | null;
  filled_at: NullableTimestamp;
  paused_until: NullableTimestamp;
}

export interface RateWindows {
  handler_id: string;
  provider: string;
  model_id: string;
  allowed: number;
  why: string;
  report: NullableJson<RateReport>;
  changed_at: Timestamp;
}

export interface RateChanges {
  id: Generated<string>;
  provider: string;
  model_id: string;
  allowed: number;
  why: string;
  at: Timestamp;
}

export interface PromptCaches {
  provider: string;
  model_id: string;
  preamble_sha256: string;
  begun_at: Timestamp;
  opened_at: NullableTimestamp;
}

export interface Identity {
  id: Generated<string>;
}

export interface DeletedRuns {
  id: string;
  deleted_at: Timestamp;
}

export interface Manifests {
  run_id: string;
  file: Json<object>;
  file_sha256: string;
  stored_by: Json<Machine>;
  ended: NullableJson<object>;
}

export interface RunMachines {
  run_id: string;
  sha256: string;
  machine: Json<Machine>;
  seen_at: Timestamp;
}

export type Db = Kysely<Tables>;

export interface Tables {
  identity: Identity;
  definitions: Definitions;
  scenarios: Scenarios;
  runs: Runs;
  probe_results: ProbeResults;
  transcripts: Transcripts;
  provider_stops: ProviderStops;
  analysis_results: AnalysisResults;
  scorings: Scorings;
  scores: Scores;
  verdicts: Verdicts;
  handlers: Handlers;
  deleted_runs: DeletedRuns;
  provider_limits: ProviderLimits;
  manifests: Manifests;
  run_machines: RunMachines;
  spendings: Spendings;
  reservations: Reservations;
  budgets: Budgets;
  rate_windows: RateWindows;
  rate_changes: RateChanges;
  prompt_caches: PromptCaches;
}
