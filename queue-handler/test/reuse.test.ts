/** Answers that are there already, and are taken over in place of a question that was asked before. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { exportRun } from '../src/runs/export.js';
import { progressOf } from '../src/runs/progress.js';
import { progressText } from '../src/view/progress-text.js';
import { bench, type Rig } from './support/rig.js';

const { onBoth, onEither } = bench();

const WHOLE = { id: 'whole', prompt: 'Is it right to lie?', followups: [{ prompt: 'Why?' }] };
const CUT = { id: 'cut', prompt: 'Is it right to steal? [[sim answer=length]]' };
const REFUSED = { id: 'refused', prompt: 'Is it right to cheat? [[sim answer=refusal]]' };
const FAILED = { id: 'failed', prompt: 'Is it right to kill? [[sim error=bad_request]]' };

interface Line {
  scenarioId: string;
  sampleIndex: number;
  transcriptId?: string;
  content?: object;
  costSnapshot?: { totalCost: number | null };
  reused?: { transcriptId: string; runId: string; completedAt: string };
}

async function exported(rig: Rig, runId: string): Promise<Line[]> {
  const lines = [];
  for await (const line of exportRun(rig.database.db, runId)) {
    lines.push(JSON.parse(line));
  }
  return lines;
}

/** What a run asks the provider, counted. */
async function asked(rig: Rig, asking: object): Promise<{ runId: string; requests: number }> {
  const before = (await rig.simulator.asked()).length;
  const runId = await rig.start({ samples: 1, scenarios: [WHOLE], ...asking });
  await rig.finish(runId);
  return { runId, requests: (await rig.simulator.asked()).length - before };
}

onBoth('what was asked before in the same bytes is taken over, and all else is asked', async (rig) => {
  const first = await asked(rig, { scenarios: [WHOLE, CUT, REFUSED, FAILED], samples: 2 });
  assert.equal(first.requests, 10);
  // A twin of a scenario is a question of its own: of one stored answer a run takes no second copy.
  const scenarios = [WHOLE, CUT, REFUSED, FAILED, { ...WHOLE, id: 'twin' }, { ...WHOLE, id: 'other', followups: [] }];
  const second = await asked(rig, { scenarios, samples: 3, reuse: true });
  // The third sample of the whole one, all of those that were cut off, refused or failed, the twin and the other one.
  assert.equal(second.requests, 2 + 3 + 3 + 3 + 6 + 3);
  const before = new Map((await exported(rig, first.runId)).map((line) => [line.transcriptId, line]));
  const reused = (await exported(rig, second.runId)).filter((line) => line.reused !== undefined);
  assert.deepEqual(
    reused.map(({ scenarioId, sampleIndex }) => [scenarioId, sampleIndex]),
    [
      ['whole', 0],
      ['whole', 1],
    ],
  );
  for (const line of reused) {
    const source = before.get(line.reused?.transcriptId);
    assert.equal(line.reused?.runId, first.runId);
    assert.deepEqual([line.sampleIndex, line.content], [source?.sampleIndex, source?.content]);
    assert.equal(line.costSnapshot?.totalCost, 0);
  }
  const progress = await progressOf(rig.database.db, second.runId);
  assert.equal(progress.models[0]?.reused, 2);
  assert.match(progressText(progress), /gpt-4o: 2 answers were there already, and cost nothing/);
  const { rows } = await sql<{ paid: string }>`
    SELECT sum(input_tokens)::text AS paid FROM transcripts WHERE run_id = ${second.runId} AND reused IS NULL`.execute(
    rig.database.db,
  );
  assert.equal(progress.models[0]?.inputTokens, Number(rows[0]?.paid));
});

onEither(
  'an answer is not taken over that is old, of another version of the model, or of none; nor without being asked for',
  async (rig) => {
    const { db } = rig.database;
    const first = await asked(rig, {});
    assert.equal((await asked(rig, {})).requests, 2);
    assert.equal((await asked(rig, { reuse: { days: 2 }, config: { temperature: 0.5 } })).requests, 2);
    // A run of which nothing is asked ends as any other; and what it took over is no source for others.
    const taken = await asked(rig, { reuse: { days: 2 } });
    assert.equal(taken.requests, 0);
    assert.equal(await rig.status(taken.runId), 'COMPLETED');
    await sql`UPDATE transcripts SET completed_at = completed_at - interval '3 days' WHERE run_id <> ${taken.runId}`.execute(
      db,
    );
    assert.equal((await asked(rig, { reuse: { days: 2 } })).requests, 2);
    await sql`UPDATE transcripts SET model_version = NULL WHERE completed_at > now() - interval '1 day'`.execute(db);
    assert.equal((await asked(rig, { reuse: { days: 2 } })).requests, 2);
    // The version that answered last is another than that of an answer that is there.
    await sql`UPDATE transcripts SET model_version = 'gpt-4o-1' WHERE run_id = ${first.runId}`.execute(db);
    await sql`DELETE FROM transcripts WHERE run_id <> ${first.runId} AND conversation_sha256 = (
    SELECT conversation_sha256 FROM transcripts WHERE run_id = ${first.runId})`.execute(db);
    assert.equal((await asked(rig, { reuse: { days: 30 } })).requests, 2);
  },
);
