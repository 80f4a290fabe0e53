/**
 * Stores what came of a ticket. Each outcome is one transaction, in which the probe's row, its transcript and the
 * queue's job change together or not at all, and in which only the attempt that holds the ticket may write.
 */
import { sql, type Transaction } from 'kysely';
import type { PgBoss } from 'pg-boss';
import type { Db } from '../database/connect.js';
import type { Partial, ProbeError, Tables } from '../database/schema.js';
import { redactValue } from '../redaction.js';
import type { ProbeSuccess } from '../workers/documents.js';
import { pauseProvider } from './allowance.js';
import { LapsedError, TAKEN_BACK, type Ticket } from './leases.js';
import { dbOf, queueOf } from './names.js';
import type { Probe } from './probe.js';

type Trx = Transaction<Tables>;

export class Settler {
  constructor(
    private readonly db: Db,
    private readonly boss: PgBoss,
  ) {}

  /** A transcript. @throws LapsedError */
  async succeed(ticket: Ticket, probe: Probe, document: ProbeSuccess): Promise<void> {
    const { transcript, warnings } = document;
    await this.db.transaction().execute(async (trx) => {
      await this.#complete(trx, ticket, probe, { status: 'SUCCEEDED' });
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
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      await trx
        .updateTable('probe_results')
        .set({ status: 'SUCCEEDED', error: null, partial: null, updated_at: sql`now()` })
        .where('id', '=', probe.id)
        .execute();
    });
  }

