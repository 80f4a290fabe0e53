/** The turns of a conversation as people read them. */
import type { VNode } from 'preact';
import type { Score, Turn } from '../../../src/viewer/api.js';
import { plural, seconds } from '../format.js';
import { Markdown, PlainText, type Span } from '../markdown.js';

export function Turns({
  turns,
  preamble,
  score,
  scored,
  plain,
}: {
  turns: Turn[];
  preamble: string | null;
  score: Score | null;
  /** Which turn was scored: `first`, `last`, or its label. */
  scored: string;
  plain: boolean;
}): VNode {
  return (
    <div class="turns">
      {preamble !== null && preamble.trim() !== '' && (
        <section class="turn system">
          <h2>System</h2>
          <PlainText text={preamble} span={null} />
        </section>
      )}
      {turns.map((turn, index) => (
        <div key={turn.turnNumber}>
          <section class="turn prompt">
            <h2>
              Prompt <span class="muted">{labelOf(turn)}</span>
            </h2>
            <PlainText text={turn.probePrompt} span={null} />
          </section>
          <Answer turn={turn} span={isScored(turns, index, scored) ? (score?.span ?? null) : null} plain={plain} />
        </div>
      ))}
    </div>
  );
}

/** @param noted whether it is said what the mark means. */
export function Answer({
  turn,
  span,
  plain,
  noted = true,
}: {
  turn: Turn;
  span: Span | null;
  plain: boolean;
  noted?: boolean;
}): VNode {
  const { targetResponse, providerMetadata, outputTokens } = turn;
  return (
    <section class="turn answer">
      <h2>
        Answer{' '}
        <span class="muted">
          {[
            ...(outputTokens === null ? [] : [plural(outputTokens, 'token')]),
            ...(providerMetadata?.durationMs === undefined ? [] : [seconds(providerMetadata.durationMs)]),
          ].join(', ')}
        </span>
        {span && noted && <span class="muted"> · what decided is marked</span>}
      </h2>
      {plain ? <PlainText text={targetResponse} span={span} /> : <Markdown text={targetResponse} span={span} />}
      {providerMetadata?.truncated && <p class="cut-here">The provider cut the answer off here.</p>}
      {providerMetadata?.reasoningContent && (
        <details class="reasoning">
          <summary>Reasoning that the provider handed over</summary>
          <PlainText text={providerMetadata.reasoningContent} span={null} />
        </details>
      )}
    </section>
  );
}

export function isScored(turns: readonly Turn[], index: number, scored: string): boolean {
  switch (scored) {
    case 'first':
      return index === 0;
    case 'last':
      return index === turns.length - 1;
    default:
      return turns[index]?.promptLabel === scored;
  }
}

function labelOf({ turnNumber, promptLabel }: Turn): string {
  return promptLabel === 'scenario_prompt' || /^followup_\d+$/.test(promptLabel) ? String(turnNumber) : promptLabel;
}
