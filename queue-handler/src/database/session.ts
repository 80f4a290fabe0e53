/** What each connection sets, whatever the server, the database or the role have as their own defaults. */
import { DATA_SCHEMA } from './names.js';
import { LONG_MILLISECONDS } from './time-limit.js';

const LOCK_MILLISECONDS = 30_000;
// A process that is frozen in the middle of a transaction keeps others from its rows no longer than this.
const IDLE_IN_TRANSACTION_MILLISECONDS = 60_000;

// https://www.postgresql.org/docs/15/runtime-config-client.html
const SETTINGS: [name: string, value: string][] = [
  ['search_path', DATA_SCHEMA],
  ['DateStyle', "'ISO, YMD'"],
  ['IntervalStyle', 'postgres'],
  ['TimeZone', "'UTC'"],
  ['extra_float_digits', '1'],
  ['bytea_output', 'hex'],
  ['standard_conforming_strings', 'on'],
  ['client_encoding', "'UTF8'"],
  ['statement_timeout', String(LONG_MILLISECONDS)],
  ['lock_timeout', String(LOCK_MILLISECONDS)],
  ['idle_in_transaction_session_timeout', String(IDLE_IN_TRANSACTION_MILLISECONDS)],
];

/** For a connection that is this process's own. */
export const SESSION = [
  ...SETTINGS.map(([name, value]) => `SET ${name} TO ${value}`),
  'SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE',
  // Not known to every version that is supported.
  `SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN ('idle_session_timeout', 'transaction_timeout')`,
].join('; ');

/** For one transaction of a server's connection that a pooler lends to others before and after it. */
export const TRANSACTION = [
  'SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE',
  ...SETTINGS.filter(([name]) => name !== 'client_encoding').map(([name, value]) => `SET LOCAL ${name} TO ${value}`),
].join('; ');
