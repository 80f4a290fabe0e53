/** One run: what has come of it, and the matrix of its scenarios and models under a filter. */
import type { VNode } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { RunAnswer } from '../../../src/viewer/api.js';
import { filterWords } from '../../../src/viewer/filter.js';
import { changed, go, goInstead, href } from '../address.js';
import { useAnswer } from '../data.js';
import { count, duration, plural } from '../format.js';
import { useKeys } from '../keys.js';
import { Chips, FilterPanel } from '../parts/filters.js';
import { Frame, RUNS, Trouble, Waiting } from '../parts/frame.js';
import { Legend, Matrix } from '../parts/matrix.js';
import { ProgressBar, Status } from '../parts/state.js';
import { useWindow, WINDOW } from '../parts/window.js';
import { Failures, Figure, goesOn, SpentFigure } from './runs.js';

/** Of what is seen of the matrix, how much a key moves it on. */
const PAGE = 0.8;

const ANALYSIS_MILLISECONDS = 300_000;

export function RunPage({ run, words }: { run: string; words: URLSearchParams }): VNode {
  const about = new URLSearchParams({ run });
  const runs = useAnswer('run', about, (answer) => isOpen(answer) || isAnalysed(answer));
  const open = runs.answer !== null && isOpen(runs.answer);
  const facets = useAnswer('facets', about, open);
  const asked = new URLSearchParams(words);
  asked.set('run', run);
  const row = Number(words.get('from') ?? 0) || 0;
  const box = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState<{ offset: number; rows: number; total: number } | null>(null);
  const space = useWindow(box, row, shown, (from) =>
    goInstead(href(['run', run], changed(words, { from: from === 0 ? null : from }))),
  );
  asked.delete('from');
  asked.set('from', String(space.from));
  asked.set('rows', String(WINDOW));
  const matrix = useAnswer('matrix', asked, open);
  const search = useRef<HTMLInputElement>(null);
  const filter = filterWords(words);
  // On a phone the answers come first.
  const isWide = matchMedia('(min-width: 60rem)').matches;
  const answer = matrix.answer;
  useLayoutEffect(
    () => setShown(answer && { offset: answer.offset, rows: answer.rows.length, total: answer.totalRows }),
    [answer],
  );
  const turn = (share: number): void => box.current?.scrollBy({ top: share * box.current.clientHeight });
  const show = (next: URLSearchParams): void => {
    next.delete('from');
    next.delete('patience');
    go(href(['run', run], next));
  };
  useKeys({
    '/': () => search.current?.focus(),
    n: () => turn(PAGE),
    p: () => turn(-PAGE),
  });
  const name = runs.answer?.progress.name ?? answer?.run.name ?? '';
  return (
    <Frame
      title={name || 'Run'}
      crumbs={[RUNS]}
      wide
      actions={
        runs.answer?.hasAnalysis && (
          <a class="button" href={href(['run', run, 'analysis'])}>
            Analysis
          </a>
        )
      }
    >
      <div class="run-head title-of-run">
        <h1 dir="auto" title={name}>
          {name}
        </h1>
        {runs.answer && <About run={runs.answer} />}
      </div>
      {runs.error && <Trouble error={runs.error} again={runs.again} />}
      {runs.answer ? <Summary run={runs.answer} /> : !runs.error && <Waiting />}
      <div class="split">
        <aside aria-label="Filters">
          <search>
            <form
              class="search"
              onSubmit={(event) => {
                event.preventDefault();
                show(changed(words, { q: search.current?.value.trim() ?? '' }));
              }}
            >
              <label for="search">Search in prompts and answers</label>
              <input
                id="search"
                ref={search}
                key={words.get('q') ?? ''}
                type="search"
                name="q"
                defaultValue={words.get('q') ?? ''}
                dir="auto"
              />
              <button type="submit">Search</button>
            </form>
          </search>
          {facets.answer && (
            <details class="fold" open={isWide}>
              <summary>Filters</summary>
              <FilterPanel facets={facets.answer} words={words} show={show} />
            </details>
          )}
        </aside>
        <section aria-label="Answers">
          <div class="bar-of-matrix">
            <p role="status" class="counted">
              {answer ? summaryOf(answer.count, answer.totalRows) : '…'}
            </p>
            <label class="sort">
              Order
              <select
                value={words.get('sort') ?? 'given'}
                onChange={(event) =>
                  show(
                    changed(words, { sort: event.currentTarget.value === 'given' ? null : event.currentTarget.value }),
                  )
                }
              >
                <option value="given">as in the file</option>
                <option value="spread">models differ most first</option>
                <option value="name">by name</option>
              </select>
            </label>
            {answer && answer.columns.length > 1 && answer.totalRows > 0 && (
              <a class="button" href={href(['run', run, 'side'], filter)}>
                Side by side
              </a>
            )}
          </div>
          <Chips words={words} show={show} />
          {answer?.searched?.cut && (
            <p class="notice">
              {answer.searched.cut === 'time'
                ? `Only ${count(answer.searched.looked)} of ${count(answer.searched.of)} answers were read in the time that a search has. `
                : 'These are the first 5,000 answers in which it stands. '}
              {answer.searched.cut === 'time' && (
                <button type="button" onClick={() => goInstead(href(['run', run], changed(words, { patience: 60 })))}>
                  Read all of them
                </button>
              )}
            </p>
          )}
          {matrix.error && <Trouble error={matrix.error} again={matrix.again} />}
          {!answer && !matrix.error && <Waiting />}
          {answer && answer.totalRows === 0 && <p class="nothing">Nothing is like that.</p>}
          {answer && answer.totalRows > 0 && (
            <>
              <Matrix {...{ run, answer, filter, box, space }} stale={!matrix.fresh} />
              <Legend scale={answer.scale} />
            </>
          )}
        </section>
      </div>
    </Frame>
  );
}

