// Generated from ../schemas and run.schema.json by `npm run types`; a check fails where they differ.

/**
 * What analyze_basic.py prints.
 */
export type AnalysisResult = AnalysisSuccess | Failure;
/**
 * The closed list of failure codes of the wire contract.
 */
export type ErrorCode =
  | "RATE_LIMIT"
  | "TIMEOUT"
  | "NETWORK_ERROR"
  | "SERVER_ERROR"
  | "CANCELLED"
  | "UNKNOWN"
  | "AUTH_ERROR"
  | "QUOTA_EXCEEDED"
  | "NOT_FOUND"
  | "VALIDATION_ERROR"
  | "CONTEXT_LENGTH"
  | "CONTENT_FILTER"
  | "UNSUPPORTED_PROVIDER"
  | "MISSING_API_KEY"
  | "CONFIG_ERROR"
  | "INVALID_RESPONSE";
/**
 * What health_check.py prints.
 */
export type HealthResult = HealthSuccess | Failure;
/**
 * What probe.py prints.
 */
export type ProbeResult = ProbeSuccess | ProbeFailure;
/**
 * What resolve_models.py prints.
 */
export type ResolveResult = Resolved | Failure;
/**
 * Shown on terminals: no control characters, and no marks that turn the direction of writing.
 */
export type Name = string;
export type Followups = {
  label?: string;
  prompt: string;
}[];
export type Text = string;

/**
 * Every document by the name of its schema.
 */
export interface Documents {
  "analyze_basic.job": AnalysisJob;
  "analyze_basic.result": AnalysisResult;
  "health_check.job": HealthJob;
  "health_check.result": HealthResult;
  "probe.job": ProbeJob;
  "probe.result": ProbeResult;
  "resolve_models.job": ResolveJob;
  "resolve_models.result": ResolveResult;
  run: RunFile;
}
/**
 * What is to be analysed. A field of a transcript that is missing or of another type narrows what is computed.
 */
export interface AnalysisJob {
  runId: string;
  /**
   * Alone, they give the placeholder.
   */
  transcriptIds?: string[];
  transcripts?: (AnalysedTranscript | FailedProbe)[];
}
/**
 * One conversation. The turns stand in `content`, in `transcript` (as probe.py prints them), or in `turns`.
 */
export interface AnalysedTranscript {
  /**
   * Where it comes twice, one of the two counts.
   */
  id?: string;
  modelId: string;
  scenarioId: string;
  sampleIndex?: number;
  modelVersion?: string | null;
  content?: Content;
  transcript?: Content;
  turns?: AnalysedTurn[];
  durationMs?: number;
  costSnapshot?: Cost;
  summary?: Summary;
  scenario?: AnalysedScenario;
}
/**
 * The turns, with what may stand beside them in a stored transcript.
 */
export interface Content {
  turns: AnalysedTurn[];
  modelVersion?: string | null;
  durationMs?: number;
  costSnapshot?: Cost;
}
/**
 * What is read of a turn.
 */
export interface AnalysedTurn {
  targetResponse?: string;
  inputTokens?: number | null;
  outputTokens?: number | null;
  providerMetadata?: TurnMetadata;
}
/**
 * What is read of a turn's `providerMetadata`, as probe.py writes it.
 */
export interface TurnMetadata {
  modelVersion?: string | null;
  finishReason?: string;
  truncated?: boolean;
  reasoningTokens?: number | null;
  cachedInputTokens?: number | null;
  attempts?: number;
}
/**
 * What is read of a `costSnapshot`, as probe.py writes it; null is a cost that is not known.
 */
export interface Cost {
  totalCost?: number | null;
}
/**
 * The decision that an answer comes down to.
 */
export interface Summary {
  /**
   * From 1 to 5; 3 is neutral, null says that there is none.
   */
  score?: number | null;
  /**
   * Accepted, not used.
   */
  values?: {
    [k: string]: unknown;
  };
}
/**
 * What is known of the question.
 */
