/** The columns that are read of turns: of one, or in the row of a probe of all of them. */
import type { ProviderMetadata, Turn } from '../documents/documents.js';
import type { Cell, Column, Source } from './columns.js';

type Metadata = Partial<ProviderMetadata>;
type OfTurn = (turn: Turn, metadata: Metadata) => Cell | undefined;

export const answerColumns: Column[] = [
  {
    name: 'turns',
    type: 'int',
    only: 'probes',
    meaning: 'how many turns were answered; of a failed probe those that were paid for',
    read: ({ turns }) => turns.length,
  },
  { name: 'turn', type: 'int', only: 'turns', meaning: 'which turn, from 1', read: ({ turn }) => turn?.turnNumber },
  {
    name: 'turn_label',
    type: 'string',
    only: 'turns',
    meaning: '`scenario_prompt`, or the label of the follow-up',
    read: ({ turn }) => turn?.promptLabel,
  },
  {
    name: 'preamble',
    type: 'string',
    only: 'probes',
    meaning: 'the system message',
    read: ({ line }) => line.definition?.scenario?.preamble,
  },
  {
    name: 'prompt',
    type: 'string',
    meaning: 'what was asked; in a row of a probe in its first turn',
    read: ({ turns }) => turns[0]?.probePrompt,
  },
  { name: 'answer', type: 'string', meaning: 'what was answered to it', read: ({ turns }) => turns[0]?.targetResponse },
  {
    name: 'further_turns',
    type: 'string',
    only: 'probes',
    meaning: 'JSON: the turns behind the first, each with `label`, `prompt` and `answer`; empty where there are none',
    read: ({ turns }) =>
      turns.length < 2
        ? null
        : JSON.stringify(
            turns.slice(1).map(({ promptLabel, probePrompt, targetResponse }) => ({
              label: promptLabel,
              prompt: probePrompt,
              answer: targetResponse,
            })),
          ),
  },
  {
    name: 'finish_reasons',
    type: 'string',
    meaning:
      '`stop`, `length`, `refusal`, `content_filter` or `other`; of several turns in their order, a blank between',
    read: joined((_, { finishReason }) => finishReason),
  },
  {
    name: 'raw_finish_reasons',
    type: 'string',
    meaning: 'as the provider says it',
    read: joined((_, { rawFinishReason }) => rawFinishReason),
  },
  {
    name: 'truncated',
    type: 'bool',
    meaning: 'whether an answer was cut off at the limit of tokens',
    read: any((_, { truncated }) => truncated),
  },
  {
    name: 'refused',
    type: 'bool',
    meaning: 'whether an answer is a refusal, as the provider says; in a row of a probe also as the scorer reads',
    read: (source) =>
      (source.turn === null && source.line.summary?.class === 'refusal') ||
      any((_, { finishReason }) => (finishReason === undefined ? undefined : finishReason === 'refusal'))(source),
  },
  {
    name: 'thinking_in_text',
    type: 'bool',
    meaning: 'whether thinking was cut out of the text of an answer',
    read: any((_, { finishReason, thinkingInText }) =>
      finishReason === undefined ? undefined : thinkingInText === true,
    ),
  },
];

/** One by one those that are sent often; all of them as JSON. */
export const settingsColumns: Column[] = [
  sent('temperature', 'temperature', 'double', 'sampling temperature as it was sent; empty where none was'),
  sent('top_p', 'topP', 'double', 'likewise'),
  sent('max_tokens', 'maxTokens', 'int', 'the bound on an answer that was sent'),
  sent('seed', 'seed', 'int', 'likewise'),
  sent('reasoning_effort', 'reasoningEffort', 'string', 'likewise'),
  {
    name: 'settings_requested',
    type: 'string',
    meaning:
      'JSON: every setting as it was asked for; in a row of a probe that of its first turn, as in the columns before',
    read: first((_, { requested }) => requested && JSON.stringify(requested)),
  },
  {
    name: 'settings_sent',
    type: 'string',
    meaning: 'JSON: every setting that went to the provider',
    read: first((_, { sent }) => sent && JSON.stringify(sent)),
  },
  {
    name: 'settings_dropped',
    type: 'string',
    meaning:
      'names of the settings that were left out because the model refuses them, in any turn of the row, a blank between',
    read: ({ turns }) =>
      turns.some((turn) => turn.providerMetadata?.dropped !== undefined)
        ? [...new Set(turns.flatMap((turn) => turn.providerMetadata?.dropped ?? []))].join(' ') || null
        : null,
  },
];

