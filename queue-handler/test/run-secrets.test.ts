/** A key that is in use does not get into a run: its texts are asked of strangers, stored and shown. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { UsageError } from '../src/errors.js';
import { registerSecrets } from '../src/redaction.js';
import { createRun } from '../src/runs/create.js';
import { checkRunFile } from '../src/runs/run-file.js';
import { Queue } from './support/cli.js';
import { bench, until } from './support/rig.js';

const made = bench();

const KEY = 'sk-proj-Zq7RkT2mVx9LbN4cWd8HsJ6pYf3GaUe5KiOo1MnB';
registerSecrets({ ANTHROPIC_API_KEY: KEY, PGPASSWORD: 'postgres', MISTRAL_API_KEY: 'anything' });

const file = (scenario: object, others: object = {}): object => ({
  name: 'x',
  definition: { scenarios: [{ id: 's', prompt: 'p', ...scenario }] },
  models: ['gpt-4o'],
  ...others,
});

// attack (run file): a key that is in use stands in a question, and is sent to every provider of the run
test('a key in any text of a run is refused with the name of the field, and is not repeated', () => {
  const tail =
    'holds a key or a password that is in use here, in clear or encoded; take it out, and change it where others have seen this file';
  for (const [run, field] of [
    [file({ prompt: `My key is ${KEY}, why?` }), 'definition.scenarios[0].prompt'],
    [file({ preamble: Buffer.from(KEY).toString('base64') }), 'definition.scenarios[0].preamble'],
    [file({ followups: [{ prompt: 'a' }, { label: KEY, prompt: 'b' }] }), 'definition.scenarios[0].followups[1].label'],
    [file({ dimensions: { [KEY]: 1 } }), 'definition.scenarios[0].dimensions.[redacted]'],
    [file({}, { name: encodeURIComponent(`<${KEY}>`) }), 'name'],
    [
      file({}, { models: [{ modelId: 'm', modelConfig: { headers: { authorization: `Bearer ${KEY}` } } }] }),
      'models[0].modelConfig.headers.authorization',
    ],
  ] as const) {
    assert.throws(
      () => checkRunFile(run, 'F'),
      (error: Error) => {
        assert.ok(error instanceof UsageError);
        assert.equal(error.message, `F: ${field}: ${tail}`);
        return true;
      },
    );
  }
});

test('words and stock defaults that serve as keys stand in questions as ever', () => {
  checkRunFile(file({ prompt: 'Does postgres need a password for anything?' }));
});

made.onBoth(
  'words and stock defaults that serve as keys edit no answer and no analysis in the database',
  async (rig) => {
    registerSecrets({ ADMIN_PASSWORD: 'hunter2' });
    const prompt = 'Is hunter2 a better password than postgres, or anything?';
    const runId = await rig.start({ scenarios: [{ id: 'postgres hunter2', prompt }] });
    const handler = rig.handler();
    await rig.ended(runId);
    const { db } = rig.database;
    const transcript = await db
      .selectFrom('transcripts')
      .selectAll()
      .where('run_id', '=', runId)
      .executeTakeFirstOrThrow();
    assert.equal(transcript.content.turns[0]?.probePrompt, prompt);
    assert.ok(transcript.content.turns[0]?.targetResponse.includes('hunter2'));
    await until(
      async () => (await db.selectFrom('analysis_results').select('id').execute()).length > 0,
      'the analysis',
    );
    await rig.stop(handler);
    const { output } = await db.selectFrom('analysis_results').select('output').executeTakeFirstOrThrow();
    assert.ok(JSON.stringify(output).includes('postgres hunter2'));
  },
);

made.onBoth('a run that got past its caller is refused where it would be stored', async (rig) => {
  const run = checkRunFile(file({})) as Parameters<typeof createRun>[1];
  run.definition.name = KEY;
  await assert.rejects(createRun(rig.database.db, run), /^UsageError: the run: definition\.name: holds a key/);
  assert.deepEqual(await rig.database.db.selectFrom('definitions').select('id').execute(), []);
});

test('start refuses the file by the keys of its own environment and by those of the handler that it asks', async () => {
  const path = join(made.folder(), 'run.json');
  writeFileSync(path, JSON.stringify(file({ prompt: `what is ${KEY}?` })));
  const env: NodeJS.ProcessEnv = { ...process.env, ...made.simulator.env, LOG_LEVEL: 'info' };
  delete env.ANTHROPIC_API_KEY;
  const handlers = new Queue({ ...env, QUEUE_DATA: await made.dataFolder(), ANTHROPIC_API_KEY: KEY });
  const callers = new Queue({ ...env, QUEUE_DATA: handlers.env.QUEUE_DATA });
  try {
    for (const [queue, field] of [
      [handlers, `${path}: definition.scenarios[0].prompt`],
      [callers, 'the run: definition.scenarios[0].prompt'],
    ] as const) {
      if (queue === callers) {
        const work = handlers.begin('work');
        await until(() => work.said.stderr.includes('the handler takes jobs'), 'the start of the handler');
      }
      const { code, stderr, stdout } = await queue.run('start', path);
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.ok(stderr.includes(`${field}: holds a key or a password that is in use here`), stderr);
      assert.ok(!stderr.includes(KEY));
    }
  } finally {
    await handlers.close();
    await callers.close();
  }
});
