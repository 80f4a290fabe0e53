/** `analysis`, `report` and `compare`: the statistics of a run as they are stored, as a page, and of several runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { jobOfRun, jobOfRuns, type LabelledRun, scalesOf } from '../analysis/job.js';
import { type LookOptions, look } from '../analysis/look.js';
import { pageOf } from '../analysis/page.js';
import { monotonic } from '../clock.js';
import type { Db } from '../database/connect.js';
import { mostRunsAnalysed } from '../documents/schemas.js';
import { UsageError } from '../errors.js';
import { redactValue } from '../redaction.js';
import { ANALYSIS_TYPE, isAnalysisDue } from '../runs/analyses.js';
import { type Found, findRun } from '../runs/find.js';
import { handlersAtWork } from '../runs/handlers.js';
import { isScoringDue } from '../runs/scorings.js';
import { terminalHtml, terminalJson, terminalText } from '../terminal-text.js';

export interface AnalysisArguments {
  run: string;
  /** Runs that are taken together with it; none where a caller of an earlier version knows of no such thing. */
  pool?: string[];
}

export interface CompareArguments {
  /** The earliest first. */
  runs: string[];
  /** As a page. */
  report: boolean;
}

// While another handler is at work the analysis follows the end of its run by moments.
const WAIT_MILLISECONDS = 30_000;
const POLL_MILLISECONDS = 200;

/** As it is stored, or of several runs as it is made now. @throws UsageError where a run has none. */
export async function analysisText(db: Db, { run, pool = [] }: AnalysisArguments, gone?: AbortSignal): Promise<string> {
  if (pool.length === 0) {
    return asText(await storedAnalysis(db, await findRun(db, run)));
  }
  return asText(redactValue(await look(jobOfRuns(db, await pooledRuns(db, [run, ...pool]), true), toldOf(gone))));
}

/** The page, made of what is stored now. @throws UsageError where a run has no analysis. */
export async function* reportPage(
  db: Db,
  { run, pool = [] }: AnalysisArguments,
  gone?: AbortSignal,
): AsyncGenerator<string> {
  if (pool.length > 0) {
    yield* page(jobOfRuns(db, await pooledRuns(db, [run, ...pool]), true, redactValue), gone);
    return;
  }
  const found = await findRun(db, run);
  await storedAnalysis(db, found);
  yield* page(jobOfRun(db, found.id, redactValue), gone);
}

/** What the same models did in several runs. @throws UsageError where one of them has no analysis. */
export async function* comparison(
  db: Db,
  { runs, report }: CompareArguments,
  gone?: AbortSignal,
): AsyncGenerator<string> {
  const labelled = await labelledRuns(db, runs);
  if (report) {
    yield* page(jobOfRuns(db, labelled, false, redactValue), gone);
    return;
  }
  const job = jobOfRuns(db, labelled, false);
  // Everything else in the document is of the last run alone, and would pass for figures of all.
  const { acrossRuns, warnings } = await look(job, toldOf(gone));
  yield asText(redactValue({ ids: labelled.map(({ id }) => id), ...acrossRuns, warnings }));
}

async function* page(job: AsyncIterable<string>, gone?: AbortSignal): AsyncGenerator<string> {
  for await (const text of pageOf(job, toldOf(gone))) {
    yield terminalHtml(text);
  }
}

function toldOf(gone: AbortSignal | undefined): LookOptions {
  return gone === undefined ? {} : { gone };
}

function asText(document: unknown): string {
  return `${terminalJson(JSON.stringify(document, null, 2))}\n`;
}

/** @throws UsageError where scores of one run are no scores of another. */
async function pooledRuns(db: Db, given: readonly string[]): Promise<LabelledRun[]> {
  const runs = await labelledRuns(db, given);
  const scales = (
    await scalesOf(
      db,
      runs.map(({ id }) => id),
    )
  ).map((scale) => JSON.stringify(scale));
  const other = scales.findIndex((scale) => scale !== scales[0]);
  if (other >= 0) {
    throw new UsageError(
      `${terminalText(runs[0]?.label ?? '')} and ${terminalText(runs[other]?.label ?? '')} have not the same scale, so their ` +
        'scores have no mean; score one of them anew, or see: compare',
    );
  }
  return runs;
}

/** Runs by their names, or by their IDs too where two have the same name. */
async function labelledRuns(db: Db, given: readonly string[]): Promise<LabelledRun[]> {
  const most = mostRunsAnalysed();
  if (given.length > most) {
    throw new UsageError(`these are ${given.length} runs; at most ${most} can be analysed together`);
  }
  const found: Found[] = [];
  for (const one of given) {
    const run = await findRun(db, one);
    if (found.some(({ id }) => id === run.id)) {
      throw new UsageError(`${terminalText(run.name)} (${run.id}) is named twice; name each run once`);
    }
    await storedAnalysis(db, run);
    found.push(run);
  }
  const areNamesEnough = new Set(found.map(({ name }) => name)).size === found.length;
  return found.map(({ id, name }) => ({ id, label: areNamesEnough ? name : `${name} (${id})` }));
}

/** @throws UsageError where it has none, and none is about to be made. */
async function storedAnalysis(db: Db, run: Found): Promise<unknown> {
  const until = monotonic() + WAIT_MILLISECONDS;
  for (;;) {
    const isAwaited = (await isAnalysisComing(db, run.id)) && monotonic() <= until;
    const row = await db
      .selectFrom('analysis_results')
      .select(['status', 'output', 'created_at'])
      .where('run_id', '=', run.id)
      .where('type', '=', ANALYSIS_TYPE)
      .where('status', 'in', ['CURRENT', 'FAILED'])
      .orderBy('created_at', 'desc')
      .executeTakeFirst();
    if (row !== undefined && !isAwaited) {
      return row.output;
    }
    if (!isAwaited && (run.status !== 'COMPLETED' || monotonic() > until)) {
      throw new UsageError(
        `${terminalText(run.name)} is ${run.status} and has no analysis; it is made when a run with answers has ended`,
      );
    }
    await sleep(POLL_MILLISECONDS);
  }
}

/** Whether somebody is about to make one, of scores that are made anew or of a run that has just ended. */
async function isAnalysisComing(db: Db, runId: string): Promise<boolean> {
  const due = (await isScoringDue(db, runId)) || (await isAnalysisDue(db, runId));
  return due && (await handlersAtWork(db)).some(({ problem }) => problem === null);
}
