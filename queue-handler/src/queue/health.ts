/** Whether this machine is fit to work: asked before the first job, remembered once it passed, asked anew in doubt. */
import { monotonic } from '../clock.js';
import { type HealthResult, type Health as Report, schemaProblem } from '../documents/documents.js';
import { getLogger } from '../log.js';
import { documentOf, runRaw } from '../workers/one-shot.js';

const TIMEOUT_MILLISECONDS = 30_000;
const FIRST_PAUSE_MILLISECONDS = 2_000;
const LONGEST_PAUSE_MILLISECONDS = 60_000;

const logger = getLogger('health');

export class Health {
  /** Why no job is taken, or null; also null before the first check. */
  problem: string | null = null;
  /** What the last check that was passed said of the workers' half; null before the first. */
  report: Report | null = null;
  #passed = false;
  #nextAt = Number.NEGATIVE_INFINITY;
  #pause = FIRST_PAUSE_MILLISECONDS;
  #cramped = false;
  readonly #room: () => string | null;

  /** @param room what is wrong with the room on the disk of the database, or null. */
  constructor(room: () => string | null) {
    this.#room = room;
  }

  /** Whether the machine has shown that it is fit, and has not been doubted since. */
  get passed(): boolean {
    return this.#passed && !this.#cramped;
  }

  /** Something has happened that a machine may be to blame for: examine it anew before the next job. */
  doubt(): void {
    this.#passed = false;
  }

  /** Check unless it passed before, or failed a moment ago. @returns whether jobs may be taken. */
  async check(now: number = monotonic()): Promise<boolean> {
    const room = this.#room();
    if (room !== null) {
      if (!this.#cramped) {
        logger.error({ problem: room }, 'no job is taken, because the disk is nearly full');
      }
      this.#cramped = true;
      this.problem = room;
      return false;
    }
    if (this.#cramped) {
      this.#cramped = false;
      this.problem = null;
      logger.info('there is room on the disk again');
    }
    if (this.#passed || now < this.#nextAt) {
      return this.#passed;
    }
    const found = await examineMachine();
    this.#passed = typeof found === 'object';
    this.problem = typeof found === 'object' ? null : found;
    if (typeof found === 'object') {
      this.report = found;
      logger.info('the machine is fit to work');
      this.#pause = FIRST_PAUSE_MILLISECONDS;
    } else {
      logger.error({ problem: this.problem }, 'no job is taken, because the machine is not fit to work');
      this.#nextAt = now + this.#pause;
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MILLISECONDS);
    }
    return this.#passed;
  }
}

/** What health_check.py says of a machine that is fit to work; else what it finds wrong with it. */
export async function examineMachine(): Promise<Report | string> {
  const read = documentOf(await runRaw('health_check.py', ['{}'], { timeoutMilliseconds: TIMEOUT_MILLISECONDS }));
  if ('failed' in read) {
    const { failed } = read;
    return failed.kind === 'success'
      ? 'health_check.py: bad output'
      : [failed.error.message, failed.error.output].filter(Boolean).join(': ');
  }
  const problem = schemaProblem('health_check.result', read.document);
  if (problem !== null) {
    return `health_check.py: ${problem}`;
  }
  const result = read.document as HealthResult;
  if (!result.success) {
    return result.error.message;
  }
  for (const warning of result.health.warnings) {
    logger.warn(warning);
  }
  return result.health;
}
