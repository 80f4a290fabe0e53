/** DATABASE_URL: what it says, and whether what is sent there can be read by others on the way. */
import { isIP } from 'node:net';
import pg from 'pg';
import { messageOf, UsageError } from './errors.js';

export interface Address {
  config: pg.ClientConfig & { bareAllowed: boolean };
  /** For messages: no password in it. */
  shown: string;
  user: string;
  database: string;
}

const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];
// These leave it to the server whether anything is encrypted.
const UNDEMANDING = ['allow', 'prefer'];
const ENCODE =
  'in a user name, a password or a database name write % as %25, / as %2F, ? as %3F, # as %23, @ as %40, : as %3A';

/** @throws UsageError that says what is wrong with it; no part of the address stands in the message. */
export function readAddress(text: string, env: NodeJS.ProcessEnv = process.env): Address {
  if (!/^postgres(ql)?:\/\//.test(text)) {
    throw new UsageError(
      'DATABASE_URL: must begin with postgres:// or postgresql://; unset it for the embedded database',
    );
  }
  const url = parsed(text);
  const mode = url.searchParams.get('sslmode');
  if (mode !== null && !MODES.includes(mode)) {
    throw new UsageError(`DATABASE_URL: sslmode is not one of ${MODES.join(', ')}`);
  }
  if (mode !== null && UNDEMANDING.includes(mode)) {
    url.searchParams.delete('sslmode');
  } else if (mode === 'require' || mode === 'verify-ca') {
    // The library does the same, with a warning.
    url.searchParams.set('sslmode', 'verify-full');
  }
  const connectionString = url.href.replace(`@${NO_HOST}`, '@');
  const { host, port, user, database, ssl } = known(connectionString);
  const allowed = env.ALLOW_INSECURE_DATABASE?.trim() === '1';
  if (!ssl && !isHere(host) && !allowed) {
    throw new UsageError(
      `DATABASE_URL: ${host} is another machine, and password and answers would go there in clear: add ` +
        '?sslmode=verify-full (with &sslrootcert=FILE for an authority of your own), or sslmode=no-verify, which encrypts ' +
        'without checking who answers; on a network that nobody else can listen to, set ALLOW_INSECURE_DATABASE=1',
    );
  }
  const place = host.startsWith('/') ? host : `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  return {
    config: { connectionString, bareAllowed: allowed },
    shown: `${database} at ${place}`,
    user,
    database,
  };
}

const NO_HOST = 'no-host.invalid';

function parsed(text: string): URL {
  let url: URL;
  try {
    // A name without a host is that of a socket, which a parameter names; the standard refuses it.
    url = new URL(text.replace(/^(postgres(?:ql)?:\/\/[^/?#@]*@)(?=\/)/, `$1${NO_HOST}`));
    decodeURIComponent(url.username);
    decodeURIComponent(url.password);
    decodeURI(url.pathname);
  } catch {
    throw new UsageError(
      `DATABASE_URL: cannot be read: postgres://, user name, a colon, password, @, host, /, database; ${ENCODE}`,
    );
  }
  const stray = url.pathname.includes('@') || url.hash !== '' || (url.username === '' && url.search.includes('@'));
  if (stray) {
    throw new UsageError(`DATABASE_URL: a character in it ends the host's name too early; ${ENCODE}`);
  }
  return url;
}

/** What the library makes of it, together with PGHOST, PGUSER and their like. */
function known(connectionString: string): { host: string; port: number; user: string; database: string; ssl: unknown } {
  try {
    const { host, port, user, database, ssl } = new pg.Client({ connectionString });
    return { host, port, user: user ?? '', database: database ?? user ?? '', ssl };
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    const why = code === undefined ? messageOf(error) : `${path}: ${code}`;
    throw new UsageError(
      `DATABASE_URL: a file of sslrootcert, sslcert or sslkey cannot be read (${why}); correct its path`,
    );
  }
}

/** A socket, or an address that no other machine has. */
function isHere(host: string): boolean {
  const name = host.toLowerCase();
  return (
    host.startsWith('/') ||
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    (isIP(host) === 4 && host.startsWith('127.'))
  );
}
