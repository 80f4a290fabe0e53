/** score.py as a process: a job of some answers, and what came of it. */
import { MARGIN_SECONDS } from '../deadline.js';
import {
  type EarlierVerdict,
  type FailedVerdict,
  type Override,
  type PaidVerdict,
  type ScoreFailure,
  type ScoreResult,
  type ScoreSuccess,
  schemaProblem,
} from '../documents/documents.js';
import { storableValue } from '../documents/storable.js';
import type { AttemptError, ScoringConfig, TranscriptContent } from '../model.js';
import { documentOf, runRaw } from './one-shot.js';
import type { WorkerProcess } from './process.js';
import type { PaidTurn } from './turns.js';

/** A transcript as the worker takes it. */
export interface Answered {
  id: string;
  modelId: string;
  scenarioId: string;
  sampleIndex: number;
  orientation?: 'normal' | 'flipped';
  content: TranscriptContent;
}

export interface ScorerJob {
  id: string;
  runId: string;
  config: ScoringConfig;
  verdicts?: EarlierVerdict[];
  overrides?: Override[];
  /** A command waits for it, and tells of its faults itself. */
  quiet?: boolean;
  /** Only whether answers can be scored in this way, of which there are none. */
  check?: boolean;
  /** In pages, of which one is in memory at a time. */
  transcripts: Iterable<Answered[]> | AsyncIterable<Answered[]>;
}

export interface Judging {
  /** Puts a verdict in safety; nothing further is asked before. */
  keep: (verdict: PaidVerdict) => Promise<void>;
  /** Throws where nothing more is to be asked. */
  assure: () => Promise<void>;
  /** How long the word on that holds. */
  leaseSeconds: number;
  concurrency: number;
}

const UNASKED: ReadonlySet<string> = new Set(['VALIDATION_ERROR', 'CONFIG_ERROR']);
// What the parser reads in it: a thousand times what it is given.
const PARSER_SECONDS = 300;
// A judge that is asked about a page of answers may have to wait for its provider.
const JUDGE_SECONDS = 3_600;
// Every verdict comes with its question, which holds the answer.
const DOCUMENT_LIMIT = 256 * 1024 * 1024;

/** There are no scores. */
export class ScorerError extends Error {
  override name = 'ScorerError';

  constructor(
    readonly failure: AttemptError,
    /** What a judge was paid for all the same. */
    readonly verdicts: PaidVerdict[],
    /** Questions to a judge that brought no verdict; null where nobody says which were put. */
    readonly failed: FailedVerdict[] | null,
  ) {
    super(failure.message);
  }
}

/** It was ended before its end, through no fault of its own. */
export class LeftError extends Error {
  override name = 'LeftError';

  constructor(
    readonly verdicts: PaidVerdict[] = [],
    /** As in a ScorerError. */
    readonly failed: FailedVerdict[] | null = null,
  ) {
    super('the scoring was left before its end');
  }
}

/** @throws ScorerError; LeftError once `ending` comes. */
export async function score(job: ScorerJob, ending: AbortSignal, judging: Judging | null): Promise<ScoreSuccess> {
  const { runId } = job;
  const seconds = judging === null ? PARSER_SECONDS : JUDGE_SECONDS;
  let worker: WorkerProcess | null = null;
  const end = (): void => worker?.terminate();
  ending.addEventListener('abort', end, { once: true });
  try {
    if (ending.aborted) {
      throw new LeftError([], []);
    }
    const raw = await runRaw('score.py', pieces(job, judging, seconds), {
      ids: { runId },
      ...(job.quiet && { quiet: true }),
      ...(job.check && { args: ['--check'] }),
      timeoutMilliseconds: (seconds + MARGIN_SECONDS) * 1000,
      documentLimit: DOCUMENT_LIMIT,
      onStart: (started) => {
        worker = started;
      },
      ...(judging && {
        onTurn: (turn: PaidTurn) => judging.keep(turn as PaidTurn & PaidVerdict),
        onAsk: judging.assure,
        leaseSeconds: judging.leaseSeconds,
      }),
    });
    return read(documentOf(raw), ending);
  } finally {
    ending.removeEventListener('abort', end);
  }
}

function read(found: ReturnType<typeof documentOf>, ending: AbortSignal): ScoreSuccess {
  if ('failed' in found) {
    const { failed } = found;
    if (failed.kind === 'success' || failed.kind === 'interrupted' || ending.aborted) {
      throw new LeftError();
    }
    throw new ScorerError(failed.error, [], failed.kind === 'unstarted' ? [] : null);
  }
  const problem = schemaProblem('score.result', found.document);
  if (problem !== null) {
    const message = `bad worker output: its document is not of the published form: ${problem}`;
    throw new ScorerError({ code: 'UNKNOWN', message, retryable: true, details: null }, [], null);
  }
  const result = storableValue(found.document as ScoreResult);
  if (!result.success) {
    const { error, verdicts = [] } = result;
    throw error.code === 'CANCELLED' && ending.aborted
      ? leftWith(result)
      : new ScorerError(error, verdicts, inVain(result));
  }
  return result;
}

function leftWith(result: ScoreFailure): LeftError {
  return new LeftError(result.verdicts, inVain(result));
}

/** Without a list of them a job failed before its first question, where it is the job that is wrong. */
function inVain({ error, failed }: ScoreFailure): FailedVerdict[] | null {
  return failed ?? (UNASKED.has(error.code) ? [] : null);
}

async function* pieces(job: ScorerJob, judging: Judging | null, seconds: number): AsyncGenerator<string> {
  const { scale, turn, marker, judge } = job.config;
  const fields = {
    jobId: job.id,
    runId: job.runId,
    scale,
    ...(turn != null && { turn }),
    ...(marker != null && { marker }),
    ...((judging !== null || job.check) && { judge }),
    ...(judging !== null && { config: { deadlineSeconds: seconds, concurrency: judging.concurrency } }),
    ...(judging !== null && job.verdicts !== undefined && { verdicts: job.verdicts }),
    ...(job.overrides !== undefined && { overrides: job.overrides }),
  };
  yield `${JSON.stringify(fields).slice(0, -1)},"transcripts":[`;
  let comma = '';
  for await (const page of job.transcripts) {
    if (page.length > 0) {
      yield comma + page.map((item) => JSON.stringify(item)).join(',');
      comma = ',';
    }
  }
  yield ']}';
}

/** Why answers cannot be scored in this way, with the path of the field; null where they can. Nobody is asked. */
export async function scoringProblem(config: ScoringConfig): Promise<string | null> {
  const never = new AbortController().signal;
  try {
    await score({ id: 'check', runId: 'check', config, quiet: true, check: true, transcripts: [] }, never, null);
    return null;
  } catch (error) {
    if (error instanceof ScorerError && !error.failure.retryable) {
      return error.message;
    }
    throw error;
  }
}
