/** What the environment sets, read once when a command starts. */
import { readFileSync } from 'node:fs';
import { messageOf, UsageError } from './errors.js';
import { knownProviders } from './workers/documents.js';

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
}

/** @throws UsageError naming the variable. */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const settings = read(env);
  if (settings.retryDelayMaxSeconds < settings.retryDelaySeconds) {
    const least = `QUEUE_RETRY_DELAY_SECONDS, which is ${settings.retryDelaySeconds}`;
    throw new UsageError(`QUEUE_RETRY_DELAY_MAX_SECONDS: must be at least ${least}`);
  }
  return settings;
}

/** Variables that look like settings of the queue and are none: most likely misspelt. */
export function unknownSettings(env: NodeJS.ProcessEnv = process.env): string[] {
  const asked = new Set<string>();
  const noted = new Proxy(env, {
    get: (target, name: string) => {
      asked.add(name);
      return target[name];
    },
  });
  read(noted);
  return Object.keys(env).filter((name) => name.startsWith('QUEUE_') && !asked.has(name));
}

function read(env: NodeJS.ProcessEnv): Settings {
  return {
    databaseUrl: databaseUrl(env),
    dataFolder: env.QUEUE_DATA?.trim() || '.queue-data',
    concurrency: number(env, 'QUEUE_CONCURRENCY', 400, 1, 100_000),
    providerConcurrency: number(env, 'QUEUE_PROVIDER_CONCURRENCY', 100, 1, 100_000),
    limits: limits(env),
    warmWorkers: number(env, 'QUEUE_WARM_WORKERS', 2, 0, 64),
    queueDepth: number(env, 'QUEUE_DEPTH', 200, 1, 10_000),
    heartbeatSeconds: number(env, 'QUEUE_HEARTBEAT_SECONDS', 30, 10, 3600),
    monitorSeconds: number(env, 'QUEUE_MONITOR_SECONDS', 10, 1, 3600),
    retryDelaySeconds: number(env, 'QUEUE_RETRY_DELAY_SECONDS', 5, 1, 3600),
    retryDelayMaxSeconds: number(env, 'QUEUE_RETRY_DELAY_MAX_SECONDS', 300, 1, 86_400),
    graceSeconds: number(env, 'QUEUE_GRACE_SECONDS', 60, 0, 3600),
    pollMilliseconds: number(env, 'QUEUE_POLL_MILLISECONDS', 500, 20, 60_000),
  };
}

function databaseUrl(env: NodeJS.ProcessEnv): string | null {
  const url = env.DATABASE_URL?.trim();
  if (!url) {
    return null;
  }
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new UsageError(
      'DATABASE_URL: must begin with postgres:// or postgresql://; unset it for the embedded database',
    );
  }
  return url;
}

function number(env: NodeJS.ProcessEnv, name: string, otherwise: number, least: number, most: number): number {
  const text = env[name]?.trim();
  if (!text) {
    return otherwise;
  }
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new UsageError(`${name}: must be a whole number from ${least} to ${most}`);
  }
  return value;
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
  const known = knownProviders();
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
