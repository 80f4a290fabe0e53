/**
 * Side by side: one scenario, and what several models said, or one model several times, or in two runs. The scenarios on
 * which they differ most come first.
 */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ConversationAnswer, MatrixAnswer, Place } from '../../../src/viewer/api.js';
import { filterWords } from '../../../src/viewer/filter.js';
import { changed, go, href } from '../address.js';
import { AskError, ask, useAnswer } from '../data.js';
import { count, decimal } from '../format.js';
import { useKeys } from '../keys.js';
import { PlainText } from '../markdown.js';
import { Frame, RUNS, Trouble, Waiting } from '../parts/frame.js';
import { Name } from '../parts/name.js';
import { ScoreMark } from '../parts/state.js';
import { Answer, isScored } from '../parts/turns.js';

const MOST_COLUMNS = 12;

export function SidePage({ run, words }: { run: string; words: URLSearchParams }): VNode {
  const at = Number(words.get('at') ?? 0) || 0;
  const against = words.get('against');
  const asked = filterWords(words);
  asked.set('run', run);
  asked.set('sort', words.get('sort') ?? 'spread');
  asked.set('from', String(at));
  asked.set('rows', '1');
  const matrix = useAnswer('matrix', asked);
  const { answer } = matrix;
  const [row] = answer?.rows ?? [];
  // The other run: the same scenario of the same models.
  const other = new URLSearchParams(words.getAll('model').map((model) => ['model', model]));
  other.set('run', against ?? '');
  other.set('scenario', row?.scenario ?? '');
  other.set('rows', '1');
  const versus = useAnswer('matrix', against !== null && row !== undefined ? other : null);
  const all = words.get('all') === '1';
  // Of the other run nothing is shown that belongs to another scenario.
  const isWaiting = against !== null && !versus.fresh;
  const runs = [placesOf(run, answer, all), placesOf(against, isWaiting ? null : versus.answer, all)];
  const page = Number(words.get('page') ?? 0) || 0;
  const { shown, pages } = columnsOf(runs, page);
  const turned = (place: number): string =>
    href(['run', run, 'side'], changed(words, { page: place <= 0 ? null : place }));
  const to = (place: number): string => href(['run', run, 'side'], changed(words, { at: place === 0 ? null : place }));
  const total = answer?.totalRows ?? 0;
  const isCompared = (answer?.columns.length ?? 0) > 1;
  useKeys({
    ...(at > 0 && { '[': () => go(to(at - 1)) }),
    ...(at + 1 < total && { ']': () => go(to(at + 1)) }),
  });
  const plain = words.get('as') === 'text';
  return (
    <Frame
      title="Side by side"
      crumbs={[RUNS, { text: answer?.run.name ?? 'Run', href: href(['run', run], filterWords(words)) }]}
      wide
      actions={
        <>
          <a class="button" href={href(['run', run, 'side'], changed(words, { all: all ? null : 1, page: null }))}>
            {all ? 'First samples only' : 'All samples'}
          </a>
          <a class="button" href={href(['run', run, 'side'], changed(words, { as: plain ? null : 'text' }))}>
            {plain ? 'As Markdown' : 'As text'}
          </a>
        </>
      }
    >
      <nav class="around" aria-label="Scenarios before and after">
        {at > 0 ? <a href={to(at - 1)}>← Before</a> : <span aria-disabled="true">← Before</span>}
        <span class="muted">{answer ? `scenario ${count(Math.min(at + 1, total))} of ${count(total)}` : '…'}</span>
        {at + 1 < total ? <a href={to(at + 1)}>Next →</a> : <span aria-disabled="true">Next →</span>}
      </nav>
      {matrix.error && <Trouble error={matrix.error} again={matrix.again} />}
      {!answer && !matrix.error && <Waiting />}
      {answer && row === undefined && <p class="nothing">Nothing is like that.</p>}
      {row && (
        <>
          <h1 dir="auto" title={row.name ?? row.scenario}>
            {row.name ?? row.scenario}
          </h1>
          <p class="muted">
            {words.get('sort') === null && total > 1 && isCompared && 'Those on which models differ most come first. '}
            {row.spread !== null && row.spread > 0 && `The models' means differ by up to ${decimal(row.spread)}. `}
            {row.orientation === 'flipped' && 'It is asked in the opposite order, and scores are turned back. '}
            {pages > 1 && `${count(shown.length)} of ${count(runs.flat().length)} answers are shown. `}
          </p>
          {pages > 1 && (
            <nav class="around" aria-label="More answers">
              {page > 0 ? <a href={turned(page - 1)}>← Before</a> : <span aria-disabled="true">← Before</span>}
              <span class="muted">{`answers, page ${count(Math.min(page + 1, pages))} of ${count(pages)}`}</span>
              {page + 1 < pages ? <a href={turned(page + 1)}>Next →</a> : <span aria-disabled="true">Next →</span>}
            </nav>
          )}
          {versus.error && <Trouble error={versus.error} again={versus.again} />}
          {isWaiting && !versus.error ? <Waiting /> : <Columns places={shown} plain={plain} named={against !== null} />}
        </>
      )}
    </Frame>
  );
}

