/** The turn stream: answers that are paid for while their conversation goes on, each stored before the next question. */
import type { Duplex } from 'node:stream';
import { getLogger } from '../log.js';
import { type Turn, turnProblem } from './documents.js';
import { readLines } from './lines.js';
import { storableValue } from './storable.js';

/** A line of `--turns-fd`. */
export interface PaidTurn {
  /** Written back when the turn is in safety; the worker asks nothing further before. */
  seq: number;
  jobId: string;
  startedAt: string;
  durationMs: number;
  turn: Turn;
}

/** Puts a turn in safety; the conversation goes on when this is done. */
export type OnTurn = (turn: PaidTurn) => Promise<void>;

/** The options of a worker whose descriptor 3 is the stream. */
export const TURNS = ['--turns-fd', '3', '--turns-ack'];

const LINE_LIMIT = 64 * 1024 * 1024;

const logger = getLogger('turns');

/** Read the stream of one process, and acknowledge each turn that is in safety. */
export function readTurns(stream: Duplex, keep: (turn: PaidTurn) => Promise<void> | undefined): void {
  const acknowledge = (seq: number): void => {
    if (stream.writable) {
      stream.write(`${seq}\n`);
    }
  };
  readLines(
    stream,
    LINE_LIMIT,
    (line) => {
      const read = parse(line);
      if ('problem' in read) {
        logger.warn({ problem: read.problem }, 'a line on the turn stream that is no turn');
        // Its conversation goes on: the document at the end holds the same turn, checked again.
        if (read.seq !== null) {
          acknowledge(read.seq);
        }
        return;
      }
      const { turn } = read;
      void (async () => keep(turn))()
        .catch((error) => logger.error({ err: error }, 'a paid turn could not be put in safety'))
        .then(() => acknowledge(turn.seq));
    },
    () => logger.warn('a line on the turn stream without an end'),
  );
}

function parse(line: string): { turn: PaidTurn } | { problem: string; seq: number | null } {
  let value: { [name: string]: unknown } | null;
  try {
    value = JSON.parse(line);
  } catch {
    return { problem: 'it is not JSON', seq: null };
  }
  const seq = Number.isSafeInteger(value?.seq) ? (value?.seq as number) : null;
  if (value === null || seq === null || typeof value.jobId !== 'string') {
    return { problem: 'seq or jobId is missing', seq };
  }
  if (typeof value.startedAt !== 'string' || typeof value.durationMs !== 'number') {
    return { problem: 'startedAt or durationMs is missing', seq };
  }
  const problem = turnProblem(value.turn);
  return problem === null ? { turn: storableValue(value) as unknown as PaidTurn } : { problem, seq };
}
