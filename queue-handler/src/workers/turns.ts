/** The turn stream: answers that are paid for while their conversation goes on, each stored before the next question. */
import type { Duplex } from 'node:stream';
import { getLogger } from '../log.js';
import type { Turn } from './documents.js';
import { readLines } from './lines.js';

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
  readLines(stream, LINE_LIMIT, (line) => {
    let turn: PaidTurn;
    try {
      turn = JSON.parse(line);
    } catch (error) {
      logger.warn({ err: error }, 'a line on the turn stream that is no turn');
      return;
    }
    void Promise.resolve(keep(turn))
      .catch((error) => logger.error({ err: error }, 'a paid turn could not be put in safety'))
      .then(() => {
        if (stream.writable) {
          stream.write(`${turn.seq}\n`);
        }
      });
  });
}
