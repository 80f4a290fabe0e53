/**
 * Who may ask. The server listens on this machine alone, which keeps out neither a page that a browser has open from
 * elsewhere nor another user of the machine. So each request must name this server as its host (a name that was bound anew
 * to 127.0.0.1 does not), must come from its own pages where it says where it comes from, and must know the token that
 * was printed, which stands in a header that no other page can set.
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Asking {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
}

export interface Refusal {
  status: number;
  error: string;
}

const BEARER = 'Bearer ';

/** Null where it may. @param needsToken whether what is asked for is anybody's business. */
export function refusal(asking: Asking, port: number, token: string, needsToken: boolean): Refusal | null {
  const { headers } = asking;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!hosts.includes(headers.host?.toLowerCase() ?? '')) {
    return {
      status: 403,
      error: `this server is ${hosts[0]}, and was asked for another one; open the address that queue view printed`,
    };
  }
  const isOwn = headers.origin === undefined || hosts.some((host) => headers.origin === `http://${host}`);
  const site = headers['sec-fetch-site'];
  // A link or an address that was typed comes from elsewhere, and may show the page, in which nothing is yet.
  const isOwnPage = site === undefined || site === 'same-origin' || site === 'none' || !needsToken;
  if (!isOwn || !isOwnPage) {
    return { status: 403, error: 'another page asks, and may not' };
  }
  if (needsToken && !isSame(headers.authorization ?? '', `${BEARER}${token}`)) {
    return { status: 401, error: 'the token is missing or another one; open the address that queue view printed' };
  }
  return null;
}

/** What every answer says to the browser. Nothing is fetched from elsewhere, and nothing runs that is not a file of ours. */
export const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
} as const;

function isSame(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}
