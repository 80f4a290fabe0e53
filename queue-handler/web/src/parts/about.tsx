/** Beside a conversation: settings, tokens, cost, time, versions, and what went wrong on the way. */
import type { ComponentChildren, VNode } from 'preact';
import type { ConversationAnswer, Told, Turn } from '../../../src/viewer/api.js';
import { href } from '../address.js';
import { count, dollars, moment, seconds } from '../format.js';

export function About({ answer }: { answer: ConversationAnswer }): VNode {
  const { told } = answer;
  const turns = told?.turns ?? answer.partial;
  return (
    <>
      {told && <Figures told={told} />}
      {turns.length > 0 && <Settings turns={turns} />}
      {told && told.warnings.length > 0 && (
        <Card title="Warnings">
          <ul>
            {told.warnings.map((warning) => (
              <li key={warning} dir="auto">
                {warning}
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Discarded turns={turns} />
      <Card title="Where it comes from">
        <dl class="facts">
          <Fact name="provider">{answer.provider}</Fact>
          {turns.map((turn) => (
            <Sources key={turn.turnNumber} turn={turn} many={turns.length > 1} />
          ))}
          {answer.failures > 0 && <Fact name="failed tries">{count(answer.failures)}</Fact>}
          {answer.crashes > 0 && <Fact name="crashes">{count(answer.crashes)}</Fact>}
          {answer.scenario.family && <Fact name="family">{answer.scenario.family}</Fact>}
          {answer.scenario.pair && <Fact name="pair">{answer.scenario.pair}</Fact>}
          <Fact name="scenario">{answer.place.scenario}</Fact>
          <Fact name="probe">{answer.probe}</Fact>
          {told?.reused && (
            <Fact name="taken over">
              not asked again: <a href={href(['transcript', told.reused.transcriptId])}>the answer</a> of{' '}
              {moment(told.reused.completedAt)} was taken over
            </Fact>
          )}
          {told && <Fact name="transcript">{told.id}</Fact>}
        </dl>
      </Card>
    </>
  );
}

function Figures({ told }: { told: Told }): VNode {
  const { cost } = told;
  const estimated = told.turns.some(({ providerMetadata }) => providerMetadata?.tokenSource !== 'provider');
  return (
    <Card title="Tokens, cost, time">
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">turn</th>
            <th scope="col">in</th>
            <th scope="col">out</th>
            <th scope="col">reasoning</th>
            <th scope="col">time</th>
          </tr>
        </thead>
        <tbody>
          {told.turns.map(({ turnNumber, inputTokens, outputTokens, providerMetadata }) => (
            <tr key={turnNumber}>
              <th scope="row">{turnNumber}</th>
              <td>{number(inputTokens)}</td>
              <td>{number(outputTokens)}</td>
              <td>{number(providerMetadata?.reasoningTokens)}</td>
              <td>{providerMetadata?.durationMs === undefined ? '–' : seconds(providerMetadata.durationMs)}</td>
            </tr>
          ))}
        </tbody>
        {told.turns.length > 1 && (
          <tfoot>
            <tr>
              <th scope="row">all</th>
              <td>{number(told.inputTokens)}</td>
              <td>{number(told.outputTokens)}</td>
              <td>{number(told.reasoningTokens)}</td>
              <td>{seconds(told.durationMs)}</td>
            </tr>
          </tfoot>
        )}
      </table>
      {estimated && <p class="muted">Some of these are counted or estimated here, not said by the provider.</p>}
      <dl class="facts">
        <Fact name="cost">
          {cost === null ? 'no price is known' : `${dollars(cost.totalCost)}${cost.estimated ? ', estimated' : ''}`}
        </Fact>
        {cost?.unpriced && cost.unpriced.length > 0 && <Fact name="not priced">{cost.unpriced.join('; ')}</Fact>}
        <Fact name="began">{moment(told.startedAt)}</Fact>
        <Fact name="took">{seconds(told.durationMs)}</Fact>
      </dl>
    </Card>
  );
}

/** Once where they are the same in all turns. */
function Settings({ turns }: { turns: Turn[] }): VNode {
  const of = ({ providerMetadata }: Turn): string =>
    JSON.stringify([providerMetadata?.requested, providerMetadata?.sent, providerMetadata?.dropped]);
  const different = turns.filter((turn, index) => index === 0 || of(turn) !== of(turns[0] as Turn));
  return (
    <Card title="Settings">
      {different.map((turn) => (
        <SettingsOfTurn key={turn.turnNumber} turn={turn} named={different.length > 1} />
      ))}
    </Card>
  );
}

function SettingsOfTurn({ turn, named }: { turn: Turn; named: boolean }): VNode {
  const { requested = {}, sent = {}, dropped = [] } = turn.providerMetadata ?? {};
  const names = [...new Set([...Object.keys(requested), ...Object.keys(sent)])];
  const value = (from: object, name: string): string => {
    const found = (from as Record<string, unknown>)[name];
    return found === undefined ? '–' : typeof found === 'string' ? found : JSON.stringify(found);
  };
  return (
    <>
      {named && <h3>Turn {turn.turnNumber}</h3>}
      {names.length === 0 ? (
        <p class="muted">None: the provider's own defaults.</p>
      ) : (
        <table class="numbers">
          <thead>
            <tr>
              <th scope="col">setting</th>
              <th scope="col">requested</th>
              <th scope="col">sent</th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td dir="auto">{value(requested, name)}</td>
                <td dir="auto">{value(sent, name)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {dropped.length > 0 && <p class="bad-words">Dropped, because the model refuses it: {dropped.join(', ')}</p>}
    </>
  );
}

/** Calls that were paid for, or may have been, and brought nothing. */
function Discarded({ turns }: { turns: Turn[] }): VNode | null {
  const all = turns.flatMap(({ turnNumber, providerMetadata }) =>
    (providerMetadata?.discarded ?? []).map((call) => ({ turnNumber, ...call })),
  );
  if (all.length === 0) {
    return null;
  }
  return (
    <Card title="Discarded calls">
      <ul>
        {all.map((call, index) => (
          <li key={index}>
            turn {call.turnNumber}: {call.code} ({call.rule.replaceAll('_', ' ')}), {number(call.inputTokens)} in,{' '}
            {number(call.outputTokens)} out
            {call.billing && ', perhaps billed'}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Sources({ turn: { turnNumber, providerMetadata: meta }, many }: { turn: Turn; many: boolean }): VNode | null {
  if (!meta) {
    return null;
  }
  const of = many ? `, turn ${turnNumber}` : '';
  return (
    <>
      <Fact name={`version${of}`}>{meta.modelVersion ?? 'not said'}</Fact>
      <Fact name={`finish reason${of}`}>
        {meta.finishReason}
        {meta.rawFinishReason !== null && meta.rawFinishReason !== meta.finishReason && ` (${meta.rawFinishReason})`}
      </Fact>
      {meta.requestId && <Fact name={`request ID${of}`}>{meta.requestId}</Fact>}
      {meta.systemFingerprint && <Fact name={`fingerprint${of}`}>{meta.systemFingerprint}</Fact>}
      {meta.serviceTier && <Fact name={`service tier${of}`}>{meta.serviceTier}</Fact>}
      {meta.attempts > 1 && <Fact name={`attempts${of}`}>{meta.attempts}</Fact>}
      {meta.thinkingInText && <Fact name={`thinking${of}`}>stood in the text, and was taken out</Fact>}
    </>
  );
}

function Card({ title, children }: { title: string; children: ComponentChildren }): VNode {
  return (
    <section class="card">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): VNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{children}</dd>
    </div>
  );
}

function number(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : count(value);
}
