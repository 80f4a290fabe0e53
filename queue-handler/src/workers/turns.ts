/** The turn stream: answers that are paid for while their conversation goes on, each stored before the next question. */
import type { Duplex } from 'node:stream';
import { type Turn, turnProblem } from '../documents/documents.js';
import { isTooDeep, storableValue } from '../documents/storable.js';
import { getLogger } from '../log.js';
import { readLines } from './lines.js';

/** A line of `--turns-fd`. */
export interface PaidTurn {
  /** Written back when the turn is in safety, or with `refused`; the worker asks nothing further before. */
  seq: number;
  jobId: string;
  startedAt: string;
  durationMs: number;
  turn: Turn;
}

/** Puts a turn in safety; the conversation goes on when this is done, and ends where it throws. */
export type OnTurn = (turn: PaidTurn) => Promise<void>;

/** Whether the jobs of a process that were not called off may go on; until it is known they wait. */
export type OnAsk = () => Promise<void>;

/** What is said to a worker beside the answers to its lines. */
export interface TurnChannel {
  /** Ask nothing more for this job. */
  cancel(jobId: string): void;
}

/**
 * The options of a worker whose descriptor 3 is the stream.
 *
 * @param leaseSeconds how long a word holds; the worker asks before a call where the last one is older.
 */
export function turnOptions(leaseSeconds?: number): string[] {
  const lease = leaseSeconds === undefined ? [] : ['--turns-lease', String(leaseSeconds)];
  return ['--turns-fd', '3', '--turns-ack', ...lease];
}

const LINE_LIMIT = 64 * 1024 * 1024;

const logger = getLogger('turns');

/**
 * Read the stream of one process, acknowledge each turn that is in safety, and refuse each that is not: its ticket is in
 * other hands, its job has ended, or it cannot be stored.
 */
export function readTurns(
  stream: Duplex,
  onTurn: (turn: PaidTurn) => Promise<void> | undefined,
  onAsk: OnAsk = async () => {},
): TurnChannel {
  const write = (line: string): void => {
    if (stream.writable) {
      stream.write(`${line}\n`);
    }
  };
  const answer = (seq: number, granted: boolean): void => write(granted ? String(seq) : `${seq} refused`);
  readLines(
    stream,
    LINE_LIMIT,
    (line) => {
      if (line.trim() === '') {
        return;
      }
      const read = parse(line);
      if ('problem' in read) {
        logger.warn({ problem: read.problem }, 'a line on the turn stream that is no turn');
        // It is not in safety, so nothing is built upon it; the document of its job shows what it is.
        if (read.seq !== null) {
          answer(read.seq, false);
        }
        return;
      }
      if ('ask' in read) {
        onAsk().then(
          () => answer(read.ask, true),
          () => answer(read.ask, false),
        );
        return;
      }
      const { turn } = read;
      void (async () => onTurn(turn) ?? Promise.reject(new Error(`no job ${turn.jobId} is in flight`)))().then(
        () => answer(turn.seq, true),
        (error) => {
          logger.warn({ err: error, jobId: turn.jobId }, 'a paid turn has no place, so its conversation ends');
          answer(turn.seq, false);
        },
      );
    },
    () => logger.warn('a line on the turn stream without an end'),
  );
  return { cancel: (jobId) => write(`cancel ${JSON.stringify(jobId)}`) };
}

function parse(line: string): { turn: PaidTurn } | { ask: number } | { problem: string; seq: number | null } {
  let value: { [name: string]: unknown } | null;
  try {
    value = JSON.parse(line);
  } catch {
    return { problem: 'it is not JSON', seq: null };
  }
  const seq = Number.isSafeInteger(value?.seq) ? (value?.seq as number) : null;
  if (seq !== null && value?.ask === true) {
    return { ask: seq };
  }
  if (value === null || seq === null || typeof value.jobId !== 'string') {
    return { problem: 'seq or jobId is missing', seq };
  }
  if (typeof value.startedAt !== 'string' || typeof value.durationMs !== 'number') {
    return { problem: 'startedAt or durationMs is missing', seq };
  }
  const problem = isTooDeep(value) ? 'it is nested too deeply' : turnProblem(value.turn);
  return problem === null ? { turn: storableValue(value) as unknown as PaidTurn } : { problem, seq };
}
