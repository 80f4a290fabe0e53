/** What the environment sets, read once when a command starts. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { readAddress } from './address.js';
import { DEFAULT_DEADLINE_SECONDS, MOST_DEADLINE_SECONDS } from './deadline.js';
import { publishedProviders } from './documents/schemas.js';
import { messageOf, UsageError } from './errors.js';

/** Bounds for one provider, or for one model of it. Over all handlers that share the database. */
export interface Limit {
  concurrency?: number;
  requestsPerMinute?: number;
}

export interface ProviderLimit extends Limit {
  models?: Record<string, Limit>;
}

export interface Settings {
  /** PostgreSQL, or null for the embedded database in `dataFolder`. */
  databaseUrl: string | null;
  dataFolder: string;
  /** Conversations in flight in this handler, at most. */
  concurrency: number;
  /** Conversations in flight with one provider where `limits` does not say, over all handlers. */
  providerConcurrency: number;
  limits: Record<string, ProviderLimit>;
  /** Warm worker processes; 0 for one process per probe. */
  warmWorkers: number;
  /** Tickets queued ahead for one run and provider. */
  queueDepth: number;
  /** A handler that is silent for this long has lost its jobs. */
  heartbeatSeconds: number;
  /** How often the queue is looked through for lost jobs. */
  monitorSeconds: number;
  /** First pause before a failed try is repeated; it doubles up to `retryDelayMaxSeconds`. */
  retryDelaySeconds: number;
  retryDelayMaxSeconds: number;
  /** How long conversations under way may go on after SIGTERM. */
  graceSeconds: number;
  pollMilliseconds: number;
  /** How long a run is kept after its end; 0 for ever. */
  retentionDays: number;
  /** What may be spent a day (UTC), over all runs, in US dollars; null for no bound. */
  budgetUsd: number | null;
  /** What is to stay free on the disk of the embedded database; with less, no job is taken. */
  roomMegabytes: number;
  /** Where /healthz and /metrics are served; 0: nowhere. */
  metricsPort: number;
  metricsHost: string;
}

interface Variable {
  name: string;
  otherwise: number;
  least: number;
  most: number;
  what: string;
}

type NumberSetting = { [K in keyof Settings]: Settings[K] extends number ? K : never }[keyof Settings];

const NUMBERS: Record<NumberSetting, Variable> = {
  concurrency: variable('QUEUE_CONCURRENCY', 400, 1, 100_000, 'conversations in flight in this handler'),
  providerConcurrency: variable(
    'QUEUE_PROVIDER_CONCURRENCY',
    100,
    1,
    100_000,
    'conversations in flight with one provider, over all handlers',
  ),
  warmWorkers: variable('QUEUE_WARM_WORKERS', 2, 0, 64, 'worker processes; 0 for one per probe'),
  queueDepth: variable('QUEUE_DEPTH', 200, 1, 10_000, 'jobs queued ahead for one run and provider'),
  heartbeatSeconds: variable(
    'QUEUE_HEARTBEAT_SECONDS',
    30,
    10,
    3600,
    'a handler silent for this long has lost its jobs',
  ),
  monitorSeconds: variable('QUEUE_MONITOR_SECONDS', 10, 1, 3600, 'how often lost jobs are looked for'),
  retryDelaySeconds: variable('QUEUE_RETRY_DELAY_SECONDS', 5, 1, 3600, 'pause before a second try; it doubles'),
  retryDelayMaxSeconds: variable('QUEUE_RETRY_DELAY_MAX_SECONDS', 300, 1, 86_400, 'the longest such pause'),
  graceSeconds: variable('QUEUE_GRACE_SECONDS', 60, 0, 3600, 'how long conversations may go on after SIGTERM'),
  pollMilliseconds: variable('QUEUE_POLL_MILLISECONDS', 500, 20, 60_000, 'how often the queues are looked at'),
  retentionDays: variable('QUEUE_RETENTION_DAYS', 0, 0, 36_500, 'days for which ended runs are kept; 0 for ever'),
  roomMegabytes: variable('QUEUE_ROOM_MEGABYTES', 200, 1, 1_000_000, "what stays free on the embedded database's disk"),
  metricsPort: variable('QUEUE_METRICS_PORT', 0, 0, 65_535, 'where work serves /healthz and /metrics; 0 nowhere'),
};

const OTHERS: [name: string, what: string][] = [
  ['DATABASE_URL', 'a PostgreSQL server; not set, the embedded database'],
  ['ALLOW_INSECURE_DATABASE', '1: DATABASE_URL may lead to another machine without encryption'],
  ['QUEUE_DATA', 'the folder of the embedded database, and of answers not stored yet (.queue-data)'],
  ['QUEUE_METRICS_HOST', 'the address of QUEUE_METRICS_PORT (127.0.0.1)'],
  ['QUEUE_LIMITS_FILE', 'JSON: {"openai": {"concurrency": 20, "requestsPerMinute": 500, "models": {...}}}'],
  ['QUEUE_BUDGET_USD', 'US dollars that may be spent a day (UTC), over all runs and handlers; no bound where not set'],
  ['PYTHON', "the workers' interpreter (.venv, then python3)"],
  ['LOG_LEVEL', 'debug, info, warn or error (info)'],
];

