/** Where a bound begins to hold, or another takes its place. What is under way already is reserved like the rest. */
import { sql, type Transaction } from 'kysely';
import type { Db } from '../database/connect.js';
import type { Tables } from '../database/schema.js';
import { takingLong } from '../database/time-limit.js';
import { UsageError } from '../errors.js';
import type { RunConfig, RunModel } from '../model.js';
import { type InHand, ticketsInHand } from '../pgboss.js';
import { ALL_RUNS } from './budget.js';
import { planCosts, unboundedModels } from './plan.js';
import { reserveInHand, type ToAsk } from './reserve.js';

type Trx = Transaction<Tables>;
/** Reads the probes of some tickets, by their IDs. */
type Load = (trx: Trx, ids: string[]) => Promise<Map<string, ToAsk>>;
/** What the tables say of models of which a run knows no price. */
export type Facts = (models: RunModel[]) => Promise<RunModel[]>;

export interface Rebounded {
  /** It was paused at its bound, and goes on. */
  goesOn: boolean;
}

/**
 * Give a run a bound, or another one; null takes it away. A run that is paused because it had reached the one before goes
 * on: what it has paid for is not asked again.
 *
 * @throws UsageError where a model of the run has no price.
 */
export async function setBudget(
  db: Db,
  runId: string,
  usd: number | null,
  { load, facts }: { load: Load; facts: Facts },
): Promise<Rebounded> {
  const { config: before } = await db
    .selectFrom('runs')
    .select('config')
    .where('id', '=', runId)
    .executeTakeFirstOrThrow();
  const known = usd === null ? [] : await priced(before, facts);
  return db.transaction().execute(async (trx) => {
    // Locked: else it could be paused at the bound that it had, and nobody would let it go on.
    const { config } = await trx
      .selectFrom('runs')
      .select('config')
      .where('id', '=', runId)
      .forNoKeyUpdate()
      .executeTakeFirstOrThrow();
    if (usd !== null) {
      // Looking them up takes long, and the run may have been given more models meanwhile.
      const models = config.models.map((model) => known.find(({ modelId }) => modelId === model.modelId) ?? model);
      refuseUnbounded(models, config);
      await sql`
        UPDATE runs SET config = config || ${JSON.stringify({ models })}::jsonb WHERE id = ${runId}`.execute(trx);
      await takingLong(() => planCosts(trx, runId));
      await reserveAll(trx, runId, load);
    }
    const { rows } = await sql<{ reached: boolean }>`
      INSERT INTO budgets (scope, usd) VALUES (${runId}, ${usd}::numeric)
      ON CONFLICT (scope) DO UPDATE SET usd = excluded.usd
      RETURNING reached_at IS NOT NULL AS reached`.execute(trx);
    return { goesOn: rows[0]?.reached === true && (await goOn(trx, runId)) };
  });
}

/** Let a run go on that was paused at its bound. @returns false where it was not, or has ended. */
export async function goOn(trx: Trx, runId: string): Promise<boolean> {
  await sql`UPDATE budgets SET reached_at = NULL WHERE scope = ${runId}`.execute(trx);
  const { rows } = await sql`
    UPDATE runs SET status = 'RUNNING' WHERE id = ${runId} AND status = 'PAUSED' RETURNING id`.execute(trx);
  return rows.length > 0;
}

/** A handler comes that bounds what is spent a day. Its row among the handlers stands already. */
export async function openDay(db: Db, load: Load): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await reserveAll(trx, null, load);
    await sql`INSERT INTO budgets (scope) VALUES (${ALL_RUNS}) ON CONFLICT DO NOTHING`.execute(trx);
  });
}

/**
 * Reserve for what is in hand. Whoever takes tickets holds the row of their provider meanwhile, so with all of these rows
 * locked nothing is taken that is not seen here, and what is taken later sees the bound.
 */
async function reserveAll(trx: Trx, runId: string | null, load: Load): Promise<void> {
  // The row of a provider that is asked for the first time cannot be seen before it is committed: who writes one is waited for.
  await sql`LOCK TABLE provider_limits IN SHARE ROW EXCLUSIVE MODE`.execute(trx);
  await sql`SELECT 1 FROM provider_limits ORDER BY provider, model_id FOR UPDATE`.execute(trx);
  const tickets = await ticketsInHand(trx, runId);
  const probes = await load(
    trx,
    tickets.map(({ probeId }) => probeId),
  );
  const asked = tickets.flatMap((ticket: InHand) => {
    const probe = probes.get(ticket.probeId);
    return probe === undefined ? [] : [{ ticket, probe }];
  });
  await reserveInHand(trx, asked);
}

/** The models of a run, each with a price where one is known. */
async function priced({ models }: RunConfig, facts: Facts): Promise<RunModel[]> {
  const lack = models.some(({ modelCost, price }) => modelCost === undefined && price === undefined);
  return lack ? facts(models) : models;
}

/** @throws UsageError where a model has no price. */
function refuseUnbounded(models: RunModel[], config: RunConfig): void {
  const problems = unboundedModels(models, config.config);
  if (problems.length > 0) {
    throw new UsageError(problems.join('; '));
  }
}
