/** Windows that find their own height, tried against a provider that exists only as arithmetic. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide } from '../src/queue/decide.js';
import { Quota } from '../src/queue/quota.js';
import { Window } from '../src/queue/window.js';
import type { Outcome } from '../src/workers/outcome.js';

interface Seen {
  refused: number;
  answered: number;
  /** What was allowed at the end of each second. */
  allowed: number[];
}

/**
 * A provider with a quota of requests a minute, or a bound on what it answers at once, in virtual time. Each answer takes a
 * second; a refusal comes at once, and its conversation tries again after a second.
 */
function simulate(
  window: Window,
  seconds: number,
  {
    perMinute = Number.POSITIVE_INFINITY,
    atOnce = Number.POSITIVE_INFINITY,
    jobs = Number.POSITIVE_INFINITY,
    tells = false,
  },
): Seen {
  const quota = new Quota();
  const seen: Seen = { refused: 0, answered: 0, allowed: [] };
  const STEP = 100;
  let tokens = perMinute;
  let left = jobs;
  let flying: { due: number; refusals: number }[] = [];
  for (let now = 0; now < seconds * 1000; now += STEP) {
    tokens = Math.min(perMinute, tokens + (perMinute * STEP) / 60_000);
    for (const one of flying.filter(({ due }) => due <= now)) {
      flying.splice(flying.indexOf(one), 1);
      seen.answered += 1;
      if (tells) {
        const report = { requestsLeft: Math.floor(tokens), requestsLimit: perMinute };
        const resetSeconds = ((perMinute - tokens) * 60) / perMinute;
        quota.told({ refusals: 0, ...report, requestsResetSeconds: resetSeconds }, flying.length + 1, 10, now);
      }
      if (one.refusals > 0) {
        window.refused(flying.length + 1, now);
      } else {
        window.answered(flying.length + 1, now);
      }
    }
    while (left > 0 && flying.length < window.allowed && quota.left(now) >= 1) {
      left -= 1;
      quota.begun();
      const isRefused = tokens < 1 || flying.length >= atOnce;
      seen.refused += isRefused ? 1 : 0;
      tokens -= isRefused ? 0 : 1;
      flying = [...flying, { due: now + (isRefused ? 2000 : 1000), refusals: isRefused ? 1 : 0 }];
      window.began(flying.length);
    }
    if (now % 1000 === 900) {
      seen.allowed.push(window.allowed);
    }
  }
  return seen;
}

test('without a refusal it doubles each round trip up to its bound, and is there within seconds', () => {
  const { allowed } = simulate(new Window(400), 10, {});
  assert.ok((allowed[6] ?? 0) >= 400, allowed.join(' '));
  assert.deepEqual(allowed.slice(0, 2), [16, 32]);
});

test('it settles a little around what the provider answers at once, and loses little of it', () => {
  const { allowed, answered, refused } = simulate(new Window(400), 600, { atOnce: 50 });
  const settled = allowed.slice(60);
  assert.ok(Math.min(...settled) >= 35 && Math.max(...settled) <= 65, settled.join(' '));
  assert.ok(answered >= 0.8 * 50 * 600, `${answered} answered`);
  assert.ok(refused <= 0.05 * answered, `${refused} refused`);
});

test('a provider that says what is left is hardly ever asked beyond it, and is used to the full', () => {
  const silent = simulate(new Window(400), 600, { perMinute: 600 });
  const telling = simulate(new Window(400), 600, { perMinute: 600, tells: true });
  assert.ok(
    telling.refused <= silent.refused / 4,
    `${telling.refused} refused, ${silent.refused} where it says nothing`,
  );
  assert.ok(telling.refused <= 20, `${telling.refused} refused`);
  assert.ok(telling.answered >= 0.9 * 600 * 10, `${telling.answered} answered of 6000`);
});

test('conversations that never answer take nothing of a quota for longer than it takes to fill', () => {
  const quota = new Quota();
  assert.equal(quota.left(0), Number.POSITIVE_INFINITY);
  quota.told({ refusals: 0, requestsLeft: 5, requestsLimit: 10, requestsResetSeconds: 60 }, 16, 0, 0);
  assert.equal(quota.left(30_000), 7.5 - 15);
  assert.equal(quota.left(60_000), Number.POSITIVE_INFINITY);
  // A quota per day is not waited for longer than any other pause.
  quota.told({ refusals: 0, requestsLeft: 0, requestsLimit: 10, requestsResetSeconds: 86_400 }, 1, 0, 0);
  assert.ok(quota.left(599_000) < 1);
  assert.equal(quota.left(600_000), Number.POSITIVE_INFINITY);
});

test('a window that is not used does not grow', () => {
  const window = new Window(400);
  for (let answers = 0; answers < 62 * 16; answers += 1) {
    window.began(12);
    window.answered(12, 0);
  }
  assert.equal(window.allowed, 16);
  for (let answers = 0; answers < 16; answers += 1) {
    window.began(13);
    window.answered(13, 0);
  }
  assert.equal(window.allowed, 32);
});

test('a refusal takes a fifth, refusals that were under way together take it once, and then it grows by one a round trip', () => {
  const window = new Window(400, 100);
  assert.deepEqual(
    [0, 100, 14_999].map((now) => window.refused(100, now)),
    [true, false, false],
  );
  assert.equal(window.allowed, 80);
  assert.equal(window.refused(80, 15_000), true);
  assert.equal(window.allowed, 64);
  window.answered(64, 29_000);
  for (let answers = 0; answers < 64; answers += 1) {
    window.answered(64, 30_000);
  }
  assert.equal(window.allowed, 64);
  window.answered(64, 30_000);
  assert.equal(window.allowed, 65);
  // What was allowed and not used does not count: the provider has refused what was used.
  window.refused(10, 60_000);
  assert.equal(window.allowed, 8);
});

test('it never falls below one', () => {
  const window = new Window(10);
  for (let now = 0; now < 1_000_000; now += 20_000) {
    window.refused(1, now);
  }
  assert.equal(window.allowed, 1);
});

test('an overload, a server error and a tier without room never lower a window; a refusal does, also where the answer came', () => {
  const failure = (code: string, others = {}): Outcome =>
    ({ kind: 'failure', error: { code, message: '', retryable: true, details: null }, ...others }) as Outcome;
  const tries = { failures: 0, crashes: 0, run_config: { retryLimit: 3 } };
  const paceOf = (outcome: Outcome): string => decide(outcome, tries).pace;
  for (const code of ['SERVER_ERROR', 'TIMEOUT', 'NETWORK_ERROR', 'UNKNOWN']) {
    assert.equal(paceOf(failure(code)), 'same', code);
  }
  assert.equal(paceOf(failure('RATE_LIMIT')), 'slower');
  assert.equal(paceOf(failure('SERVER_ERROR', { rates: { refusals: 1 } })), 'slower');
  const held = (refusals: number): Outcome =>
    ({ kind: 'success', document: { transcript: { turns: [] }, rates: { refusals } } }) as unknown as Outcome;
  assert.deepEqual([paceOf(held(0)), paceOf(held(2))], ['faster', 'slower']);
});
