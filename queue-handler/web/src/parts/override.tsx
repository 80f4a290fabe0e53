/** What a person says an answer comes to, with a reason; it counts from then on, and what it replaced stays beside it. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { RunScale, Told } from '../../../src/viewer/api.js';
import { AskError, override } from '../data.js';
import { boundsOf, choicesOf } from '../scale.js';

// Blank, which the label of an option cannot be; and not empty, which is no choice.
export const NOTHING = ' ';
const WHO = 'who';

export function OverrideForm({
  run,
  told,
  scale,
  done,
}: {
  run: string;
  told: Told;
  scale: RunScale | null;
  done: () => void;
}): VNode {
  const [said, setSaid] = useState<{ words: string; isWrong: boolean } | null>(null);
  const [isBusy, setBusy] = useState(false);
  const choices = choicesOf(scale);
  const bounds = boundsOf(scale);
  const onSubmit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const value = String(form.get('score') ?? '');
    const who = String(form.get('who') ?? '');
    localStorage.setItem(WHO, who);
    setBusy(true);
    try {
      const answer = await override({
        run,
        transcript: told.id,
        score: value === NOTHING ? null : scale?.kind === 'options' ? value : Number(value),
        reason: String(form.get('reason') ?? ''),
        who,
        scale,
      });
      setSaid({ words: answer.said, isWrong: false });
      done();
    } catch (error) {
      setSaid({ words: error instanceof AskError ? error.message : String(error), isWrong: true });
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={onSubmit}>
      <label htmlFor="override-score">It comes to</label>
      {choices ? (
        <select id="override-score" name="score" required>
          {/* Nobody says by chance what stands first. */}
          <option value="">choose…</option>
          {choices.map(({ value, words }) => (
            <option key={value} value={String(value)}>
              {words}
            </option>
          ))}
          <option value={NOTHING}>no decision</option>
        </select>
      ) : (
        <input id="override-score" name="score" type="number" step="any" min={bounds?.min} max={bounds?.max} required />
      )}
      <label>
        Because
        <textarea name="reason" rows={2} required maxLength={5000} dir="auto" />
      </label>
      <label>
        Your name
        <input
          name="who"
          required
          maxLength={200}
          defaultValue={localStorage.getItem(WHO) ?? ''}
          autocomplete="name"
          dir="auto"
        />
      </label>
      <button type="submit" disabled={isBusy}>
        {isBusy ? 'Storing…' : 'Let it count'}
      </button>
      {said && (
        <p role={said.isWrong ? 'alert' : 'status'} class={said.isWrong ? 'bad-words' : 'muted'} dir="auto">
          {said.words}
        </p>
      )}
    </form>
  );
}
