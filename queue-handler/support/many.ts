/** A run with very many answers, written by SQL: to see what takes how long where there is a lot. */
import { sql } from 'kysely';
import type { Db } from '../src/database/connect.js';
import { takingLong } from '../src/database/time-limit.js';

export interface Size {
  scenarios: number;
  models: number;
  samples: number;
}

const WORDS =
  'the boat a child could reach only one answer would save because nobody else stands near it and then support option ' +
  'friend stranger duty lives count more than harm we must weigh each promise honestly rescue harbour signal judgement';
const SENTENCES = 3_000;
const WORDS_OF_SENTENCE = 14;
const SENTENCES_OF_ANSWER = 18;

/** @returns the ID of the run: every tenth probe failed, and every answer has its score. */
export async function fillMany(pool: Db, { scenarios, models, samples }: Size): Promise<string> {
  const runId = '5eed0000-0000-4000-8000-000000000001';
  const definitionId = '5eed0000-0000-4000-8000-000000000002';
  const labels = ['Strongly support A', 'Somewhat support A', 'Neutral', 'Somewhat support B', 'Strongly support B'];
  const scale = { kind: 'labels', labels: labels.map((label, index) => ({ label, score: 5 - index })) };
  const config = {
    models: Array.from({ length: models }, (_, index) => ({ modelId: `model-${index}`, provider: 'openai' })),
    samples,
    retryLimit: 3,
    config: {},
    scale,
    turn: 'first',
  };
  await takingLong(() =>
    pool.connection().execute(async (db) => {
      await sql`SELECT setseed(0.5)`.execute(db);
      await sql`CREATE TEMP TABLE sentences AS SELECT number, string_agg(word, ' ') || ' ' || number || '.' AS sentence FROM (
      SELECT number, (regexp_split_to_array(${WORDS}, ' '))[1 + floor(random() * 40)::int] AS word
      FROM generate_series(1, ${SENTENCES}::int) number, generate_series(1, ${WORDS_OF_SENTENCE}::int) place) words
      GROUP BY number`.execute(db);
      await sql`CREATE INDEX ON sentences (number)`.execute(db);
      await sql`INSERT INTO definitions (id, name, content) VALUES (${definitionId}, 'many', '{}')`.execute(db);
      await sql`INSERT INTO runs (id, definition_id, name, status, config, started_at, completed_at)
      VALUES (${runId}, ${definitionId}, 'many', 'COMPLETED', ${JSON.stringify(config)}::jsonb, now() - interval '1 hour', now())`.execute(
        db,
      );
      await sql`INSERT INTO scenarios (id, definition_id, key, position, content)
      SELECT gen_random_uuid(), ${definitionId}, 'scenario-' || number, number, jsonb_build_object(
        'name', 'Scenario ' || number, 'prompt', 'Which boat? Number ' || number,
        'dimensions', jsonb_build_object('Distance', CASE number % 2 WHEN 0 THEN 'near' ELSE 'far' END),
        'orientation', CASE number % 2 WHEN 0 THEN 'normal' ELSE 'flipped' END)
      FROM generate_series(1, ${scenarios}::int) number`.execute(db);
      await sql`INSERT INTO probe_results (run_id, scenario_id, model_id, provider, sample_index, status, error, position)
      SELECT ${runId}, s.id, 'model-' || model, 'openai', sample,
        CASE WHEN (s.position + model + sample) % 10 = 0 THEN 'FAILED' ELSE 'SUCCEEDED' END,
        CASE WHEN (s.position + model + sample) % 10 = 0
          THEN jsonb_build_object('code', 'RATE_LIMIT', 'message', 'too many', 'retryable', true, 'details', null) END,
        row_number() OVER ()
      FROM scenarios s, generate_series(0, ${models}::int - 1) model, generate_series(0, ${samples}::int - 1) sample
      WHERE s.definition_id = ${definitionId}`.execute(db);
      await sql`INSERT INTO transcripts (run_id, scenario_id, model_id, model_version, sample_index, definition_snapshot, content,
        turn_count, input_tokens, output_tokens, cost_snapshot, started_at, completed_at, duration_ms)
      SELECT p.run_id, p.scenario_id, p.model_id, p.model_id || '-2026', p.sample_index, jsonb_build_object('name', 'many'),
        jsonb_build_object('schemaVersion', 1, 'turns', (SELECT jsonb_agg(jsonb_build_object('turnNumber', turn,
          'promptLabel', CASE turn WHEN 1 THEN 'scenario_prompt' ELSE 'followup_1' END, 'probePrompt', 'Which boat? ' || turn,
          'targetResponse', ${sql.raw(`(CASE turn WHEN 1 THEN 'Strongly support A. ' ELSE '' END)`)} || (
            SELECT string_agg(sentence, ' ') FROM sentences
            WHERE number IN (SELECT 1 + floor(random() * ${SENTENCES} + p.position * 0)::int
              FROM generate_series(1, ${SENTENCES_OF_ANSWER}::int))),
          'inputTokens', 40, 'outputTokens', 350, 'providerMetadata', jsonb_build_object('provider', 'openai',
            'model', p.model_id, 'modelVersion', p.model_id || '-2026', 'truncated', p.position % 50 = 0,
            'finishReason', CASE WHEN p.position % 50 = 0 THEN 'length' WHEN p.position % 33 = 0 THEN 'refusal' ELSE 'stop' END,
            'rawFinishReason', 'stop', 'requestId', gen_random_uuid(), 'reasoningTokens', 0, 'cachedInputTokens', 0,
            'requested', '{}'::jsonb, 'sent', '{}'::jsonb, 'dropped', '[]'::jsonb, 'attempts', 1, 'durationMs', 900))
          ) FROM generate_series(1, 2) turn)),
        2, 80, 700, jsonb_build_object('currency', 'USD', 'totalCost', 0.01), now(), now(), 1800
      FROM probe_results p WHERE p.run_id = ${runId} AND p.status = 'SUCCEEDED'`.execute(db);
      const scoringId = '5eed0000-0000-4000-8000-000000000003';
      await sql`INSERT INTO scorings (id, run_id, config, status, completed_at)
      VALUES (${scoringId}, ${runId}, ${JSON.stringify({ scale, turn: 'first' })}::jsonb, 'CURRENT', now())`.execute(
        db,
      );
      await sql`INSERT INTO scores (scoring_id, run_id, transcript_id, status, scorer_version, class, score, label, span_start,
        span_end, orientation, details)
      SELECT ${scoringId}, t.run_id, t.id, 'CURRENT', '1', 'exact', score, (${labels}::text[])[6 - score], 0, 18, 'normal', '{}'
      FROM (SELECT *, 1 + floor(random() * 5)::int AS score FROM transcripts WHERE run_id = ${runId}) t`.execute(db);
      await sql`DROP TABLE sentences`.execute(db);
      for (const table of ['scenarios', 'probe_results', 'transcripts', 'scores']) {
        await sql`ANALYZE ${sql.table(table)}`.execute(db);
      }
    }),
  );
  return runId;
}
