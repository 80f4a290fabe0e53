/**
 * The queue as pg-boss keeps it. This is the only file that knows its tables, its queues and its states; everybody else
 * knows tickets. A ticket stands for a probe that is to be asked, and is handed out to one handler at a time. There is one
 * queue for each provider, so that one that is slow or shut delays no other.
 *
 * What changes a ticket and a row of ours in one statement takes its part of the statement from here: a function that
 * returns SQL and executes nothing.
 */
import { createRequire } from 'node:module';
import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';
import {
  type Db as BossDb,
  type ConstructorOptions,
  fromKysely,
  type JobWithMetadata,
  type KyselyTransactionLike,
  PgBoss,
} from 'pg-boss';
import { DEFAULT_DEADLINE_SECONDS, expirySeconds, MOST_EXPIRE_SECONDS } from './deadline.js';
import { messageOf, UsageError } from './errors.js';
import { getLogger } from './log.js';
import type { Ticket } from './model.js';
import { onceAMinute } from './news.js';
import type { Settings } from './settings.js';

export type Boss = PgBoss;
/** How the queue reaches its database. */
export type BossConnection = Pick<ConstructorOptions, 'db' | 'backend'>;
type Db = QueryExecutorProvider;
/** A transaction of ours: a job and what came of it are stored together or not at all. */
type Trx = Db & KyselyTransactionLike;

/** pg-boss's own schema. Another application's pg-boss, in its default schema, is not this one's to migrate. */
export const QUEUE_SCHEMA = 'probe_queue';
export const deadQueue = 'probe_scenario_dead';
export const analysisQueue = 'analyze_basic';
const scoringQueue = 'score_answers';

const PREFIX = 'probe_scenario.';

// How often a ticket may be lost with the handler that held it. Failed tries are counted in the probe's own row.
const LOST_TICKETS = 10;
const ANALYSIS_SECONDS = 600;
const ORDER_POLL_SECONDS = 0.5;

// What pg-boss keeps of a ticket: its IDs and, in a few words, how it ended. A settled one is of use while somebody looks
// into a run that has just been; a dead letter, while it may still be retried.
const DAY = 86_400;
const KEPT = { deleteAfterSeconds: 7 * DAY, retentionSeconds: 14 * DAY };

// The queue's own, but for the time: a wall clock that is set back would stop its polling for as long.
const STEADY = {
  now: () => performance.timeOrigin + performance.now(),
  setTimeout: (action: () => void, milliseconds: number) => setTimeout(action, milliseconds),
  clearTimeout: (handle: unknown) => clearTimeout(handle as NodeJS.Timeout),
  setInterval: (action: () => void, milliseconds: number) => setInterval(action, milliseconds),
  clearInterval: (handle: unknown) => clearInterval(handle as NodeJS.Timeout),
};

/** The queue took the ticket back from a handler that was silent, and nobody has taken it since. */
const TAKEN_BACK = sql`(state = 'retry' AND output -> 'value' ->> 'message' = 'job heartbeat timeout')`;

const logger = getLogger('database');

// ---------------------------------------------------------------------------------------------------------------------
// The queue and its tables

/** @param supervise whether this process looks after the queue: expiry of lost jobs, removal of old ones. */
export function newBoss(connection: BossConnection, settings: Settings, supervise: boolean): Boss {
  const boss = new PgBoss({
    ...connection,
    schema: QUEUE_SCHEMA,
    createSchema: false,
    supervise,
    schedule: false,
    superviseIntervalSeconds: settings.monitorSeconds,
    monitorIntervalSeconds: settings.monitorSeconds,
    registerInstance: false,
    openTelemetry: { enabled: false },
    warningQueueSize: 1_000_000,
    clock: STEADY,
  });
  // Without a listener, an error of a background query would end the process.
  const isNews = onceAMinute();
  boss.on('error', (error) =>
    logger[isNews(messageOf(error)) ? 'warn' : 'debug']({ err: error }, 'the queue reports an error'),
  );
  boss.on('warning', (warning) => logger.debug({ warning: warning.message }, 'the queue warns'));
  return boss;
}