  /** A failure that no further try can mend, or after which none is left. @throws LapsedError */
  async fail(ticket: Ticket, probe: Probe, error: ProbeError, partial: Partial | null): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      await this.#deadLetter(trx, ticket, probe, error);
      await this.#end(trx, probe, 'FAILED', error, partial);
    });
  }

  /** A failure after which the job goes back, to be taken up after `delaySeconds` or the queue's own backoff. */
  async retry(
    ticket: Ticket,
    probe: Probe,
    error: ProbeError,
    partial: Partial | null,
    { delaySeconds, crashed }: { delaySeconds: number | undefined; crashed: boolean },
  ): Promise<void> {
    const queue = queueOf(probe.provider);
    await this.db.transaction().execute(async (trx) => {
      await this.#affirm(trx, ticket, probe);
      await this.boss.fail(queue, ticket, output(error), { db: dbOf(trx) });
      if (delaySeconds !== undefined) {
        await this.boss.update(queue, undefined, { id: ticket.id, startAfter: Math.ceil(delaySeconds), db: dbOf(trx) });
      }
      await sql`
        UPDATE probe_results SET failures = failures + ${crashed ? 0 : 1}, crashes = crashes + ${crashed ? 1 : 0},
          error = ${JSON.stringify(redactValue(error))}::jsonb, updated_at = now()
        WHERE id = ${probe.id}`.execute(trx);
      await keepPartial(trx, probe.id, partial);
    });
  }

  /** The job goes back as if it had never been taken, with what was paid for meanwhile: no try is counted. */
  async giveBack(ticket: Ticket, probe: Probe, partial: Partial | null): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      await this.#affirm(trx, ticket, probe);
      await this.boss.deleteJob(queueOf(probe.provider), ticket, { db: dbOf(trx) });
      await sql`
        UPDATE probe_results p SET ticket_id = NULL, updated_at = now(),
          status = CASE WHEN r.status = 'CANCELLED' THEN 'CANCELLED' ELSE 'PENDING' END
        FROM runs r WHERE r.id = p.run_id AND p.id = ${probe.id}`.execute(trx);
      await keepPartial(trx, probe.id, partial);
    });
  }

  /** The ticket's probe has ended already, or is not there: the ticket alone is settled. */
  async drop(ticket: Ticket, provider: string, why: string): Promise<void> {
    await this.boss.complete(queueOf(provider), ticket, { dropped: why });
  }

  /**
   * No probe of this run asks this provider any more, or this model of it: what waits is ended with the cause, without
   * being asked.
   *
   * @param model '' for the whole provider.
   */
  async stop(probe: Probe, model: string, error: ProbeError): Promise<boolean> {
    return this.db.transaction().execute(async (trx) => {
      const clean = redactValue(error);
      const stop = await trx
        .insertInto('provider_stops')
        .values({ run_id: probe.run_id, provider: probe.provider, model_id: model, error: JSON.stringify(clean) })
        .onConflict((conflict) => conflict.doNothing())
        .returning('provider')
        .executeTakeFirst();
      await trx
        .updateTable('probe_results')
        .set({ status: 'FAILED', error: JSON.stringify(notAsked(clean, model)), updated_at: sql`now()` })
        .where('run_id', '=', probe.run_id)
        .where('provider', '=', probe.provider)
        .$if(model !== '', (query) => query.where('model_id', '=', model))
        .where('status', '=', 'PENDING')
        .execute();
      return stop !== undefined;
    });
  }

  /**
   * Turns that were paid for while the conversation goes on. One statement: they are stored if and only if the ticket is
   * still this attempt's, and what says so is the row that was changed.
   *
   * @throws LapsedError
   */
  async keep(ticket: Ticket, probe: Probe, partial: Partial): Promise<void> {
    const { length } = partial.turns;
    const { rows } = await sql`
      WITH held AS (
        UPDATE probe_queue.job SET state = 'active', heartbeat_on = now()
        WHERE name = ${queueOf(probe.provider)} AND id = ${ticket.id} AND retry_count = ${ticket.retryCount}
          AND (state = 'active' OR ${TAKEN_BACK})
        RETURNING id)
      UPDATE probe_results p SET partial = CASE WHEN coalesce(jsonb_array_length(p.partial -> 'turns'), 0) < ${length}
        THEN ${JSON.stringify(partial)}::jsonb ELSE p.partial END
      FROM held WHERE p.id = ${probe.id} AND p.status <> 'SUCCEEDED' RETURNING p.id`.execute(this.db);
    if (rows.length === 0) {
      throw new LapsedError(lapsed(ticket));
    }
  }

  /**
   * Turns of an attempt that has no say any more, as far as they are more than what is stored. Whoever holds the probe
   * next goes on from them; one that holds it now has begun without them.
   */
  async keepOrphaned(probe: Probe, partial: Partial): Promise<void> {
    await sql`
      UPDATE probe_results p SET partial = ${JSON.stringify(partial)}::jsonb
      WHERE p.id = ${probe.id} AND p.status <> 'SUCCEEDED'
        AND coalesce(jsonb_array_length(p.partial -> 'turns'), 0) < ${partial.turns.length}`.execute(this.db);
  }

  /** Tickets that were fetched, and whose probes nobody has looked at: their probes wait again, if they were taken at all. */
  async giveBackUnread(provider: string, tickets: Ticket[]): Promise<void> {
    await sql`
      WITH gone AS (
        DELETE FROM probe_queue.job j USING unnest(${tickets.map(({ id }) => id)}::uuid[],
          ${tickets.map(({ retryCount }) => retryCount)}::int[]) AS taken (id, retry_count)
        WHERE j.name = ${queueOf(provider)} AND j.id = taken.id AND j.retry_count = taken.retry_count AND j.state = 'active'
        RETURNING j.id)
      UPDATE probe_results p SET ticket_id = NULL, updated_at = now(),
        status = CASE WHEN r.status = 'CANCELLED' THEN 'CANCELLED' ELSE 'PENDING' END
      FROM runs r, gone
      WHERE r.id = p.run_id AND p.ticket_id = gone.id AND p.status = 'QUEUED'`.execute(this.db);
  }

  /** The provider has asked all handlers for so many seconds without calls. */
  async pauseProvider(provider: string, seconds: number): Promise<void> {
    await pauseProvider(this.db, provider, seconds);
  }

  async #complete(trx: Trx, ticket: Ticket, probe: Probe, data: object): Promise<void> {
    await this.#affirm(trx, ticket, probe);
    await this.boss.complete(queueOf(probe.provider), ticket.id, data, { db: dbOf(trx), includeQueued: true });
  }

  async #deadLetter(trx: Trx, ticket: Ticket, probe: Probe, error: ProbeError): Promise<void> {
    await this.#affirm(trx, ticket, probe);
    // No try is to be left, so that the queue moves the job to the dead letters instead of handing it out again.
    await sql`
      UPDATE probe_queue.job SET retry_limit = retry_count WHERE name = ${queueOf(probe.provider)} AND id = ${ticket.id}`.execute(
      trx,
    );
    await this.boss.fail(queueOf(probe.provider), ticket, output(error), { db: dbOf(trx) });
  }

  /**
   * Lock the ticket and make sure that it is still this attempt's.
   *
   * A ticket that went back to the queue because nobody was heard of for too long, and that nobody has taken since, is
   * taken again: the answer is here, so there is no reason to pay for a second one.
   *
   * @throws LapsedError where another attempt has it, or it is settled.
   */
  async #affirm(trx: Trx, ticket: Ticket, probe: Probe): Promise<void> {
    const { rows } = await sql<{ state: string; retry_count: number }>`
      SELECT state, retry_count FROM probe_queue.job
      WHERE name = ${queueOf(probe.provider)} AND id = ${ticket.id} FOR UPDATE`.execute(trx);
    const job = rows[0];
    const open = job !== undefined && ['created', 'retry', 'active'].includes(job.state);
    if (!open || job.retry_count !== ticket.retryCount) {
      throw new LapsedError(lapsed(ticket));
    }
    if (job.state !== 'active') {
      await sql`
        UPDATE probe_queue.job SET state = 'active', heartbeat_on = now()
        WHERE name = ${queueOf(probe.provider)} AND id = ${ticket.id}`.execute(trx);
    }
  }

  async #end(trx: Trx, probe: Probe, status: 'FAILED', error: ProbeError, partial: Partial | null): Promise<void> {
    await trx
      .updateTable('probe_results')
      .set({ status, error: JSON.stringify(redactValue(error)), updated_at: sql`now()` })
      .where('id', '=', probe.id)
      .execute();
    await keepPartial(trx, probe.id, partial);
  }
}

