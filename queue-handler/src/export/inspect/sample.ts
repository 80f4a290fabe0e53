/** A probe as a sample of an Inspect log. Names and meanings of fields are those of inspect_ai.log.EvalSample. */
import type { CostSnapshot, Turn } from '../../documents/documents.js';
import { type ExportLine, turnsOf } from '../line.js';

// https://inspect.aisi.org.uk/reference/inspect_ai.model.html#modeloutput: its reasons to stop. A refusal with text is an answer.
const STOP_REASONS: Record<string, string> = {
  stop: 'stop',
  length: 'max_tokens',
  content_filter: 'content_filter',
  refusal: 'stop',
  other: 'unknown',
};

/** In the list of samples; the rest is in the sample. */
const SHOWN_CHARACTERS = 1_000;
export const SCORER = 'decision';

export interface Usage {
  /** Without those that a cache has, unlike our own count. */
  input_tokens: number;
  output_tokens: number;
  total_tokens: number;
  input_tokens_cache_read?: number;
  input_tokens_cache_write?: number;
  reasoning_tokens?: number;
  total_cost?: number;
}

interface Message {
  id: string;
  role: 'system' | 'user' | 'assistant';
  content: string;
  source: 'input' | 'generate';
  model?: string;
}

export interface Sample {
  id: string;
  epoch: number;
  input: Message[];
  target: string;
  messages: Message[];
  output: object;
  scores?: Record<string, { value: number | string; answer?: string; explanation: string; metadata: object }>;
  metadata: Record<string, unknown>;
  model_usage: Record<string, Usage>;
  started_at?: string;
  completed_at?: string;
  total_time?: number;
  uuid: string;
  error?: { message: string; traceback: string; traceback_ansi: string };
}

/** @param model as the log names it. */
export function sampleOf(line: ExportLine, model: string): Sample {
  const turns = turnsOf(line);
  const usage = usageOf(turns, line.costSnapshot ?? null);
  const messages = messagesOf(line, turns);
  const [question] = messages.filter(({ role }) => role === 'user').slice(0, 1);
  const score = scoreOf(line);
  return {
    id: line.scenarioId,
    epoch: line.sampleIndex + 1,
    input: messages.slice(0, question === undefined ? 0 : messages.indexOf(question) + 1),
    target: '',
    messages,
    output: outputOf(line, turns, messages, model, usage),
    ...(score === null ? {} : { scores: { [SCORER]: score } }),
    metadata: metadataOf(line, turns),
    model_usage: usage === null ? {} : { [model]: usage },
    ...(line.startedAt === undefined ? {} : { started_at: line.startedAt, completed_at: line.completedAt ?? '' }),
    ...(line.durationMs === undefined ? {} : { total_time: line.durationMs / 1000 }),
    uuid: line.probeId,
    ...(line.error ? { error: errorOf(line.error) } : {}),
  };
}

/** What stands in the list of samples. */
export function summaryOf({ output: _, messages, error, input, ...sample }: Sample): object {
  const shown = ({ content, ...message }: Message): Message => ({
    ...message,
    content: content.slice(0, SHOWN_CHARACTERS),
  });
  return {
    ...sample,
    input: input.map(shown),
    ...(error === undefined ? {} : { error: error.message.slice(0, SHOWN_CHARACTERS) }),
    completed: true,
    message_count: messages.length,
  };
}

function messagesOf({ probeId, definition }: ExportLine, turns: readonly Turn[]): Message[] {
  const preamble = definition?.scenario?.preamble;
  // Where the run has it in the prompt, the prompt holds it.
  const isSystem = definition?.config?.preamblePlacement !== 'prompt';
  const system: Omit<Message, 'id'>[] =
    preamble && isSystem ? [{ role: 'system', content: preamble, source: 'input' }] : [];
  const all = turns.flatMap(({ probePrompt, targetResponse, providerMetadata }): Omit<Message, 'id'>[] => [
    { role: 'user', content: probePrompt, source: 'input' },
    {
      role: 'assistant',
      content: targetResponse,
      source: 'generate',
      ...(providerMetadata?.modelVersion ? { model: providerMetadata.modelVersion } : {}),
    },
  ]);
  return [...system, ...all].map((message, index) => ({ id: `${probeId}-${index}`, ...message }));
}