export async function stopBoss(boss: Boss): Promise<void> {
  await boss.stop({ graceful: false, close: true }).catch(() => {});
}

/** pg-boss brings old tables up to date and says nothing of newer ones. @throws UsageError where they are newer. */
export async function refuseNewerQueue(db: Db): Promise<void> {
  const { rows: there } = await sql<{ table: string | null }>`
    SELECT to_regclass(${`${QUEUE_SCHEMA}.version`})::text AS table`.execute(db);
  if (there[0]?.table == null) {
    return;
  }
  const { rows } = await sql<{ version: number }>`SELECT version FROM ${sql.table(`${QUEUE_SCHEMA}.version`)}`.execute(
    db,
  );
  const known: number = createRequire(import.meta.url)('pg-boss/package.json').pgboss.schema;
  const found = Number(rows[0]?.version ?? 0);
  if (found > known) {
    throw new UsageError(
      `the queue's tables in the schema ${QUEUE_SCHEMA} are of version ${found}, and this program knows them up to ${known}: ` +
        'a newer version of it made them; update the program',
    );
  }
}

export function queueOf(provider: string): string {
  return `${PREFIX}${provider}`;
}

/** The queues that every handler needs. */
export async function createQueues(boss: Boss, settings: Settings): Promise<void> {
  await ensureQueue(boss, deadQueue, KEPT);
  await ensureQueue(boss, analysisQueue, {
    ...KEPT,
    retryLimit: 2,
    retryDelay: settings.retryDelaySeconds,
    expireInSeconds: ANALYSIS_SECONDS,
    heartbeatSeconds: settings.heartbeatSeconds,
  });
  // A judge may be asked for hours; what ends an order that nobody works on is the silence of its handler.
  await ensureQueue(boss, scoringQueue, {
    ...KEPT,
    retryLimit: LOST_TICKETS,
    retryDelay: settings.retryDelaySeconds,
    expireInSeconds: MOST_EXPIRE_SECONDS,
    heartbeatSeconds: settings.heartbeatSeconds,
  });
}

/** The queue of one provider. */
export async function createProviderQueue(boss: Boss, provider: string, settings: Settings): Promise<void> {
  await ensureQueue(boss, queueOf(provider), {
    ...KEPT,
    retryLimit: LOST_TICKETS,
    retryDelay: settings.retryDelaySeconds,
    retryBackoff: true,
    retryDelayMax: settings.retryDelayMaxSeconds,
    heartbeatSeconds: settings.heartbeatSeconds,
    expireInSeconds: expirySeconds(DEFAULT_DEADLINE_SECONDS),
    deadLetter: deadQueue,
  });
}

