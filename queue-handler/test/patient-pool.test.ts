/** A pool opens one more connection only where none of those that it has comes back in a moment. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type pg from 'pg';
import { PATIENCE_MILLISECONDS, PatientPool } from '../src/database/patient-pool.js';

let opened = 0;

/** What the pool needs of a connection. */
class FakeClient extends EventEmitter {
  readonly _queryable = true;

  connect(callback: (error: null) => void): void {
    opened += 1;
    setImmediate(() => callback(null));
  }

  ref(): void {}

  unref(): void {}

  end(callback?: () => void): void {
    setImmediate(() => callback?.());
  }
}

function poolOf(max: number): PatientPool {
  return new PatientPool({ max, idleTimeoutMillis: 0, Client: FakeClient } as unknown as pg.PoolConfig);
}

async function turns(): Promise<void> {
  for (let count = 0; count < 5; count += 1) {
    await turn();
  }
}

beforeEach(() => {
  opened = 0;
  mock.timers.enable({ apis: ['setTimeout'] });
});
afterEach(() => mock.timers.reset());

test('statements that come at once share two connections while they are quick', async () => {
  const pool = poolOf(5);
  const all = Array.from({ length: 12 }, async () => {
    const client = await pool.connect();
    await turn();
    client.release();
  });
  await Promise.all(all);
  assert.equal(opened, 2);
  await pool.end();
});

test('who waited longest gets what comes back first', async () => {
  const pool = poolOf(5);
  const [first, second] = [await pool.connect(), await pool.connect()];
  const order: number[] = [];
  const waiting = [1, 2].map(async (number) => {
    const client = await pool.connect();
    order.push(number);
    return client;
  });
  await turns();
  assert.deepEqual([opened, order], [2, []]);
  first.release();
  await turns();
  assert.deepEqual([opened, order], [2, [1]]);
  second.release();
  for (const client of await Promise.all(waiting)) {
    client.release();
  }
  assert.deepEqual([opened, order], [2, [1, 2]]);
  await pool.end();
});

test('where those that are open are kept, more are opened after a moment, up to the most', async () => {
  const pool = poolOf(4);
  const held = [await pool.connect(), await pool.connect()];
  const more = Array.from({ length: 3 }, () => pool.connect());
  await turns();
  assert.deepEqual([opened, pool.waiting], [2, 3]);
  mock.timers.tick(PATIENCE_MILLISECONDS);
  held.push(...(await Promise.all(more.slice(0, 2))));
  assert.equal(opened, 4);
  await turns();
  assert.equal(pool.waiting, 1, 'the last one waits as in any pool');
  for (const client of held) {
    client.release();
  }
  (await more[2])?.release();
  assert.equal(opened, 4);
  await pool.end();
});

test('who waits for a pool that is ended is told so', async () => {
  const pool = poolOf(3);
  const held = [await pool.connect(), await pool.connect()];
  const late = assert.rejects(pool.connect(), /after calling end/);
  const told = new Promise<Error | undefined>((resolve) => {
    pool.connect((error) => resolve(error));
  });
  const ended = pool.end();
  mock.timers.tick(PATIENCE_MILLISECONDS);
  await late;
  assert.match(String(await told), /after calling end/);
  for (const client of held) {
    client.release();
  }
  await ended;
});