export interface AnalysedScenario {
  name?: string;
  /**
   * What the scenario varies, by name; the same in all its transcripts.
   */
  dimensions?: {
    [k: string]: number | string;
  };
}
/**
 * A probe without a transcript.
 */
export interface FailedProbe {
  modelId: string;
  scenarioId: string;
  sampleIndex?: number;
  error: ProbeError;
}
/**
 * Why a probe brought no transcript.
 */
export interface ProbeError {
  code: string;
}
/**
 * The document of an analysis that was done.
 */
export interface AnalysisSuccess {
  success: true;
  analysis: Stub | Complete;
}
/**
 * What IDs alone give.
 */
export interface Stub {
  status: "STUB";
  message: string;
  transcriptCount: number;
  completedAt: string;
}
/**
 * What transcripts give. The same ones give the same in any order, but for the two times and the duration.
 */
export interface Complete {
  status: "COMPLETE";
  /**
   * Transcripts, without the failed probes.
   */
  transcriptCount: number;
  completedAt: string;
  /**
   * The same moment, UTC.
   */
  computedAt: string;
  /**
   * From the first byte of the job to the figures.
   */
  durationMs: number;
  codeVersion: string;
  run: Run;
  models: Model[];
  /**
   * Null where no transcript has a score.
   */
  decisions: Decisions | null;
  /**
   * Null where fewer than two models have decisions.
   */
  agreement: Agreement | null;
  dimensions: Dimension[];
  methodsUsed: Method[];
  /**
   * What narrowed the analysis, and what a reader should know.
   */
  warnings: string[];
}
/**
 * How much of the run there is.
 */
export interface Run {
  runId: string;
  /**
   * The models that are described: all, or the 100 with the most transcripts.
   */
  models: string[];
  modelCount: number;
  scenarioCount: number;
  samplesPerCell: number;
  transcripts: number;
  failedProbes: number;
  /**
   * Failed probes by code; beyond 40 codes the rarest are OTHER.
   */
  failures: {
    [k: string]: number;
  };
  coverage: Coverage;
}
/**
 * The cells of the run: every model that came with every scenario that came.
 */
export interface Coverage {
  /**
   * Models times scenarios; the next four add up to it.
   */
  cells: number;
  /**
   * Samples of a complete cell: the number of different sample indexes in the run; where some have none, at least the most frequent number of tries.
   */
  samplesPerCell: number;
  /**
   * Cells with every sample and no failure.
   */
  complete: number;
  /**
   * Cells with transcripts, and with samples that are missing or failed.
   */
  partial: number;
  /**
   * Cells with failures alone.
   */
  failed: number;
  /**
   * Cells with neither.
   */
  missing: number;
  /**
   * Null above 100,000 cells.
   */
  matrix: Matrix | null;
  missingCells: MissingCells;
  failedCells: FailedCells;
}
/**
 * Coverage, a row for each of `models`, a column for each of `scenarios`.
 */
export interface Matrix {
  models: string[];
  scenarios: string[];
  /**
   * Transcripts in each cell.
   */
  answered: number[][];
  /**
   * Failed probes in each cell.
   */
  failed: number[][];
}
/**
 * The cells in which nothing happened; at most 1,000 are listed, by model and scenario.
 */
export interface MissingCells {
  count: number;
  listed: MissingCell[];
  truncated: boolean;
}
/**
 * A scenario that a model neither answered nor failed at.
 */
export interface MissingCell {
  modelId: string;
  scenarioId: string;
}
/**
 * The cells with failed probes; at most 1,000 are listed, by model and scenario.
 */
export interface FailedCells {
  count: number;
  listed: FailedCell[];
  truncated: boolean;
}
/**
 * A scenario at which a model failed, perhaps beside samples that it answered.
 */
export interface FailedCell {
  modelId: string;
  scenarioId: string;
  answered: number;
  failed: number;
  codes: {
    [k: string]: number;
  };
}
/**
 * What a model did and took.
 */
