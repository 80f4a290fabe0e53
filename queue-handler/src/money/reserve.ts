/** Reserves what conversations may cost at most, in the transaction that takes their tickets. */
import { sql, type Transaction } from 'kysely';
import type { Tables } from '../database/schema.js';
import type { PartialTranscript, RunConfig, StoredScenario, Ticket } from '../model.js';
import { settleSpending } from './account.js';
import { type Bill, billOf } from './bill.js';
import { ALL_RUNS, type Bound, fits, lockBounds } from './budget.js';
import { dearestTurns, rounded, sum } from './dearest.js';

type Trx = Transaction<Tables>;

/** A probe that is to be asked. */
export interface ToAsk {
  id: string;
  run_id: string;
  model_id: string;
  run_config: RunConfig;
  scenario: StoredScenario;
  partial: PartialTranscript | null;
  counted_turns: number;
  /** What it costs is bounded: it may not go on where that cannot be written down. */
  bounded?: boolean;
}

interface Lapsed {
  probe_id: string;
  usd: string;
  turns: string[];
  first_turn: number;
}

interface Reservation {
  ticket_id: string;
  retry_count: number;
  run_id: string;
  probe_id: string;
  usd: number;
  turns: number[];
  first_turn: number;
}

/**
 * Reserve for as many as fit, in their order.
 *
 * A probe whose handler was lost gives up what that one had reserved: the turns it has stored are spent, and so is, as far as anybody
 * knows, the call that was on the wire.
 *
 * @param ownDayUsd what the handler that asks may spend a day; null where it has no bound.
 * @returns the IDs of the probes for which there is no room; they are not to be asked now.
 */
export async function reserve(
  trx: Trx,
  asking: { ticket: Ticket; probe: ToAsk }[],
  ownDayUsd: number | null,
): Promise<Set<string>> {
  const refused = new Set<string>();
  if (asking.length === 0) {
    return refused;
  }
  const runs = [...new Set(asking.map(({ probe }) => probe.run_id))];
  const bounds = await lockBounds(trx, runs, ownDayUsd);
  const holding = (runId: string): Bound[] => bounds.filter(({ scope }) => scope === runId || scope === ALL_RUNS);
  const bounded = asking.filter(({ probe }) => holding(probe.run_id).length > 0);
  if (bounded.length === 0) {
    return refused;
  }
  const lapsed = await lapsedOf(
    trx,
    bounded.map(({ probe }) => probe.id),
  );
  const reservations: Reservation[] = [];
  for (const { ticket, probe } of bounded) {
    const turns = dearestOf(probe);
    if (turns === null) {
      refused.add(probe.id);
      continue;
    }
    const before = lapsed.get(probe.id) ?? [];
    const { bill, spent, freed } = ofLapsed(probe, before);
    const need = rounded(sum(turns) + spent);
    if (!holding(probe.run_id).every((bound) => fits(bound, need - freed))) {
      refused.add(probe.id);
      // What the feeder compares with the room that there is, so that the probe does not come here again in vain.
      // Who plans the run anew has the row locked, and may wait for whoever takes tickets.
      await sql`
        UPDATE probe_results SET dearest_usd = ${need}::numeric WHERE id IN (
          SELECT id FROM probe_results WHERE id = ${probe.id} FOR NO KEY UPDATE SKIP LOCKED)`.execute(trx);
      continue;
    }
    for (const bound of holding(probe.run_id)) {
      bound.spent += spent;
      bound.reserved += sum(turns) - freed;
    }
    if (bill !== null) {
      await settleSpending(trx, probe, bill);
      probe.counted_turns = bill.counted;
    }
    probe.bounded = true;
    reservations.push(reservationOf(ticket, probe, turns));
  }
  await insert(trx, reservations);
  return refused;
}

function reservationOf(ticket: Ticket, probe: ToAsk, turns: number[]): Reservation {
  return {
    ticket_id: ticket.id,
    retry_count: ticket.retryCount,
    run_id: probe.run_id,
    probe_id: probe.id,
    usd: sum(turns),
    turns,
    first_turn: probe.partial?.turns.length ?? 0,
  };
}

/** What is in hand already when a bound begins to hold: it is reserved whether or not it fits. */
export async function reserveInHand(trx: Trx, inHand: { ticket: Ticket; probe: ToAsk }[]): Promise<void> {
  await insert(
    trx,
    inHand.map(({ ticket, probe }) => reservationOf(ticket, probe, dearestOf(probe, true) ?? [])),
  );
}

/** Dollars of each turn that a probe is still to be asked, at most. */
export function dearestOf(
  probe: Pick<ToAsk, 'model_id' | 'run_config' | 'scenario' | 'partial'>,
  isInHand = false,
): number[] | null {
  const model = probe.run_config.models.find(({ modelId }) => modelId === probe.model_id);
  const answers = (probe.partial?.turns ?? []).map(({ targetResponse }) => targetResponse);
  return model === undefined
    ? null
    : dearestTurns({ scenario: probe.scenario, config: probe.run_config.config, model, isInHand }, answers);
}

/** What handlers that were lost have spent on a probe, as far as anybody knows. */
function ofLapsed(probe: ToAsk, before: Lapsed[]): { bill: Bill | null; spent: number; freed: number } {
  if (before.length === 0) {
    return { bill: null, spent: 0, freed: 0 };
  }
  const bill = billOf(probe.partial?.turns ?? [], probe.counted_turns, undefined);
  const last = before.at(-1);
  const atMost = bill.unknown.map((place) => Number(last?.turns[place - last.first_turn] ?? 0));
  return { bill, spent: sum([bill.usd, ...atMost]), freed: before.reduce((total, { usd }) => total + Number(usd), 0) };
}

async function lapsedOf(trx: Trx, probes: string[]): Promise<Map<string, Lapsed[]>> {
  const { rows } = await sql<Lapsed>`
    SELECT probe_id, usd::text AS usd, turns::text[] AS turns, first_turn FROM reservations
    WHERE probe_id = ANY(${probes}::uuid[]) ORDER BY retry_count`.execute(trx);
  const found = new Map<string, Lapsed[]>();
  for (const row of rows) {
    found.set(row.probe_id, [...(found.get(row.probe_id) ?? []), row]);
  }
  return found;
}

async function insert(trx: Trx, reservations: Reservation[]): Promise<void> {
  if (reservations.length > 0) {
    await sql`
      INSERT INTO reservations (ticket_id, retry_count, run_id, probe_id, usd, turns, first_turn)
      SELECT ticket_id, retry_count, run_id, probe_id, usd,
             ARRAY(SELECT turn::numeric FROM jsonb_array_elements_text(turns) AS turn), first_turn
      FROM jsonb_to_recordset(${JSON.stringify(reservations)}::jsonb) AS r (
        ticket_id uuid, retry_count int, run_id uuid, probe_id uuid, usd numeric, turns jsonb, first_turn int)
      ON CONFLICT DO NOTHING`.execute(trx);
  }
}
