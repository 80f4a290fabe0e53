/** The log to a reader that stands still. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PatientStream } from '../src/log-stream.js';
import { bench, until } from './support/rig.js';

const made = bench();
const { O_RDWR, O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;

/** Both ends of a pipe, neither of which waits for the other. */
function pipe(): { reader: number; writer: number } {
  const path = join(made.folder(), 'pipe');
  assert.equal(spawnSync('mkfifo', [path]).status, 0);
  const both = openSync(path, O_RDWR | O_NONBLOCK);
  const reader = openSync(path, O_RDONLY | O_NONBLOCK);
  const writer = openSync(path, O_WRONLY | O_NONBLOCK);
  closeSync(both);
  return { reader, writer };
}

/** What is there now. */
function read(reader: number): Buffer {
  const bytes = Buffer.alloc(16 * 1024 * 1024);
  let length = 0;
  for (;;) {
    try {
      const more = readSync(reader, bytes, length, bytes.length - length, null);
      if (more === 0) {
        break;
      }
      length += more;
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN');
      break;
    }
  }
  return bytes.subarray(0, length);
}

test('lines that the reader does not take now wait for it, in their order and whole', async () => {
  const { reader, writer } = pipe();
  const stream = new PatientStream(writer);
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} ü\n`);
  for (const line of lines) {
    stream.write(line);
  }
  const seen: Buffer[] = [];
  await until(() => {
    seen.push(read(reader));
    return Buffer.concat(seen).toString().endsWith('line 19999 ü\n');
  }, 'the last line');
  assert.equal(Buffer.concat(seen).toString(), lines.join(''));
});

test('what a reader leaves for too long is lost, within a bound of memory, and its number is said', async () => {
  const { reader, writer } = pipe();
  const stream = new PatientStream(writer);
  const line = `${'x'.repeat(1023)}\n`;
  for (let index = 0; index < 10_000; index += 1) {
    stream.write(line);
  }
  let seen = '';
  await until(() => {
    seen += read(reader).toString();
    return /log lines are lost/.test(seen);
  }, 'the line that says so');
  assert.match(seen, /"time":\d{13},"context":"log","msg":"\d+ log lines are lost/, 'as in all other lines');
  const [, lost] = seen.match(/"msg":"(\d+) log lines are lost: nobody read them for too long"/) ?? assert.fail(seen);
  const whole = seen.split('\n').filter((text) => text.length === 1023).length;
  assert.equal(whole + Number(lost), 10_000);
  assert.ok(whole < 5_000, `${whole} lines were held`);
});

test('a reader that has gone takes the log with it, and nothing else', () => {
  const { reader, writer } = pipe();
  const stream = new PatientStream(writer);
  closeSync(reader);
  stream.write('nobody reads this\n');
  stream.write('nor this\n');
});
