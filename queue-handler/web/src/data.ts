/** Asks the server, or, in an exported folder, the files beside the page. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Answers, Overriding, Problem, Question } from '../../src/viewer/api.js';
import { askFiles, isExport } from './files.js';

/** The server refused, or is not there; the message is for people. */
export class AskError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

const TOKEN = 'token';
// Whatever happens on the server, a live page does not ask more than this part of the time.
const SHARE = 4;
const PAUSE_MILLISECONDS = 2_000;
// An answer may also have waited for a handler that took the database over, which says nothing of what it costs.
const LONGEST_PAUSE_MILLISECONDS = 8_000;

/** Take the token out of the address that was printed, and keep it for other tabs of this server. */
export function keepToken(): void {
  const given = /^#token=([\w-]+)(?:&to=([\w/-]+))?$/.exec(location.hash);
  if (given?.[1] !== undefined) {
    localStorage.setItem(TOKEN, given[1]);
    history.replaceState(null, '', `#/${given[2] ?? ''}`);
  }
}

export function setToken(token: string): void {
  localStorage.setItem(TOKEN, token);
}

/** @throws AskError */
export async function ask<Q extends Question>(
  question: Q,
  words: URLSearchParams,
  signal?: AbortSignal,
): Promise<Answers[Q]> {
  if (isExport) {
    return askFiles(question, words);
  }
  return (await request(`/api/${question}?${words}`, signal ? { signal } : {})) as Answers[Q];
}

/** @throws AskError */
export async function override(said: Overriding): Promise<{ said: string }> {
  return (await request('/api/override', {
    method: 'POST',
    body: JSON.stringify(said),
    headers: { 'Content-Type': 'application/json' },
  })) as { said: string };
}

async function request(path: string, options: RequestInit): Promise<unknown> {
  let response: Response;
  try {
    const headers = { ...options.headers, Authorization: `Bearer ${localStorage.getItem(TOKEN) ?? ''}` };
    response = await fetch(path, { ...options, headers });
  } catch (error) {
    if ((error as Error).name === 'AbortError') {
      throw error;
    }
    throw new AskError('The viewer does not answer. Has it ended? Start it again: queue view', 0);
  }
  const body = (await response.json()) as unknown;
  if (!response.ok) {
    throw new AskError((body as Problem).error, response.status);
  }
  return body;
}

/** Whether it may be otherwise soon: the server is not there, or cannot have the database. */
export function passes(status: number): boolean {
  return status === 0 || status >= 500;
}

export interface Asked<T> {
  /** The last answer, also while a newer one is on its way. */
  answer: T | null;
  /** To the question that stands now, and not to an earlier one. */
  fresh: boolean;
  error: AskError | null;
  /** Ask once more. */
  again(): void;
}

/**
 * The answer to a question, asked anew when its words change.
 *
 * @param isLive whether it is asked again and again: as something else says, and then once more when that ends; or from its
 *   last answer.
 */
export function useAnswer<Q extends Question>(
  question: Q,
  words: URLSearchParams | null,
  isLive: boolean | ((answer: Answers[Q]) => boolean) = false,
): Asked<Answers[Q]> {
  const key = words === null ? null : `${question}?${words}`;
  const [state, setState] = useState<{ key: string | null; answer: Answers[Q] | null; error: AskError | null }>({
    key: null,
    answer: null,
    error: null,
  });
  const [turn, setTurn] = useState(0);
  const live = useRef(isLive);
  live.current = isLive;
  useEffect(() => {
    if (words === null) {
      return;
    }
    const left = new AbortController();
    let timer = 0;
    const look = async (): Promise<void> => {
      const began = performance.now();
      try {
        const answer = await ask(question, words, left.signal);
        if (left.signal.aborted) {
          return;
        }
        setState({ key, answer, error: null });
        if (!isExport && (typeof live.current === 'boolean' ? live.current : live.current(answer))) {
          const pause = Math.max(PAUSE_MILLISECONDS, SHARE * (performance.now() - began));
          timer = window.setTimeout(lookSeen, Math.min(LONGEST_PAUSE_MILLISECONDS, pause));
        }
      } catch (error) {
        if (!left.signal.aborted) {
          const said = error instanceof AskError ? error : new AskError((error as Error).message, isExport ? 404 : 0);
          setState((before) => ({ key, answer: before.key === key ? before.answer : null, error: said }));
          timer = passes(said.status) ? window.setTimeout(lookSeen, 2 * PAUSE_MILLISECONDS) : 0;
        }
      }
    };
    // A page that nobody sees asks nothing.
    const lookSeen = (): void => {
      if (document.visibilityState === 'visible') {
        void look();
      } else {
        document.addEventListener('visibilitychange', () => void look(), { once: true, signal: left.signal });
      }
    };
    void look();
    return () => {
      left.abort();
      clearTimeout(timer);
    };
  }, [key, turn, isLive === true]);
  return {
    answer: state.answer,
    fresh: state.key === key,
    error: state.key === key ? state.error : null,
    again: () => setTurn((before) => before + 1),
  };
}
