/** Handler and workers as processes: what they import, and what they leave behind when they crash. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { interpreter, isolation } from '../src/workers/interpreter.js';
import { documentOf, runRaw } from '../src/workers/one-shot.js';
import { childrenOf } from '../support/proc.js';
import { QUEUE, Queue } from './support/cli.js';
import { fakes } from './support/fakes.js';
import { startAnew } from './support/forking.js';
import { bench, until } from './support/rig.js';

startAnew();

const made = bench();
const fake = fakes();

const PATIENCE = { timeoutMilliseconds: 60_000 };

/** Run the machine's check in an environment that has these variables besides. */
async function check(env: NodeJS.ProcessEnv): Promise<boolean> {
  const before = Object.fromEntries(Object.keys(env).map((name) => [name, process.env[name]]));
  Object.assign(process.env, env);
  try {
    return 'document' in documentOf(await runRaw('health_check.py', ['{}'], PATIENCE));
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) {
        delete process.env[name];
      } else {
        process.env[name] = value;
      }
    }
  }
}

function python(...args: string[]): string {
  return execFileSync(interpreter(), args, { encoding: 'utf8' }).trim();
}

// attack (local user): a module is laid where Python looks for modules: among the user's own, in PYTHONPATH, in the folder
test('a worker imports nothing of the user, of PYTHONPATH or of the folder that it is started in', async () => {
  // Not the virtual environment's own interpreter, which knows no packages of the user in any case.
  const base = python('-c', 'import sys; print(sys._base_executable)');
  const home = made.folder();
  const version = python('-c', 'import sys; print("python%d.%d" % sys.version_info[:2])');
  const site = join(home, '.local', 'lib', version, 'site-packages');
  const trace = join(home, 'trace');
  mkdirSync(site, { recursive: true });
  for (const path of [join(site, 'usercustomize.py'), join(home, 'sitecustomize.py'), join(home, 'common.py')]) {
    writeFileSync(path, `open(${JSON.stringify(trace)}, 'a').write(${JSON.stringify(path)} + "\\n")\n`);
  }
  const env = { HOME: home, PYTHONPATH: home };
  spawnSync(base, ['-c', 'pass'], { env: { ...process.env, ...env } });
  assert.match(readFileSync(trace, 'utf8'), /usercustomize[\s\S]*sitecustomize|sitecustomize[\s\S]*usercustomize/);
  writeFileSync(trace, '');
  fake.program(base);
  const cwd = process.cwd();
  process.chdir(home);
  try {
    assert.ok(await check(env));
  } finally {
    process.chdir(cwd);
    fake.real();
  }
  assert.equal(readFileSync(trace, 'utf8'), '');
});

test('where compiled modules go is still said by the variables of Python', async () => {
  const folder = made.folder();
  assert.ok(await check({ PYTHONPYCACHEPREFIX: folder, PYTHONDONTWRITEBYTECODE: '' }));
  assert.ok(readdirSync(folder).length > 0);
  const other = made.folder();
  assert.ok(await check({ PYTHONPYCACHEPREFIX: other, PYTHONDONTWRITEBYTECODE: '1' }));
  assert.deepEqual(readdirSync(other), []);
  assert.deepEqual(isolation({}), ['-I']);
});

// attack (local user): a core file of the handler or of a worker is searched for keys
test('neither the handler nor its workers leave a core file, though the machine allows them', {
  skip: existsSync('/proc/self/limits') ? false : 'needs /proc',
}, async () => {
  const queue = new Queue({
    ...process.env,
    ...made.simulator.env,
    QUEUE_DATA: await made.dataFolder(),
    QUEUE_WARM_WORKERS: '1',
    LOG_LEVEL: 'info',
  });
  const file = join(made.folder(), 'run.json');
  const scenarios = [{ id: 'slow', prompt: 'Lie? [[sim delay=60]]' }];
  writeFileSync(file, JSON.stringify({ name: 'slow', definition: { scenarios }, models: ['gpt-4o'] }));
  try {
    await made.simulator.forget();
    assert.equal((await queue.run('start', file)).code, 0);
    const work = queue.spawn('bash', ['-c', `ulimit -S -c "$(ulimit -H -c)"; exec "${QUEUE}" work`]);
    await until(async () => (await made.simulator.asked()).length === 1, 'the question');
    const handler = work.child.pid ?? 0;
    const workers = childrenOf(handler);
    assert.ok(workers.length > 0);
    for (const pid of [handler, ...workers]) {
      const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
      assert.match(limits, /^Max core file size +0 +0 /m);
    }
  } finally {
    await queue.close();
  }
});
