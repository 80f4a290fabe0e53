/** Scores that are made anew: whose words go on to count, what is shown meanwhile, and that nothing is paid for twice. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { overviewOf } from '../src/commands/overview.js';
import { scoreAnew } from '../src/commands/score.js';
import type { Outcome } from '../src/documents/documents.js';
import { createQueues } from '../src/pgboss.js';
import { failScoring, openScoring, queueScorings, scoringConfigOf } from '../src/runs/scorings.js';
import { applyOverrides } from '../src/scoring/overrides.js';
import { reportOf } from '../src/scoring/report.js';
import { makeCurrent, openScoringById, storeScores } from '../src/scoring/rows.js';
import { scoresOf } from '../src/scoring/status.js';
import { runText } from '../src/view/run-text.js';
import { bench, type Rig, until } from './support/rig.js';

const made = bench();
const { onBoth, onEither } = made;

const SCALE = {
  kind: 'labels' as const,
  labels: [
    { label: 'Agree', score: 5 },
    { label: 'Disagree', score: 1 },
  ],
};
const NEVER = new AbortController().signal;

/** A run that has ended with so many answers, and of which no score is there. */
async function answered(
  rig: Rig,
  answers: number,
  others: object = {},
  answer = 'Agree',
): Promise<{ runId: string; ids: string[] }> {
  const { db, boss } = rig.database;
  await createQueues(boss, rig.settings);
  const runId = await rig.start({ scale: SCALE, samples: answers, ...others });
  await sql`UPDATE probe_results SET status = 'SUCCEEDED' WHERE run_id = ${runId}`.execute(db);
  await sql`UPDATE runs SET status = 'COMPLETED', completed_at = now() WHERE id = ${runId}`.execute(db);
  const content = { schemaVersion: 1, turns: [{ turnNumber: 1, probePrompt: 'Is it?', targetResponse: answer }] };
  const { rows } = await sql<{ id: string }>`
    INSERT INTO transcripts (run_id, scenario_id, model_id, sample_index, definition_snapshot, content, turn_count,
      input_tokens, output_tokens, started_at, completed_at, duration_ms)
    SELECT run_id, scenario_id, model_id, sample_index, '{}', ${JSON.stringify(content)}::jsonb, 1, 1, 1, now(), now(), 1
    FROM probe_results WHERE run_id = ${runId} ORDER BY sample_index RETURNING id`.execute(db);
  return { runId, ids: rows.map(({ id }) => id) };
}

function outcome(id: string, others: Partial<Outcome> = {}): Outcome {
  return {
    index: 0,
    id,
    class: 'exact',
    rule: 'whole_answer',
    score: 5,
    label: 'Agree',
    rawScore: 5,
    rawLabel: 'Agree',
    span: null,
    orientation: 'normal',
    parserVersion: '1',
    answerSha256: null,
    ...others,
  };
}

async function open({ database: { db } }: Rig, runId: string, config?: { scale: object }): Promise<string> {
  const id = await db
    .transaction()
    .execute((trx) => openScoring(trx, runId, config as Parameters<typeof openScoring>[2]));
  assert.ok(id !== null);
  return id;
}

async function fail({ database: { db, boss } }: Rig, id: string): Promise<void> {
  const error = { code: 'UNKNOWN', message: 'no luck', retryable: false, details: null } as const;
  await db.transaction().execute((trx) => failScoring(trx, boss, id, error));
}

/** What a person says of an answer. */
async function say(rig: Rig, runId: string, id: string, who: string, scale = SCALE): Promise<void> {
  const manual = outcome(id, { class: 'manual', rule: 'override', score: 1 });
  await applyOverrides(rig.database, runId, scale, [{ outcome: manual, reason: 'so it is', who }], NEVER);
}

