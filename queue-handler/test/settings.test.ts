/** What the environment sets: each variable, and what is said of a bad one. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { publishedProviders } from '../src/documents/schemas.js';
import { UsageError } from '../src/errors.js';
import { readSettings, type Settings, settingsText, unknownSettings } from '../src/settings.js';

const folder = mkdtempSync(join(tmpdir(), 'queue-settings-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const NUMBERS: [name: string, key: keyof Settings, otherwise: number, least: number, most: number][] = [
  ['QUEUE_CONCURRENCY', 'concurrency', 400, 1, 100_000],
  ['QUEUE_PROVIDER_CONCURRENCY', 'providerConcurrency', 100, 1, 100_000],
  ['QUEUE_WARM_WORKERS', 'warmWorkers', 2, 0, 64],
  ['QUEUE_DEPTH', 'queueDepth', 200, 1, 10_000],
  ['QUEUE_HEARTBEAT_SECONDS', 'heartbeatSeconds', 30, 10, 3600],
  ['QUEUE_MONITOR_SECONDS', 'monitorSeconds', 10, 1, 3600],
  ['QUEUE_RETRY_DELAY_SECONDS', 'retryDelaySeconds', 5, 1, 3600],
  ['QUEUE_RETRY_DELAY_MAX_SECONDS', 'retryDelayMaxSeconds', 300, 1, 86_400],
  ['QUEUE_GRACE_SECONDS', 'graceSeconds', 60, 0, 3600],
  ['QUEUE_POLL_MILLISECONDS', 'pollMilliseconds', 500, 20, 60_000],
  ['QUEUE_METRICS_PORT', 'metricsPort', 0, 0, 65_535],
];

function refusal(env: NodeJS.ProcessEnv): string {
  let message = '';
  assert.throws(
    () => readSettings(env),
    (error) => {
      message = (error as Error).message;
      return error instanceof UsageError;
    },
    JSON.stringify(env),
  );
  return message;
}

/** The environment with a file of limits. */
function limits(text: string): NodeJS.ProcessEnv {
  const path = join(folder, 'limits.json');
  writeFileSync(path, text);
  return { QUEUE_LIMITS_FILE: path };
}

test('without any variable every setting has its default', () => {
  const settings = readSettings({});
  assert.equal(settings.databaseUrl, null);
  assert.equal(settings.dataFolder, '.queue-data');
  assert.deepEqual(settings.limits, {});
  for (const [, key, otherwise] of NUMBERS) {
    assert.equal(settings[key], otherwise);
  }
});

test('each number is taken within its bounds, and refused outside of them with its name, bounds and default', () => {
  // The longest pause must not be shorter than the first, so each of the two is tried with the other out of its way.
  const others = { QUEUE_RETRY_DELAY_SECONDS: '1', QUEUE_RETRY_DELAY_MAX_SECONDS: '86400' };
  for (const [name, key, otherwise, least, most] of NUMBERS) {
    for (const value of [least, most]) {
      assert.equal(readSettings({ ...others, [name]: ` ${value} ` })[key], value);
    }
    assert.equal(readSettings({ ...others, [name]: '' })[key], otherwise);
    for (const bad of [String(least - 1), String(most + 1), 'many', '1.5', '1e2', '0x10', 'NaN', 'Infinity', '+1']) {
      const expected = `${name}: must be a whole number from ${least} to ${most}; unset, it is ${otherwise}`;
      assert.equal(refusal({ ...others, [name]: bad }), expected);
    }
  }
});

test('the longest pause is not shorter than the first', () => {
  assert.equal(
    refusal({ QUEUE_RETRY_DELAY_SECONDS: '400' }),
    'QUEUE_RETRY_DELAY_MAX_SECONDS: must be at least QUEUE_RETRY_DELAY_SECONDS, which is 400',
  );
});

