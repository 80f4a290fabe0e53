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
 * What fingerprint.py prints.
 */
export type FingerprintResult = Fingerprinted | Failure;
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
 * What score.py prints.
 */
export type ScoreResult = ScoreSuccess | ScoreFailure;
/**
 * Shown on terminals: no control characters, and no marks that turn the direction of writing.
 */
export type Name = string;
export type Followups = {
  label?: string;
  prompt: string;
}[];
export type Text = string;
export type Id = string;
/**
 * flipped: the second of a pair, in which something stands in the opposite order.
 */
export type Orientation = "normal" | "flipped";
/**
 * Take an answer over that is there already, where the same bytes would be sent to the same place for the same sample: one of the last 30 days, or of as many as it says.
 */
export type Reuse =
  | boolean
  | {
      days: number;
    };
/**
 * On which answers are scored.
 */
export type RunScale = LabelledScale | NumberScale | OptionScale;

/**
 * Every document by the name of its schema.
 */
export interface Documents {
  "analyze_basic.job": AnalysisJob;
  "analyze_basic.result": AnalysisResult;
  "fingerprint.job": FingerprintJob;
  "fingerprint.result": FingerprintResult;
  "health_check.job": HealthJob;
  "health_check.result": HealthResult;
  "probe.job": ProbeJob;
  "probe.result": ProbeResult;
  "resolve_models.job": ResolveJob;
  "resolve_models.result": ResolveResult;
  "score.job": ScoreJob;
  "score.result": ScoreResult;
  run: RunFile;
}
/**
 * What is to be analysed. A field of a transcript that is missing or of another type narrows what is computed.
 */
export interface AnalysisJob {
  /**
   * Of the run, for the title of the report.
   */
  name?: string;
  scale?: ScaleOfScores;
  /**
   * Models that differ by less, in points of the scale, count as equal.
   */
  equivalenceBound?: number;
  /**
   * Half the width of the interval that the next run is to have; 0.1 where it is left out.
   */
  precision?: number;
  /**
   * The order of the levels of a dimension, by its name, for its trend.
   */
  levels?: {
    /**
     * @minItems 2
     * @maxItems 50
     */
    [k: string]: (number | string)[];
  };
  /**
   * Runs to compare, the oldest first; each transcript names its own in `runId`. The other figures are over the last of them, or with `pool` over all.
   *
   * @minItems 2
   * @maxItems 20
   */
  runs?: RunOfJob[];
  pool?: boolean;
  runId: string;
  /**
   * Alone, they give the placeholder.
   */
  transcriptIds?: string[];
  transcripts?: (AnalysedTranscript | FailedProbe)[];
}
/**
 * What a score can be: a number between two bounds, or the name of one of some options.
 */
export interface ScaleOfScores {
  min?: number;
  max?: number;
  /**
   * Takes no side. The middle where it is left out; null where there is none.
   */
  neutral?: number | null;
  /**
   * Names without an order, in place of the bounds.
   *
   * @minItems 2
   * @maxItems 50
   */
  options?: string[];
}
/**
 * One of several runs that are compared.
 */
export interface RunOfJob {
  runId: string;
  scale?: ScaleOfScores;
}
/**
 * One conversation. The turns stand in `content`, in `transcript` (as probe.py prints them), or in `turns`.
 */
export interface AnalysedTranscript {
  /**
   * Where it comes twice in a run, one of the two counts.
   */
  id?: string;
  /**
   * Where the job has several runs: the one it is of.
   */
  runId?: string;
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
  /**
   * Whether it was taken over from an earlier run, or from which transcript.
   */
  reused?: object;
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
  /**
   * Two runs are compared where it is the same.
   */
  probePrompt?: string;
  targetResponse?: string;
  inputTokens?: number | null;
  outputTokens?: number | null;
  /**
   * The decision in this turn, for a change of mind.
   */
  score?: number | string | null;
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
   * On the job's scale: a number, or the name of an option; null says that there is none.
   */
  score?: number | string | null;
  /**
   * The option that was chosen, where score is null.
   */
  label?: string | null;
  /**
   * As score.py has it: the score before it was turned back, so that `score` is turned.
   */
  rawScore?: number | null;
  /**
   * True where a score from the opposite order is on the scale's own order already.
   */
  turnedBack?: boolean;
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
  /**
   * Shared by variants of one dilemma, paraphrases, the two orders: they are no independent samples.
   */
  family?: string;
  /**
   * Shared by a scenario and its twin in the opposite order.
   */
  pair?: string;
  /**
   * The order of its scale or options. A score from a flipped one is turned back, unless summary.turnedBack or summary.rawScore says that it was.
   */
  orientation?: "normal" | "flipped";
  /**
   * From which it was built.
   */
  template?: string;
  /**
   * Two runs are compared where it is the same.
   */
  preamble?: string;
}
/**
 * A probe without a transcript.
 */
export interface FailedProbe {
  modelId: string;
  scenarioId: string;
  sampleIndex?: number;
  error: ProbeError;
  costSnapshot?: Cost;
  partialTranscript?: Content;
}
/**
 * Why a probe brought no transcript.
 */
