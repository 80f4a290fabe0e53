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
import type { Judge, ModelAnswer, ModelCost, ModelSettings, RunFile } from '../documents/documents.js';
import { judgesOf } from '../documents/judges.js';
import { probeDefault, runDefault } from '../documents/schemas.js';
import { modelsOf, probeCount } from './run-file.js';
import { scenariosOf } from './scenarios.js';
import { priceOf } from './served.js';

const CHARS_PER_TOKEN = 4;
const ASSUMED_ANSWER_TOKENS = 500;
// The labels and the request around the answer in a judge's question.
const AROUND_AN_ANSWER_TOKENS = 150;
const PER_MILLION = 1_000_000;

export interface ModelForecast {
  modelId: string;
  provider: string | null;
  requests: number;
  inputTokens: number;
  outputTokens: number;
  /** Of a judge: what it is asked about. */
  judges?: 'all' | 'unsettled';
  /** Dollars; null where no price is known, or nobody knows how many answers a judge will be asked about. */
  cost: number | null;
  /** Dollars if every answer were as long as it may be. */
  costAtMost: number | null;
  /** Tokens of an answer: measured in so many earlier turns, or assumed (0). */
  answerTokens: number;
  measuredTurns: number;
  problem: string | null;
}

/** What is asked of a run, and may ask: its models, and its judges after them. */
export function askedOf(file: RunFile): Asked[] {
  return [...modelsOf(file), ...judgesOf(file.judge)];
}

type Asked = { modelId: string; modelConfig?: ModelSettings | null; modelCost?: ModelCost | null };

/** @param resolved the answers for `askedOf(file)`. */
export async function forecast(file: RunFile, resolved: ModelAnswer[], db: Db | null): Promise<ModelForecast[]> {
  const maxTokens = file.config?.maxTokens ?? probeDefault('maxTokens');
  const maxTurns = file.config?.maxTurns ?? probeDefault('maxTurns');
  const questions = questionsOf(file, maxTurns);
  const measured = db === null ? new Map<string, Measured>() : await measure(db);
  const models = modelsOf(file);
  const answers = models.map((model, index) => answersOf(model, resolved[index], maxTokens, measured));
  const forecasts = models.map((model, index) => {
    const answer = answers[index] as Answers;
    return of(model, resolved[index], answer, (tokens) => conversations(questions, tokens));
  });
  const judges = judgesOf(file.judge).map((judge, index) => {
    const known = resolved[models.length + index];
    const answer = answersOf(judge, known, judge.config?.maxTokens ?? probeDefault('maxTokens'), measured);
    const judged = (of: (one: Answers) => number) => answers.reduce((sum, one) => sum + of(one), 0) / models.length;
    const found = of(judge, known, answer, (tokens, which) =>
      verdicts(
        judge,
        probeCount(file),
        judged((one) => one[which]),
        tokens,
      ),
    );
    const judges = judge.scope ?? 'unsettled';
    return { ...found, judges, cost: judges === 'all' ? found.cost : null };
  });
  return [...forecasts, ...judges];
}

/** How long the answers of a model are: in the middle, and at most. */
interface Answers {
  middle: number;
  most: number;
  measuredTurns: number;
}

function answersOf(
  model: Asked,
  known: ModelAnswer | undefined,
  maxTokens: number,
  measured: Map<string, Measured>,
): Answers {
  const own = model.modelConfig?.maxTokens;
  const limit = known?.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const most = Math.min(own === null ? limit : (own ?? maxTokens), limit);
  const past = measured.get(model.modelId);
  return { middle: Math.min(past?.tokens ?? ASSUMED_ANSWER_TOKENS, most), most, measuredTurns: past?.turns ?? 0 };
}

function of(
  model: Asked,
  known: ModelAnswer | undefined,
  { middle, most, measuredTurns }: Answers,
  tokensOf: (answerTokens: number, which: 'middle' | 'most') => Tokens,
): ModelForecast {
  const tokens = tokensOf(middle, 'middle');
  const cost = priceOf(model, known);
  const flex = model.modelConfig?.serviceTier === 'flex' ? (cost?.flexFactor ?? 1) : 1;
  const atMost = price(tokensOf(most, 'most'), cost);
  return {
    modelId: model.modelId,
    provider: known?.provider ?? null,
    requests: tokens.requests,
    inputTokens: Math.round(tokens.input),
    outputTokens: tokens.output,
    // At most: flex is asked for, and not always served.
    cost: cost === null ? null : (price(tokens, cost) ?? 0) * flex,
    costAtMost: atMost !== null && Number.isFinite(atMost) ? atMost : null,
    answerTokens: middle,
    measuredTurns,
    problem: known?.problem?.message ?? null,
  };
}

/** What a judge reads and writes who is asked about so many answers. */
function verdicts(judge: Judge, answers: number, tokensOfAnswer: number, verdictTokens: number): Tokens {
  const requests = answers * (judge.samples ?? 1);
  const question = tokensOf(judge.instructions) + AROUND_AN_ANSWER_TOKENS + tokensOfAnswer;
  return { requests, input: requests * question, output: requests * verdictTokens };
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

function price(tokens: Tokens, cost: ModelCost | null): number | null {
  return cost === null
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
    FROM transcripts WHERE reused IS NULL GROUP BY model_id`.execute(db);
  return new Map(rows.map((row) => [row.model_id, { tokens: Number(row.tokens ?? 0), turns: row.turns }]));
}
