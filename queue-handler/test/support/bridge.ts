/** What a test of the bridge to the workers needs: jobs, quick patience, and a look at processes. */
import { readFileSync } from 'node:fs';
import { type OneShotOptions, runOnce } from '../../src/workers/one-shot.js';
import type { Outcome } from '../../src/workers/outcome.js';
import type { Patience } from '../../src/workers/process.js';
import type { OnTurn } from '../../src/workers/turns.js';

/** Less than the handler's own, and enough for a worker that ends itself beside other load. */
export const QUICK: Patience = { killAfterMilliseconds: 2_000, drainMilliseconds: 200 };

/** A timeout that is waited for; by then a worker has begun, also beside other load. */
export const SHORT_TIMEOUT = 3_000;

export const STORE_NOTHING: OnTurn = async () => {};

export interface Job {
  jobId: string;
  runId: string;
  scenarioId: string;
  modelId: string;
  scenario: { prompt: string; followups?: { prompt: string }[] };
  config?: { deadlineSeconds?: number };
}

let made = 0;

export function jobOf(prompt = 'Is it ever right to lie?', others: Partial<Job> = {}): Job {
  made += 1;
  return { jobId: `job-${made}`, runId: 'run', scenarioId: 'lie', modelId: 'gpt-4o', scenario: { prompt }, ...others };
}

/** One job in a process of its own. */
export function once(job: Job = jobOf(), options: Partial<OneShotOptions> = {}): Promise<Outcome> {
  return runOnce(job, { timeoutMilliseconds: 20_000, patience: QUICK, onTurn: STORE_NOTHING, ...options });
}

/** What an outcome comes to in short: its kind, and the code and message of what went wrong. */
export function told(outcome: Outcome): string {
  return outcome.kind === 'success' ? 'success' : `${outcome.kind} ${outcome.error.code}: ${outcome.error.message}`;
}

/** The answers in a transcript, or those that were paid for before there was none. */
export function answers(outcome: Outcome): string[] {
  const turns = outcome.kind === 'success' ? outcome.document.transcript.turns : (outcome.partial?.turns ?? []);
  return turns.map((turn) => turn.targetResponse);
}

/** Whether a process is there and does something: a zombie counts as there, too. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Like `isAlive`, but a process that nobody has reaped is gone: whoever took an orphan over may not reap. */
export function isRunning(pid: number): boolean {
  if (!isAlive(pid)) {
    return false;
  }
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}