export interface ProbeError {
  code: string;
  costSnapshot?: Cost;
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
  /**
   * Null where no transcript has a score.
   */
  decisions: Decisions | null;
  /**
   * Null where fewer than two models have decisions.
   */
  comparisons: Comparisons | null;
  /**
   * Null where fewer than two models have decisions.
   */
  agreement: Agreement | null;
  dimensions: Dimension[];
  /**
   * Empty where no scenario has a twin in the opposite order.
   */
  orderEffects: OrderEffect[];
  /**
   * Null where the scale has bounds, or nothing was chosen.
   */
  nominal: Nominal | null;
  /**
   * Null where nothing was refused.
   */
  refusals: Refusals | null;
  /**
   * Null where no transcript has a score.
   */
  reliability: ReliabilitySection | null;
  /**
   * Transcripts, without the failed probes.
   */
  transcriptCount: number;
  run: Run;
  models: Model[];
  /**
   * Null where the job is of one run.
   */
  acrossRuns: AcrossRuns | null;
  methodsUsed: Method[];
  /**
   * What narrowed the analysis, and what a reader should know.
   */
  warnings: string[];
  status: "COMPLETE";
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
}
/**
 * The decisions per model, each over the scenarios that it answered; `comparisons` has those that all answered.
 */
export interface Decisions {
  lowest: number;
  highest: number;
  neutral: number | null;
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
  mean: number | null;
  /**
   * Of the condition means, n - 1; null for one condition.
   */
  standardDeviation: number | null;
  interval: Interval;
  /**
   * Null without a neutral score.
   */
  sides: Sides | null;
  consistency: Consistency;
  distribution: Distribution;
  changeOfMind: ChangeOfMind;
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * An interval of 95 %, by leaving out one cluster at a time, Student's t and half of the skewness.
 */
export interface Interval {
  low: number | null;
  high: number | null;
  level: number;
  standardError: number | null;
  /**
   * Families, or scenarios where none is named: what counts as independent.
   */
  clusters: number;
  /**
   * Effective clusters less 1: fewer where clusters differ in size.
   */
  degreesOfFreedom: number | null;
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
 * A proportion with its interval of 95 % for the effective n (Wilson, Jeffreys); null where n is 0.
 */
export interface Share {
  count: number;
  n: number;
  share: number | null;
  low: number | null;
  high: number | null;
  /**
   * Families, or scenarios where none is named: what counts as independent.
   */
  clusters: number;
  /**
   * How many independent samples would say as much; the interval is of these. More than n where clusters are more alike than chance makes them.
   */
  effectiveN: number | null;
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
  /**
   * Conditions all of whose scores are above, at, or below neutral; null without a neutral score.
   */
  sameSide: Share | null;
  /**
   * Pooled over conditions by their degrees of freedom, in points of the scale.
   */
  standardDeviationWithin: number | null;
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * How often each score came, over all samples.
 */
export interface Distribution {
  /**
   * Scores.
   */
  n: number;
  /**
   * How many different ones.
   */
  different: number;
  /**
   * The 50 most frequent, by score.
   */
  scores: ScoreCount[];
  /**
   * 0 where every score is the same; log2 of the scores that are equally frequent.
   */
  entropyBits: number | null;
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * How often one score came.
 */
export interface ScoreCount {
  score: number;
  count: number;
}
/**
 * Whether the last scored turn of a conversation says the same as the first; over those with two scored turns.
 */
export interface ChangeOfMind {
  transcripts: number;
  changed: Share;
  /**
   * Null without a neutral score.
   */
  changedSide: Share | null;
  shift: Estimate;
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * A figure with its interval.
 */
export interface Estimate {
  /**
   * Scenarios, or what the figure's own description names.
   */
  n: number;
  value: number | null;
  interval: Interval;
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * Which models differ.
 */
export interface Comparisons {
  common: Common;
  /**
   * The largest difference first.
   */
  pairs: PairDifference[];
  /**
   * The pairs that have a p-value; Holm's adjustment is over them.
   */
  tested: number;
}
/**
 * The models side by side, over the scenarios that all of them answered.
 */
export interface Common {
  scenarios: number;
  /**
   * By mean, the highest first; empty where there is none.
   */
  models: CommonMean[];
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * The mean of a model over the scenarios that all models answered.
 */
export interface CommonMean {
  modelId: string;
  mean: number;
  interval: Interval;
}
/**
 * Two models over the n scenarios that both answered: the first less the second.
 */
export interface PairDifference {
  /**
   * @minItems 2
   * @maxItems 2
   */
  models: string[];
  n: number;
  /**
   * Of each over these scenarios; empty where n is 0.
   *
   * @maxItems 2
   */
  means: number[];
  difference: number | null;
  interval: Interval;
  /**
   * The difference over the standard deviation of the scenarios' differences.
   */
  effectSize: number | null;
  /**
   * The p-value.
   */
  p: number | null;
  /**
   * The p-value by Holm's adjustment for all of its kind.
   */
  pHolm: number | null;
  /**
   * How p was found: over all permutations, over random ones, or by which approximation of them.
   */
  how: ("exact" | "permutations" | "saddlepoint" | "student-t" | "chi-square") | null;
  /**
   * The smallest difference that one test at .05 finds in this run with a power of .8.
   */
  detectable: number | null;
  /**
   * The same where the test must hold against all pairs.
   */
  detectableHolm: number | null;
  /**
   * Null where the job names no bound.
   */
  equivalence: Equivalence | null;
  /**
   * By the adjusted p-values at .05. `not shown` does not mean equal.
   */
  verdict: "different" | "equivalent" | "not shown";
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * Whether two models differ by less than the job's bound: two one-sided tests (Schuirmann 1987).
 */
export interface Equivalence {
  /**
   * In points of the scale.
   */
  bound: number;
  /**
   * The p-value.
   */
  p: number | null;
  /**
   * The p-value by Holm's adjustment for all of its kind.
   */
  pHolm: number | null;
  shown: boolean;
}
/**
 * How far the models agree.
 */
export interface Agreement {
  /**
   * The largest mean absolute difference first.
   */
  pairs: PairAgreement[];
  overall: OverallAgreement;
  /**
   * The 20 scenarios on which models differ most, by range.
   */
  differing: Differing[];
}
/**
 * How far two models give the same answers, over the n scenarios in which both have a decision.
 */
export interface PairAgreement {
  /**
   * @minItems 2
   * @maxItems 2
   */
  models: string[];
  n: number;
  alphaOrdinal: Estimate;
  alphaNominal: Estimate;
  /**
   * Scenarios on one side of neutral; null without a neutral score.
   */
  sameSide: Share | null;
  meanAbsoluteDifference: Estimate;
  /**
   * Spearman's rank correlation: the same order, not the same answers.
   */
  rho: number | null;
  /**
   * The p-value.
   */
  p: number | null;
  /**
   * The p-value by Holm's adjustment for all of its kind.
   */
  pHolm: number | null;
  /**
   * How p was found: over all permutations, over random ones, or by which approximation of them.
   */
  how: ("exact" | "permutations" | "saddlepoint" | "student-t" | "chi-square") | null;
  /**
   * The correlation that repeats of the two would let perfect agreement reach.
   */
  ceiling: number | null;
  /**
   * Why there is no rho, or no p; null where there is.
   */
  reason: string | null;
}
/**
 * The agreement of all models, over the scenarios that at least two of them answered.
 */
export interface OverallAgreement {
  models: number;
  scenarios: number;
  alphaOrdinal: Estimate;
  alphaNominal: Estimate;
  /**
   * From 0, no agreement, to 1, the same order (not the same answers).
   */
  kendallW: number | null;
  /**
   * With scenarios - 1 degrees of freedom; null where not every model answered all.
   */
  chiSquare: number | null;
  /**
   * The p-value.
   */
  p: number | null;
  /**
   * How p was found: over all permutations, over random ones, or by which approximation of them.
   */
  how: ("exact" | "permutations" | "saddlepoint" | "student-t" | "chi-square") | null;
  /**
   * Why there is no W, or no p; null where there is.
   */
  reason: string | null;
  /**
   * The mean of the pairs' rank correlations.
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
export interface Differing {
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
  answers: Answers[];
}
/**
 * The models at one end.
 */
export interface Extreme {
  mean: number;
  modelIds: string[];
}
/**
 * The decision of a model in one scenario, and the transcripts behind it.
 */
export interface Answers {
  modelId: string;
  mean: number;
  /**
   * At most 20; those that have an ID.
   *
   * @maxItems 20
   */
  transcriptIds: string[];
}
/**
 * The test over all models, within models: each model's own mean is taken away before scenarios are compared.
 */
export interface Dimension {
  name: string;
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
  /**
   * By Holm's adjustment for the number of dimensions.
   */
  pHolm: number | null;
  /**
   * How p was found: over all permutations, over random ones, or by which approximation of them.
   */
  how: ("exact" | "permutations" | "saddlepoint" | "student-t" | "chi-square") | null;
  etaSquared: number | null;
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
  /**
   * Whether the effects are those beside the other dimensions, or each by itself.
   */
  adjusted: boolean;
  levelCount: number;
  /**
   * In order; numbers first, then words; at most 50.
   */
  levels: Level[];
  effects: LevelEffect[];
  interaction: Interaction;
  /**
   * Null where levels have no order.
   */
  trend: Trend | null;
  models: ModelDimension[];
}
/**
 * One value of a dimension, over all models, each compared with itself.
 */
export interface Level {
  level: number | string;
  scenarios: number;
  /**
   * As if every model had answered every scenario; null where no model links any with others.
   */
  mean: number | null;
  median: number | null;
  /**
   * Whether it has the 5 scenarios that a test wants.
   */
  tested: boolean;
}
/**
 * How far a level moves the score from that of the first level: the average marginal component effect.
 */
export interface LevelEffect {
  level: number | string;
  against: number | string;
  effect: Estimate;
  /**
   * The p-value.
   */
  p: number | null;
  /**
   * The p-value by Holm's adjustment for all of its kind.
   */
  pHolm: number | null;
}
/**
 * Whether the dimension moves models differently, over the scenarios that two models answered.
 */
export interface Interaction {
  n: number;
  /**
   * Of the variance of models by scenarios, what the levels explain.
   */
  share: number | null;
  /**
   * The p-value.
   */
  p: number | null;
  /**
   * The p-value by Holm's adjustment for all of its kind.
   */
  pHolm: number | null;
  /**
   * How p was found: over all permutations, over random ones, or by which approximation of them.
   */
  how: ("exact" | "permutations" | "saddlepoint" | "student-t" | "chi-square") | null;
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * The slope over ordered levels.
 */
export interface Trend {
  slope: Estimate;
  /**
   * The p-value.
   */
  p: number | null;
  /**
   * The p-value by Holm's adjustment for all of its kind.
   */
  pHolm: number | null;
}
/**
 * The test and the effects for one model; a scenario's value is its condition mean.
 */
export interface ModelDimension {
  modelId: string;
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
  /**
   * By Holm's adjustment for all models and dimensions.
   */
  pHolm: number | null;
  /**
   * How p was found: over all permutations, over random ones, or by which approximation of them.
   */
  how: ("exact" | "permutations" | "saddlepoint" | "student-t" | "chi-square") | null;
  etaSquared: number | null;
  effects: LevelEffect[];
  trend: Trend | null;
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * What the order of options or scale does to a model, over the scenarios that it answered in both orders.
 */
export interface OrderEffect {
  modelId: string;
  pairs: number;
  effect: Estimate;
  /**
   * The p-value.
   */
  p: number | null;
  /**
   * The p-value by Holm's adjustment for all of its kind.
   */
  pHolm: number | null;
  /**
   * Pairs whose two scores are on opposite sides of neutral; null without a neutral score.
   */
  flips: Share | null;
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * The figures of a run whose scores are names of options.
 */
export interface Nominal {
  options: string[];
  models: NominalModel[];
  /**
   * The largest distance first.
   */
  pairs: NominalPair[];
  alphaNominal: Estimate;
  dimensions: NominalDimension[];
  /**
   * The 20 scenarios on which models differ most, by distance.
   */
  differing: NominalDiffering[];
}
/**
 * What a model chose.
 */
export interface NominalModel {
  modelId: string;
  conditions: number;
  scores: number;
  nullScores: number;
  options: OptionShare[];
  entropyBits: number | null;
  identical: Share;
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * How often an option was chosen.
 */
export interface OptionShare {
  option: string;
  share: Share;
}
/**
 * Whether two models choose differently over the n scenarios that both answered.
 */
export interface NominalPair {
  /**
   * @minItems 2
   * @maxItems 2
   */
  models: string[];
  n: number;
  /**
   * Half the sum of the differences of their shares: 0 the same shares, 1 no option in common.
   */
  distance: number | null;
  /**
   * The p-value.
   */
  p: number | null;
  /**
   * The p-value by Holm's adjustment for all of its kind.
   */
  pHolm: number | null;
  /**
   * How p was found: over all permutations, over random ones, or by which approximation of them.
   */
  how: ("exact" | "permutations" | "saddlepoint" | "student-t" | "chi-square") | null;
  sameOption: Share;
  alphaNominal: Estimate;
  verdict: "different" | "not shown";
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * Whether a dimension moves the choice, within models.
 */
export interface NominalDimension {
  name: string;
  n: number;
  /**
   * Of the variance of the scenarios' shares.
   */
  explained: number | null;
  /**
   * The p-value.
   */
  p: number | null;
  /**
   * The p-value by Holm's adjustment for all of its kind.
   */
  pHolm: number | null;
  /**
   * How p was found: over all permutations, over random ones, or by which approximation of them.
   */
  how: ("exact" | "permutations" | "saddlepoint" | "student-t" | "chi-square") | null;
  levels: NominalLevel[];
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * What was chosen at a level, over all models.
 */
export interface NominalLevel {
  level: number | string;
  scenarios: number;
  options: OptionShare[];
}
/**
 * A scenario on which models choose differently.
 */
export interface NominalDiffering {
  scenarioId: string;
  name: string | null;
  models: number;
  /**
   * Half the sum of the differences of two models' shares, on average over all pairs.
   */
  distance: number;
  answers: NominalAnswer[];
}
/**
 * What a model chose in a scenario.
 */
export interface NominalAnswer {
  modelId: string;
  /**
   * The most frequent; of several as frequent the first of the scale.
   */
  option: string;
  /**
   * Of its samples that chose it.
   */
  share: number;
  /**
   * The first 20 with a score, by ID.
   */
  transcriptIds: string[];
}
/**
 * Refusals as an outcome of their own; there is a section where some model refused something.
 */
export interface Refusals {
  models: RefusedModel[];
  levels: RefusedLevel[];
  /**
   * The largest difference first.
   */
  pairs: RefusedPair[];
}
/**
 * How often a model refused, and what its mean could be had it not.
 */
export interface RefusedModel {
  modelId: string;
  refused: Share;
  /**
   * Those that every model answered or refused.
   */
  scenarios: number;
  /**
   * Over these, of what was answered.
   */
  mean: number | null;
  /**
   * Had every refusal been the lowest score (Manski 2003).
   */
  lowest: number | null;
  /**
   * Had every refusal been the highest.
   */
  highest: number | null;
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * How often scenarios of one level were refused, over all models.
 */
export interface RefusedLevel {
  dimension: string;
  level: number | string;
  refused: Share;
}
/**
 * Whether two models refuse differently often, over what both were asked: the first less the second.
 */
export interface RefusedPair {
  /**
   * @minItems 2
   * @maxItems 2
   */
  models: string[];
  n: number;
  difference: number;
  /**
   * The p-value.
   */
  p: number | null;
  /**
   * The p-value by Holm's adjustment for all of its kind.
   */
  pHolm: number | null;
}
/**
 * Where the differences come from, how far they can be trusted, and what the next run needs.
 */
export interface ReliabilitySection {
  components: Components;
  models: Reliability[];
  plan: Plan;
}
/**
 * What makes scores differ, as variances in squared points of the scale; a negative estimate counts as 0.
 */
export interface Components {
  models: number;
  /**
   * Those that every model answered.
   */
  scenarios: number;
  /**
   * Models differ over all scenarios.
   */
  model: number | null;
  /**
   * Scenarios differ for all models.
   */
  scenario: number | null;
  /**
   * Models differ by scenario; without repeats it holds the variance of repeats, too.
   */
  interaction: number | null;
  /**
   * The same model differs on the same scenario.
   */
  repeat: number | null;
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * How much of the variance of a model's condition means is none of the repeats' noise.
 */
export interface Reliability {
  modelId: string;
  conditions: number;
  repeatVariance: number | null;
  reliability: number | null;
  /**
   * Its root: the correlation that a perfect prediction would reach.
   */
  noiseCeiling: number | null;
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * What the next run needs for intervals of plus or minus `precision`, in points of the scale.
 */
export interface Plan {
  precision: number;
  /**
   * How much families widen an interval, squared; 1 without families.
   */
  designEffect: number | null;
  needs: Need[];
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
}
/**
 * Scenarios that the next run needs with so many samples each.
 */
export interface Need {
  samples: number;
  /**
   * So that the interval of a model that varies as the average one is as narrow.
   */
  scenariosForMeans: number | null;
  /**
   * So that the interval of an average difference of two models is as narrow.
   */
  scenariosForDifferences: number | null;
}
/**
 * How much of the run there is.
 */
export interface Run {
  runId: string;
  /**
   * That the job gives it, for people.
   */
  name: string | null;
  /**
   * Those that are described: all, or the 100 with the most transcripts.
   */
  models: string[];
  modelCount: number;
  scenarioCount: number;
  samplesPerCell: number;
  transcripts: number;
  failedProbes: number;
  /**
   * Failed probes by code; beyond 40 the rarest are OTHER.
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
  /**
   * Transcripts that were taken over from earlier runs; absent without.
   */
  reused?: number;
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
  perFailedProbe: PerFailedProbe;
  /**
   * What is known of transcripts and failed probes together.
   */
  costUsd: number | null;
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
   * Over the n that are known; less than all where n is below of.
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
 * Figures of probes that failed.
 */
export interface PerFailedProbe {
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
 * The same models in several runs.
 */
export interface AcrossRuns {
  runs: string[];
  /**
   * Whether the other figures are over all runs; a scenario that was asked otherwise in another run is then one of its own, in one family with it. If not they are over the last run.
   */
  pooled: boolean;
  /**
   * By model, then by runs.
   */
  comparisons: RunComparison[];
}
/**
 * A model in two runs, over the n scenarios that were asked alike.
 */
export interface RunComparison {
  difference: number | null;
  interval: Interval;
  /**
   * The p-value.
   */
  p: number | null;
  /**
   * By Holm's adjustment for all models and pairs of runs.
   */
  pHolm: number | null;
  /**
   * How p was found: over all permutations, over random ones, or by which approximation of them.
   */
  how: ("exact" | "permutations" | "saddlepoint" | "student-t" | "chi-square") | null;
  detectable: number | null;
  /**
   * Test-retest: Spearman's rank correlation.
   */
  rho: number | null;
  alphaOrdinal: Estimate;
  sameSide: Share | null;
  meanAbsoluteDifference: Estimate;
  /**
   * Of options: half the sum of the differences of their shares. p is then of these; else null.
   */
  distance: number | null;
  /**
   * Of options: scenarios whose most frequent option is the same; else null.
   */
  sameOption: Share | null;
  /**
   * Of options; else null.
   */
  alphaNominal: Estimate | null;
  verdict: "different" | "not shown" | "not compared";
  /**
   * Why a figure beside it is null; null where none is.
   */
  reason: string | null;
  modelId: string;
  /**
   * @minItems 2
   * @maxItems 2
   */
  runs: string[];
  /**
   * That answered in each run.
   *
   * @minItems 2
   * @maxItems 2
   */
  versions: string[][];
  n: number;
  notCompared: NotCompared;
}
/**
 * Scenarios that both runs have and that are left out, by what differs; one may differ in several.
 */
export interface NotCompared {
  prompt: number;
  preamble: number;
  temperature: number;
  scale: number;
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
  tierUnavailable?: true;
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
  cacheWriteHourInputTokens?: number;
  serviceTier?: string;
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
  costCacheWriteHourInputPerMillion?: number;
  flexFactor?: number;
  flexCachedFactor?: number;
  priorityFactor?: number;
  priorityCachedFactor?: number;
  source?: string;
  date?: string;
  inputCost: number | null;
  outputCost: number | null;
  totalCost: number | null;
  estimated: boolean;
  unpriced?: string[];
}
/**
 * Jobs as probe.py takes them, of which none is done.
 */
export interface FingerprintJob {
  /**
   * @minItems 1
   * @maxItems 10000
   */
  jobs: object[];
}
/**
 * The conversations in the order of their jobs.
 */
export interface Fingerprinted {
  success: true;
  conversations: ConversationPrint[];
}
/**
 * What one conversation asks, as the first turn of its transcript would carry it; null where it cannot be held.
 */
export interface ConversationPrint {
  conversationSha256: string | null;
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
  promptCaching?: boolean | null;
  maxContinuations?: number | null;
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
  serviceTierFallbackAfter?: number | null;
}
/**
 * Prices in US dollars per million tokens.
 *
 * Attributes:
 *     costInputPerMillion: input tokens that no cache has a part in.
 *     costOutputPerMillion: output tokens, reasoning included.
 *     costCachedInputPerMillion: input tokens read from a cache.
 *     costCacheWriteInputPerMillion: input tokens written to a cache for some minutes.
 *     costCacheWriteHourInputPerMillion: input tokens written to a cache for an hour.
 *     flexFactor: of all prices but that of cached input, where the call was served in the flex tier.
 *     flexCachedFactor: of the price of cached input, in that tier.
 *     priorityFactor: as `flexFactor`, of the priority tier.
 *     priorityCachedFactor: as `flexCachedFactor`, of the priority tier.
 *     batchFactor: as `flexFactor`, of the vendor's batches.
 *     batchCachedFactor: as `flexCachedFactor`, of the vendor's batches.
 *     longContext: what a long prompt does to the price.
 *     offPeak: a discount by the time of day.
 *     validUntil: the first day (UTC) on which the prices do not hold any more.
 *     source: where the vendor says so.
 *     date: when it was read there.
 */
export interface ModelCost {
  costInputPerMillion: number;
  costOutputPerMillion: number;
  costCachedInputPerMillion?: number | null;
  costCacheWriteInputPerMillion?: number | null;
  costCacheWriteHourInputPerMillion?: number | null;
  flexFactor?: number | null;
  flexCachedFactor?: number | null;
  priorityFactor?: number | null;
  priorityCachedFactor?: number | null;
  batchFactor?: number | null;
  batchCachedFactor?: number | null;
  longContext?: LongContext | null;
  offPeak?: OffPeak | null;
  validUntil?: string | null;
  source?: string | null;
  date?: string | null;
}
/**
 * From so many input tokens on, all tokens of a call cost so many times as much.
 *
 * Attributes:
 *     fromInputTokens: the fewest that count as long; those from a cache and those written to one are counted too.
 *     inputFactor: of everything read.
 *     outputFactor: of everything generated.
 */
export interface LongContext {
  fromInputTokens: number;
  inputFactor: number;
  outputFactor: number;
}
/**
 * A discount by the time of day.
 *
 * Attributes:
 *     factor: of all prices outside the peak hours, and on Saturdays and Sundays.
 *     peakHoursUtc: from the first hour of each pair, up to the second.
 */
export interface OffPeak {
  factor: number;
  peakHoursUtc: number[][];
}
/**
 * A `partialTranscript` from an earlier try.
 */
export interface EarlierTranscript {
  /**
   * @maxItems 10000
   */
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
  rates?: RateReport;
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
  cacheWriteHourInputTokens?: number;
  costUsd?: number | null;
  thinkingInText?: true;
  reasoningContent?: string;
  conversationSha256?: string;
  tierWaits?: number;
  parts?: Part[];
  discarded?: Discarded[];
}
/**
 * One of the calls that an answer took whose text its provider sent in parts; each is billed by itself.
 */
export interface Part {
  inputTokens: number | null;
  outputTokens: number | null;
  cachedInputTokens: number | null;
  cacheWriteInputTokens: number | null;
  cacheWriteHourInputTokens?: number;
  serviceTier: string | null;
}
/**
 * What a conversation saw of the provider's rate limits: refused calls, and what is left by the last answer.
 */
export interface RateReport {
  refusals: number;
  requestsLeft?: number;
  requestsLimit?: number;
  requestsResetSeconds?: number;
  tokensLeft?: number;
  tokensLimit?: number;
  tokensResetSeconds?: number;
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
  rates?: RateReport;
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
  /**
   * As modelCost in a job; null where none is known.
   */
  price: object | null;
  problem: Problem | null;
}
/**
 * Answers that are to be scored on one declared scale.
 */
export interface ScoreJob {
  jobId?: string | null;
  runId?: string | null;
  scale: LabelledScale | NumberScale | OptionScale;
  /**
   * Which turn is read: "first" (the default), "last", or the label of one (its promptLabel).
   */
  turn?: string | null;
  marker?: DeclaredMarker | null;
  /**
   * "normal" where absent.
   */
  orientation?: ("normal" | "flipped") | null;
  judge?: Judge | Judge[] | null;
  /**
   * Verdicts paid for in an earlier try of this job; none of them is asked again.
   */
  verdicts?: EarlierVerdict[] | null;
  overrides?: Override[] | null;
  config?: ScoreSettings | null;
  transcripts: ScoredTranscript[];
}
/**
 * An ordinal scale whose points have names. The order of the list decides nothing.
 */
export interface LabelledScale {
  kind: "labels";
  /**
   * @minItems 2
   * @maxItems 200
   */
  labels: ScaleLabel[];
}
/**
 * A label of an ordinal scale. An alias that is a number, such as "4", is read by the rules for numbers.
 */
export interface ScaleLabel {
  label: string;
  score: number;
  aliases?: string[] | null;
}
/**
 * An ordinal scale of numbers.
 */
export interface NumberScale {
  kind: "numbers";
  min: number;
  max: number;
  /**
   * What parts two points, counted from min; without it every number in bounds is one.
   */
  step?: number | null;
  /**
   * What may follow a number, such as "%"; without it "80 %" is no score.
   */
  units?: string[] | null;
}
/**
 * A nominal scale: named options without an order.
 */
export interface OptionScale {
  kind: "options";
  /**
   * @minItems 2
   * @maxItems 200
   */
  options: ScaleOption[];
}
/**
 * An option of a nominal scale, which has no score.
 */
export interface ScaleOption {
  label: string;
  aliases?: string[] | null;
  /**
   * The label that this one stands for in a flipped scenario. Two options are each other's mirrors.
   */
  mirror?: string | null;
}
/**
 * The text beside which the decision stands, where the prompt asked for one; case and emphasis do not matter.
 */
export interface DeclaredMarker {
  /**
   * The decision stands after it: "Final judgment:".
   */
  after?: string | null;
  /**
   * The decision stands before it: an end mark.
   */
  before?: string | null;
}
/**
 * A model that is asked about answers. Its verdict must be one of the scale's labels, or "none".
 */
export interface Judge {
  modelId: string;
  instructions: string;
  samples?: number | null;
  /**
   * Asked about what the parser could not settle (unsettled, the default), or about all.
   */
  scope?: ("unsettled" | "all") | null;
  /**
   * Only with true may a model judge answers of its own.
   */
  mayBeTheModelUnderTest?: boolean | null;
  config?: ProbeSettings | null;
  modelConfig?: ModelSettings | null;
  modelCost?: ModelCost | null;
}
/**
 * A verdict that is paid for already: a line that was written to `--turns-fd`, or one of a failure's `verdicts`.
 */
export interface EarlierVerdict {
  modelId: string;
  sampleIndex: number;
  turn: {
    [k: string]: JsonValue;
  };
  startedAt?: string | null;
  durationMs?: number | null;
}
export interface JsonValue {
  [k: string]: unknown;
}
/**
 * What a person says of one answer. It wins, and is the final score: turned back already.
 */
export interface Override {
  /**
   * A transcript's id, or its probeId.
   */
  id: string;
  /**
   * null says that there is no decision.
   */
  score?: number | null;
  /**
   * On a nominal scale, instead of a score.
   */
  label?: string | null;
  reason: string;
  who: string;
}
/**
 * `config`: the settings of the job.
 */
export interface ScoreSettings {
  deadlineSeconds?: number | null;
  /**
   * The most questions to a judge in flight: 20.
   */
  concurrency?: number | null;
}
/**
 * One conversation, or one answer. The turns stand in `content`, in `transcript`, or in `turns`.
 */
export interface ScoredTranscript {
  id?: string | null;
  probeId?: string | null;
  modelId?: string | null;
  scenarioId?: string | null;
  sampleIndex?: number | null;
  /**
   * Whether the scale, or its options, stood the other way round; the job's, where absent.
   */
  orientation?: ("normal" | "flipped") | null;
  /**
   * The answer itself, instead of turns.
   */
  answer?: string | null;
  content?: ScoredContent | null;
  transcript?: ScoredContent | null;
  turns?: ScoredTurn[] | null;
}
/**
 * The turns, with what may stand beside them in a stored transcript.
 */
export interface ScoredContent {
  turns: ScoredTurn[];
}
/**
 * What is read of a turn, as probe.py writes it.
 */
export interface ScoredTurn {
  promptLabel?: string | null;
  targetResponse?: string | null;
  providerMetadata?: ScoredMetadata | null;
}
/**
 * What is read of a turn's `providerMetadata`, as probe.py writes it.
 */
export interface ScoredMetadata {
  truncated?: boolean | null;
  finishReason?: string | null;
}
/**
 * The scores of a job's answers, in their order.
 */
export interface ScoreSuccess {
  success: true;
  schemaVersion: 1;
  line?: number;
  jobId?: string;
  runId?: string;
  parserVersion: string;
  spanUnit: "codePoint";
  scale: ScaleNote;
  counts: {
    [k: string]: number;
  };
  judge?: JudgeReport;
  agreement?: ScoreAgreement;
  warnings: string[];
  scores: Outcome[];
}
/**
 * The scale by which was scored; min and max are null on a nominal one.
 */
export interface ScaleNote {
  kind: "labels" | "numbers" | "options";
  min: number | null;
  max: number | null;
}
/**
 * What the judges did. A verdict is of use where it is one of the labels, or none.
 */
export interface JudgeReport {
  modelIds: string[];
  /**
   * Answers that they were asked about.
   */
  asked: number;
  /**
   * Verdicts, those handed in with the job included.
   */
  verdicts: number;
  /**
   * Of them, those that were handed in and not asked again.
   */
  resumed: number;
  none: number;
  unusable: number;
  failed: number;
  agreement: Alpha;
  inputTokens: number;
  outputTokens: number;
  /**
   * US dollars; null where a verdict has no known cost.
   */
  totalCost: number | null;
}
/**
 * Krippendorff's alpha over the `n` answers that two or more verdicts are on; null where `reason` says why.
 */
export interface Alpha {
  level: "ordinal" | "nominal";
  n: number;
  alpha: number | null;
  reason: string | null;
}
/**
 * The scorers measured by the overrides.
 */
export interface ScoreAgreement {
  overrides: number;
  parser: Yardstick;
  judge?: Yardstick;
}
/**
 * How one scorer agrees with the people, over the `n` answers that they scored and it was asked about.
 */
export interface Yardstick {
  n: number;
  /**
   * The same score or label, or none on both sides.
   */
  equal: number;
  share: number | null;
  agreement: Alpha;
}
export interface Outcome {
  index: number;
  id?: string;
  probeId?: string;
  modelId?: string;
  scenarioId?: string;
  sampleIndex?: number;
  score: number | null;
  class: "exact" | "marked" | "ambiguous" | "refusal" | "none" | "judged" | "manual";
  rule:
    | "whole_answer"
    | "first_line"
    | "own_sentence"
    | "last_line"
    | "under_heading"
    | "announced"
    | "boxed"
    | "ticked"
    | "marker"
    | "judge"
    | "override"
    | "two_decisions"
    | "unclear"
    | "several_labels"
    | "off_scale"
    | "no_decision"
    | "no_label"
    | "marker_alone"
    | "refusal"
    | "empty"
    | "no_answer"
    | "no_turn"
    | "too_many_labels";
  label: string | null;
  rawScore: number | null;
  rawLabel: string | null;
  span: Span | null;
  orientation: "normal" | "flipped";
  parserVersion: string;
  answerSha256: string | null;
  verdicts?: Verdict[];
  override?: OverrideNote;
  replaced?: ReplacedOutcome;
}
/**
 * Which part of the answer decided, in code points of the answer; `end` is behind its last.
 */
export interface Span {
  start: number;
  end: number;
}
/**
 * What a judge said of an answer: `label` is one of the scale's, as the answer has it, not turned back; or null.
 */
export interface Verdict {
  modelId: string;
  sampleIndex: number;
  kind: "label" | "none" | "unusable" | "failed";
  label: string | null;
  transcript?: Transcript;
  error?: FailureError;
}
/**
 * Who set a score, and why.
 */
export interface OverrideNote {
  who: string;
  reason: string;
}
export interface ReplacedOutcome {
  class: "exact" | "marked" | "ambiguous" | "refusal" | "none" | "judged" | "manual";
  rule:
    | "whole_answer"
    | "first_line"
    | "own_sentence"
    | "last_line"
    | "under_heading"
    | "announced"
    | "boxed"
    | "ticked"
    | "marker"
    | "judge"
    | "override"
    | "two_decisions"
    | "unclear"
    | "several_labels"
    | "off_scale"
    | "no_decision"
    | "no_label"
    | "marker_alone"
    | "refusal"
    | "empty"
    | "no_answer"
    | "no_turn"
    | "too_many_labels";
  score: number | null;
  label: string | null;
}
/**
 * The document of a job that failed, with the verdicts that were paid for.
 */
export interface ScoreFailure {
  success: false;
  error: FailureError;
  line?: number;
  jobId?: string;
  verdicts?: PaidVerdict[];
  /**
   * Every other question that was put, with those that were on the wire when the job ended; absent where nobody says.
   */
  failed?: FailedVerdict[];
}
/**
 * A verdict as it is handed over when it is paid for, and as it is handed in again (`verdicts` of a job).
 */
export interface PaidVerdict {
  jobId?: string;
  runId: string;
  scenarioId: string;
  modelId: string;
  sampleIndex: number;
  startedAt: string;
  durationMs: number;
  turn: Turn;
}
/**
 * A question to a judge that brought no verdict, and what it was paid for in vain, or may have been.
 */
export interface FailedVerdict {
  scenarioId: string;
  modelId: string;
  sampleIndex: number;
  error: FailureError;
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
  budget?: RunBudget;
  /**
   * Let the providers find preambles in their caches: the first probe of each goes first, and alone.
   */
  promptCaching?: boolean;
  reuse?: Reuse;
  scale?: RunScale;
  turn?: Name;
  /**
   * The model, or models, that are asked about the answers whose decision the parser cannot settle.
   */
  judge?: Judge | Judge[];
  marker?: DeclaredMarker;
}
/**
 * Scenarios that are written out, a template that makes them, or both.
 */
export interface Definition {
  name?: Name;
  version?: Name;
  /**
   * For every written scenario, and a template, that has none.
   */
  preamble?: string;
  followups?: Followups;
  /**
   * @minItems 1
   * @maxItems 100000
   */
  scenarios?: RunScenario[];
  template?: Template;
  /**
   * What varies: the template makes a scenario of each combination of their levels.
   *
   * @maxItems 50
   */
  dimensions?: TemplateDimension[];
  counterbalance?: Counterbalance;
  /**
   * How many of the combinations are asked: below 1 a share of them, else a number.
   */
  sample?: number;
  /**
   * Chooses the wordings and the sample.
   */
  seed?: number;
  /**
   * Names of dimensions: combinations with the same levels of these are one family. Else each combination is one.
   */
  familyBy?: string[];
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
  /**
   * The level and the wording behind each dimension.
   */
  levels?: {
    [k: string]: WordedLevel;
  };
  family?: Id;
  pairId?: Id;
  orientation?: Orientation;
  /**
   * Of a flipped scenario: its scores are turned back before they meet others; true.
   */
  turned?: boolean;
}
export interface WordedLevel {
  label: Name;
  wording: string;
}
/**
 * [Name] stands for a wording of the dimension of this name, [Scale] for the labels of the scale, one a line. \[Name] is text, and so is [[Name]].
 */
export interface Template {
  prompt: Text;
  preamble?: string;
  followups?: Followups;
}
export interface TemplateDimension {
  name: Name;
  /**
   * @minItems 1
   * @maxItems 1000
   */
  levels: TemplateLevel[];
}
export interface TemplateLevel {
  label: Name;
  /**
   * What the analysis gets; without it, the label.
   */
  score?: number;
  /**
   * Wordings, of which the seed chooses one for each combination; the label itself.
   *
   * @minItems 1
   * @maxItems 1000
   */
  options?: Text[];
}
/**
 * Each combination is asked twice, as a pair: the second time something stands in the opposite order.
 */
export interface Counterbalance {
  /**
   * The wordings of these two dimensions change places.
   *
   * @minItems 2
   * @maxItems 2
   */
  swap?: string[];
  /**
   * [Scale] lists the labels from the last to the first.
   */
  scale?: true;
  /**
   * Whether the scale's labels name places, so that scores of the second member are turned back; true with swap, false with scale.
   */
  turn?: boolean;
}
export interface RunFileModel {
  modelId: Name;
  modelConfig?: ModelSettings;
  modelCost?: ModelCost;
}
/**
 * A bound on what the run may cost. Nothing is asked whose dearest cost does not fit; then the run is paused.
 */
export interface RunBudget {
  /**
   * US dollars.
   */
  usd: number;
}
