/** What keys do on a page, beside what browsers do with them. */
import { useLayoutEffect } from 'preact/hooks';

export type Keys = Record<string, () => void>;

/** @param keys by the name of the key; a key that is typed into a field does nothing else. */
export function useKeys(keys: Keys): void {
  // With what is shown, and not a moment later: a quick hand presses the next key as soon as it sees the page.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement | null;
      const isTyping = target?.closest('input, textarea, select, [contenteditable], dialog') != null;
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping) {
        return;
      }
      const action = keys[event.key];
      if (action !== undefined) {
        event.preventDefault();
        action();
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
}