function outputOf(
  line: ExportLine,
  turns: readonly Turn[],
  messages: readonly Message[],
  model: string,
  usage: Usage | null,
): object {
  const last = turns.at(-1);
  if (last === undefined) {
    return { model, choices: [], completion: '' };
  }
  const reason = STOP_REASONS[last.providerMetadata?.finishReason ?? ''] ?? 'unknown';
  return {
    model: last.providerMetadata?.modelVersion ?? model,
    choices: [{ message: messages.at(-1), stop_reason: reason }],
    completion: last.targetResponse,
    ...(usage === null ? {} : { usage }),
    ...(line.durationMs === undefined ? {} : { time: line.durationMs / 1000 }),
    ...(last.providerMetadata?.requestId ? { response_id: last.providerMetadata.requestId } : {}),
  };
}

/** All turns together; null where a count is not known, because a count of the log that is left out is 0. */
export function usageOf(turns: readonly Turn[], cost: CostSnapshot | null): Usage | null {
  const sum = (read: (turn: Turn) => number | null | undefined): number | null => {
    const counts = turns.map(read);
    return counts.every((count) => typeof count === 'number') ? counts.reduce((all, count) => all + count, 0) : null;
  };
  const input = sum(({ inputTokens }) => inputTokens);
  const output = sum(({ outputTokens }) => outputTokens);
  if (turns.length === 0 || input === null || output === null) {
    return null;
  }
  const cached = sum(({ providerMetadata }) => providerMetadata?.cachedInputTokens);
  const written = sum(({ providerMetadata }) => providerMetadata?.cacheWriteInputTokens);
  const reasoning = sum(({ providerMetadata }) => providerMetadata?.reasoningTokens);
  return {
    input_tokens: input - (cached ?? 0) - (written ?? 0),
    output_tokens: output,
    total_tokens: input + output,
    ...(cached === null ? {} : { input_tokens_cache_read: cached }),
    ...(written === null ? {} : { input_tokens_cache_write: written }),
    ...(reasoning === null ? {} : { reasoning_tokens: reasoning }),
    ...(cost?.totalCost == null ? {} : { total_cost: cost.totalCost }),
  };
}

/** Null where nothing was decided: a log has no score for that. */
function scoreOf({ summary }: ExportLine): NonNullable<Sample['scores']>[string] | null {
  if (summary === undefined || summary.score === null) {
    return null;
  }
  const { score, class: how, rule, rawLabel, label } = summary;
  return {
    value: score,
    ...(typeof (rawLabel ?? label) === 'string' ? { answer: String(rawLabel ?? label) } : {}),
    explanation: [how, rule].filter(Boolean).join(': '),
    metadata: summary,
  };
}

function metadataOf(line: ExportLine, turns: readonly Turn[]): Record<string, unknown> {
  const { name, dimensions, family, pair, orientation } = line.scenario;
  return {
    scenario_name: name,
    ...(family === undefined ? {} : { family }),
    ...(pair === undefined ? {} : { pair }),
    ...(orientation === undefined ? {} : { orientation }),
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(line.summary === undefined ? {} : { score_class: line.summary.class }),
    status: line.status,
    probe_id: line.probeId,
    ...(line.transcriptId === undefined ? {} : { transcript_id: line.transcriptId }),
    turns: turns.map(({ promptLabel, providerMetadata: of }) => ({
      label: promptLabel,
      finish_reason: of?.finishReason,
      truncated: of?.truncated,
      requested: of?.requested,
      sent: of?.sent,
      dropped: of?.dropped,
      payload_sha256: of?.payloadSha256,
    })),
    ...(line.warnings?.length ? { warnings: line.warnings } : {}),
  };
}

function errorOf({ code, message }: NonNullable<ExportLine['error']>): NonNullable<Sample['error']> {
  const text = `${code}: ${message}`;
  return { message: text, traceback: text, traceback_ansi: text };
}
