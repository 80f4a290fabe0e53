// Generated from ../schemas by `npm run types`; a check fails where they differ.

export namespace ProbeJobSchema {
  /**
   * One conversation to hold.
   */
  export interface ProbeJob {
    runId: string;
    scenarioId: string;
    modelId: string;
    jobId?: string;
    sampleIndex?: number;
    scenario: Scenario;
    config?: ProbeSettings;
    modelConfig?: ModelSettings;
    modelCost?: ModelCost;
    resumeFrom?: EarlierTranscript;
    [k: string]: unknown;
  }
  /**
   * What is asked.
   */
  export interface Scenario {
    prompt: string;
    preamble?: string;
    followups?: Followup[];
    [k: string]: unknown;
  }
  /**
   * One further question; a blank one is skipped and keeps its number.
   */
  export interface Followup {
    label?: string;
    prompt: string;
    [k: string]: unknown;
  }
  /**
   * `config`: the settings of the run.
   */
  export interface ProbeSettings {
    temperature?: number;
    maxTokens?: number;
    maxTurns?: number;
    seed?: number;
    topP?: number;
    deadlineSeconds?: number;
    preamblePlacement?: "system" | "prompt";
  }
  /**
   * `modelConfig`: the operator's settings for one model; they go before those of the run.
   */
  export interface ModelSettings {
    provider?: string;
    maxTokens?: number | null;
    maxTokensParam?: string;
    temperature?: number;
    topP?: number;
    frequencyPenalty?: number;
    presencePenalty?: number;
    stopSequences?: string[];
    reasoningEffort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";
  }
  /**
   * Prices in US dollars per million tokens.
   */
  export interface ModelCost {
    costInputPerMillion: number;
    costOutputPerMillion: number;
    costCachedInputPerMillion?: number;
    [k: string]: unknown;
  }
  /**
   * A `partialTranscript` from an earlier try.
   */
  export interface EarlierTranscript {
    turns: EarlierTurn[];
    startedAt?: string;
    durationMs?: number;
    [k: string]: unknown;
  }
  /**
   * A turn of an earlier try, already paid for.
   */
  export interface EarlierTurn {
    turnNumber: number;
    promptLabel?: string;
    probePrompt: string;
    targetResponse: string;
    inputTokens?: number | null;
    outputTokens?: number | null;
    providerMetadata?: {
      [k: string]: unknown;
    };
    [k: string]: unknown;
  }
}

export namespace ProbeResultSchema {
  /**
   * What probe.py prints.
   */
  export type ProbeResult = ProbeSuccess | ProbeFailure;
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
    tokenSource: "provider" | "tiktoken" | "estimate";
    requested: {
      [k: string]: unknown;
    };
    sent: {
      [k: string]: unknown;
    };
    dropped: string[];
    payloadSha256: string;
    attempts: number;
    startedAt: string;
    durationMs: number;
    discarded?: Discarded[];
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
    billing?: "unknown";
  }
  /**
   * The prices in force (US dollars per million tokens) and the sums; null where a count is not the provider's.
   */
  export interface CostSnapshot {
    currency: "USD";
    costInputPerMillion: number;
    costOutputPerMillion: number;
    costCachedInputPerMillion?: number;
    inputCost: number | null;
    outputCost: number | null;
    totalCost: number | null;
    estimated: boolean;
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
  }
}

export namespace HealthResultSchema {
  /**
   * What health_check.py prints.
   */
  export type HealthResult = HealthSuccess | Failure;
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
    certificates: {
      [k: string]: unknown;
    };
    descriptors: {
      [k: string]: number | null;
    };
    tokenizer: {
      [k: string]: unknown;
    };
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
}

export namespace AnalysisResultSchema {
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
   * What transcripts give.
   */
  export interface Complete {
    status: "COMPLETE";
    transcriptCount: number;
    completedAt: string;
    computedAt: string;
    durationMs: number;
    methodsUsed: string[];
    warnings: string[];
    run: RunCounts;
  }
  /**
   * How much of the run there is.
   */
  export interface RunCounts {
    models: string[];
    scenarios: number;
    transcripts: number;
    failures: {
      [k: string]: number;
    };
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
  }
}

export namespace ResolveResultSchema {
  /**
   * What resolve_models.py prints.
   */
  export type ResolveResult = Resolved | Failure;
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
  }
}
