/** What commands print: all of it or a failure, in bounded memory, and nothing that a terminal obeys. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { sql } from 'kysely';
import { takingLong } from '../src/database/time-limit.js';
import { pages } from '../src/runs/pages.js';
import { progressOf } from '../src/runs/progress.js';
import { steeringIn, terminalJson, terminalLines, terminalText } from '../src/terminal-text.js';
import { progressText } from '../src/view/progress-text.js';
import { Queue } from './support/cli.js';
import { bench, type Rig } from './support/rig.js';

const made = bench();
const { onBoth, onEither } = made;

/** Commands on the database of a rig, which is closed for them where it is the embedded one. */
async function commandsOn(rig: Rig, env: NodeJS.ProcessEnv = {}): Promise<Queue> {
  const { databaseUrl, dataFolder } = rig.settings;
  await rig.close();
  const { DATABASE_URL: _, ...others } = process.env;
  const url = databaseUrl === null ? {} : { DATABASE_URL: databaseUrl };
  return new Queue({ ...others, ...url, QUEUE_DATA: dataFolder, LOG_LEVEL: 'error', ...env });
}

/** Transcripts as a worker would have brought them, of this many bytes that do not compress. */
async function fill(rig: Rig, runId: string, bytes: number): Promise<void> {
  const answer = randomBytes(bytes).toString('base64').slice(0, bytes);
  await sql`
    INSERT INTO transcripts (run_id, scenario_id, model_id, sample_index, definition_snapshot, content, turn_count,
      input_tokens, output_tokens, started_at, completed_at, duration_ms)
    SELECT run_id, scenario_id, model_id, sample_index, '{}', jsonb_build_object('schemaVersion', 1, 'turns',
      jsonb_build_array(jsonb_build_object('targetResponse', p.id::text || ${answer}::text))),
      1, 1, 1, now(), now(), 1
    FROM probe_results p WHERE run_id = ${runId}::uuid`.execute(rig.database.db);
  await sql`UPDATE probe_results SET status = 'SUCCEEDED' WHERE run_id = ${runId}::uuid`.execute(rig.database.db);
}

onBoth('an export of more than fits into memory goes out whole', async (rig) => {
  const runId = await rig.start({ samples: 90 });
  await takingLong(() => fill(rig, runId, 1_000_000));
  // The text of all of them takes more than twice as much as the process may have.
  const queue = await commandsOn(rig, {
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --max-old-space-size=40`,
  });
  const { code, stdout, stderr } = await queue.shell(`queue export ${runId} | wc -lc`);
  assert.equal(code, 0, stderr);
  const [lines = 0, bytes = 0] = stdout.trim().split(/\s+/).map(Number);
  assert.equal(lines, 90);
  assert.ok(bytes > 90_000_000, `${bytes} bytes`);
});

test('a page is bounded by the bytes of its rows and by their number, and no row is left out', () => {
  const sizes = (bytes: (number | null)[]): number[] =>
    [...pages(bytes.map((size) => ({ bytes: size })))].map((page) => page.length);
  const half = 600 * 1024;
  assert.deepEqual(sizes([half, half, half]), [1, 1, 1]);
  assert.deepEqual(sizes([5, 5, 5_000_000, 5, 5]), [2, 1, 2]);
  assert.deepEqual(sizes(Array(250).fill(null)), [100, 100, 50]);
  assert.deepEqual(sizes([]), []);
});

test('output that cannot be written is said, and is a failure', {
  skip: !existsSync('/dev/full') && 'no /dev/full',
}, async () => {
  const rig = await made.rig('PGlite');
  const runId = await rig.start();
  const queue = await commandsOn(rig);
  for (const command of [`export ${runId}`, `status ${runId} --json`, 'status', '--help', '--version']) {
    for (const way of ['> /dev/full', '>&-']) {
      const { code, stderr } = await queue.shell(`queue ${command} ${way}`);
      assert.equal(code, 1, `${command} ${way}: ${stderr}`);
      assert.match(
        stderr,
        /^queue: stdout cannot be written \((ENOSPC|EBADF).*\): what the command was to show is lost/m,
      );
    }
  }
  // A handler writes nothing there, and a reader that has seen enough is no failure.
  assert.equal((await queue.shell('queue status >/dev/null')).code, 0);
  const head = await queue.shell(`queue export ${runId} | true; exit "\${PIPESTATUS[0]}"`);
  assert.deepEqual([head.code, head.stderr], [0, '']);
});

const HOSTILE = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202eevil\r\u2028';
// biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none
const STEERING = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

test('every character that a terminal obeys is written out, and all others stay', () => {
  assert.equal(terminalText('a\u001b[1m\n\u0085é€😀'), 'a\\u001b[1m\\u000a\\u0085é€😀');
  assert.equal(terminalLines('a\nb\u001b\t'), 'a\nb\\u001b\\u0009');
  assert.deepEqual([steeringIn('plain é'), steeringIn('x\u202e')], [null, 'U+202E']);
  const json = terminalJson(JSON.stringify({ [HOSTILE]: HOSTILE }));
  assert.doesNotMatch(json, STEERING);
  assert.deepEqual(JSON.parse(json), { [HOSTILE]: HOSTILE });
});

// attack (provider): an error text or a model name holds commands to the terminal of who reads it
onEither('what servers and models say reaches no terminal as commands to it', async (rig) => {
  const runId = await rig.start();
  const { db } = rig.database;
  await fill(rig, runId, 32);
  const error = JSON.stringify({ code: HOSTILE, message: HOSTILE, retryable: false }).replaceAll('\\u0000', '');
  await sql`UPDATE probe_results SET status = 'FAILED', error = ${error}::jsonb`.execute(db);
  await sql`INSERT INTO provider_stops (run_id, provider, error) VALUES (${runId}::uuid, 'openai', ${error}::jsonb)`.execute(
    db,
  );
  await sql`INSERT INTO handlers (id, host, pid, problem) VALUES (gen_random_uuid(), 'h', 1, ${HOSTILE})`.execute(db);
  await sql`UPDATE runs SET name = ${HOSTILE}`.execute(db);
  await sql`UPDATE transcripts SET content = ${JSON.stringify({ turns: [{ targetResponse: HOSTILE }] })}::jsonb`.execute(
    db,
  );
  const shown = progressText(await progressOf(db, runId));
  assert.doesNotMatch(shown, STEERING);
  assert.match(shown, /\\u001b\[2J/);
  const queue = await commandsOn(rig);
  for (const args of [
    ['status'],
    ['status', runId, '--json'],
    ['export', runId],
    ['resume', runId],
    ['retry-failed', runId],
    ['status', HOSTILE],
    ['start', HOSTILE],
    [HOSTILE],
  ]) {
    const { stdout, stderr } = await queue.run(...args);
    assert.doesNotMatch(stdout + stderr, STEERING, args.join(' '));
    assert.ok((stdout + stderr).length > 20);
  }
});
