/** What an error of a connection says, and what mends it. */

import type { Address } from '../address.js';
import { messageOf } from '../errors.js';
import { QUEUE_SCHEMA } from '../pgboss.js';
import { DATA_SCHEMA } from './names.js';

type Cure = (address: Address) => string;

const CERTIFICATE: Cure = () =>
  'name the authority that signed it with sslrootcert=FILE in DATABASE_URL; sslmode=no-verify encrypts without checking ' +
  'who answers';

// By SQLSTATE, by the system's code, or by that of Node's TLS.
// https://www.postgresql.org/docs/15/errcodes-appendix.html, https://nodejs.org/api/tls.html#x509-certificate-error-codes
const CURES: Record<string, Cure> = {
  '28P01': () => 'correct the user name or the password in DATABASE_URL',
  '28000': () => 'correct the user name in DATABASE_URL, or have pg_hba.conf let it in from this machine',
  '3D000': ({ database }) => `create it: CREATE DATABASE ${quoted(database)} TEMPLATE template0 ENCODING 'UTF8'`,
  '42501': ({ database, user }) =>
    `let an administrator grant it: GRANT CREATE ON DATABASE ${quoted(database)} TO ${quoted(user)}; and, where the schemas ` +
    `${DATA_SCHEMA} and ${QUEUE_SCHEMA} are there already, have that user own them: ALTER SCHEMA ${DATA_SCHEMA} OWNER TO ` +
    `${quoted(user)}; ALTER SCHEMA ${QUEUE_SCHEMA} OWNER TO ${quoted(user)}; or, to only use what another user made: ` +
    `GRANT USAGE ON SCHEMA ${DATA_SCHEMA}, ${QUEUE_SCHEMA} TO ${quoted(user)}; GRANT ALL ON ALL TABLES IN SCHEMA ` +
    `${DATA_SCHEMA}, ${QUEUE_SCHEMA} TO ${quoted(user)}`,
  '53300': () =>
    'the server has no connection left: raise max_connections, run fewer handlers (each takes up to 18), or put a pooler ' +
    'between',
  '55P03': () => 'another process holds a lock; repeat the command when it has ended (see pg_stat_activity)',
  '57P03': () => 'the server is starting or stopping; repeat the command in a moment',
  '25006': () =>
    'the server only answers questions, as a standby does; name the one that takes changes in DATABASE_URL',
  ECONNREFUSED: () => 'start the server, or correct host and port in DATABASE_URL',
  ENOENT: () => 'start the server, or correct the folder of its socket in DATABASE_URL',
  ENOTFOUND: () => 'correct the host in DATABASE_URL',
  EAI_AGAIN: () => 'the name service does not answer; check the network',
  ETIMEDOUT: () => 'check host, port and firewall, and whether the server is alive',
  DEPTH_ZERO_SELF_SIGNED_CERT: CERTIFICATE,
  SELF_SIGNED_CERT_IN_CHAIN: CERTIFICATE,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: CERTIFICATE,
  UNABLE_TO_GET_ISSUER_CERT: CERTIFICATE,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: CERTIFICATE,
  CERT_HAS_EXPIRED: () => "renew the server's certificate",
  ERR_TLS_CERT_ALTNAME_INVALID: () => 'use the host name that the certificate is made for in DATABASE_URL',
};

const BY_TEXT: [pattern: RegExp, cure: Cure][] = [
  [
    /password must be a (non-empty )?string/i,
    () =>
      'the server asks for a password, and there is none: write it into DATABASE_URL, after the user name and a colon, or set ' +
      'PGPASSWORD',
  ],
  [
    /does not support SSL/i,
    () => 'have the server encrypt (ssl = on), or leave sslmode out where it is on this machine',
  ],
  [/connection timeout|timeout expired|timeout exceeded/i, CURES.ETIMEDOUT as Cure],
];

/** One sentence for a person: what happened, and the cure where there is one. */
export function explained(error: unknown, address: Address): string {
  const codes = codesOf(error);
  const message = messageOf(error);
  const cure =
    codes.map((code) => CURES[code]).find((found) => found !== undefined) ??
    BY_TEXT.find(([pattern]) => pattern.test(message))?.[1];
  return cure === undefined ? `${message}; check DATABASE_URL and its server` : `${message}; ${cure(address)}`;
}

function codesOf(error: unknown): string[] {
  const own = (error as { code?: unknown } | null)?.code;
  const inner = error instanceof AggregateError ? error.errors : [(error as Error | null)?.cause];
  return [
    ...(typeof own === 'string' ? [own] : []),
    ...inner.flatMap((one) => (one === undefined || one === null ? [] : codesOf(one))),
  ];
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
