/**
 * Stores what came of a ticket. Each outcome is one transaction, in which the probe's row, its transcript and the
 * queue's job change together or not at all, and in which only the attempt that holds the ticket may write.
 */
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Db } from '../database/connect.js';
import type { Tables } from '../database/schema.js';
import type { ProbeSuccess, Transcript } from '../documents/documents.js';
import type { AttemptError, NotAsked, PartialTranscript, Ticket } from '../model.js';
import { additionOfReplaced, addUnkept, settleSpending } from '../money/account.js';
import { type Bill, billOf } from '../money/bill.js';
import { sum } from '../money/dearest.js';
import { dearestOf } from '../money/reserve.js';
import {
  type Boss,
  buryTicket,
  completeTicket,
  deleteTicket,
  deletionOfHeld,
  dropTicket,
  type FetchedTicket,
  LapsedError,
  lockTicket,
  renewalOf,
  retryTicket,
} from '../pgboss.js';
import { redactValue } from '../redaction.js';
import { openCache } from '../runs/prompt-caches.js';
import { pauseProvider } from './allowance.js';
import type { Probe } from './probe.js';
import { type Stop, stopAsking } from './stopped.js';

type Trx = Transaction<Tables>;

/** Why a probe has failed, and the turns that were paid for before. */
export interface Failure {
  error: AttemptError;
  turns: PartialTranscript | null;
  /** What is stopped for the run, where the probe was not asked. */
  notAsked?: NotAsked | null;
}

export interface Retry {
  error: AttemptError;
  turns: PartialTranscript | null;
  delaySeconds: number | undefined;
  /** Which count of the probe is raised. */
  counts: 'failures' | 'crashes';
}

export class Settler {
  constructor(
    private readonly db: Db,
    private readonly boss: Boss,
  ) {}

