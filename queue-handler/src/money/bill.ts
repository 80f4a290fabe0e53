/** What one try of a probe cost: read off its turns and off what the worker says of calls that brought nothing. */
import type { Turn } from '../documents/documents.js';
import type { Beside } from '../workers/outcome.js';

export interface Bill {
  /** US dollars, of what has a price. */
  usd: number;
  /** Places of turns, from 0, whose cost is not known; the turn that was being asked has the place behind the last. */
  unknown: number[];
  /** How many turns are counted by now. */
  counted: number;
}

/**
 * @param turns all there are, those of earlier tries included.
 * @param counted how many of them were counted before.
 * @param beside what was paid for beside them; null where nothing was, undefined where nobody says.
 */
export function billOf(turns: readonly Turn[], counted: number, beside: Beside | null | undefined): Bill {
  const bill: Bill = { usd: 0, unknown: [], counted: Math.max(counted, turns.length) };
  for (const [place, turn] of turns.entries()) {
    if (place >= counted) {
      add(bill, turn.providerMetadata?.costUsd, place);
    }
  }
  const isOpen = beside === undefined || beside?.billing === 'unknown';
  if (isOpen) {
    bill.unknown.push(turns.length);
  }
  if ((beside?.discarded?.length ?? 0) > 0) {
    const cost = beside?.costSnapshot?.totalCost;
    if (cost != null || !isOpen) {
      add(bill, cost, turns.length);
    }
  }
  return bill;
}

/**
 * What a judge was paid for a question that brought no verdict: US dollars, of what has a price, and whether a part of it is not
 * known.
 */
export function paidInVain({ billing, discarded = [], costSnapshot }: Beside): { usd: number; unpriced: boolean } {
  const cost = discarded.length === 0 ? 0 : costSnapshot?.totalCost;
  return { usd: cost ?? 0, unpriced: billing !== undefined || cost == null };
}

function add(bill: Bill, cost: number | null | undefined, place: number): void {
  if (cost == null) {
    bill.unknown.push(place);
  } else {
    bill.usd += cost;
  }
}
