/** All runs: how far each is, what failed and why, what it cost. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { RunLine, Spent } from '../../../src/viewer/api.js';
import { go, href } from '../address.js';
import { useAnswer } from '../data.js';
import { isExport } from '../files.js';
import { count, dollars, duration, moment, plural, short } from '../format.js';
import { Frame, Trouble, Waiting } from '../parts/frame.js';
import { ProgressBar, Status } from '../parts/state.js';

const NO_WORDS = new URLSearchParams();
const GOES_ON = ['PENDING', 'RUNNING', 'PAUSED'];

export function goesOn(status: string): boolean {
  return GOES_ON.includes(status);
}

export function RunsPage(): VNode {
  const { answer, error, again } = useAnswer('runs', NO_WORDS, ({ runs }) => runs.some(({ status }) => goesOn(status)));
  const [chosen, setChosen] = useState<string[]>([]);
  const title = isExport ? 'Exported runs' : 'Runs';
  const [first, second] = chosen;
  return (
    <Frame
      title={title}
      crumbs={[]}
      actions={
        first !== undefined && second !== undefined ? (
          <a class="button" href={href(['versus'], { run: first, against: second })}>
            Compare these two
          </a>
        ) : null
      }
    >
      <h1>{title}</h1>
      {answer?.database && <p class="lead">{answer.database}</p>}
      {error && <Trouble error={error} again={again} />}
      {!answer && !error && <Waiting />}
      {answer && answer.runs.length === 0 && (
        <p>
          There are no runs here yet. <code>queue start RUN.json</code> stores one, and <code>queue work</code> asks its
          questions.
        </p>
      )}
      {answer && answer.runs.length > 1 && (
        <p class="hint">Tick two runs to compare the same models in both, the earlier one first.</p>
      )}
      <ul class="runs">
        {answer?.runs.map((run) => (
          <RunCard
            key={run.id}
            run={run}
            chosen={chosen.includes(run.id)}
            choose={
              answer.runs.length > 1
                ? (is) => setChosen(is ? [...chosen.slice(-1), run.id] : chosen.filter((one) => one !== run.id))
                : null
            }
          />
        ))}
      </ul>
    </Frame>
  );
}

function RunCard({
  run,
  chosen,
  choose,
}: {
  run: RunLine;
  chosen: boolean;
  choose: ((is: boolean) => void) | null;
}): VNode {
  const failed = Object.values(run.failed).reduce((sum, number) => sum + number, 0);
  const to = href(['run', run.id]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the name is a link; the card is only a larger target for a mouse
    <li class="card run" onClick={(event) => isPlain(event) && go(to)}>
      <div class="run-head">
        {choose && (
          <input
            type="checkbox"
            checked={chosen}
            aria-label={`Compare ${run.name}`}
            onChange={(event) => choose(event.currentTarget.checked)}
          />
        )}
        <h2>
          <a href={to} dir="auto">
            {run.name}
          </a>
        </h2>
        <Status status={run.status} />
        <time dateTime={run.createdAt} class="muted">
          {moment(run.createdAt)}
        </time>
      </div>
      <ProgressBar succeeded={run.succeeded} failed={failed} cancelled={run.cancelled} total={run.total} />
      <dl class="figures">
        <Figure
          name="asked"
          value={`${plural(run.scenarios, 'scenario')} × ${plural(run.models, 'model')} × ${run.samples}`}
        />
        <Figure name="answered" value={`${count(run.succeeded)} of ${count(run.total)}`} />
        {run.open > 0 && <Figure name="open" value={count(run.open)} />}
        {run.cancelled > 0 && <Figure name="cancelled" value={count(run.cancelled)} />}
        <SpentFigure spent={run.spent} />
        <Figure name="tokens" value={`${short(run.inputTokens)} in, ${short(run.outputTokens)} out`} />
        {run.perMinute !== null && <Figure name="a minute" value={count(run.perMinute)} />}
        {run.etaSeconds !== null && <Figure name="left" value={duration(run.etaSeconds)} />}
      </dl>
      {failed > 0 && <Failures run={run.id} failed={run.failed} />}
    </li>
  );
}

/** By cause, each leading to its conversations. */
export function Failures({ run, failed }: { run: string; failed: Record<string, number> }): VNode {
  const sorted = Object.entries(failed).sort(([, one], [, other]) => other - one);
  return (
    <ul class="causes" aria-label="Failures by cause">
      {sorted.map(([code, number]) => (
        <li key={code}>
          <a class="chip bad" href={href(['run', run], { code })}>
            {code} <b>{count(number)}</b>
          </a>
        </li>
      ))}
    </ul>
  );
}

export function SpentFigure({ spent: { usd, known } }: { spent: Spent }): VNode {
  if (usd !== null) {
    return <Figure name="spent" value={dollars(usd)} />;
  }
  return known === 0 ? (
    <Figure name="spent" value="not known" note="no answer has a price" />
  ) : (
    <Figure name="spent" value={`at least ${dollars(known)}`} note="not every answer has a price" />
  );
}

export function Figure({ name, value, note = null }: { name: string; value: string; note?: string | null }): VNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {note && <small>{note}</small>}
      </dd>
    </div>
  );
}

/** A click on the card itself, and on nothing in it that does something of its own; nor the end of a selection. */
function isPlain(event: MouseEvent): boolean {
  const isOwn = (event.target as HTMLElement).closest('a, input, button') === null;
  return isOwn && getSelection()?.isCollapsed !== false;
}
