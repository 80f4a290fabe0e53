/** What every page has around it. */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { href } from '../address.js';
import { type AskError, setToken } from '../data.js';
import { isExport } from '../files.js';
import { useKeys } from '../keys.js';

export interface Crumb {
  text: string;
  href: string;
}

const HELP: [keys: string, what: string][] = [
  ['?', 'these keys'],
  ['/', 'into the search'],
  ['u', 'one page up'],
  ['arrows, Enter', 'in a matrix: from cell to cell, and into a conversation'],
  ['n, p', 'in a matrix: the rows after, the rows before'],
  ['j, k', 'in a conversation: the next one, the one before'],
  ['m', 'in a conversation: as Markdown, or as it came'],
  ['s', 'in a conversation: side by side'],
  ['o', 'in a conversation: say yourself what the answer comes to'],
  ['[, ]', 'side by side: the scenario before, the next one'],
];

export function Frame({
  title,
  crumbs,
  actions,
  children,
  wide = false,
}: {
  title: string;
  crumbs: Crumb[];
  actions?: ComponentChildren;
  children: ComponentChildren;
  wide?: boolean;
}): VNode {
  const help = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    document.title = title;
  }, [title]);
  const up = crumbs.at(-1)?.href;
  useKeys({
    '?': () => help.current?.showModal(),
    ...(up !== undefined && {
      u: () => {
        location.hash = up;
      },
    }),
  });
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <nav aria-label="Where you are" class="crumbs">
          <ol>
            {crumbs.map(({ text, href: to }) => (
              <li key={to}>
                <a href={to}>
                  <bdi>{text}</bdi>
                </a>
              </li>
            ))}
            <li aria-current="page">
              <bdi>{title}</bdi>
            </li>
          </ol>
        </nav>
        <div class="actions">
          {actions}
          <ThemeButton />
          <button type="button" class="quiet" onClick={() => help.current?.showModal()} aria-label="Keys">
            ?
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1} class={wide ? 'wide' : ''}>
        {children}
      </main>
      <dialog ref={help} aria-labelledby="help-title" class="help">
        <h2 id="help-title">Keys</h2>
        <dl>
          {HELP.map(([keys, what]) => (
            <div key={keys}>
              <dt>
                <kbd>{keys}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </dialog>
    </>
  );
}

const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];
const ICONS: Record<Theme, string> = { auto: '◐', light: '○', dark: '●' };

function ThemeButton(): VNode {
  const [theme, setTheme] = useState<Theme>(readTheme());
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto';
  return (
    <button
      type="button"
      class="quiet"
      aria-label={`Colours: ${theme}. Change to ${next}`}
      title={`Colours: ${theme}`}
      onClick={() => {
        setTheme(next);
        applyTheme(next);
      }}
    >
      {ICONS[theme]}
    </button>
  );
}

export function readTheme(): Theme {
  try {
    const kept = localStorage.getItem('theme');
    return THEMES.find((one) => one === kept) ?? 'auto';
  } catch {
    return 'auto';
  }
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem('theme', theme);
  } catch {
    // A page on the disk may have no storage.
  }
}

/** In place of what could not be shown. */
export function Trouble({ error, again }: { error: AskError; again?: () => void }): VNode {
  if (error.status === 401) {
    return <TokenWanted />;
  }
  return (
    <div class="trouble" role="alert">
      <p dir="auto">{error.message}</p>
      {again && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

function TokenWanted(): VNode {
  return (
    <form
      class="trouble"
      onSubmit={(event) => {
        event.preventDefault();
        const given = String(new FormData(event.currentTarget).get('token') ?? '');
        setToken(/token=([\w-]+)/.exec(given)?.[1] ?? given.trim());
        location.reload();
      }}
    >
      <p>
        This viewer shows itself only to who has the address that <code>queue view</code> printed. Open that address, or
        paste it here:
      </p>
      <label>
        Address, or token
        <input name="token" autocomplete="off" required />
      </label>
      <button type="submit">Open</button>
    </form>
  );
}

export function Waiting({ what = 'Reading' }: { what?: string }): VNode {
  return (
    <p class="waiting" role="status">
      {what}…
    </p>
  );
}

export const RUNS: Crumb = { text: isExport ? 'Exported runs' : 'Runs', href: href([]) };
