/** How a command asks the handler that has the embedded database, and what others on the machine can make of it. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, connect as dial, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { ownFolder } from '../src/database/folder.js';
import { lockFolder } from '../src/database/folder-lock.js';
import { type Command, Queue } from './support/cli.js';
import { bench, until } from './support/rig.js';

const made = bench();

function queueIn(data: string, env: NodeJS.ProcessEnv = {}): Queue {
  const { DATABASE_URL: _, ...others } = process.env;
  return new Queue({ ...others, QUEUE_DATA: data, LOG_LEVEL: 'info', QUEUE_WARM_WORKERS: '1', ...env });
}

async function atWork(queue: Queue): Promise<Command> {
  const work = queue.begin('work');
  await until(() => work.said.stderr.includes('the handler takes jobs'), 'the start of the handler');
  return work;
}

function runFile(size = 0, scenarios = 1): string {
  const path = join(made.folder(), 'run.json');
  const asked = Array.from({ length: scenarios }, (_, index) => ({ id: `s${index}`, prompt: `?${'x'.repeat(size)}` }));
  writeFileSync(path, JSON.stringify({ name: 'large', definition: { scenarios: asked }, models: ['gpt-4o'] }));
  return path;
}

interface Meeting {
  socket: string;
  secret: string;
}

// attack (local user): a command is sent to the handler by another user
test('the socket and its secret can be reached by their owner alone, and go with the handler', async () => {
  const data = await made.dataFolder();
  const queue = queueIn(data);
  const work = await atWork(queue);
  const { socket }: Meeting = JSON.parse(readFileSync(join(data, 'control.json'), 'utf8'));
  assert.equal(socket, join(data, 'control.sock'));
  for (const [path, mode] of [
    [data, 0o700],
    [socket, 0o600],
    [join(data, 'control.json'), 0o600],
  ] as const) {
    assert.equal(statSync(path).mode & 0o777, mode, path);
  }
  work.child.kill('SIGTERM');
  assert.equal((await work.over).code, 0);
  assert.ok(!existsSync(socket) && !existsSync(join(data, 'control.json')));
  await queue.close();
});

// attack (local user): a socket in the shared temporary folder has a name that can be computed, and is taken first
test('a path that is too long for a socket leads to a private folder of a name that nobody can know', async () => {
  const data = join(made.folder(), 'x'.repeat(100));
  await made.fillEmbedded(data);
  const queue = queueIn(data);
  const work = await atWork(queue);
  const { socket }: Meeting = JSON.parse(readFileSync(join(data, 'control.json'), 'utf8'));
  assert.match(dirname(socket), /\/queue-\w{6}$/);
  assert.equal(statSync(dirname(socket)).mode & 0o777, 0o700);
  const { code, stdout } = await queue.run('status');
  assert.deepEqual([code, stdout], [0, `there are no runs in the embedded database in ${data}; see: start RUN.json\n`]);
  work.child.kill('SIGTERM');
  assert.equal((await work.over).code, 0);
  assert.ok(!existsSync(dirname(socket)));
  await queue.close();
});

// attack (local user): somebody else listens in the place of the handler, to be sent a run
test('who listens in the place of the handler and does not know the secret is sent nothing', async () => {
  const data = ownFolder(made.folder());
  const lock = lockFolder(data);
  const heard: string[] = [];
  const server = createServer((socket: Socket) => {
    socket.setEncoding('utf8').on('data', (text: string) => {
      heard.push(text);
      socket.write(`${JSON.stringify({ nonce: 'n', proof: 'p'.repeat(64) })}\n${JSON.stringify({ done: true })}\n`);
    });
    socket.on('error', () => {});
  });
  const socket = join(data, 'control.sock');
  await new Promise<void>((done) => server.listen(socket, done));
  writeFileSync(join(data, 'control.json'), JSON.stringify({ socket, secret: 's' }), { mode: 0o600 });
  const { code, stderr } = await queueIn(data).run('start', runFile());
  assert.equal(code, 1);
  assert.match(stderr, /who answers at .* is not the process that has the database; nothing was sent to it/);
  assert.match(heard.join(''), /^\{"hello":"[0-9a-f]{32}"\}\n$/);
  await new Promise((done) => server.close(done));
  lock.release();
});

// attack (local user): somebody else asks the handler for answers
test('who asks and does not know the secret is told nothing', async () => {
  const data = await made.dataFolder();
  const queue = queueIn(data);
  const work = await atWork(queue);
  const { socket: path }: Meeting = JSON.parse(readFileSync(join(data, 'control.json'), 'utf8'));
  const command = `${JSON.stringify({ name: 'status', given: { run: null, json: true } })}\n`;
  for (const lines of [
    command,
    `{"hello":"x"}\n${command}`,
    `{"hello":"x"}\n{"proof":"${'0'.repeat(64)}"}\n${command}`,
    'no JSON\n',
  ]) {
    const socket = dial(path);
    let said = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    socket.write(lines);
    await new Promise((done) => socket.once('close', done));
    assert.match(said, /"error":"who asks does not know the secret of the folder/);
    assert.doesNotMatch(said, /"out"|"done"/);
  }
  await queue.close();
  assert.notEqual((await work.over).code, 0);
});

test('a large run goes through the handler, and one that is too large is refused with a message', async () => {
  const queue = queueIn(await made.dataFolder());
  await atWork(queue);
  const large = await queue.run('start', runFile(1024 * 1024, 20));
  assert.deepEqual([large.code, large.stderr], [0, '']);
  const tooLarge = await queue.run('start', runFile(1024 * 1024, 66));
  assert.equal(tooLarge.code, 2);
  assert.match(tooLarge.stderr, /run\.json: holds 66 MB, and a run's file may hold 64; make several runs of it/);
  const long = await queue.run('cost', runFile(7 * 1024 * 1024));
  assert.equal(long.code, 2);
  assert.match(long.stderr, /definition\.scenarios\[0\]: holds 7 MB .* may begin with 6; shorten it/);
  await queue.close();
});

test('a handler that cannot serve commands says so, and ends', async () => {
  const data = join(made.folder(), 'y'.repeat(100));
  await made.fillEmbedded(data);
  const temporary = join(made.folder(), 'z'.repeat(100));
  mkdirSync(temporary);
  const { code, stderr } = await queueIn(data, { TMPDIR: temporary }).run('work');
  assert.equal(code, 1);
  assert.match(stderr, /no socket fits into .*; set QUEUE_DATA or TMPDIR to a shorter one/);
  // Its folder is free again.
  lockFolder(data).release();
});
