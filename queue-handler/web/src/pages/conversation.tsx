/** One conversation: what was said in the middle, and beside it everything that is known of it. */
import type { VNode } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ConversationAnswer, Place, Score, Told, Turn } from '../../../src/viewer/api.js';
import { changed, go, href } from '../address.js';
import { type Asked, useAnswer } from '../data.js';
import { isExport } from '../files.js';
import { placeText } from '../format.js';
import { useKeys } from '../keys.js';
import { PlainText } from '../markdown.js';
import { About } from '../parts/about.js';
import { copyText } from '../parts/copy.js';
import { Frame, RUNS, Trouble, Waiting } from '../parts/frame.js';
import { Others } from '../parts/others.js';
import { OverrideForm } from '../parts/override.js';
import { ScoreMark } from '../parts/state.js';
import { Turns } from '../parts/turns.js';

export function ConversationPage({ run, words }: { run: string; words: URLSearchParams }): VNode {
  const place = new URLSearchParams({ run });
  for (const name of ['scenario', 'model', 'sample']) {
    place.set(name, words.get(name) ?? (name === 'sample' ? '0' : ''));
  }
  const asked = useAnswer('conversation', place, ({ state }) => state === 'PENDING' || state === 'QUEUED');
  const list = words.get('list') ?? '';
  const around = new URLSearchParams(place);
  if (list !== '') {
    around.set('list', list);
  }
  const neighbours = useAnswer('neighbours', around);
  const near = neighbours.fresh ? neighbours.answer : null;
  const plain = words.get('as') === 'text';
  const to = (there: Place): string =>
    href(['run', run, 'conversation'], {
      scenario: there.scenario,
      model: there.model,
      sample: there.sample,
      list,
      as: plain ? 'text' : null,
    });
  const toggle = href(['run', run, 'conversation'], changed(words, { as: plain ? null : 'text' }));
  const side = href(['run', run, 'side'], { scenario: words.get('scenario') ?? '' });
  const override = useRef<HTMLDetailsElement>(null);
  // The conversation that somebody wants to score; its key may be pressed while the answer before it is still shown.
  const [wanted, setWanted] = useState<string | null>(null);
  const here = place.toString();
  useLayoutEffect(() => {
    if (wanted === here && !asked.fresh) {
      return;
    }
    if (wanted === here && override.current !== null) {
      override.current.open = true;
      override.current.querySelector<HTMLElement>('input, select')?.focus();
    }
    setWanted(null);
  }, [wanted, here, asked.fresh]);
  useKeys({
    ...(near?.after && { j: () => go(to(near.after as Place)) }),
    ...(near?.before && { k: () => go(to(near.before as Place)) }),
    m: () => go(toggle),
    s: () => go(side),
    o: () => setWanted(here),
  });
  const { answer, error } = asked;
  const title = answer ? (answer.scenario.name ?? answer.place.scenario) : 'Conversation';
  return (
    <Frame
      title={title}
      crumbs={[RUNS, { text: answer?.run.name ?? 'Run', href: href(['run', run], new URLSearchParams(list)) }]}
      actions={
        <>
          <a class="button" href={side}>
            Side by side
          </a>
          <a class="button" href={toggle}>
            {plain ? 'As Markdown' : 'As text'}
          </a>
          {answer && (
            <button type="button" onClick={(event) => copyText(asText(answer), event.currentTarget)}>
              Copy
            </button>
          )}
          <button type="button" onClick={() => print()}>
            Print
          </button>
        </>
      }
    >
      <nav class="around" aria-label="Conversations before and after">
        {near?.before ? <a href={to(near.before)}>← Before</a> : <span aria-disabled="true">← Before</span>}
        <span class="muted">
          {near ? placeText(near) : '…'}
          {list !== '' && ' in the filtered list'}
        </span>
        {near?.after ? <a href={to(near.after)}>Next →</a> : <span aria-disabled="true">Next →</span>}
      </nav>
      {error && <Trouble error={error} again={asked.again} />}
      {!answer && !error && <Waiting />}
      {answer && <Conversation {...{ asked, answer, plain, override, list }} stale={!asked.fresh} />}
    </Frame>
  );
}

