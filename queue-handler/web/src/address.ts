/**
 * Where we are: everything that is shown stands in the address, behind the hash, so that a link can be sent, back works,
 * and a page on the disk has addresses too.
 */
import { useEffect, useState } from 'preact/hooks';

export interface Address {
  /** Parts of the path, decoded. */
  path: string[];
  words: URLSearchParams;
}

type Words = URLSearchParams | Record<string, string | number | readonly string[] | null | undefined>;

export function readAddress(hash: string): Address {
  const text = hash.replace(/^#\/?/, '');
  const at = text.indexOf('?');
  const path = at < 0 ? text : text.slice(0, at);
  return {
    path: path
      .split('/')
      .filter((part) => part !== '')
      .map(decoded),
    words: new URLSearchParams(at < 0 ? '' : text.slice(at + 1)),
  };
}

export function href(path: readonly string[], words: Words = {}): string {
  const text = wordsOf(words).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`;
}

/** What is null, or nothing, is left out. */
export function wordsOf(words: Words): URLSearchParams {
  if (words instanceof URLSearchParams) {
    return words;
  }
  const result = new URLSearchParams();
  for (const [name, value] of Object.entries(words)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== '') {
        result.append(name, String(one));
      }
    }
  }
  return result;
}

/** The same words with some of them set, or with null taken out. */
export function changed(
  words: URLSearchParams,
  changes: Record<string, string | number | readonly string[] | null>,
): URLSearchParams {
  const result = new URLSearchParams(words);
  for (const [name, value] of Object.entries(changes)) {
    result.delete(name);
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== '') {
        result.append(name, String(one));
      }
    }
  }
  return result;
}

export function go(to: string): void {
  location.hash = to;
}

/** Without a step for the back button. */
export function goInstead(to: string): void {
  history.replaceState(history.state, '', to);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

export function useAddress(): Address {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const onChange = (): void => setHash(location.hash);
    addEventListener('hashchange', onChange);
    addEventListener('popstate', onChange);
    return () => {
      removeEventListener('hashchange', onChange);
      removeEventListener('popstate', onChange);
    };
  }, []);
  return readAddress(hash);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
