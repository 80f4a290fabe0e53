/** The short form of `make chaos`, and that its judge can find something. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chaos } from '../scripts/chaos/chaos.js';
import { judge } from '../scripts/chaos/judge.js';
import { missing } from '../support/postgres.js';
import type { Asked } from '../support/simulator.js';
import { startAnew } from './support/forking.js';

startAnew();

const lack = missing();

test('whatever goes wrong, every probe has one outcome and nothing is paid twice but what was on the wire', {
  skip: process.env.CI ? false : (lack ?? false),
}, async () => {
  const tally = await chaos({
    probes: 60,
    seconds: 20,
    handlers: 3,
    seed: 20_261,
    pauseSeconds: 1,
    faults: ['kill', 'worker', 'cut', 'silence', 'database', 'stderr', 'clock', 'stop'],
    disks: false,
  });
  assert.deepEqual(tally.breaches, [], JSON.stringify(tally));
  assert.ok(Object.values(tally.faults).reduce((sum, number) => sum + number, 0) >= 3, JSON.stringify(tally.faults));
});

function asked(...times: number[]): Asked[] {
  return times.map((time, number) => ({
    number,
    time,
    provider: 'openai',
    method: 'POST',
    model: 'gpt-4o',
    status: 200,
    body: {},
    bodySha256: 'same',
    outcome: 'answered',
  }));
}

test('a question that is asked twice is a breach unless it was under way when something fell on it', () => {
  const blow = { from: 100, to: 101 };
  const breaches = (entries: Asked[], blows = [blow]): number => judge(entries, blows, 5).breaches.length;
  assert.equal(breaches(asked(99)), 0);
  assert.equal(breaches(asked(99, 105)), 0);
  assert.equal(breaches(asked(100.5, 105)), 0);
  // Before it, after it, or without it.
  assert.equal(breaches(asked(98, 99.5)), 1);
  assert.equal(breaches(asked(102, 105)), 1);
  assert.equal(breaches(asked(50, 105)), 1);
  assert.ok(breaches(asked(99, 105), []) >= 1);
  // More at once than there can be.
  assert.equal(judge([...asked(99, 100.1, 100.2, 100.3)], [blow], 2).breaches.length, 1);
});
