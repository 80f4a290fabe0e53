/** Tickets and money without a handler: the queue is filled and emptied step by step. */
import { sql } from 'kysely';
import type { PartialTranscript } from '../../src/model.js';
import { createQueues, type FetchedTicket, fetchTickets } from '../../src/pgboss.js';
import { Feeder } from '../../src/queue/feeder.js';
import { loadProbes, type Probe } from '../../src/queue/probe.js';
import { type Rig, until } from './rig.js';

export const PRICE = { costInputPerMillion: 2.5, costOutputPerMillion: 10 };
/** A run of one probe that may cost some tenths of a cent. */
export const PRICED = { models: [{ modelId: 'gpt-4o', modelCost: PRICE }], config: { maxTokens: 150 } };

export async function feederOf(
  { database, settings }: Rig,
  trouble: (error: unknown) => void = (error) => {
    throw error;
  },
): Promise<Feeder> {
  await createQueues(database.boss, settings);
  return new Feeder(database, settings, trouble, () => {});
}

export interface Taken {
  ticket: FetchedTicket;
  probe: Probe;
}

/** Fill the queue, and take its first ticket in hand. */
export async function takeOne(rig: Rig): Promise<Taken> {
  await (await feederOf(rig)).feed();
  return takeNext(rig);
}

export async function takeNext({ database: { db, boss } }: Rig): Promise<Taken> {
  const [ticket] = await db.transaction().execute((trx) => fetchTickets(boss, trx, 'openai', { most: 1, full: [] }));
  const probe = ticket && (await loadProbes(db, [ticket.probeId])).get(ticket.probeId);
  if (ticket === undefined || probe === undefined) {
    throw new Error('there is no ticket');
  }
  return { ticket, probe };
}

/** Paid turns that began at these seconds, a cent each. */
export function turnsOf(...seconds: number[]): PartialTranscript {
  const turns = seconds.map((second, index) => ({
    turnNumber: index + 1,
    targetResponse: 'Yes.',
    providerMetadata: { startedAt: `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`, costUsd: 0.01 },
  }));
  return { turns } as unknown as PartialTranscript;
}

/** Until an action is over, or waits for a lock in the database. @returns whether it waits. */
export async function waits({ database: { db } }: Rig, action: Promise<unknown>): Promise<boolean> {
  let isOver = false;
  let isWaiting = false;
  const over = (): void => {
    isOver = true;
  };
  action.then(over, over);
  await until(async () => {
    const { rows } = await sql`
      SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE NOT l.granted AND a.datname = current_database()`.execute(db);
    isWaiting = rows.length > 0;
    return isOver || isWaiting;
  });
  return isWaiting;
}