test('the database is a PostgreSQL server or the embedded one, and its password is not repeated', () => {
  const url = 'postgresql://u:p@host/x?sslmode=verify-full';
  assert.equal(readSettings({ DATABASE_URL: ` ${url} ` }).databaseUrl, url);
  assert.equal(readSettings({ DATABASE_URL: ' ' }).databaseUrl, null);
  assert.equal(readSettings({ QUEUE_DATA: ' /data ' }).dataFolder, '/data');
  const message = refusal({ DATABASE_URL: 'mysql://u:canary@host/x' });
  assert.match(message, /^DATABASE_URL: must begin with postgres:\/\/ .*; unset it for the embedded database$/);
  assert.doesNotMatch(message, /canary/);
});

test('metrics are shown to this machine alone, or at an address that somebody has named', () => {
  assert.equal(readSettings({}).metricsHost, '127.0.0.1');
  assert.equal(readSettings({ QUEUE_METRICS_HOST: ' ::1 ' }).metricsHost, '::1');
  assert.match(refusal({ QUEUE_METRICS_HOST: 'localhost' }), /^QUEUE_METRICS_HOST: must be an IP address/);
});

test('limits are taken from their file', () => {
  const own = { concurrency: 20, requestsPerMinute: 500, models: { 'gpt-4o': { concurrency: 2 } } };
  assert.deepEqual(readSettings(limits(JSON.stringify({ openai: own, xai: {} }))).limits, {
    openai: own,
    xai: { models: {} },
  });
});

test('a file of limits that is wrong is told by the field', () => {
  const cases: [text: string, message: RegExp][] = [
    ['nonsense', /^QUEUE_LIMITS_FILE: cannot be read as JSON \(.+\); correct or unset it$/],
    ['[]', /^QUEUE_LIMITS_FILE: must be an object$/],
    [
      '{"opnai": {}}',
      new RegExp(
        `^QUEUE_LIMITS_FILE: opnai: is not one of the providers ${publishedProviders()
          .map(({ name }) => name)
          .join(', ')}$`,
      ),
    ],
    ['{"openai": 5}', /^QUEUE_LIMITS_FILE: openai: must be an object$/],
    [
      '{"openai": {"concurency": 5}}',
      /^QUEUE_LIMITS_FILE: openai\.concurency: is not one of concurrency, requestsPerMinute, models$/,
    ],
    ['{"openai": {"concurrency": 0}}', /^QUEUE_LIMITS_FILE: openai\.concurrency: must be a whole number above 0$/],
    ['{"openai": {"concurrency": "5"}}', /^QUEUE_LIMITS_FILE: openai\.concurrency: must be a whole number above 0$/],
    [
      '{"openai": {"requestsPerMinute": 1.5}}',
      /^QUEUE_LIMITS_FILE: openai\.requestsPerMinute: must be a whole number above 0$/,
    ],
    ['{"openai": {"models": []}}', /^QUEUE_LIMITS_FILE: openai\.models: must be an object$/],
    [
      '{"openai": {"models": {"m": {"models": {}}}}}',
      /^QUEUE_LIMITS_FILE: openai\.models\.m\.models: is not one of concurrency, requestsPerMinute$/,
    ],
  ];
  for (const [text, message] of cases) {
    assert.match(refusal(limits(text)), message);
  }
  assert.match(refusal({ QUEUE_LIMITS_FILE: '/nowhere' }), /^QUEUE_LIMITS_FILE: cannot be read as JSON \(ENOENT/);
});

test('a variable that is misspelt is noticed, and the help names every one that there is', () => {
  assert.deepEqual(unknownSettings({ QUEUE_WARM_WORKER: '3', QUEUE_DATA: 'x', QUEUE_DEPTH: '1', OTHER: 'x' }), [
    'QUEUE_WARM_WORKER',
  ]);
  for (const name of [...NUMBERS.map(([one]) => one), 'DATABASE_URL', 'QUEUE_DATA', 'QUEUE_LIMITS_FILE', 'PYTHON']) {
    assert.ok(settingsText().includes(`  ${name} `), name);
  }
});