function Conversation({
  asked,
  answer,
  plain,
  override,
  list,
  stale,
}: {
  asked: Asked<ConversationAnswer>;
  answer: ConversationAnswer;
  plain: boolean;
  override: { current: HTMLDetailsElement | null };
  /** The filter of the list that one came from. */
  list: string;
  stale: boolean;
}): VNode {
  const { place, scenario, told, run } = answer;
  const turns = told?.turns ?? answer.partial;
  return (
    <div class={`conversation${stale ? ' stale' : ''}`}>
      <article>
        <header>
          <h1 dir="auto" title={scenario.name ?? place.scenario}>
            {scenario.name ?? place.scenario}
          </h1>
          <p class="who">
            <b dir="auto" class="cut-name" title={place.model}>
              {place.model}
            </b>
            <span class="muted">
              {[
                ...(told?.modelVersion && told.modelVersion !== place.model ? [told.modelVersion] : []),
                ...(answer.samples > 1 ? [`sample ${place.sample + 1} of ${answer.samples}`] : []),
              ].join(', ')}
            </span>
            {told?.score && <ScoreMark scale={run.scale} score={told.score.score} label={told.score.label} large />}
          </p>
          <Tags answer={answer} />
        </header>
        {answer.error && answer.state !== 'SUCCEEDED' && <FailureNote answer={answer} />}
        {told === null && turns.length > 0 && (
          <p class="notice">These turns are paid for and kept; the conversation has no end yet.</p>
        )}
        <Turns turns={turns} preamble={scenario.preamble} score={told?.score ?? null} scored={run.turn} plain={plain} />
        {turns.length === 0 && (
          <div class="turns">
            <section class="turn prompt">
              <h2>Prompt</h2>
              <PlainText text={scenario.prompt} span={null} />
            </section>
            <p class="muted">{NOTHING[answer.state] ?? 'Nothing was answered.'}</p>
          </div>
        )}
        {answer.earlier.map((earlier) => (
          <details key={earlier.id} class="earlier">
            <summary>
              An earlier answer, set aside{earlier.supersededBecause && ` because it was ${earlier.supersededBecause}`}
            </summary>
            <Turns turns={earlier.turns} preamble={null} score={earlier.score} scored={run.turn} plain={plain} />
          </details>
        ))}
      </article>
      <aside aria-label="About this conversation">
        {told && run.scored && (
          <ScoreCard score={told.score} answer={answer} told={told}>
            {!isExport && (
              <details ref={override} class="override">
                <summary>Say yourself what it comes to</summary>
                <OverrideForm key={told.id} run={run.id} told={told} scale={run.saidOn} done={asked.again} />
              </details>
            )}
          </ScoreCard>
        )}
        <Others answer={answer} list={list} />
        <About answer={answer} />
      </aside>
    </div>
  );
}

const NOTHING: Record<string, string> = {
  PENDING: 'It has not been asked yet.',
  QUEUED: 'It waits to be asked, or is in flight.',
  CANCELLED: 'It was cancelled before it was asked.',
};

function Tags({ answer: { scenario, told, state } }: { answer: ConversationAnswer }): VNode {
  const truncated = told?.turns.some(({ providerMetadata }) => providerMetadata?.truncated) ?? false;
  const finish = [...new Set(told?.turns.map(({ providerMetadata }) => providerMetadata?.finishReason) ?? [])];
  return (
    <ul class="chips" aria-label="Marks">
      {state !== 'SUCCEEDED' && <li class={`chip ${state === 'FAILED' ? 'bad' : ''}`}>{state.toLowerCase()}</li>}
      {truncated && <li class="chip warn">cut off</li>}
      {finish
        .filter((reason) => reason !== undefined && reason !== 'stop' && !(truncated && reason === 'length'))
        .map((reason) => (
          <li key={reason} class="chip warn">
            {reason}
          </li>
        ))}
      {scenario.orientation !== null && <li class="chip">{scenario.orientation}</li>}
      {Object.entries(scenario.dimensions).map(([name, level]) => (
        <li key={name} class="chip" dir="auto">
          {name}: {String(level)}
        </li>
      ))}
    </ul>
  );
}