  /** A transcript. @throws LapsedError */
  async succeed(ticket: Ticket, probe: Probe, document: ProbeSuccess): Promise<void> {
    const { transcript, warnings } = document;
    const bill = billOf(transcript.turns, probe.counted_turns, null);
    await this.db.transaction().execute(async (trx) => {
      await this.#affirm(trx, ticket, probe);
      await completeTicket(this.boss, trx, probe.provider, ticket);
      await trx
        .insertInto('transcripts')
        .values({
          run_id: probe.run_id,
          scenario_id: probe.scenario_id,
          model_id: probe.model_id,
          model_version: transcript.modelVersion,
          sample_index: probe.sample_index,
          definition_snapshot: JSON.stringify({
            definitionId: probe.definition_id,
            name: probe.definition_name,
            version: probe.definition_version,
            scenarioId: probe.scenario_key,
            scenario: probe.scenario,
            config: probe.run_config.config,
          }),
          content: JSON.stringify({ schemaVersion: 1, turns: transcript.turns }),
          turn_count: transcript.turns.length,
          input_tokens: transcript.totalInputTokens,
          output_tokens: transcript.totalOutputTokens,
          reasoning_tokens: transcript.totalReasoningTokens ?? null,
          cost_snapshot: transcript.costSnapshot === undefined ? null : JSON.stringify(transcript.costSnapshot),
          warnings: JSON.stringify(warnings),
          started_at: transcript.startedAt,
          completed_at: transcript.completedAt,
          duration_ms: transcript.durationMs,
          cached_tokens: cachedTokens(transcript),
          conversation_sha256: transcript.turns[0]?.providerMetadata.conversationSha256 ?? null,
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      await sql`
        WITH old AS (${turnsOf(probe)} FOR NO KEY UPDATE) ${additionOfReplaced('old', transcript.turns)}`.execute(trx);
      await trx
        .updateTable('probe_results')
        .set({ status: 'SUCCEEDED', error: null, partial: null, not_asked: null, updated_at: sql`now()` })
        .where('id', '=', probe.id)
        .execute();
      await settleSpending(trx, probe, bill);
    });
  }

  /** A failure that no further try can mend, or after which none is left. @throws LapsedError */
  async fail(ticket: Ticket, probe: Probe, failure: Failure, bill: Bill | null): Promise<void> {
    const { error, turns, notAsked = null } = failure;
    await this.db.transaction().execute(async (trx) => {
      await this.#affirm(trx, ticket, probe);
      await buryTicket(this.boss, trx, probe.provider, ticket, output(error));
      await trx
        .updateTable('probe_results')
        .set({
          status: 'FAILED',
          error: JSON.stringify(redactValue(error)),
          not_asked: notAsked,
          updated_at: sql`now()`,
        })
        .where('id', '=', probe.id)
        .execute();
      await settleBill(trx, probe, bill, await storeLonger(trx, probe, turns));
    });
  }

  /**
   * A failure after which the job goes back, to be retried after `delaySeconds` or the queue's own backoff. Where the
   * database has stored that already, and its word was lost on the way, nothing is changed.
   */
  async retry(ticket: Ticket, probe: Probe, retry: Retry, bill: Bill): Promise<void> {
    const { error, turns, delaySeconds, counts } = retry;
    const storing = this.db.transaction().execute(async (trx) => {
      await this.#affirm(trx, ticket, probe);
      if (await hasCounts(trx, { ...probe, [counts]: probe[counts] + 1 })) {
        throw new StoredError();
      }
      await retryTicket(this.boss, trx, probe.provider, ticket, { output: output(error), delaySeconds });
      await trx
        .updateTable('probe_results')
        .set({
          [counts]: sql`${sql.ref(counts)} + 1`,
          error: JSON.stringify(redactValue(error)),
          not_asked: null,
          updated_at: sql`now()`,
        })
        .where('id', '=', probe.id)
        .execute();
      await settleBill(trx, probe, bill, await storeLonger(trx, probe, turns));
    });
    await storing.catch((error: unknown) => {
      if (!(error instanceof StoredError)) {
        throw error;
      }
    });
  }

  /** The job goes back as if it had never been taken, with what was paid for meanwhile: no try is counted. */
  async giveBack(ticket: Ticket, probe: Probe, turns: PartialTranscript | null, bill: Bill | null): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      await this.#affirm(trx, ticket, probe);
      await deleteTicket(this.boss, trx, probe.provider, ticket);
      await sql`
        UPDATE probe_results p SET ticket_id = NULL, updated_at = now(),
          status = CASE WHEN r.status = 'CANCELLED' THEN 'CANCELLED' ELSE 'PENDING' END
        FROM runs r WHERE r.id = p.run_id AND p.id = ${probe.id}`.execute(trx);
      await settleBill(trx, probe, bill, await storeLonger(trx, probe, turns));
    });
  }

  /** The ticket's probe has ended already, or is not there: the ticket alone is settled. */
  async drop(ticket: Ticket, provider: string, why: string): Promise<void> {
    await dropTicket(this.boss, provider, ticket, why);
  }

  /** The run asks this provider, or this model of it, no more. @returns whether it was not stopped before. */
  async stop(stop: Stop): Promise<boolean> {
    return stopAsking(this.db, stop);
  }

  /**
   * Turns that were paid for while the conversation goes on. One statement: they are stored if and only if the ticket is
   * still this attempt's, and what says so is the row that was changed.
   *
   * @throws LapsedError
   */
  async storeTurns(ticket: Ticket, probe: Probe, partial: PartialTranscript): Promise<void> {
    const { length } = partial.turns;
    const { rows } = await sql`
      WITH held AS (${renewalOf(probe.provider, ticket)}),
        old AS (${turnsOf(probe)} AND EXISTS (SELECT 1 FROM held) FOR NO KEY UPDATE),
        shorter AS (SELECT * FROM old WHERE coalesce(jsonb_array_length(turns), 0) < ${length}),
        added AS (${additionOfReplaced('shorter', partial.turns)})
      UPDATE probe_results p SET partial = CASE WHEN coalesce(jsonb_array_length(old.turns), 0) < ${length}
        THEN ${JSON.stringify(partial)}::jsonb ELSE p.partial END
      FROM old WHERE p.id = old.id RETURNING p.id`.execute(this.db);
    if (rows.length === 0) {
      throw new LapsedError(lapsed(ticket));
    }
  }

  /**
   * Turns of an attempt that has no say any more, as far as they are more than what is stored. The attempt that comes
   * next goes on from them; one that is under way has begun without them.
   */
  async storeOrphanedTurns(probe: Probe, partial: PartialTranscript): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      await storeLonger(trx, probe, partial);
      // What another attempt has asked as well stands nowhere, and was paid for all the same.
      await addUnkept(trx, probe.id, partial.turns.slice(probe.partial?.turns.length ?? 0));
    });
  }

  /**
   * Tickets that were fetched, and whose probes nobody has looked at: their probes wait as before, if they were taken at all.
   * Where that fetch was undone, a ticket may be in other hands by now, and stays there.
   */
  async giveBackUnread(provider: string, tickets: FetchedTicket[]): Promise<void> {
    await sql`
      WITH gone AS (${deletionOfHeld(provider, tickets)}),
        freed AS (
          DELETE FROM reservations x USING gone WHERE x.ticket_id = gone.id AND x.retry_count = gone.retry_count)
      UPDATE probe_results p SET ticket_id = NULL, updated_at = now(),
        status = CASE WHEN r.status = 'CANCELLED' THEN 'CANCELLED' ELSE 'PENDING' END
      FROM runs r, gone
      WHERE r.id = p.run_id AND p.ticket_id = gone.id AND p.status = 'QUEUED'`.execute(this.db);
  }

  /** One with this preamble was answered, or has failed: the others with it may follow. */
  async openCache(probe: Probe): Promise<void> {
    await openCache(this.db, probe);
  }

  /** The provider has asked all handlers for so many seconds without calls. */
  async pauseProvider(provider: string, seconds: number): Promise<void> {
    await pauseProvider(this.db, provider, seconds);
  }

  /** Lock the ticket. @throws LapsedError where it is no longer this attempt's. */
  async #affirm(trx: Trx, ticket: Ticket, probe: Probe): Promise<void> {
    if (!(await lockTicket(trx, probe.provider, ticket))) {
      throw new LapsedError(lapsed(ticket));
    }
  }
}