/** Whose words count for each answer once a scoring has read it, or would, of one that is open. */
async function wordsIn({ database: { db } }: Rig, scoringId: string): Promise<Record<string, string | null>> {
  const rows = await db
    .selectFrom('scores')
    .select(['transcript_id', 'who'])
    .where('scoring_id', '=', scoringId)
    .where('class', '=', 'manual')
    .where('status', '!=', 'SUPERSEDED')
    .execute();
  return Object.fromEntries(rows.map(({ transcript_id: id, who }) => [id, who]));
}

onBoth(
  'what people say while a scoring is open outlives that scoring, replaced or failed, and the last word counts',
  async (rig) => {
    const { db } = rig.database;
    const { runId, ids } = await answered(rig, 2);
    const [a = '', b = ''] = ids;
    await open(rig, runId);
    await say(rig, runId, a, 'ann');
    const replaced = await open(rig, runId);
    assert.deepEqual(await wordsIn(rig, replaced), { [a]: 'ann' });
    await say(rig, runId, b, 'ben');
    await fail(rig, replaced);
    const third = await open(rig, runId);
    assert.deepEqual(await wordsIn(rig, third), { [a]: 'ann', [b]: 'ben' });
    const scoring = await openScoringById(db, third);
    assert.ok(scoring !== null);
    await storeScores(
      db,
      scoring,
      ids.map((id) => outcome(id)),
    );
    await db.transaction().execute((trx) => makeCurrent(trx, scoring, null));
    const { rows: current } = await sql<{ who: string }>`
    SELECT who FROM scores WHERE status = 'CURRENT' ORDER BY who`.execute(db);
    assert.deepEqual(current, [{ who: 'ann' }, { who: 'ben' }]);
    // Said of what counts by now, after what a scoring that failed has kept.
    const failed = await open(rig, runId);
    await fail(rig, failed);
    await say(rig, runId, a, 'cat');
    assert.deepEqual(await wordsIn(rig, await open(rig, runId)), { [a]: 'cat', [b]: 'ben' });
    const other = await open(rig, runId, { scale: { kind: 'numbers', min: 0, max: 9 } });
    assert.deepEqual(await wordsIn(rig, other), {}, 'they say nothing on another scale');
  },
);

onEither('what is said beside scores that stand is said on their scale, whatever failed since', async (rig) => {
  const { db } = rig.database;
  const { runId, ids } = await answered(rig, 1);
  const [id = ''] = ids;
  const first = await openScoringById(db, await open(rig, runId));
  assert.ok(first !== null);
  await storeScores(db, first, [outcome(id)]);
  await db.transaction().execute((trx) => makeCurrent(trx, first, null));
  await fail(rig, await open(rig, runId, { scale: { kind: 'numbers', min: 0, max: 9 } }));
  const said = (score: number) => ({ where: 'line 2', probe: id, score, reason: 'so it is', who: 'ann' });
  const asking = { run: runId, scale: null, judge: null };
  await assert.rejects(scoreAnew(rig.database, rig.settings, { ...asking, overrides: [said(7)] }), /UsageError/);
  await scoreAnew(rig.database, rig.settings, { ...asking, overrides: [said(1)] });
  const { rows } = await sql<{
    label: string;
  }>`SELECT label FROM scores WHERE status = 'CURRENT' AND class = 'manual'`.execute(db);
  assert.deepEqual(rows, [{ label: 'Disagree' }]);
  await assert.rejects(say(rig, runId, id, 'ben', { ...SCALE, labels: [] }), /on another scale by now/);
});

onEither('an override of an answer that came after the scores has the answers scored anew', async (rig) => {
  const { db } = rig.database;
  const { runId, ids } = await answered(rig, 2);
  const [scored = '', late = ''] = ids;
  const first = await openScoringById(db, await open(rig, runId));
  assert.ok(first !== null);
  await storeScores(db, first, [outcome(scored)]);
  await db.transaction().execute((trx) => makeCurrent(trx, first, null));
  await sql`UPDATE runs SET status = 'CANCELLED' WHERE id = ${runId}`.execute(db);
  const said = (probe: string) => ({ where: 'line 2', probe, score: 1, reason: 'so it is', who: 'ann' });
  const score = (probe: string): Promise<string> =>
    scoreAnew(rig.database, rig.settings, { run: 'a run', scale: null, judge: null, overrides: [said(probe)] });
  assert.match(await score(scored), /^1 override of a run counts\n/);
  assert.match(await score(late), /^2 answers of a run are scored anew, with 1 override,/);
  const { rows } = await sql<{ id: string }>`SELECT id FROM scorings WHERE status = 'OPEN'`.execute(db);
  assert.deepEqual(await wordsIn(rig, rows[0]?.id ?? ''), { [scored]: 'ann', [late]: 'ann' });
});

