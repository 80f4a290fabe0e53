/**
 * Providers, and models of them, that a run does not ask any more, because every call must fail in the same way; and the
 * probes that are not asked for that reason.
 */
import { sql, type Transaction } from 'kysely';
import type { Db, Tables } from '../database/schema.js';
import { type AttemptError, type NotAsked, WHOLE } from '../model.js';
import { redactValue } from '../redaction.js';

export interface Stop {
  run_id: string;
  provider: string;
  /** `WHOLE` for all models of the provider. */
  model_id: string;
  /** What the call showed that was made. */
  error: AttemptError;
}

/** Why a probe has failed that was not asked. */
export function notAsked({ model_id, error }: Pick<Stop, 'model_id' | 'error'>): {
  notAsked: NotAsked;
  error: AttemptError;
} {
  const what = model_id === WHOLE ? 'provider' : 'model';
  const message = `not asked, because the ${what} is stopped for this run: ${error.message}`;
  return { notAsked: what, error: { ...error, message, retryable: false, attempts: 0 } };
}

/** End what waits with the cause, without asking it. @returns whether it was not stopped before. */
export async function stopAsking(db: Db, stop: Stop): Promise<boolean> {
  const clean = { ...stop, error: redactValue(stop.error) };
  return db.transaction().execute(async (trx) => {
    const stopped = await trx
      .insertInto('provider_stops')
      .values({ ...clean, error: JSON.stringify(clean.error) })
      .onConflict((conflict) => conflict.doNothing())
      .returning('provider')
      .executeTakeFirst();
    await endUnasked(trx, clean);
    return stopped !== undefined;
  });
}

/** Probes that came back to wait after their provider, or their model, was stopped. */
export async function endAllUnasked(db: Db): Promise<void> {
  const { rows } = await sql<Stop>`
    SELECT x.run_id, x.provider, x.model_id, x.error FROM provider_stops x
    WHERE EXISTS (SELECT 1 FROM probe_results p WHERE p.run_id = x.run_id AND p.provider = x.provider
      AND x.model_id IN (${WHOLE}, p.model_id) AND p.status = 'PENDING')
    ORDER BY x.run_id, x.provider, x.model_id`.execute(db);
  for (const stop of rows) {
    await endUnasked(db, stop);
  }
}

async function endUnasked(db: Db | Transaction<Tables>, stop: Stop): Promise<void> {
  const cause = notAsked(stop);
  await db
    .updateTable('probe_results')
    .set({
      status: 'FAILED',
      error: JSON.stringify(cause.error),
      not_asked: cause.notAsked,
      updated_at: sql`now()`,
    })
    .where('run_id', '=', stop.run_id)
    .where('provider', '=', stop.provider)
    .$if(stop.model_id !== WHOLE, (query) => query.where('model_id', '=', stop.model_id))
    .where('status', '=', 'PENDING')
    .execute();
}
