/**
 * What a run will cost before anything is paid: requests, tokens and dollars per model.
 *
 * Questions are counted at four characters a token, the rule of thumb that OpenAI gives for English
 * (https://help.openai.com/en/articles/4936856). Each turn sends the whole conversation so far, so the answers before
 * it are part of what it reads. How long answers are is known only from earlier transcripts of the model: where there
 * are none, the forecast has an assumption for the middle and maxTokens for the most.
 */
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import type { ModelAnswer, ModelCost, RunFile } from '../documents/documents.js';
import { probeDefault, runDefault } from '../documents/schemas.js';
import { modelsOf } from './run-file.js';
import { scenariosOf } from './scenarios.js';

const CHARS_PER_TOKEN = 4;
const ASSUMED_ANSWER_TOKENS = 500;
const PER_MILLION = 1_000_000;

export interface ModelForecast {
  modelId: string;
  provider: string | null;
  requests: number;
  inputTokens: number;
  outputTokens: number;
  /** Dollars; null where the file has no price for the model. */
  cost: number | null;
  /** Dollars if every answer were as long as it may be. */
  costAtMost: number | null;
  /** Tokens of an answer: measured in so many earlier turns, or assumed (0). */
  answerTokens: number;
  measuredTurns: number;
  problem: string | null;
}

export async function forecast(file: RunFile, resolved: ModelAnswer[], db: Db | null): Promise<ModelForecast[]> {
  const maxTokens = file.config?.maxTokens ?? probeDefault('maxTokens');
  const maxTurns = file.config?.maxTurns ?? probeDefault('maxTurns');
  const questions = questionsOf(file, maxTurns);
  const measured = db === null ? new Map<string, Measured>() : await measure(db);
  return modelsOf(file).map((model, index) => {
    const own = model.modelConfig?.maxTokens;
    const known = resolved[index];
    const limit = known?.maxOutputTokens ?? Number.POSITIVE_INFINITY;
    const wanted = own === null ? limit : (own ?? maxTokens);
    const most = Math.min(wanted, limit);
    const past = measured.get(model.modelId);
    const answerTokens = Math.min(past?.tokens ?? ASSUMED_ANSWER_TOKENS, most);
    const middle = conversations(questions, answerTokens);
    const longest = conversations(questions, most);
    return {
      modelId: model.modelId,
      provider: known?.provider ?? null,
      requests: middle.requests,
      inputTokens: middle.input,
      outputTokens: middle.output,
      cost: price(middle, model.modelCost),
      costAtMost: Number.isFinite(most) ? price(longest, model.modelCost) : null,
      answerTokens,
      measuredTurns: past?.turns ?? 0,
      problem: known?.problem?.message ?? null,
    };
  });
}

interface Tokens {
  requests: number;
  input: number;
  output: number;
}

/** What the questions of a run come to for one model, whatever the answers are. */
interface Questions {
  requests: number;
  /** Tokens of the questions, each counted as often as it is sent. */
  input: number;
  /** How often an earlier answer is sent once more. */
  answersSent: number;
}

/** Counted once for all models: a template may make very many. */
function questionsOf(file: RunFile, maxTurns: number): Questions {
  const sum: Questions = { requests: 0, input: 0, answersSent: 0 };
  for (const asked of scenariosOf(file)) {
    const prompts = [asked.prompt, ...(asked.followups ?? []).map((followup) => followup.prompt)]
      .filter((prompt) => prompt.trim() !== '')
      .slice(0, maxTurns);
    // The workers leave out what is blank, too.
    let context = tokensOf(asked.preamble?.trim() ? asked.preamble : '');
    for (const [answers, prompt] of prompts.entries()) {
      context += tokensOf(prompt);
      sum.requests += 1;
      sum.input += context;
      sum.answersSent += answers;
    }
  }
  const samples = file.samples ?? runDefault('samples');
  return { requests: sum.requests * samples, input: sum.input * samples, answersSent: sum.answersSent * samples };
}

function conversations({ requests, input, answersSent }: Questions, answerTokens: number): Tokens {
  return {
    requests,
    input: input + (answersSent === 0 ? 0 : answersSent * answerTokens),
    output: requests * answerTokens,
  };
}

function tokensOf(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}

function price(tokens: Tokens, cost: ModelCost | undefined): number | null {
  return cost === undefined
    ? null
    : (tokens.input * cost.costInputPerMillion + tokens.output * cost.costOutputPerMillion) / PER_MILLION;
}

interface Measured {
  tokens: number;
  turns: number;
}

async function measure(db: Db): Promise<Map<string, Measured>> {
  const { rows } = await sql<{ model_id: string; tokens: string | null; turns: number }>`
    SELECT model_id, round(sum(output_tokens) / nullif(sum(turn_count), 0))::text AS tokens, sum(turn_count)::int AS turns
    FROM transcripts GROUP BY model_id`.execute(db);
  return new Map(rows.map((row) => [row.model_id, { tokens: Number(row.tokens ?? 0), turns: row.turns }]));
}
