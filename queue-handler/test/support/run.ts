/**
 * `npm test`: makes once what every test file would make for itself (an empty embedded database, a PostgreSQL cluster), and
 * runs the test files with it. To make one takes five seconds of the processor; to copy one takes none.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec, tap } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../../src/database/connect.js';
import { makeCluster, missing, startServer } from '../../support/postgres.js';
import { bundle } from './bundle.js';
import { compilingOnce } from './compiling-once.js';
import { startForkServer } from './forking.js';
import { rememberingInterpreter } from './remembering.js';
import { testSettings } from './rig.js';
import { makeTemplate } from './template-database.js';

const TESTS = fileURLToPath(new URL('..', import.meta.url));

/** How many test files run side by side: they wait a third of their time. */
const AT_ONCE = 4;
/** For a file on a machine that is busy with other things too. */
const PATIENCE_MILLISECONDS = 30 * 60 * 1000;
/** Those that take longest begin first, so that none of them runs alone at the end. */
const LONG = [
  'scoring',
  'scoring-crashes',
  'compare',
  'extend',
  'bad-days',
  'crashes',
  'viewer-pages',
  'delete',
  'cli',
];

/** Memory that is mounted as a folder, and what must be free in it: each test has a database of 40 MB to itself. */
const MEMORY = '/dev/shm';
const ROOM_BYTES = 8 * 2 ** 30;

/** Where test files put what they make. On a disk the thousand files of each database cost a quarter more processor time. */
function scratch(): string {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize > ROOM_BYTES ? MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** The databases `template1` and `template0`, by their IDs: half of the files to be copied, which nobody opens. */
const TEMPLATES = ['1', '4'];

const scratchFolder = scratch();
const folder = mkdtempSync(join(scratchFolder, 'queue-tests-'));
// Apart, because it belongs to the user that servers run as.
const servers = mkdtempSync(join(scratchFolder, 'queue-cluster-'));
const forkServer = await startForkServer(folder);
// Within the build, where their packages are found.
const bundles = mkdtempSync(join(TESTS, '..', 'bundled-'));
try {
  const embedded = join(folder, 'embedded');
  await (await openDatabase(testSettings({ QUEUE_DATA: embedded }), true)).close();
  for (const template of TEMPLATES) {
    rmSync(join(embedded, 'pglite', 'base', template), { recursive: true });
    mkdirSync(join(embedded, 'pglite', 'base', template));
  }
  const cluster = missing() === null ? makeCluster(servers) : '';
  if (cluster !== '') {
    const server = await startServer({ data: cluster });
    await makeTemplate(server);
    await server.stop();
  }
  Object.assign(process.env, {
    // Hundreds of processes load the same modules.
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    NODE_OPTIONS: compilingOnce(folder),
    TMPDIR: scratchFolder,
    PYTHON: rememberingInterpreter(mkdtempSync(join(folder, 'forked-')), forkServer.socket),
    QUEUE_TEST_STARTED: rememberingInterpreter(mkdtempSync(join(folder, 'started-'))),
    QUEUE_TEST_EMBEDDED: embedded,
    QUEUE_TEST_CLUSTER: cluster,
  });
  const names = readdirSync(TESTS).filter((name) => name.endsWith('.test.js'));
  const first = LONG.map((name) => `${name}.test.js`).filter((name) => names.includes(name));
  await bundle(
    names.map((name) => join(TESTS, name)),
    bundles,
  );
  const files = [...new Set([...first, ...names])].map((name) => join(bundles, name));
  const tests = run({ files, concurrency: AT_ONCE, timeout: PATIENCE_MILLISECONDS });
  tests.on('test:fail', ({ todo }) => {
    process.exitCode = todo ? process.exitCode : 1;
  });
  await pipeline(process.stdout.isTTY ? tests.compose(new spec()) : tests.compose(tap), process.stdout, { end: false });
} finally {
  await forkServer.stop();
  rmSync(folder, { recursive: true, force: true });
  rmSync(servers, { recursive: true, force: true });
  rmSync(bundles, { recursive: true, force: true });
}
