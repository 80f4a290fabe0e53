/**
 * `npm test`: makes once what every test file would make for itself (an empty embedded database, a PostgreSQL cluster), and
 * runs the test files with it. To make one takes five seconds of the processor; to copy one takes none.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../../src/database/connect.js';
import { makeCluster, missing, startServer } from '../../support/postgres.js';
import { COMPILED_ONCE } from '../../support/process.js';
import { rememberingInterpreter } from './remembering.js';
import { testSettings } from './rig.js';
import { makeTemplate } from './template-database.js';

const TESTS = fileURLToPath(new URL('..', import.meta.url));

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
  const files = readdirSync(TESTS).filter((name) => name.endsWith('.test.js'));
  const runner = spawn(
    process.execPath,
    // The runner hands it on to the processes of the test files.
    [COMPILED_ONCE, '--test', ...process.argv.slice(2), ...files.map((name) => join(TESTS, name))],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        // Hundreds of processes load the same modules.
        NODE_COMPILE_CACHE: join(folder, 'compiled'),
        TMPDIR: scratchFolder,
        PYTHON: rememberingInterpreter(mkdtempSync(join(folder, 'answers-'))),
        QUEUE_TEST_EMBEDDED: embedded,
        QUEUE_TEST_CLUSTER: cluster,
      },
    },
  );
  process.exitCode = await new Promise<number>((done) => runner.once('exit', (code) => done(code ?? 1)));
} finally {
  rmSync(folder, { recursive: true, force: true });
  rmSync(servers, { recursive: true, force: true });
}