/** What stands on one page: as much of each run, so that the same models stand beside each other. */
export function columnsOf(runs: Place[][], page: number): { shown: Place[]; pages: number } {
  const some = runs.filter((places) => places.length > 0);
  const each = Math.floor(MOST_COLUMNS / Math.max(1, some.length));
  const pages = Math.max(1, Math.ceil(Math.max(0, ...some.map(({ length }) => length)) / each));
  const from = Math.min(Math.max(0, page), pages - 1) * each;
  return { shown: some.flatMap((places) => places.slice(from, from + each)), pages };
}

function placesOf(run: string | null, matrix: MatrixAnswer | null, all: boolean): Place[] {
  const [row] = matrix?.rows ?? [];
  if (run === null || matrix === null || row === undefined) {
    return [];
  }
  return matrix.columns.flatMap(({ model }) => {
    const samples = row.cells.find((cell) => cell.model === model)?.samples ?? [];
    const wanted = all ? samples : samples.slice(0, 1);
    return wanted.map(({ sample }) => ({ run, scenario: row.scenario, model, sample }));
  });
}

function Columns({ places, plain, named }: { places: Place[]; plain: boolean; named: boolean }): VNode {
  const key = JSON.stringify(places);
  const [state, setState] = useState<{ key: string; told: ConversationAnswer[]; error: AskError | null }>({
    key: '',
    told: [],
    error: null,
  });
  useEffect(() => {
    const left = new AbortController();
    Promise.all(places.map((place) => ask('conversation', wordsOfPlace(place), left.signal))).then(
      (told) => setState({ key, told, error: null }),
      (error) =>
        left.signal.aborted ||
        setState({ key, told: [], error: error instanceof AskError ? error : new AskError(String(error), 0) }),
    );
    return () => left.abort();
  }, [key]);
  if (state.error) {
    return <Trouble error={state.error} />;
  }
  const { told } = state;
  if (told.length === 0) {
    return <Waiting />;
  }
  const turns = Math.max(...told.map((one) => turnsOf(one).length));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reachable by key
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
    <div class="scrolls side" tabIndex={0} role="group" aria-label="Answers side by side">
      <table class={state.key === key ? '' : 'stale'}>
        <thead>
          <tr>
            {told.map((one) => (
              <th scope="col" key={JSON.stringify(one.place)}>
                <Head one={one} named={named} />
              </th>
            ))}
          </tr>
        </thead>
        {Array.from({ length: turns }, (_, index) => (
          <TurnRows key={index} {...{ told, index, plain }} />
        ))}
        {turns === 0 && <tbody />}
      </table>
    </div>
  );
}

function Head({ one, named }: { one: ConversationAnswer; named: boolean }): VNode {
  const { place, run, told } = one;
  const about = [...(one.samples > 1 ? [`sample ${place.sample + 1}`] : []), ...(named ? [run.name] : [])];
  return (
    <>
      <a
        href={href(['run', place.run, 'conversation'], { ...place, run: null })}
        dir="auto"
        class="cut-name"
        title={place.model}
      >
        <Name text={place.model} />
      </a>
      <p>
        {told?.score?.class === 'refusal' ? (
          <span class="chip warn">refused</span>
        ) : told?.score ? (
          <ScoreMark scale={run.scale} score={told.score.score} label={told.score.label} large />
        ) : (
          <span class={`chip${one.state === 'FAILED' ? ' bad' : ''}`}>
            {one.state === 'FAILED' ? (one.error?.code ?? 'failed') : told ? 'not scored' : one.state.toLowerCase()}
          </span>
        )}{' '}
        <span class="muted" dir="auto">
          {about.join(', ')}
        </span>
      </p>
    </>
  );
}

/** The prompt once where it is the same for all, and the answers below it. */
function TurnRows({ told, index, plain }: { told: ConversationAnswer[]; index: number; plain: boolean }): VNode {
  const prompts = told.map((one) => turnsOf(one)[index]?.probePrompt ?? null);
  const given = prompts.filter((prompt) => prompt !== null);
  const same = given.every((prompt) => prompt === given[0]);
  return (
    <tbody>
      {same ? (
        <tr class="prompt">
          <td colSpan={told.length}>
            <div class="prompt-text">
              <PlainText text={given[0] ?? ''} span={null} />
            </div>
          </td>
        </tr>
      ) : (
        <tr class="prompt">
          {prompts.map((prompt, column) => (
            <td key={column}>
              <PlainText text={prompt ?? ''} span={null} />
            </td>
          ))}
        </tr>
      )}
      <tr>
        {told.map((one) => {
          const turns = turnsOf(one);
          const turn = turns[index];
          const span = isScored(turns, index, one.run.turn) ? (one.told?.score?.span ?? null) : null;
          return (
            <td key={JSON.stringify(one.place)}>
              {turn ? (
                <Answer turn={turn} span={span} plain={plain} noted={false} />
              ) : (
                <p class="muted" dir="auto">
                  {index === 0 ? (one.error?.message ?? 'no answer yet') : 'no such turn'}
                </p>
              )}
            </td>
          );
        })}
      </tr>
    </tbody>
  );
}

function turnsOf(one: ConversationAnswer): ConversationAnswer['partial'] {
  return one.told?.turns ?? one.partial;
}

function wordsOfPlace({ run, scenario, model, sample }: Place): URLSearchParams {
  return new URLSearchParams({ run, scenario, model, sample: String(sample) });
}