/** While something more can come of it. */
function isOpen({ progress, scores }: RunAnswer): boolean {
  return goesOn(progress.status) || scores?.status === 'OPEN';
}

/** Its analysis is made when it has ended; what has none after that time will have none. */
function isAnalysed({ hasAnalysis, completedAt }: RunAnswer): boolean {
  return !hasAnalysis && completedAt !== null && Date.now() - Date.parse(completedAt) < ANALYSIS_MILLISECONDS;
}

function summaryOf(conversations: number, scenarios: number): string {
  return `${plural(conversations, 'conversation')} in ${plural(scenarios, 'scenario')}`;
}

function About({ run: { progress, scores, definition } }: { run: RunAnswer }): VNode {
  const { name } = progress;
  return (
    <>
      <Status status={progress.status} />
      {scores?.status === 'OPEN' && <span class="chip">being scored</span>}
      {(definition.name !== name || definition.version !== null) && (
        <span class="muted" dir="auto">
          {definition.name}
          {definition.version !== null && `, version ${definition.version}`}
        </span>
      )}
    </>
  );
}

function Summary({ run }: { run: RunAnswer }): VNode {
  const { progress } = run;
  const sum = (of: (model: (typeof progress.models)[number]) => number): number =>
    progress.models.reduce((total, model) => total + of(model), 0);
  const failed: Record<string, number> = {};
  for (const model of progress.models) {
    for (const [code, number] of Object.entries(model.failed)) {
      failed[code] = (failed[code] ?? 0) + number;
    }
  }
  const failures = Object.values(failed).reduce((total, number) => total + number, 0);
  const [total, succeeded] = [sum((model) => model.total), sum((model) => model.succeeded)];
  const [waiting, inFlight] = [sum((model) => model.waiting), sum((model) => model.inFlight)];
  const waits = progress.models.flatMap((model) => model.waits.map((wait) => ({ model: model.modelId, ...wait })));
  return (
    <div class="summary">
      <ProgressBar succeeded={succeeded} failed={failures} cancelled={sum((model) => model.cancelled)} total={total} />
      <dl class="figures">
        <Figure name="answered" value={`${count(succeeded)} of ${count(total)}`} />
        {waiting + inFlight > 0 && (
          <Figure name="open" value={`${count(inFlight)} in flight, ${count(waiting)} waiting`} />
        )}
        <SpentFigure spent={run.spent} />
        {waiting + inFlight > 0 && <Figure name="a minute" value={count(progress.perMinute)} />}
        {progress.etaSeconds !== null && <Figure name="left" value={duration(progress.etaSeconds)} />}
        {waiting + inFlight > 0 && <Figure name="handlers at work" value={count(progress.handlers)} />}
      </dl>
      {failures > 0 && <Failures run={progress.id} failed={failed} />}
      {(progress.stops.length > 0 || waits.length > 0 || progress.problems.length > 0) && (
        <details class="waits">
          <summary>Why something waits or is stopped</summary>
          <ul>
            {progress.stops.map((stop) => (
              <li key={`${stop.provider} ${stop.model}`} dir="auto">
                {stop.model ?? stop.provider} is stopped for this run: {stop.code}: {stop.message}
              </li>
            ))}
            {progress.problems.map((problem) => (
              <li key={problem}>A handler takes no jobs: {problem}</li>
            ))}
            {waits.map((wait) => (
              <li key={`${wait.model} ${wait.reason}`} dir="auto">
                {wait.model}: {count(wait.probes)} wait: {wait.message}
                {wait.seconds !== null && ` (${duration(wait.seconds)})`}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
