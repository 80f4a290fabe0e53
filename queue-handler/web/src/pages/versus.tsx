/** Two runs: what the same models answered to the same scenarios, the largest differences first. */
import type { VNode } from 'preact';
import { changed, href } from '../address.js';
import { useAnswer } from '../data.js';
import { count, signed } from '../format.js';
import { Frame, RUNS, Trouble, Waiting } from '../parts/frame.js';
import { Name } from '../parts/name.js';
import { Pager } from '../parts/pager.js';
import { ScoreMark } from '../parts/state.js';

const ROWS = 50;

export function VersusPage({ words }: { words: URLSearchParams }): VNode {
  const asked = new URLSearchParams(words);
  asked.set('rows', String(ROWS));
  const { answer, error, again, fresh } = useAnswer('versus', asked);
  const [run = '', against = ''] = [words.get('run') ?? '', words.get('against') ?? ''];
  const names = answer?.runs.map(({ name }) => name) ?? [];
  return (
    <Frame title={names.length === 2 ? `${names[0]} and ${names[1]}` : 'Two runs'} crumbs={[RUNS]}>
      <h1>Two runs</h1>
      {error && <Trouble error={error} again={again} />}
      {!answer && !error && <Waiting />}
      {answer && answer.totalRows === 0 && (
        <p class="nothing">They have no scenario and model in common of which both have answers.</p>
      )}
      {answer && answer.totalRows > 0 && (
        <>
          <p class="lead">
            {count(answer.totalRows)} scenarios of a model stand in both. Means are over samples; the difference is the
            second run less the first.
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reachable by key */}
          {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields */}
          <div class={`scrolls${fresh ? '' : ' stale'}`} tabIndex={0} role="group" aria-label="Differences">
            <table class="rows">
              <thead>
                <tr>
                  <th scope="col">Scenario</th>
                  <th scope="col">Model</th>
                  {answer.runs.map(({ id, name }) => (
                    <th scope="col" key={id}>
                      <a href={href(['run', id])} dir="auto" class="cut-name" title={name}>
                        <Name text={name} />
                      </a>
                    </th>
                  ))}
                  <th scope="col">Difference</th>
                </tr>
              </thead>
              <tbody>
                {answer.rows.map(({ scenario, name, model, means, counts, difference }) => (
                  <tr key={`${scenario} ${model}`}>
                    <th scope="row" dir="auto" class="named">
                      <a
                        href={href(['run', run, 'side'], { scenario, model, against, all: 1 })}
                        class="cut-name"
                        title={name ?? scenario}
                      >
                        <Name text={name ?? scenario} />
                      </a>
                    </th>
                    <td dir="auto" class="named">
                      <span class="cut-name" title={model}>
                        <Name text={model} />
                      </span>
                    </td>
                    {means.map((mean, index) => (
                      <td key={answer.runs[index]?.id}>
                        <ScoreMark scale={answer.runs[index]?.scale ?? null} score={mean} label={null} />{' '}
                        <small class="muted">{count(counts[index] ?? 0)}</small>
                      </td>
                    ))}
                    <td class="number">{signed(difference)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <Pager
            offset={answer.offset}
            total={answer.totalRows}
            rows={ROWS}
            page={(offset) => href(['versus'], changed(words, { from: offset === 0 ? null : offset }))}
            what="rows"
          />
        </>
      )}
    </Frame>
  );
}