/** It is in the database already; what was done on the way to find that out is undone. */
class StoredError extends Error {}

/** Whether the tries of a probe are counted already, with its ticket locked, by which nobody else counts them. */
async function hasCounts(trx: Trx, { id, failures, crashes }: Probe): Promise<boolean> {
  const { rows } = await sql`
    SELECT 1 FROM probe_results WHERE id = ${id} AND failures = ${failures} AND crashes = ${crashes}`.execute(trx);
  return rows.length > 0;
}

/**
 * @param bill null where nothing was asked, and nothing was reserved.
 * @param isKept whether the turns of the bill are those that are stored: others have still to be counted.
 */
async function settleBill(trx: Trx, probe: Probe, bill: Bill | null, isKept: boolean): Promise<void> {
  if (bill !== null) {
    await settleSpending(trx, probe, isKept ? bill : { ...bill, counted: probe.counted_turns });
  }
}

/** SQL: the turns of a probe that is not answered, with what the account needs. */
function turnsOf(probe: Probe): RawBuilder<unknown> {
  return sql`
    SELECT id, run_id, model_id, counted_turns, partial -> 'turns' AS turns FROM probe_results
    WHERE id = ${probe.id} AND status <> 'SUCCEEDED'`;
}

function lapsed(ticket: Ticket): string {
  return `ticket ${ticket.id} is no longer held by its attempt ${ticket.retryCount}`;
}

/**
 * The longer of what is stored and what is given: turns once paid for are never replaced by fewer. They stay word for
 * word as the worker gave them, which has taken its keys out: another word would not be taken for the same conversation.
 *
 * @returns whether those that are given are stored now, and not others in their place.
 */
async function storeLonger(trx: Trx, probe: Probe, partial: PartialTranscript | null): Promise<boolean> {
  const last = partial?.turns.at(-1);
  if (partial === null || last === undefined) {
    return true;
  }
  const { length } = partial.turns;
  // With these turns in it, the rest of the conversation may cost so much; null where nobody knows.
  const dearest = dearestOf({ ...probe, partial });
  const { rows } = await sql<{ begun: string | null }>`
    WITH old AS (${turnsOf(probe)} FOR NO KEY UPDATE),
      shorter AS (SELECT * FROM old WHERE coalesce(jsonb_array_length(turns), 0) < ${length}),
      added AS (${additionOfReplaced('shorter', partial.turns)})
    UPDATE probe_results p SET
      partial = CASE WHEN coalesce(jsonb_array_length(old.turns), 0) < ${length}
        THEN ${JSON.stringify(partial)}::jsonb ELSE p.partial END,
      dearest_usd = CASE WHEN p.dearest_usd IS NOT NULL AND coalesce(jsonb_array_length(old.turns), 0) <= ${length}
        THEN coalesce(${dearest === null ? null : sum(dearest)}::numeric, p.dearest_usd) ELSE p.dearest_usd END
    FROM old WHERE p.id = old.id
    RETURNING p.partial -> 'turns' -> ${length - 1}::int #>> '{providerMetadata,startedAt}' AS begun`.execute(trx);
  return (rows[0]?.begun ?? null) === (last.providerMetadata?.startedAt ?? null);
}

/** What of the input came from a cache; null where the provider does not say. */
function cachedTokens({ turns }: Transcript): number | null {
  const counts = turns.flatMap(({ providerMetadata }) => providerMetadata.cachedInputTokens ?? []);
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

function output(error: AttemptError): object {
  const { code, message, retryable, statusCode } = redactValue(error);
  return { code, message, retryable, ...(statusCode === undefined ? {} : { statusCode }) };
}