onBoth('a scoring is not ordered while another of the same run is worked on', async (rig) => {
  const { db } = rig.database;
  const { runId } = await answered(rig, 1);
  const ordered = async (): Promise<string[]> => {
    await queueScorings(rig.database);
    const { rows } = await sql<{ scoring: string }>`
      SELECT data ->> 'scoringId' AS scoring FROM probe_queue.job
      WHERE name = 'score_answers' AND state < 'completed' ORDER BY created_on`.execute(db);
    return rows.map(({ scoring }) => scoring);
  };
  const first = await open(rig, runId);
  assert.deepEqual(await ordered(), [first]);
  await sql`UPDATE probe_queue.job SET state = 'active' WHERE name = 'score_answers'`.execute(db);
  const second = await open(rig, runId);
  assert.deepEqual(await ordered(), [first], 'its questions are on the wire');
  await sql`UPDATE probe_queue.job SET state = 'completed' WHERE name = 'score_answers'`.execute(db);
  assert.deepEqual(await ordered(), [second]);
});

onEither('a judge that may say as much as its model can is asked so', async (rig) => {
  const judge = { modelId: 'gpt-4o-mini', instructions: 'You judge.', modelConfig: { maxTokens: null } };
  const { runId } = await answered(rig, 1, { judge });
  const config = await scoringConfigOf(rig.database.db, runId);
  const { modelConfig } = { ...config?.judge } as { modelConfig?: object };
  assert.deepEqual(modelConfig, judge.modelConfig);
  assert.deepEqual(Object.keys(config ?? {}).sort(), ['judge', 'scale'], 'what is not given is left out');
});

onEither('while a run is scored anew, status says how many answers the new scoring has read', async (rig) => {
  const { db } = rig.database;
  const { runId, ids } = await answered(rig, 2);
  for (const read of [ids, ids.slice(1)]) {
    const scoring = await openScoringById(db, await open(rig, runId));
    assert.ok(scoring !== null);
    await storeScores(
      db,
      scoring,
      read.map((id) => outcome(id)),
    );
    if (read === ids) {
      await db.transaction().execute((trx) => makeCurrent(trx, scoring, null));
    }
  }
  const text = runText(await overviewOf(db, runId));
  assert.match(text, /scores: being made, 1 of 2 answers/);
  assert.match(text, /gpt-4o +2 +0 +0 +0 +0/, 'what was there goes on to count');
});

onEither('of many answers that were judged some are looked at, and all are counted', async (rig) => {
  const { db } = rig.database;
  const judge = { modelId: 'gpt-4o-mini~decide=Disagree', instructions: 'You judge.' };
  const { runId } = await answered(rig, 2, { judge }, 'Who knows.');
  const id = await open(rig, runId);
  const handler = rig.handler();
  await until(async () => (await scoresOf(db, runId))?.status === 'CURRENT', 'the verdicts');
  await rig.stop(handler);
  const { config } = await db.selectFrom('scorings').select('config').where('id', '=', id).executeTakeFirstOrThrow();
  const report = await reportOf(db, { id, runId, config }, NEVER, 1);
  assert.deepEqual([report.judged, report.judge?.asked], [2, 1]);
  await db
    .updateTable('scorings')
    .set({ report: JSON.stringify(report) })
    .execute();
  assert.match(
    runText(await overviewOf(db, runId)),
    /judged by gpt-4o-mini\S*: 2 answers; of 1 that were looked at: 1 verdicts/,
  );
});