/** @throws UsageError naming the variable. */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const numbers = Object.fromEntries(Object.entries(NUMBERS).map(([key, one]) => [key, number(env, one)])) as Record<
    NumberSetting,
    number
  >;
  if (numbers.retryDelayMaxSeconds < numbers.retryDelaySeconds) {
    const least = `QUEUE_RETRY_DELAY_SECONDS, which is ${numbers.retryDelaySeconds}`;
    throw new UsageError(`QUEUE_RETRY_DELAY_MAX_SECONDS: must be at least ${least}`);
  }
  checkDeadline(env);
  return {
    databaseUrl: databaseUrl(env),
    dataFolder: env.QUEUE_DATA?.trim() || '.queue-data',
    limits: limits(env),
    budgetUsd: dollars(env, 'QUEUE_BUDGET_USD'),
    metricsHost: metricsHost(env),
    ...numbers,
  };
}

/** Variables that look like settings of the queue and are none: most likely misspelt. */
export function unknownSettings(env: NodeJS.ProcessEnv = process.env): string[] {
  const known = new Set([...Object.values(NUMBERS).map(({ name }) => name), ...OTHERS.map(([name]) => name)]);
  return Object.keys(env).filter((name) => name.startsWith('QUEUE_') && !known.has(name));
}

/** The environment that is read, for the help. */
export function settingsText(): string {
  const numbers = Object.values(NUMBERS).map(({ name, otherwise, what }) => [name, `${what} (${otherwise})`] as const);
  const all = [...OTHERS, ...numbers];
  const width = Math.max(...all.map(([name]) => name.length));
  return all.map(([name, what]) => `  ${name.padEnd(width)}  ${what}`).join('\n');
}

function variable(name: string, otherwise: number, least: number, most: number, what: string): Variable {
  return { name, otherwise, least, most, what };
}

function databaseUrl(env: NodeJS.ProcessEnv): string | null {
  const url = env.DATABASE_URL?.trim();
  if (!url) {
    return null;
  }
  readAddress(url, env);
  return url;
}

/** An address and no name: a name could become that of another machine. */
function metricsHost(env: NodeJS.ProcessEnv): string {
  const host = env.QUEUE_METRICS_HOST?.trim() || '127.0.0.1';
  if (isIP(host) === 0) {
    throw new UsageError(
      'QUEUE_METRICS_HOST: must be an IP address of this machine, such as 127.0.0.1, ::1 or 0.0.0.0',
    );
  }
  return host;
}

/** The workers read it too; a value that no ticket can hold would stop every handler, one that is none every probe. */
function checkDeadline(env: NodeJS.ProcessEnv): void {
  const text = env.PROBE_DEADLINE_SECONDS?.trim();
  const seconds = Number(text || DEFAULT_DEADLINE_SECONDS);
  if (!(seconds > 0 && seconds <= MOST_DEADLINE_SECONDS)) {
    throw new UsageError(
      `PROBE_DEADLINE_SECONDS: must be a number of seconds above 0, at most ${MOST_DEADLINE_SECONDS}: the queue holds a ` +
        'job for 24 hours at most, in which its deadline must fit twice',
    );
  }
}

function number(env: NodeJS.ProcessEnv, { name, otherwise, least, most }: Variable): number {
  const text = env[name]?.trim();
  if (!text) {
    return otherwise;
  }
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new UsageError(`${name}: must be a whole number from ${least} to ${most}; unset, it is ${otherwise}`);
  }
  return value;
}

function dollars(env: NodeJS.ProcessEnv, name: string): number | null {
  const text = env[name]?.trim();
  if (!text) {
    return null;
  }
  const value = readDollars(text);
  if (value === null) {
    throw new UsageError(`${name}: must be a number of US dollars, such as 12.50; unset, there is no bound`);
  }
  return value;
}

/** An amount as people write it, from nothing to a billion, to a hundredth of a cent; null where it is none. */
export function readDollars(text: string): number | null {
  return /^\d{1,9}(\.\d{1,4})?$/.test(text) ? Number(text) : null;
}

function limits(env: NodeJS.ProcessEnv): Record<string, ProviderLimit> {
  const path = env.QUEUE_LIMITS_FILE?.trim();
  if (!path) {
    return {};
  }
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = messageOf(error);
    throw new UsageError(`QUEUE_LIMITS_FILE: cannot be read as JSON (${why}); correct or unset it`, { cause: error });
  }
  const checked: Record<string, ProviderLimit> = {};
  const known = publishedProviders().map(({ name }) => name);
  for (const [provider, limit] of Object.entries(object(value, 'QUEUE_LIMITS_FILE'))) {
    const where = `QUEUE_LIMITS_FILE: ${provider}`;
    if (!known.includes(provider)) {
      throw new UsageError(`${where}: is not one of the providers ${known.join(', ')}`);
    }
    const { models, ...own } = object(limit, where);
    const perModel: Record<string, Limit> = {};
    for (const [model, modelLimit] of Object.entries(object(models ?? {}, `${where}.models`))) {
      perModel[model] = bounds(object(modelLimit, `${where}.models.${model}`), `${where}.models.${model}`);
    }
    checked[provider] = { ...bounds(own, where, ', models'), models: perModel };
  }
  return checked;
}

function bounds(fields: Record<string, unknown>, where: string, others = ''): Limit {
  const limit: Limit = {};
  for (const [name, value] of Object.entries(fields)) {
    if (name !== 'concurrency' && name !== 'requestsPerMinute') {
      throw new UsageError(`${where}.${name}: is not one of concurrency, requestsPerMinute${others}`);
    }
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
      throw new UsageError(`${where}.${name}: must be a whole number above 0`);
    }
    limit[name] = value;
  }
  return limit;
}

function object(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`${where}: must be an object`);
  }
  return value as Record<string, unknown>;
}
