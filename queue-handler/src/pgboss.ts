/** The queues: one for each provider, so that one that is slow or shut holds up no other. */
import type { Transaction } from 'kysely';
import { type Db as BossDb, fromKysely, type PgBoss } from 'pg-boss';
import type { Tables } from './database/schema.js';
import type { Settings } from './settings.js';
import { DEFAULT_DEADLINE_SECONDS, longestSeconds, MOST_EXPIRE_SECONDS } from './workers/pool.js';

export const deadQueue = 'probe_scenario_dead';
export const analysisQueue = 'analyze_basic';

const PREFIX = 'probe_scenario.';

// How often a ticket may be lost with the handler that held it. Failed tries are counted in the probe's own row.
const LOST_TICKETS = 10;
const ANALYSIS_SECONDS = 600;

// What pg-boss keeps of a ticket: its IDs and, in a few words, how it ended. A settled one is of use while somebody looks
// into a run that has just been; a dead letter, while it may still be asked again.
const DAY = 86_400;
const KEPT = { deleteAfterSeconds: 7 * DAY, retentionSeconds: 14 * DAY };

export function queueOf(provider: string): string {
  return `${PREFIX}${provider}`;
}

/** A transaction in the form that the queue takes, so that a job and what came of it are stored together or not at all. */
export function dbOf(trx: Transaction<Tables>): BossDb {
  return fromKysely(trx);
}

/** The queues that every handler needs. */
export async function createQueues(boss: PgBoss, settings: Settings): Promise<void> {
  await ensureQueue(boss, deadQueue, KEPT);
  await ensureQueue(boss, analysisQueue, {
    ...KEPT,
    retryLimit: 2,
    retryDelay: settings.retryDelaySeconds,
    expireInSeconds: ANALYSIS_SECONDS,
    heartbeatSeconds: settings.heartbeatSeconds,
  });
}

/** The queue of one provider. */
export async function createProviderQueue(boss: PgBoss, provider: string, settings: Settings): Promise<void> {
  await ensureQueue(boss, queueOf(provider), {
    ...KEPT,
    retryLimit: LOST_TICKETS,
    retryDelay: settings.retryDelaySeconds,
    retryBackoff: true,
    retryDelayMax: settings.retryDelayMaxSeconds,
    heartbeatSeconds: settings.heartbeatSeconds,
    expireInSeconds: Math.min(Math.ceil(longestSeconds(DEFAULT_DEADLINE_SECONDS)), MOST_EXPIRE_SECONDS),
    deadLetter: deadQueue,
  });
}

async function ensureQueue(boss: PgBoss, name: string, options: object): Promise<void> {
  if ((await boss.getQueue(name)) === null) {
    await boss.createQueue(name, options);
  } else {
    const { deadLetter: _, ...changeable } = options as { deadLetter?: string };
    if (Object.keys(changeable).length > 0) {
      await boss.updateQueue(name, changeable);
    }
  }
  // Into the queue's own cache: a first look from within a transaction would wait for the one connection of PGlite.
  await boss.findJobs(name, { id: '00000000-0000-0000-0000-000000000000' });
}