export interface Model {
  modelId: string;
  transcripts: number;
  failedProbes: number;
  scenarios: number;
  perTurn: PerTurn;
  perTranscript: PerTranscript;
  sharesOfTranscripts: Endings;
  versions: Versions;
}
/**
 * Figures of single turns: one question and its answer.
 */
export interface PerTurn {
  inputTokens: Spread;
  outputTokens: Spread;
  reasoningTokens: Spread;
  cachedInputTokens: Spread;
  answerWords: Spread;
}
/**
 * The distribution of a figure over the `n` turns or transcripts where it is known, `of` so many.
 */
export interface Spread {
  n: number;
  of: number;
  /**
   * Over the n that are known; less than the whole where n is below of.
   */
  sum: number | null;
  mean: number | null;
  median: number | null;
  /**
   * The 95th percentile.
   */
  p95: number | null;
}
/**
 * Figures of whole conversations.
 */
export interface PerTranscript {
  turns: Spread;
  durationMs: Spread;
  costUsd: Spread;
}
/**
 * Shares of the transcripts of which it is known. A transcript counts where one of its turns does.
 */
export interface Endings {
  truncated: Share;
  refused: Share;
  retried: Share;
}
/**
 * A proportion with its Wilson score interval of 95 %; null where n is 0.
 */
export interface Share {
  count: number;
  n: number;
  share: number | null;
  low: number | null;
  high: number | null;
}
/**
 * The versions that answered under one model ID; the 20 most frequent are listed.
 */
export interface Versions {
  count: number;
  listed: Version[];
  /**
   * Transcripts that name no version.
   */
  transcriptsWithout: number;
}
/**
 * A version that answered.
 */
export interface Version {
  version: string;
  transcripts: number;
}
/**
 * The decisions per model.
 */
export interface Decisions {
  neutral: number;
  models: Decision[];
}
/**
 * What a model decided, in points of the score. A condition is a scenario; its repeats are averaged first.
 */
export interface Decision {
  modelId: string;
  conditions: number;
  scores: number;
  /**
   * Transcripts whose summary says that there is no score.
   */
  nullScores: number;
  /**
   * Over conditions, each with the same weight.
   */
  mean: number;
  /**
   * Of the condition means, n - 1; null for one condition.
   */
  standardDeviation: number | null;
  interval: Interval;
  sides: Sides;
  consistency: Consistency;
}
/**
 * A percentile bootstrap interval of the mean, from resamples of whole conditions.
 */
