/** Into the clipboard, and a word on the button that it is there. */

const SHOWN_MILLISECONDS = 1_500;

export function copyText(text: string, button: HTMLElement): void {
  const before = button.textContent;
  const say = (word: string): void => {
    button.textContent = word;
    setTimeout(() => {
      button.textContent = before;
    }, SHOWN_MILLISECONDS);
  };
  // A page on the disk may have no clipboard of its own.
  (navigator.clipboard?.writeText(text) ?? Promise.reject()).then(
    () => say('Copied'),
    () => say(copiedBySelection(text) ? 'Copied' : 'Not copied'),
  );
}

function copiedBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}
