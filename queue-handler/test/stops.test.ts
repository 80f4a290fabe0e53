/** A failure that says that every other call must fail in the same way: for a provider, or for one model of it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { retryFailed } from '../src/runs/lifecycle.js';
import { interpreter } from '../src/workers/interpreter.js';
import { PRELUDE } from './support/fakes.js';
import { Interpreter } from './support/interpreter.js';
import { bench } from './support/rig.js';

const made = bench();
const { onBoth } = made;

// One upstream behind a gateway has an empty account; each process says so once for each job that it was given.
const GATEWAY = `${PRELUDE}
for job in jobs():
    if job["modelId"] == "gpt-4o":
        say({"success": False, "jobId": job["jobId"], "error": {"message": "the account is empty", "code": "QUOTA_EXCEEDED",
             "retryable": False, "details": None, "provider": "openai", "stopsModel": True}})
        with open(os.path.join(os.path.dirname(__file__), "refused"), "a") as file:
            file.write(str(os.getpid()) + "\\n")
    else:
        say(document(job))
`;

onBoth(
  'one model behind a gateway that has no credit is stopped, and the others of its provider go on',
  async (rig) => {
    const folder = made.folder();
    writeFileSync(join(folder, 'gateway.py'), GATEWAY);
    const real = interpreter();
    const between = new Interpreter(folder);
    try {
      between.trick('probe.py', `exec '${real}' '${join(folder, 'gateway.py')}'`);
      const scenarios = Array.from({ length: 6 }, (_, index) => ({ id: `s${index}`, prompt: `Scenario ${index}?` }));
      const runId = await rig.start({ models: ['gpt-4o', 'gpt-4o-mini'], scenarios });
      await rig.finish(runId, { providerConcurrency: 1 });
      const probes = await rig.probes(runId);
      const of = (model: string): string[] =>
        probes
          .filter(({ model_id }) => model_id === model)
          .map(({ status, error }) => `${status} ${error?.attempts ?? ''}`);
      assert.deepEqual(of('gpt-4o-mini'), Array(6).fill('SUCCEEDED '));
      // One was asked.
      assert.deepEqual(of('gpt-4o').sort(), ['FAILED ', ...Array(5).fill('FAILED 0')]);
      const stops = await rig.database.db.selectFrom('provider_stops').select(['provider', 'model_id']).execute();
      assert.deepEqual(stops, [{ provider: 'openai', model_id: 'gpt-4o' }]);
      // The account has been filled.
      between.behave('probe.py');
      assert.equal(await retryFailed(rig.database, runId), 6);
      await rig.finish(runId);
      assert.ok((await rig.probes(runId)).every(({ status }) => status === 'SUCCEEDED'));
    } finally {
      between.restore();
    }
  },
);
