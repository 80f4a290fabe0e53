/** Answers a question of the application from the database. Nothing here changes anything. */
import type { Db } from '../database/schema.js';
import { UsageError } from '../errors.js';
import { redactValue } from '../redaction.js';
import { findRun } from '../runs/find.js';
import type { Answers, Place, Problem, Question, Sort } from './api.js';
import { readFilter } from './filter.js';
import { analysisOf } from './queries/analysis.js';
import { conversationOf, conversationsAfter, placeOf } from './queries/conversation.js';
import { facetsOf } from './queries/facets.js';
import { matrixOf } from './queries/matrix.js';
import { neighboursOf } from './queries/neighbours.js';
import { type Known, knownRun, runOf } from './queries/run.js';
import { runsOf } from './queries/runs.js';
import { versusOf } from './queries/versus.js';
import type { Reply } from './source.js';

/** What was asked for is not there. */
export class NotThereError extends UsageError {
  override name = 'NotThereError';
}

export interface Opened {
  db: Db;
  /** It is a server's. */
  shared: boolean;
  /** Where it is, for people. */
  shown: string;
}

type Answering = { [Q in Question]: (opened: Opened, words: URLSearchParams) => Promise<Answers[Q]> };

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ROWS = 25;
const MOST_ROWS = 200;
const MOST_OFFSET = 10_000_000;
/** Of PostgreSQL's integers. */
const MOST_POSITION = 2_147_483_647;
const MOST_SAMPLE = 2_147_483_647;
/** How long a search may take before it says what it has, unless it is asked to go on. */
const PATIENCE_MILLISECONDS = 1_500;
const MOST_PATIENCE_SECONDS = 60;

const ANSWERING: Answering = {
  runs: async ({ db, shown }) => ({ database: shown, runs: await runsOf(db) }),
  run: async ({ db, shown }, words) => runOf(db, (await theRun(db, words)).id, shown),
  facets: async ({ db }, words) => facetsOf(db, (await theRun(db, words)).id),
  matrix: async ({ db, shared }, words) =>
    matrixOf(db, await theRun(db, words), {
      filter: readFilter(words),
      sort: oneOf<Sort>(words, 'sort', ['given', 'spread', 'name']),
      offset: whole(words, 'from', 0, MOST_OFFSET),
      limit: Math.max(1, whole(words, 'rows', ROWS, MOST_ROWS)),
      patience: { shared, milliseconds: patience(words) },
    }),
  async conversation({ db }, words) {
    const place = placeIn(words);
    const found = await conversationOf(db, await theRun(db, words), place);
    if (found === null) {
      throw new NotThereError(`this run asks nothing of that scenario, model and sample`);
    }
    // A key that came into use later than the answer.
    return redactValue(found);
  },
  neighbours: async ({ db, shared }, words) =>
    neighboursOf(db, await theRun(db, words), readFilter(listed(words)), placeIn(words), {
      shared,
      milliseconds: patience(words),
    }),
  versus: async ({ db }, words) =>
    versusOf(
      db,
      [await theRun(db, words), await theRun(db, words, 'against')],
      whole(words, 'from', 0, MOST_OFFSET),
      Math.max(1, whole(words, 'rows', ROWS, MOST_ROWS)),
    ),
  conversations: async ({ db }, words) =>
    conversationsAfter(db, await theRun(db, words), whole(words, 'from', 0, MOST_POSITION) - 1),
  async find({ db }, words) {
    const { id, name } = await findRun(db, words.get('run') ?? '');
    return { id, name };
  },
  // As the conversation shows it.
  scale: async ({ db }, words) => redactValue({ saidOn: (await theRun(db, words)).saidOn }),
  analysis: async ({ db }, words) => analysisOf(db, await theRun(db, words)),
  async transcript({ db }, words) {
    const place = await placeOf(db, uuid(words, 'id'));
    if (place === null) {
      throw new NotThereError('there is no transcript of this ID');
    }
    return place;
  },
};

export function isQuestion(name: string): name is Question {
  return Object.hasOwn(ANSWERING, name);
}

/** @throws NotThereError; UsageError where its words are wrong. */
export async function answer<Q extends Question>(opened: Opened, question: Q, words: string): Promise<Answers[Q]> {
  return ANSWERING[question](opened, new URLSearchParams(words));
}

/** The answer, or what is wrong with the question, as it goes to the browser. */
export async function reply(opened: Opened, question: string, words: string): Promise<Reply> {
  try {
    if (!isQuestion(question)) {
      throw new NotThereError(`there is no question ${question}`);
    }
    return { status: 200, body: JSON.stringify(await answer(opened, question, words)) };
  } catch (error) {
    if (!(error instanceof UsageError)) {
      throw error;
    }
    const problem: Problem = { error: error.message };
    return { status: error instanceof NotThereError ? 404 : 400, body: JSON.stringify(problem) };
  }
}

async function theRun(db: Db, words: URLSearchParams, name = 'run'): Promise<Known> {
  const run = await knownRun(db, uuid(words, name));
  if (run === null) {
    throw new NotThereError('there is no run of this ID; it may have been deleted');
  }
  return run;
}

/** In a question for neighbours `scenario`, `model` and `sample` name the place, and those of the filter stand in `list`. */
function listed(words: URLSearchParams): URLSearchParams {
  return new URLSearchParams(words.get('list') ?? '');
}

function placeIn(words: URLSearchParams): Place {
  return {
    run: uuid(words, 'run'),
    scenario: words.get('scenario') ?? '',
    model: words.get('model') ?? '',
    sample: whole(words, 'sample', 0, MOST_SAMPLE),
  };
}

function uuid(words: URLSearchParams, name: string): string {
  const value = words.get(name) ?? '';
  if (!UUID.test(value)) {
    throw new UsageError(`${name}: must be an ID`);
  }
  return value.toLowerCase();
}

function whole(words: URLSearchParams, name: string, otherwise: number, most: number): number {
  const text = words.get(name);
  if (text === null) {
    return otherwise;
  }
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= most)) {
    throw new UsageError(`${name}: must be a whole number up to ${most}`);
  }
  return value;
}

function oneOf<T extends string>(words: URLSearchParams, name: string, values: [T, ...T[]]): T {
  const text = words.get(name) ?? values[0];
  const value = values.find((one) => one === text);
  if (value === undefined) {
    throw new UsageError(`${name}: must be one of ${values.join(', ')}`);
  }
  return value;
}

function patience(words: URLSearchParams): number {
  return words.has('patience') ? 1_000 * whole(words, 'patience', 0, MOST_PATIENCE_SECONDS) : PATIENCE_MILLISECONDS;
}