function FailureNote({ answer: { error, notAsked, state } }: { answer: ConversationAnswer }): VNode {
  return (
    <section class={state === 'FAILED' ? 'failure' : 'notice'} aria-label="Failure">
      <h2>{state === 'FAILED' ? `It failed: ${error?.code}` : `The last try failed: ${error?.code}`}</h2>
      <p dir="auto">{error?.message}</p>
      {notAsked && <p>It was not asked, because its {notAsked} is stopped for this run.</p>}
      {error?.details && <p dir="auto">{error.details}</p>}
      <dl class="facts">
        {error?.statusCode !== undefined && <Fact name="status" value={String(error.statusCode)} />}
        {error?.reason !== undefined && <Fact name="reason" value={error.reason} />}
        {error?.requestId !== undefined && <Fact name="request ID" value={error.requestId} />}
        {error?.attempts !== undefined && <Fact name="attempts" value={String(error.attempts)} />}
      </dl>
      {error?.output && <pre dir="auto">{error.output}</pre>}
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string }): VNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{value}</dd>
    </div>
  );
}

const CLASSES: Record<string, string> = {
  exact: 'The answer is a label, or gives it on its own.',
  marked: 'The answer marks its decision.',
  judged: 'A judge read it.',
  manual: 'A person said so.',
  ambiguous: 'It says more than one thing.',
  refusal: 'It refuses to decide.',
  none: 'No decision was found.',
};

function ScoreCard({
  score,
  answer,
  told,
  children,
}: {
  score: Score | null;
  answer: ConversationAnswer;
  told: Told;
  children: preact.ComponentChildren;
}): VNode {
  const { scale } = answer.run;
  return (
    <section class="card">
      <h2>Score</h2>
      {score === null ? (
        <p>This answer is not scored yet.</p>
      ) : (
        <>
          <p class="score-line">
            <ScoreMark scale={scale} score={score.score} label={score.label} large /> {score.label ?? score.rawLabel}
          </p>
          <p class="muted">{CLASSES[score.class] ?? score.class}</p>
          <dl class="facts">
            <Fact name="class" value={score.class} />
            {score.rule && <Fact name="rule" value={score.rule.replaceAll('_', ' ')} />}
            {score.rawScore !== null && score.rawScore !== score.score && (
              <Fact
                name="as the answer says it"
                value={`${score.rawScore}${score.rawLabel ? `, ${score.rawLabel}` : ''}`}
              />
            )}
            {answer.scenario.turned && <Fact name="turned back" value="yes: asked in the opposite order" />}
            {score.who && <Fact name="said by" value={score.who} />}
            {score.reason && <Fact name="because" value={score.reason} />}
            {score.replaced && (
              <Fact
                name="before that"
                value={`${score.replaced.score ?? score.replaced.label ?? 'no score'} (${score.replaced.class})`}
              />
            )}
            {score.verdicts.map(({ modelId, sampleIndex, kind, label }) => (
              <Fact key={`${modelId} ${sampleIndex}`} name={`judge ${modelId}`} value={label ?? kind} />
            ))}
            <Fact name="scorer" value={score.scorerVersion} />
          </dl>
        </>
      )}
      {told.id !== '' && children}
    </section>
  );
}

/** For another program, or a letter. */
function asText(answer: ConversationAnswer): string {
  const { place, scenario, told, run } = answer;
  const turns: Turn[] = told?.turns ?? answer.partial;
  const head = [`${scenario.name ?? place.scenario}`, `${place.model}, sample ${place.sample + 1}, run ${run.name}`];
  const score = told?.score ? [`Score: ${told.score.score ?? told.score.label ?? 'none'} (${told.score.class})`] : [];
  const parts = turns.map(({ probePrompt, targetResponse }) => `Prompt:\n${probePrompt}\n\nAnswer:\n${targetResponse}`);
  const preamble = scenario.preamble === null ? [] : [`System:\n${scenario.preamble}`];
  return [[...head, ...score].join('\n'), ...preamble, ...parts].join('\n\n');
}