function lapsed(ticket: Ticket): string {
  return `ticket ${ticket.id} is no longer held by its attempt ${ticket.retryCount}`;
}

/** The cause of a probe that was not asked because its provider, or its model, is stopped. */
export function notAsked(cause: { code: string; message: string }, model: string): ProbeError {
  const first = cause.message.replace(/^not asked, because the (?:provider|model) is stopped for this run: /, '');
  return {
    ...cause,
    message: `not asked, because the ${model === '' ? 'provider' : 'model'} is stopped for this run: ${first}`,
    retryable: false,
    attempts: 0,
  };
}

/**
 * The longer of what is stored and what is given: turns once paid for are never replaced by fewer. They stay word for
 * word as the worker gave them, which has taken its keys out: another word would not be taken for the same conversation.
 */
async function keepPartial(db: Db | Trx, probeId: string, partial: Partial | null): Promise<void> {
  if (partial !== null && partial.turns.length > 0) {
    await sql`
      UPDATE probe_results SET partial = ${JSON.stringify(partial)}::jsonb
      WHERE id = ${probeId} AND status NOT IN ('SUCCEEDED')
        AND coalesce(jsonb_array_length(partial -> 'turns'), 0) < ${partial.turns.length}`.execute(db);
  }
}

function output(error: ProbeError): object {
  const { code, message, retryable, statusCode } = redactValue(error);
  return { code, message, retryable, ...(statusCode === undefined ? {} : { statusCode }) };
}