export interface Interval {
  low: number | null;
  high: number | null;
  level: number;
  resamples: number;
  seed: number;
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * On which side of neutral the condition means are.
 */
export interface Sides {
  withNeutral: ThreeSides;
  withoutNeutral: TwoSides;
}
/**
 * Shares of all conditions.
 */
export interface ThreeSides {
  above: Share;
  at: Share;
  below: Share;
}
/**
 * Shares of the conditions whose mean is not neutral.
 */
export interface TwoSides {
  above: Share;
  below: Share;
}
/**
 * How far repeats agree, over the conditions that have more than one score.
 */
export interface Consistency {
  conditions: number;
  identical: Share;
  sameSide: Share;
  /**
   * Root of the mean variance (n - 1) within conditions, in points of the score.
   */
  standardDeviationWithin: number | null;
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * How far the models agree.
 */
export interface Agreement {
  pairs: Pair[];
  overall: Overall;
  /**
   * The 20 scenarios on which models differ most, by range.
   */
  differing: Difference[];
}
/**
 * Spearman's rank correlation of two models over the n scenarios in which both have a decision.
 */
export interface Pair {
  /**
   * @minItems 2
   * @maxItems 2
   */
  models: string[];
  n: number;
  rho: number | null;
  /**
   * The p-value.
   */
  p: number | null;
  /**
   * Adjusted for the number of pairs.
   */
  pHolm: number | null;
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * The agreement of all models.
 */
export interface Overall {
  models: number;
  /**
   * Those in which every model has a decision; W is computed over them.
   */
  scenarios: number;
  /**
   * From 0, no agreement, to 1, the same order.
   */
  kendallW: number | null;
  /**
   * With scenarios - 1 degrees of freedom.
   */
  chiSquare: number | null;
  /**
   * The p-value.
   */
  p: number | null;
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
  /**
   * The mean of the pairs' correlations.
   */
  meanRho: number | null;
  /**
   * The pairs that have one.
   */
  pairs: number;
}
/**
 * A scenario on which models differ.
 */
export interface Difference {
  scenarioId: string;
  name: string | null;
  models: number;
  /**
   * The highest condition mean less the lowest.
   */
  range: number;
  /**
   * Of the models' condition means, n - 1.
   */
  standardDeviation: number;
  lowest: Extreme;
  highest: Extreme;
}
/**
 * The models at one end.
 */
export interface Extreme {
  mean: number;
  modelIds: string[];
}
/**
 * The test over all models; a scenario's value is the mean of the models' condition means.
 */
export interface Dimension {
  /**
   * Scenarios in the levels that were compared.
   */
  n: number;
  /**
   * Levels with at least 5 scenarios; the others are left out.
   */
  levelsTested: number;
  /**
   * Kruskal-Wallis H, corrected for ties.
   */
  h: number | null;
  degreesOfFreedom: number | null;
  /**
   * The p-value.
   */
  p: number | null;
  etaSquared: number | null;
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
  name: string;
  /**
   * Adjusted for the number of dimensions.
   */
  pHolm: number | null;
  levelCount: number;
  /**
   * Numbers first, then words; at most 50.
   */
  levels: Level[];
  models: ModelDimension[];
}
/**
 * One value of a dimension, over all models.
 */
export interface Level {
  level: number | string;
  scenarios: number;
  mean: number;
  median: number;
  tested: boolean;
}
/**
 * The test for one model; a scenario's value is its condition mean.
 */
export interface ModelDimension {
  /**
   * Scenarios in the levels that were compared.
   */
  n: number;
  /**
   * Levels with at least 5 scenarios; the others are left out.
   */
  levelsTested: number;
  /**
   * Kruskal-Wallis H, corrected for ties.
   */
  h: number | null;
  degreesOfFreedom: number | null;
  /**
   * The p-value.
   */
  p: number | null;
  etaSquared: number | null;
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
  modelId: string;
}
/**
 * A method that was used, its formula, and where that comes from.
 */
export interface Method {
  id: string;
  name: string;
  formula: string;
  source: string;
}
/**
 * The document of a worker that failed.
 */
export interface Failure {
  success: false;
  error: FailureError;
  line?: number;
  jobId?: string;
}
/**
 * What failed, and whether another try may succeed.
 */
export interface FailureError {
  message: string;
  code: ErrorCode;
  retryable: boolean;
  details: string | null;
  statusCode?: number;
  provider?: string;
  requestId?: string;
  reason?: string;
  retryAfterSeconds?: number;
  attempts?: number;
  billing?: "unknown";
  stopsProvider?: true;
  stopsModel?: true;
  discarded?: Discarded[];
  costSnapshot?: CostSnapshot;
}
/**
 * A call of a turn that was paid for, or may have been, and brought nothing that can be kept.
 */
export interface Discarded {
  code: ErrorCode;
  rule: string;
  inputTokens?: number | null;
  outputTokens?: number | null;
  reasoningTokens?: number | null;
  cachedInputTokens?: number | null;
  cacheWriteInputTokens?: number | null;
  billing?: "unknown";
}
/**
 * The prices in force (US dollars per million tokens) and the sums; null where not known: see `unpriced`.
 */
export interface CostSnapshot {
  currency: "USD";
  costInputPerMillion: number;
  costOutputPerMillion: number;
  costCachedInputPerMillion?: number;
  costCacheWriteInputPerMillion?: number;
  inputCost: number | null;
  outputCost: number | null;
  totalCost: number | null;
  estimated: boolean;
  unpriced?: string[];
}
/**
 * What to look at beside the machine itself.
 */
export interface HealthJob {
  live?: boolean;
  providers?: ("openai" | "anthropic" | "google" | "xai" | "deepseek" | "mistral")[];
}
/**
 * The document of a machine that is fit to work.
 */
export interface HealthSuccess {
  success: true;
  health: Health;
}
/**
 * What was found.
 */
export interface Health {
  pythonVersion: string;
  platform: string;
  packages: {
    [k: string]: string;
  };
  apiKeys: ApiKeys;
  baseUrls: {
    [k: string]: string;
  };
  proxies: {
    [k: string]: string;
  };
  certificates: object;
  descriptors: {
    [k: string]: number | null;
  };
  tokenizer: object;
  workersVersion: string;
  warnings: string[];
  providers?: {
    [k: string]: LiveResult;
  };
}
/**
 * Whether a usable key is set.
 */
export interface ApiKeys {
  openai: boolean;
  anthropic: boolean;
  google: boolean;
  xai: boolean;
  deepseek: boolean;
  mistral: boolean;
}
/**
 * What a provider's list-models call brought.
 */
export interface LiveResult {
  ok: boolean;
  latencyMs?: number;
  error?: FailureError;
}
/**
 * One conversation to hold.
 */
export interface ProbeJob {
  runId: string;
  scenarioId: string;
  modelId: string;
  jobId?: string | null;
  sampleIndex?: number | null;
  scenario: Scenario;
  config?: ProbeSettings | null;
  modelConfig?: ModelSettings | null;
  modelCost?: ModelCost | null;
  resumeFrom?: EarlierTranscript | null;
}
/**
 * What is asked.
 */
export interface Scenario {
  prompt: string;
  preamble?: string | null;
  followups?: Followup[] | null;
}
/**
 * One further question; a blank one is skipped and keeps its number.
 */
export interface Followup {
  label?: string | null;
  prompt: string;
}
/**
 * `config`: the settings of the run.
 */
export interface ProbeSettings {
  temperature?: number | null;
  maxTokens?: number | null;
  maxTurns?: number | null;
  seed?: number | null;
  topP?: number | null;
  deadlineSeconds?: number | null;
  preamblePlacement?: ("system" | "prompt") | null;
}
/**
 * `modelConfig`: the operator's settings for one model; they go before those of the run.
 *
 * Operators of other systems keep keys of their own here: one that nobody knows is warned of, and stands in `dropped`.
 */
export interface ModelSettings {
  provider?: string | null;
  maxTokens?: number | null;
  maxTokensParam?: string | null;
  temperature?: number | null;
  topP?: number | null;
  frequencyPenalty?: number | null;
  presencePenalty?: number | null;
  stopSequences?: string[] | null;
  reasoningEffort?: ("none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max") | null;
  supportsTemperature?: boolean | null;
  serviceTier?: ("flex" | "default") | null;
}
/**
 * Prices in US dollars per million tokens.
 */
export interface ModelCost {
  costInputPerMillion: number;
  costOutputPerMillion: number;
  costCachedInputPerMillion?: number | null;
  costCacheWriteInputPerMillion?: number | null;
}
/**
 * A `partialTranscript` from an earlier try.
 */
export interface EarlierTranscript {
  turns: EarlierTurn[];
  startedAt?: string | null;
  durationMs?: number | null;
}
/**
 * A turn of an earlier try, already paid for.
 */
export interface EarlierTurn {
  turnNumber: number;
  promptLabel?: string | null;
  probePrompt: string;
  targetResponse: string;
  inputTokens?: number | null;
  outputTokens?: number | null;
  providerMetadata?: object | null;
}
/**
 * The document of a conversation held to its end.
 */
export interface ProbeSuccess {
  success: true;
  schemaVersion: 1;
  line?: number;
  jobId?: string;
  runId: string;
  scenarioId: string;
  modelId: string;
  sampleIndex?: number;
  transcript: Transcript;
  warnings: string[];
}
/**
 * The turns of a conversation and their sums.
 */
export interface Transcript {
  turns: Turn[];
  totalInputTokens: number;
  totalOutputTokens: number;
  totalReasoningTokens?: number;
  modelVersion: string | null;
  startedAt: string;
  completedAt: string;
  durationMs: number;
  costSnapshot?: CostSnapshot;
}
/**
 * One question and its answer.
 */
export interface Turn {
  turnNumber: number;
  promptLabel: string;
  probePrompt: string;
  targetResponse: string;
  inputTokens: number | null;
  outputTokens: number | null;
  providerMetadata: ProviderMetadata;
}
/**
 * Where an answer comes from, under which settings, and what it took.
 */
export interface ProviderMetadata {
  provider: string;
  model: string;
  modelVersion: string | null;
  finishReason: "stop" | "length" | "refusal" | "content_filter" | "other";
  rawFinishReason: string | null;
  truncated: boolean;
  requestId: string | null;
  systemFingerprint: string | null;
  reasoningTokens: number | null;
  cachedInputTokens: number | null;
  cacheWriteInputTokens: number | null;
  serviceTier: string | null;
  tokenSource: "provider" | "tiktoken" | "estimate";
  requested: object;
  sent: object;
  dropped: string[];
  payloadSha256: string;
  attempts: number;
  startedAt: string;
  durationMs: number;
  thinkingInText?: true;
  reasoningContent?: string;
  discarded?: Discarded[];
}
/**
 * The document of a conversation that failed, with the turns already paid for.
 */
export interface ProbeFailure {
  success: false;
  error: FailureError;
  line?: number;
  jobId?: string;
  partialTranscript?: Transcript;
}
/**
 * The models that a run is to ask.
 */
export interface ResolveJob {
  /**
   * @minItems 1
   * @maxItems 10000
   */
  models: ModelQuestion[];
}
/**
 * One model of a run.
 */
export interface ModelQuestion {
  modelId: string;
  modelConfig?: ModelSettings;
}
/**
 * The models in the order in which they were asked for.
 */
export interface Resolved {
  success: true;
  models: ModelAnswer[];
}
/**
 * What is known of one model. `provider` and `model` are null where no provider is known for the ID.
 */
export interface ModelAnswer {
  modelId: string;
  provider: string | null;
  model: string | null;
  maxOutputTokens: number | null;
  problem: Problem | null;
}
/**
 * Why a model cannot be asked from here.
 */
export interface Problem {
  code: string;
  message: string;
}
/**
 * What `queue start` takes: what is asked, of whom, how often, and with which settings.
 */
export interface RunFile {
  name: Name;
  definition: Definition;
  /**
   * @minItems 1
   * @maxItems 1000
   */
  models: (Name | RunFileModel)[];
  /**
   * How often each is asked.
   */
  samples?: number;
  config?: ProbeSettings;
  /**
   * How often a probe is retried after a failure that another try may mend.
   */
  retryLimit?: number;
}
export interface Definition {
  name?: Name;
  version?: Name;
  /**
   * For every scenario that has none of its own.
   */
  preamble?: string;
  followups?: Followups;
  /**
   * @minItems 1
   * @maxItems 100000
   */
  scenarios: RunScenario[];
}
export interface RunScenario {
  id: Name;
  name?: string;
  prompt: Text;
  preamble?: string;
  followups?: Followups;
  /**
   * What varies between scenarios, for the analysis.
   */
  dimensions?: {
    [k: string]: number | string;
  };
}
export interface RunFileModel {
  modelId: Name;
  modelConfig?: ModelSettings;
  modelCost?: ModelCost;
}