async function ensureQueue(boss: Boss, name: string, options: object): Promise<void> {
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

/**
 * What was to come when the database's clock says so, after that clock was set back: it would wait for as long as the
 * clock was moved. No moment of the past can lie ahead, so what does is moved along with the clock.
 *
 * @param toleranceSeconds further ahead than any clock that is only inexact.
 */
export async function followClock(db: Db, toleranceSeconds: number): Promise<void> {
  await sql`
    UPDATE probe_queue.job SET
      start_after = CASE WHEN state < 'active' THEN start_after - (greatest(created_on, started_on) - now()) ELSE start_after END,
      created_on = least(created_on, now()), started_on = least(started_on, now()), heartbeat_on = least(heartbeat_on, now())
    WHERE state < 'completed'
      AND greatest(created_on, started_on, heartbeat_on) > now() + make_interval(secs => ${toleranceSeconds})`.execute(
    db,
  );
  await sql`
    UPDATE probe_queue.queue SET
      monitor_claim_on = least(monitor_claim_on, now()), monitor_on = least(monitor_on, now()),
      maintain_on = least(maintain_on, now())
    WHERE greatest(monitor_claim_on, monitor_on, maintain_on) > now() + make_interval(secs => ${toleranceSeconds})`.execute(
    db,
  );
}

// ---------------------------------------------------------------------------------------------------------------------
// A ticket's life

/** The ticket is in other hands, or its probe has ended: this attempt has no say any more. */
export class LapsedError extends Error {
  override name = 'LapsedError';
}

export interface NewTicket {
  id: string;
  probeId: string;
  runId: string;
  modelId: string;
  priority: number;
  expireInSeconds: number;
}

export async function queueTickets(boss: Boss, trx: Trx, provider: string, tickets: NewTicket[]): Promise<void> {
  await boss.insert(
    queueOf(provider),
    tickets.map(({ id, probeId, runId, modelId, priority, expireInSeconds }) => ({
      id,
      data: { probeId, runId },
      priority,
      group: { id: modelId, tier: modelId },
      expireInSeconds,
    })),
    { db: dbOf(trx) },
  );
}

/** A ticket in hand. */
export interface FetchedTicket extends Ticket {
  probeId: string;
  runId: string;
  /** It was a dead letter, which somebody handed out once more. */
  redriven: boolean;
  /** By the clock of the database. */
  fetchedAt: Date;
}

/** Take up to so many tickets in hand, none of a model that is full. */
export async function fetchTickets(
  boss: Boss,
  trx: Trx,
  provider: string,
  { most, full }: { most: number; full: string[] },
): Promise<FetchedTicket[]> {
  const jobs = await boss.fetch<{ probeId: string; runId: string }>(queueOf(provider), {
    batchSize: most,
    includeMetadata: true,
    ...(full.length > 0 ? { ignoreGroups: full } : {}),
    db: dbOf(trx),
  });
  return jobs.map(({ id, retryCount, data, sourceRootId, startedOn }) => ({
    id,
    retryCount,
    probeId: data.probeId,
    runId: data.runId,
    redriven: sourceRootId !== null,
    fetchedAt: startedOn,
  }));
}

/** Say that tickets are being worked on. @returns those that are still in the hands of these attempts. */
export async function renewTickets(db: Db, tickets: { provider: string; ticket: Ticket }[]): Promise<Ticket[]> {
  const { rows } = await sql<{ id: string; retry_count: number }>`
    UPDATE probe_queue.job j SET state = 'active', heartbeat_on = now()
    FROM unnest(${tickets.map(({ provider }) => queueOf(provider))}::text[], ${tickets.map(({ ticket }) => ticket.id)}::uuid[],
                ${tickets.map(({ ticket }) => ticket.retryCount)}::int[]) AS held (name, id, retry_count)
    WHERE j.name = held.name AND j.id = held.id AND j.retry_count = held.retry_count
      AND (j.state = 'active' OR ${TAKEN_BACK})
    RETURNING j.id, j.retry_count`.execute(db);
  return rows.map((row) => ({ id: row.id, retryCount: row.retry_count }));
}

/** SQL: renew one ticket; returns its `id` where it is still in the hands of this attempt, and nothing where not. */
export function renewalOf(provider: string, ticket: Ticket): RawBuilder<unknown> {
  return sql`
    UPDATE probe_queue.job SET state = 'active', heartbeat_on = now()
    WHERE name = ${queueOf(provider)} AND id = ${ticket.id} AND retry_count = ${ticket.retryCount}
      AND (state = 'active' OR ${TAKEN_BACK})
    RETURNING id`;
}

/**
 * Lock a ticket and look whether it is still this attempt's.
 *
 * A ticket that went back to the queue because nobody was heard of for too long, and that nobody has taken since, is
 * taken back: the answer is here, so there is no reason to pay for a second one.
 *
 * @returns false where another attempt has it, or it is settled.
 */
export async function lockTicket(trx: Trx, provider: string, ticket: Ticket): Promise<boolean> {
  const { rows } = await sql<{ state: string; retry_count: number }>`
    SELECT state, retry_count FROM probe_queue.job
    WHERE name = ${queueOf(provider)} AND id = ${ticket.id} FOR UPDATE`.execute(trx);
  const job = rows[0];
  const open = job !== undefined && ['created', 'retry', 'active'].includes(job.state);
  if (!open || job.retry_count !== ticket.retryCount) {
    return false;
  }
  if (job.state !== 'active') {
    await sql`
      UPDATE probe_queue.job SET state = 'active', heartbeat_on = now()
      WHERE name = ${queueOf(provider)} AND id = ${ticket.id}`.execute(trx);
  }
  return true;
}

/** Its probe has an answer. */
export async function completeTicket(boss: Boss, trx: Trx, provider: string, { id }: Ticket): Promise<void> {
  await boss.complete(queueOf(provider), id, { status: 'SUCCEEDED' }, { db: dbOf(trx), includeQueued: true });
}

/** Its probe has ended already, or is not there. */
export async function dropTicket(boss: Boss, provider: string, ticket: Ticket, why: string): Promise<void> {
  await boss.complete(queueOf(provider), attemptOf(ticket), { dropped: why });
}

/** To be handed out once more, after `delaySeconds` or the queue's own backoff; as often as ever it may be lost besides. */
export async function retryTicket(
  boss: Boss,
  trx: Trx,
  provider: string,
  ticket: Ticket,
  { output, delaySeconds }: { output: object; delaySeconds: number | undefined },
): Promise<void> {
  // How often a probe may fail stands in its own row: the queue's count is there for tickets that are lost.
  await sql`
    UPDATE probe_queue.job SET retry_limit = retry_limit + 1
    WHERE name = ${queueOf(provider)} AND id = ${ticket.id} AND retry_count = ${ticket.retryCount}`.execute(trx);
  await boss.fail(queueOf(provider), attemptOf(ticket), output, { db: dbOf(trx) });
  if (delaySeconds !== undefined) {
    await boss.update(queueOf(provider), undefined, {
      id: ticket.id,
      startAfter: Math.ceil(delaySeconds),
      db: dbOf(trx),
    });
  }
}

/** To the dead letters. */
export async function buryTicket(
  boss: Boss,
  trx: Trx,
  provider: string,
  ticket: Ticket,
  output: object,
): Promise<void> {
  // No try is to be left, so that the queue moves the job to the dead letters and does not hand it out once more.
  await sql`UPDATE probe_queue.job SET retry_limit = retry_count WHERE name = ${queueOf(provider)} AND id = ${ticket.id}`.execute(
    trx,
  );
  await boss.fail(queueOf(provider), attemptOf(ticket), output, { db: dbOf(trx) });
}

export async function deleteTicket(boss: Boss, trx: Trx, provider: string, ticket: Ticket): Promise<void> {
  await boss.deleteJob(queueOf(provider), attemptOf(ticket), { db: dbOf(trx) });
}

/**
 * SQL: delete those of the tickets that are in hand since just these fetches; returns their `id` and `retry_count`.
 *
 * The number of an attempt does not tell a fetch that was undone from the next one, by which another handler has the ticket:
 * the queue counts what came back, and not what never happened. So the time must be the same, as near as a `Date` tells it.
 */
export function deletionOfHeld(
  provider: string,
  tickets: Pick<FetchedTicket, 'id' | 'retryCount' | 'fetchedAt'>[],
): RawBuilder<unknown> {
  return sql`
    DELETE FROM probe_queue.job j USING unnest(${tickets.map(({ id }) => id)}::uuid[],
      ${tickets.map(({ retryCount }) => retryCount)}::int[],
      ${tickets.map(({ fetchedAt }) => fetchedAt.toISOString())}::timestamptz[]) AS taken (id, retry_count, fetched_at)
    WHERE j.name = ${queueOf(provider)} AND j.id = taken.id AND j.retry_count = taken.retry_count AND j.state = 'active'
      AND j.started_on >= taken.fetched_at - interval '1 millisecond'
      AND j.started_on <= taken.fetched_at + interval '1 millisecond'
    RETURNING j.id, j.retry_count`;
}

/** Take tickets out of the queue, unless somebody has them in hand. */
export async function withdrawTickets(trx: Trx, tickets: { provider: string; id: string }[]): Promise<void> {
  await sql`
    DELETE FROM probe_queue.job j USING unnest(${tickets.map(({ provider }) => queueOf(provider))}::text[],
      ${tickets.map(({ id }) => id)}::uuid[]) AS gone (name, id)
    WHERE j.name = gone.name AND j.id = gone.id AND j.state <> 'active'`.execute(trx);
}

/** Whatever is in hand was in the hands of a process that is gone: the queue takes it back without waiting for silence. */
export async function releaseAllTickets(db: Db): Promise<void> {
  await sql`
    UPDATE probe_queue.job SET heartbeat_on = 'epoch' WHERE state = 'active' AND heartbeat_seconds IS NOT NULL`.execute(
    db,
  );
}

// ---------------------------------------------------------------------------------------------------------------------
// What the tickets of probes and providers say. `probe` is the alias of a row with `provider` and `ticket_id`.

/** SQL: whether the ticket of a probe is in hand. */
export function isInHand(probe: string): RawBuilder<boolean> {
  return sql<boolean>`EXISTS (SELECT 1 FROM probe_queue.job j WHERE ${isTicketOf(probe)} AND j.state = 'active')`;
}

/** SQL: whether the ticket of a probe is in hand or waits in the queue. */
export function isOpen(probe: string): RawBuilder<boolean> {
  return sql<boolean>`EXISTS (SELECT 1 FROM probe_queue.job j WHERE ${isTicketOf(probe)} AND j.state < 'completed')`;
}

/** SQL: whether the ticket of a probe is a dead letter. */
export function isDead(probe: string): RawBuilder<boolean> {
  return sql<boolean>`
    EXISTS (SELECT 1 FROM probe_queue.job d WHERE d.name = ${deadQueue} AND d.source_id = ${sql.ref(`${probe}.ticket_id`)})`;
}

/** SQL: in how many `seconds` the ticket of a probe is handed out once more; no row where it is not delayed. */
export function delayOf(probe: string): RawBuilder<unknown> {
  return sql`
    SELECT extract(epoch FROM j.start_after - now())::float8 AS seconds FROM probe_queue.job j
    WHERE ${isTicketOf(probe)} AND j.state = 'retry' AND j.start_after > now()`;
}

/** SQL: delete the tickets of the probes of a table. */
export function deletionOfTickets(probes: string): RawBuilder<unknown> {
  return sql`DELETE FROM probe_queue.job j USING ${sql.table(probes)} WHERE ${isTicketOf(probes)}`;
}

/** SQL: how many conversations are in flight, of a row of `provider_limits` by its alias. */
export function inFlightOf(limit: string): RawBuilder<unknown> {
  return sql`
    SELECT count(*) FROM probe_queue.job j
    WHERE j.name = ${sql.lit(PREFIX)} || ${sql.ref(`${limit}.provider`)} AND j.state = 'active'
      AND ${sql.ref(`${limit}.model_id`)} IN ('', j.group_id)`;
}

/** How many conversations with a provider are in flight, by model. */
export async function inFlightByModel(trx: Trx, provider: string): Promise<Map<string | null, number>> {
  const { rows } = await sql<{ model: string | null; number: number }>`
    SELECT group_id AS model, count(*)::int AS number FROM probe_queue.job
    WHERE name = ${queueOf(provider)} AND state = 'active' GROUP BY group_id`.execute(trx);
  return new Map(rows.map(({ model, number }) => [model, number]));
}

function isTicketOf(probe: string): RawBuilder<boolean> {
  return sql<boolean>`
    j.name = ${sql.lit(PREFIX)} || ${sql.ref(`${probe}.provider`)} AND j.id = ${sql.ref(`${probe}.ticket_id`)}`;
}

/** SQL: whether a reservation, by its alias, is that of a ticket in hand. */
export function isOfTicketInHand(reservation: string): RawBuilder<boolean> {
  return sql<boolean>`EXISTS (
    SELECT 1 FROM probe_queue.job j WHERE j.id = ${sql.ref(`${reservation}.ticket_id`)} AND j.state = 'active')`;
}

/** A ticket in the hands of a handler. */
export interface InHand extends Ticket {
  probeId: string;
}

/** The tickets of a run's probes that are in hand, or of all runs. */
export async function ticketsInHand(trx: Trx, runId: string | null): Promise<InHand[]> {
  const { rows } = await sql<InHand>`
    SELECT id, retry_count AS "retryCount", data ->> 'probeId' AS "probeId" FROM probe_queue.job
    WHERE starts_with(name, ${PREFIX}) AND state = 'active' AND (${runId}::text IS NULL OR data ->> 'runId' = ${runId})
    ORDER BY id`.execute(trx);
  return rows;
}

// ---------------------------------------------------------------------------------------------------------------------
// What belongs to a run as a whole

export async function deleteDeadLetters(trx: Trx, runId: string): Promise<void> {
  await sql`DELETE FROM probe_queue.job WHERE name = ${deadQueue} AND data ->> 'runId' = ${runId}`.execute(trx);
}

/** Dead letters, tickets of earlier tries, and the order for the analysis. */
export async function deleteJobsOfRun(trx: Trx, runId: string): Promise<void> {
  await sql`DELETE FROM probe_queue.job WHERE data ->> 'runId' = ${runId}`.execute(trx);
}

export async function orderAnalysis(boss: Boss, trx: Trx, runId: string): Promise<void> {
  await boss.send(analysisQueue, { runId }, { db: dbOf(trx) });
}

/** One that has not begun. Those that were lost are of the run as it was, and count no more. */
export async function withdrawAnalysis(trx: Trx, runId: string): Promise<void> {
  await sql`
    DELETE FROM probe_queue.job
    WHERE name = ${analysisQueue} AND (state < 'active' OR state = 'failed') AND data ->> 'runId' = ${runId}`.execute(
    trx,
  );
}

/** SQL: whether the run is being analysed. */
export function isAnalysed(runId: string): RawBuilder<boolean> {
  return sql<boolean>`
    EXISTS (SELECT 1 FROM probe_queue.job WHERE name = ${analysisQueue} AND state = 'active' AND data ->> 'runId' = ${runId})`;
}

/** Whether the analysis of the run, or of any run, is ordered or being made. */
export async function areAnalysesOrdered(db: Db, runId: string | null): Promise<boolean> {
  const { rows } = await sql<{ due: boolean }>`
    SELECT EXISTS (SELECT 1 FROM probe_queue.job WHERE name = ${analysisQueue} AND state < 'completed'
      AND (${runId}::text IS NULL OR data ->> 'runId' = ${runId})) AS due`.execute(db);
  return rows[0]?.due ?? true;
}

/** SQL: whether the analysis of a run, by its alias, is ordered or being made. */
export function isAnalysisOrdered(run: string): RawBuilder<boolean> {
  return sql<boolean>`EXISTS (SELECT 1 FROM probe_queue.job j WHERE ${isAnalysisOf(run)} AND j.state < 'completed')`;
}

/** SQL: how many orders for the analysis of a run, by its alias, nobody could do. */
export function lostAnalyses(run: string): RawBuilder<number> {
  return sql<number>`(SELECT count(*)::int FROM probe_queue.job j WHERE ${isAnalysisOf(run)} AND j.state = 'failed')`;
}

function isAnalysisOf(run: string): RawBuilder<boolean> {
  return sql<boolean>`j.name = ${analysisQueue} AND j.data ->> 'runId' = ${sql.ref(`${run}.id`)}::text`;
}

/** Analyse what is ordered, one run at a time. @returns what ends it, after the analysis that is under way. */
export async function analyseOrders(
  boss: Boss,
  analyse: (runId: string) => Promise<void>,
): Promise<() => Promise<void>> {
  return workOn<{ runId: string }>(boss, analysisQueue, ({ runId }) => analyse(runId));
}

/** An order to score the answers of a run, as it was handed out once. */
export interface ScoringOrder {
  scoringId: string;
  runId: string;
  ticket: Ticket;
}

export async function orderScoring(boss: Boss, trx: Trx, order: Omit<ScoringOrder, 'ticket'>): Promise<void> {
  await boss.send(scoringQueue, order, { db: dbOf(trx) });
}

/** Say that an order is being worked on. @returns whether it is still in the hands of this attempt. */
export async function renewOrder(db: Db, { id, retryCount }: Ticket): Promise<boolean> {
  const { rows } = await sql`
    UPDATE probe_queue.job SET heartbeat_on = now()
    WHERE name = ${scoringQueue} AND id = ${id} AND retry_count = ${retryCount} AND state = 'active' RETURNING id`.execute(
    db,
  );
  return rows.length > 0;
}

/**
 * SQL: whether a row of `scorings`, by its alias, is ordered or being worked on, or the one that it replaced still is: what
 * that has on the wire is paid for, and would be asked once more.
 */
export function isScoringOrdered(scoring: string): RawBuilder<boolean> {
  return sql<boolean>`
    EXISTS (SELECT 1 FROM probe_queue.job j WHERE j.name = ${scoringQueue} AND (${isOrderOf(scoring)} AND j.state < 'completed'
      OR j.state = 'active' AND j.data ->> 'runId' = ${sql.ref(`${scoring}.run_id`)}::text))`;
}

/** SQL: whether the order of a row of `scorings` took every handler down that had it. */
export function isScoringLost(scoring: string): RawBuilder<boolean> {
  return sql<boolean>`
    EXISTS (SELECT 1 FROM probe_queue.job j WHERE ${isOrderOf(scoring)} AND j.state = 'failed')`;
}

/** SQL: whether somebody works on the scores of the run. */
export function isScored(runId: string): RawBuilder<boolean> {
  return sql<boolean>`
    EXISTS (SELECT 1 FROM probe_queue.job WHERE name = ${scoringQueue} AND state = 'active' AND data ->> 'runId' = ${runId})`;
}

/** Those that have not begun. */
export async function withdrawScorings(trx: Trx, runId: string): Promise<void> {
  await sql`
    DELETE FROM probe_queue.job
    WHERE name = ${scoringQueue} AND state < 'active' AND data ->> 'runId' = ${runId}`.execute(trx);
}

/**
 * Score what is ordered, one run at a time.
 *
 * @param score gets a signal that comes when its order is in other hands.
 * @returns what ends it, after the scoring that is under way.
 */
export async function scoreOrders(
  boss: Boss,
  score: (order: ScoringOrder, lost: AbortSignal) => Promise<void>,
): Promise<() => Promise<void>> {
  return workOn<Omit<ScoringOrder, 'ticket'>>(boss, scoringQueue, (data, { id, retryCount, signal }) =>
    score({ ...data, ticket: { id, retryCount } }, signal),
  );
}

async function workOn<T extends object>(
  boss: Boss,
  queue: string,
  action: (order: T, job: JobWithMetadata<T>) => Promise<void>,
): Promise<() => Promise<void>> {
  const id = await boss.work(
    queue,
    { pollingIntervalSeconds: ORDER_POLL_SECONDS, includeMetadata: true },
    async ([job]: JobWithMetadata<T>[]) => {
      if (job !== undefined) {
        await action(job.data, job);
      }
    },
  );
  return () => boss.offWork(queue, { id });
}

function isOrderOf(scoring: string): RawBuilder<boolean> {
  return sql<boolean>`j.name = ${scoringQueue} AND j.data ->> 'scoringId' = ${sql.ref(`${scoring}.id`)}::text`;
}

// ---------------------------------------------------------------------------------------------------------------------

/** The queue takes an attempt by these two, and nothing of an attempt that another has followed. */
function attemptOf({ id, retryCount }: Ticket): Ticket {
  return { id, retryCount };
}

function dbOf(trx: Trx): BossDb {
  return fromKysely(trx);
}