export const costColumns: Column[] = [
  tokens(
    'input_tokens',
    'tokens of the questions, as they are billed, those of all turns together',
    (turn) => turn.inputTokens,
  ),
  tokens('cached_input_tokens', 'of these, read from a cache', (_, { cachedInputTokens }) => cachedInputTokens),
  tokens('cache_write_tokens', 'of these, written to a cache', (_, { cacheWriteInputTokens }) => cacheWriteInputTokens),
  tokens(
    'output_tokens',
    'tokens of the answers with their reasoning, as they are billed',
    (turn) => turn.outputTokens,
  ),
  tokens('reasoning_tokens', 'of these, reasoning', (_, { reasoningTokens }) => reasoningTokens),
  {
    name: 'token_source',
    type: 'string',
    meaning: 'where the counts come from: `provider`, `tiktoken` or `estimate`; of several turns in their order',
    read: joined((_, { tokenSource }) => tokenSource),
  },
  {
    name: 'cost_usd',
    type: 'double',
    only: 'probes',
    meaning: 'dollars, by the prices of the run; empty where a price or a count is not known',
    read: ({ line, turns }) => {
      // What a conversation without an end has cost is known only where nothing but failed calls was paid for.
      const snapshot =
        line.content === undefined && turns.length > 0 ? null : (line.costSnapshot ?? line.error?.costSnapshot);
      return snapshot?.totalCost;
    },
  },
  {
    name: 'cost_estimated',
    type: 'bool',
    only: 'probes',
    meaning: 'whether that rests on a count that is an estimate',
    read: ({ line }) => line.costSnapshot?.estimated,
  },
];

export const providerColumns: Column[] = [
  {
    name: 'attempts',
    type: 'int',
    meaning: 'calls that it took, together',
    read: summed((_, { attempts }) => attempts),
  },
  {
    name: 'duration_ms',
    type: 'int',
    meaning: 'milliseconds from the first call of the turn to its answer; of a probe the whole conversation',
    read: ({ line, turn }) => (turn === null ? line.durationMs : turn.providerMetadata?.durationMs),
  },
  {
    name: 'started_at',
    type: 'timestamp',
    meaning: 'when the conversation began, or the turn was asked',
    read: ({ line, turn }) => (turn === null ? line.startedAt : turn.providerMetadata?.startedAt),
  },
  {
    name: 'completed_at',
    type: 'timestamp',
    only: 'probes',
    meaning: 'when the conversation ended',
    read: ({ line }) => line.completedAt,
  },
  {
    name: 'request_ids',
    type: 'string',
    meaning: "the provider's IDs of the calls that were answered, of several turns in their order",
    read: joined((_, { requestId }) => requestId),
  },
  {
    name: 'system_fingerprint',
    type: 'string',
    meaning: 'the backend as the provider names it; of the last turn',
    read: ({ turns }) => turns.at(-1)?.providerMetadata?.systemFingerprint,
  },
  {
    name: 'service_tier',
    type: 'string',
    meaning: 'as the provider names it; of the last turn',
    read: ({ turns }) => turns.at(-1)?.providerMetadata?.serviceTier,
  },
  {
    name: 'payload_sha256',
    type: 'string',
    meaning:
      'SHA-256 of the body of the call that was answered, byte for byte as it was sent; of several turns in their order',
    read: joined((_, { payloadSha256 }) => payloadSha256),
  },
];

function sent(name: string, setting: string, type: Column['type'], meaning: string): Column {
  return {
    name,
    type,
    meaning,
    read: first((_, { sent: all }) => {
      const value = (all as Record<string, unknown> | undefined)?.[setting];
      const isOfType = typeof value === (type === 'string' ? 'string' : 'number');
      return isOfType ? (value as Cell) : null;
    }),
  };
}

function tokens(name: string, meaning: string, read: OfTurn): Column {
  return { name, type: 'int', meaning, read: summed(read) };
}

function each({ turns }: Source, read: OfTurn): (Cell | undefined)[] {
  return turns.map((turn) => read(turn, turn.providerMetadata ?? {}));
}

function first(read: OfTurn): Column['read'] {
  return (source) => each({ ...source, turns: source.turns.slice(0, 1) }, read)[0];
}

/** Nothing where one of them is not known. */
function summed(read: OfTurn): Column['read'] {
  return (source) => {
    let sum = 0;
    for (const value of each(source, read)) {
      if (typeof value !== 'number') {
        return null;
      }
      sum += value;
    }
    return source.turns.length === 0 ? null : sum;
  };
}

/** True where one is, false where none is and all are known. */
function any(read: OfTurn): (source: Source) => boolean | null {
  return (source) => {
    const said = each(source, read);
    if (said.includes(true)) {
      return true;
    }
    return said.length > 0 && said.every((one) => one === false) ? false : null;
  };
}

/** Nothing where none of them is known; `-` stands for one that is not. */
function joined(read: OfTurn): Column['read'] {
  return (source) => {
    const all = each(source, read);
    return all.some((one) => typeof one === 'string') ? all.map((one) => one ?? '-').join(' ') : null;
  };
}
