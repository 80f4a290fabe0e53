/** Secrets: none of the environment's leaves the process, and nothing else is harmed by that. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redact, redactLine, redactValue, registerSecrets } from '../src/redaction.js';

registerSecrets({
  OPENAI_API_KEY: ' sk-canary.key+1 ',
  PGPASSWORD: 'pässwörd "quoted" \\ 100%',
  GITHUB_TOKEN: '12345678',
  AWS_SECRET_ACCESS_KEY: 'success',
  SIGNING_SECRET: '","a":1',
  DATABASE_URL: 'postgres://user:p%40ss/word-1@host:5432/db',
  OTHER_URL: 'postgresql://host/db?user=x&password=in-the-query&sslmode=off',
  HTTPS_PROXY: 'http://proxy-user:proxy-pass@proxy.example:3128',
  MY_SERVICE: 'redis://:redis-pass@host',
  TINY_API_KEY: 'abc',
  NOT_SO_NAMED: 'an ordinary word',
});

test('keys, tokens and passwords are taken out, in every spelling in which they may come back', () => {
  const secret = 'pässwörd "quoted" \\ 100%';
  const ascii = JSON.stringify(secret).replaceAll('ä', '\\u00e4').replaceAll('ö', '\\u00f6').slice(1, -1);
  for (const spelling of [
    'sk-canary.key+1',
    'sk-canary.key%2B1',
    secret,
    JSON.stringify(secret).slice(1, -1),
    ascii,
    encodeURIComponent(secret),
    encodeURIComponent(secret).replaceAll('%20', '+'),
    'in-the-query',
    'proxy-pass',
    'redis-pass',
  ]) {
    assert.equal(redact(`before ${spelling} after ${spelling}`), 'before [redacted] after [redacted]');
  }
});

test('what only looks like a secret to a regular expression stays', () => {
  assert.equal(redact('sk-canaryXkey+1, sk-canary.keyy1'), 'sk-canaryXkey+1, sk-canary.keyy1');
  assert.equal(redact('an ordinary word'), 'an ordinary word');
});

test('a secret that is too short to be told from a word stays, but not as the password of a URL', () => {
  assert.equal(redact('abc, abcdef'), 'abc, abcdef');
  assert.equal(redact('at postgres://u:abc@host/x now'), 'at postgres://u:[redacted]@host/x now');
  assert.equal(redact('postgres://never:seen-before@host'), 'postgres://never:[redacted]@host');
  assert.equal(
    redact('https://host:8080/a@b, https://host/x?y=a:b@c'),
    'https://host:8080/a@b, https://host/x?y=a:b@c',
  );
});

test('within JSON only texts change: names, numbers and flags keep a value in its form', () => {
  const value = {
    success: true,
    count: 12345678,
    nested: [{ message: 'no success with 12345678', details: null, text: 'x","a":1y' }],
  };
  assert.deepEqual(redactValue(value), {
    success: true,
    count: 12345678,
    nested: [{ message: 'no [redacted] with [redacted]', details: null, text: 'x[redacted]y' }],
  });
  assert.equal(value.nested[0]?.message, 'no success with 12345678');
});

test('a log line stays one line of JSON, whatever is taken out of it', () => {
  const line = `${JSON.stringify({ time: 1234567812345678, success: 'success', msg: 'a","a":1b' })}\n`;
  const clean = redactLine(line);
  assert.ok(clean.endsWith('}\n'));
  assert.deepEqual(JSON.parse(clean), { time: 1234567812345678, success: '[redacted]', msg: 'a[redacted]b' });
  const harmless = '{"msg": "nothing"}\n';
  assert.equal(redactLine(harmless), harmless);
  assert.equal(redactLine('no JSON: sk-canary.key+1'), 'no JSON: [redacted]');
});
