/** A ticket whose probe is not to be asked, or not now. */

import { persist } from '../database/persist.js';
import type { Ticket } from '../model.js';
import type { Probe } from './probe.js';
import type { Services } from './services.js';
import { notAsked } from './stopped.js';

/** @param redriven the ticket was a dead letter. @returns whether it was such a ticket; it is settled then. */
export async function settleUnasked(
  ticket: Ticket,
  probe: Probe,
  redriven: boolean,
  services: Services,
): Promise<boolean> {
  const { settler } = services;
  if (probe.status === 'SUCCEEDED' || probe.status === 'CANCELLED' || (probe.status === 'FAILED' && !redriven)) {
    await persist(() => settler.drop(ticket, probe.provider, `the probe is ${probe.status}`), services);
    return true;
  }
  // A dead letter that was handed out once more is the ticket of a probe that has failed, and of no other.
  if (probe.ticket_id !== ticket.id && !(redriven && probe.status === 'FAILED')) {
    await persist(() => settler.drop(ticket, probe.provider, 'the probe has another ticket'), services);
    return true;
  }
  if (isHeldBack(probe) || (probe.stop === null && probe.unaffordable)) {
    await persist(() => settler.giveBack(ticket, probe, null, null), services);
    return true;
  }
  if (probe.stop !== null && !redriven) {
    const cause = notAsked(probe.stop);
    await persist(() => settler.fail(ticket, probe, { ...cause, turns: null }, null), services);
    return true;
  }
  return false;
}

/** Whether a ticket leads to a question, and costs something. */
export function isToBeAsked(ticket: Ticket, probe: Probe, redriven: boolean): boolean {
  const isIts = probe.ticket_id === ticket.id || (redriven && probe.status === 'FAILED');
  const isOpen = probe.status === 'PENDING' || probe.status === 'QUEUED' || redriven;
  return isIts && isOpen && !isHeldBack(probe) && (probe.stop === null || redriven);
}

function isHeldBack(probe: Probe): boolean {
  return probe.run_status === 'PAUSED' || probe.run_status === 'CANCELLED';
}
