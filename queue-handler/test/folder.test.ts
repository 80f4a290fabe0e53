/** The folder of the embedded database: whose it is, who may look into it, and which process has it. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ownFolder, refuseShared } from '../src/database/folder.js';
import { FolderInUseError, lockFolder } from '../src/database/folder-lock.js';
import { interpreter } from '../src/workers/interpreter.js';
import { Queue } from './support/cli.js';

const TAKER = fileURLToPath(new URL('./support/lock-taker.js', import.meta.url));
const isRoot = process.getuid?.() === 0;
const root = mkdtempSync(join(tmpdir(), 'queue-folder-'));
let made = 0;

after(() => rmSync(root, { recursive: true, force: true }));

function folder(): string {
  made += 1;
  return join(root, String(made));
}

function queueIn(data: string, env: NodeJS.ProcessEnv = {}): Queue {
  const { DATABASE_URL: _, ...others } = process.env;
  return new Queue({ ...others, QUEUE_DATA: data, LOG_LEVEL: 'error', ...env });
}

function taker(...args: string[]): ChildProcess {
  return spawn(process.execPath, [TAKER, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [text] = await once(child.stdout ?? child, 'data');
  return String(text);
}

test('of many processes that start together one at a time has the folder', async () => {
  const data = ownFolder(folder());
  const all = Array.from({ length: 60 }, () => taker(data, '2'));
  const codes = await Promise.all(all.map(async (child) => (await once(child, 'exit'))[0]));
  assert.deepEqual(codes, Array(60).fill(0));
});

test('a process that is killed leaves no lock behind, whoever has its number now', async () => {
  const data = ownFolder(folder());
  const child = taker(data, '1', 'hold');
  assert.equal(await firstLine(child), 'held\n');
  assert.throws(
    () => lockFolder(data),
    (error) => {
      assert.ok(error instanceof FolderInUseError);
      assert.match(
        error.message,
        new RegExp(`^${data}/lock is held by process ${child.pid} since 20.*wait for it or end it`),
      );
      return true;
    },
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  // As if the number of the dead one were this process's now.
  writeFileSync(join(data, 'lock'), JSON.stringify({ pid: process.pid, host: 'x', since: 'y' }));
  const lock = lockFolder(data);
  assert.throws(() => lockFolder(data), FolderInUseError);
  lock.release();
  lockFolder(data).release();
});

test('containers that share a folder and count their processes apart do not have it both', {
  skip: noNamespaces(),
}, async () => {
  const data = ownFolder(folder());
  const apart = (): ChildProcess =>
    spawn('unshare', ['--pid', '--fork', '--kill-child', '--mount-proc', process.execPath, TAKER, data, '1', 'hold'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  const first = apart();
  assert.equal(await firstLine(first), 'held\n');
  // In its own count the second one is the process that the first one says of itself.
  const second = apart();
  assert.match(await firstLine(second), /^refused: .*\/lock is held by process 1 since/);
  const gone = once(first, 'exit');
  first.kill('SIGKILL');
  await gone;
  // The one in the namespace follows it in its own time.
  for (let free = false; !free; ) {
    try {
      lockFolder(data).release();
      free = true;
    } catch (error) {
      assert.ok(error instanceof FolderInUseError);
      await new Promise((done) => setTimeout(done, 20));
    }
  }
});

test('without flock the interpreter of the workers takes the lock', () => {
  const data = ownFolder(folder());
  const { PATH: path = '', PYTHON: python } = process.env;
  process.env.PATH = '/nowhere';
  process.env.PYTHON = interpreter({});
  try {
    const lock = lockFolder(data);
    assert.throws(() => lockFolder(data), FolderInUseError);
    lock.release();
    process.env.PYTHON = '/nowhere/python3';
    assert.throws(() => lockFolder(data), /cannot be locked \(flock: .*python3: .*install util-linux, or set PYTHON/);
  } finally {
    process.env.PATH = path;
    if (python === undefined) {
      delete process.env.PYTHON;
    } else {
      process.env.PYTHON = python;
    }
  }
});

// attack (local user): the files of the embedded database are read, or overwritten, by another user
test('the folder is made for its owner alone, and one that others can reach is made private', () => {
  const data = folder();
  const mask = process.umask(0);
  try {
    ownFolder(join(data, 'inner'));
    assert.equal(statSync(data).mode & 0o777, 0o700);
    assert.equal(statSync(join(data, 'inner')).mode & 0o777, 0o700);
    chmodSync(join(data, 'inner'), 0o755);
    mkdirSync(join(data, 'inner', 'pglite'));
    ownFolder(join(data, 'inner'));
    assert.equal(statSync(join(data, 'inner')).mode & 0o777, 0o700);
  } finally {
    process.umask(mask);
  }
});

test('a folder that holds other things is not taken away from those who use it', () => {
  const data = folder();
  mkdirSync(data, { mode: 0o755 });
  chmodSync(data, 0o755);
  writeFileSync(join(data, 'letter.txt'), '');
  assert.throws(() => ownFolder(data), /other users can reach .*holds other things \(letter\.txt\).*chmod 700/);
  assert.equal(statSync(data).mode & 0o777, 0o755);
});

// attack (local user): a folder of another user lies where the database is looked for
test("a folder of another user's is refused, and the command ends with status 2", {
  skip: !isRoot && 'needs root',
}, async () => {
  const data = ownFolder(folder());
  chownSync(data, 12_345, 12_345);
  for (const args of [['status'], ['work', '--until-idle']]) {
    const { code, stdout, stderr } = await queueIn(data).run(...args);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(
      stderr,
      /QUEUE_DATA: the folder .* belongs to user 12345, and this is user 0; name a folder of your own/,
    );
  }
});

test('a database that cannot be opened is said with its cause, and is a failure of every command', async () => {
  const data = ownFolder(folder());
  writeFileSync(join(data, 'pglite'), 'no folder at all');
  for (const args of [['status'], ['work', '--until-idle']]) {
    const { code, stderr } = await queueIn(data).run(...args);
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      /^queue: the embedded database in .* cannot be opened: [^[]+; set QUEUE_DATA to another folder/m,
    );
    assert.doesNotMatch(stderr, /\[object Object\]/);
  }
  const file = folder();
  writeFileSync(file, '');
  const { code, stderr } = await queueIn(file).run('status');
  assert.equal(code, 2);
  assert.match(stderr, /QUEUE_DATA: the folder .* cannot be made \(EEXIST/);
});

test('a look at a folder in which there is no database makes none, and says which one it would be', async () => {
  const data = folder();
  for (const args of [['status'], ['cancel', 'x']]) {
    const { code, stderr } = await queueIn(data).run(...args);
    assert.equal(code, 2);
    assert.match(stderr, new RegExp(`there is no database yet: the embedded database in ${data} would be it; go to`));
  }
  assert.throws(() => statSync(data), /ENOENT/);
});

test('a folder that other machines may have too is refused', () => {
  const mounts: [string, string][] = [
    ['/', 'ext4'],
    ['/home', 'nfs4'],
    ['/home/local disk', 'xfs'],
    ['/mnt', 'fuse.sshfs'],
  ];
  for (const path of ['/home/u/.queue-data', '/mnt/x']) {
    assert.throws(() => refuseShared(path, mounts), /is a network folder \((nfs4|fuse\.sshfs)\).*set DATABASE_URL/);
  }
  for (const path of ['/var/x', '/home/local disk/x', '/homes/x']) {
    refuseShared(path, mounts);
  }
  refuseShared(tmpdir());
});

test('a link to a folder that other machines may have is refused, whether to the folder or to the files in it', () => {
  const shared = folder();
  mkdirSync(shared, { mode: 0o700 });
  const link = folder();
  symlinkSync(shared, link);
  const inner = ownFolder(folder());
  symlinkSync(shared, join(inner, 'pglite'));
  for (const type of ['nfs4', 'gpfs', 'beegfs']) {
    const mounts: [string, string][] = [
      ['/', 'ext4'],
      [realpathSync(shared), type],
    ];
    for (const path of [ownFolder(link), inner]) {
      assert.throws(() => refuseShared(path, mounts), new RegExp(`${shared} is a network folder \\(${type}\\)`));
    }
  }
});

function noNamespaces(): string | false {
  try {
    execFileSync('unshare', ['--pid', '--fork', '--mount-proc', 'true'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'no process namespace can be made here';
  }
}
