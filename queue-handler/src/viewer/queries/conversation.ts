/** One conversation with everything that is known of it. */
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../database/schema.js';
import { takingLong } from '../../database/time-limit.js';
import type { AttemptError, NotAsked, PartialTranscript, ProbeStatus, StoredScenario } from '../../model.js';
import { pages } from '../../runs/pages.js';
import { isTurned } from '../../scoring/transcripts.js';
import type { ConversationAnswer, ConversationsAnswer, Place, Score, Told } from '../api.js';
import { moment } from './moment.js';
import type { Known } from './run.js';

// Probes whose sizes are looked up at a time.
const LISTED = 200;

interface ProbeRow {
  id: string;
  scenario_id: string;
  key: string;
  scenario: StoredScenario;
  model_id: string;
  sample_index: number;
  provider: string;
  status: ProbeStatus;
  error: AttemptError | null;
  not_asked: NotAsked | null;
  failures: number;
  crashes: number;
  partial: PartialTranscript | null;
}

interface ScoreRow extends Omit<Score, 'span' | 'rule' | 'verdicts' | 'replaced'> {
  span_start: number | null;
  span_end: number | null;
  details: { rule?: string; verdicts?: Score['verdicts'] };
  replaced: (NonNullable<Score['replaced']> & { span: Score['span'] }) | null;
}

/** Null where there is no such probe. */
export async function conversationOf(db: Db, run: Known, place: Place): Promise<ConversationAnswer | null> {
  const [found] = await conversationsOf(
    db,
    run,
    sql<boolean>`s.key = ${place.scenario} AND p.model_id = ${place.model} AND p.sample_index = ${place.sample}`,
  );
  return found ?? null;
}

/** Some of a run, in the order in which they are asked, from behind a position on. A bounded number, and size. */
export async function conversationsAfter(db: Db, run: Known, after: number): Promise<ConversationsAnswer> {
  const { rows: listed } = await sql<{ position: number; bytes: number | null }>`
    SELECT p.position, sum(pg_column_size(t.content))::int AS bytes
    FROM probe_results p LEFT JOIN transcripts t ON t.run_id = p.run_id AND t.scenario_id = p.scenario_id
      AND t.model_id = p.model_id AND t.sample_index = p.sample_index
    WHERE p.run_id = ${run.id} AND p.position > ${after}
    GROUP BY p.position ORDER BY p.position LIMIT ${LISTED}`.execute(db);
  const [page] = pages(listed);
  const last = page?.at(-1)?.position;
  if (last === undefined) {
    return { conversations: [], next: null };
  }
  const conversations = await takingLong(() =>
    conversationsOf(db, run, sql<boolean>`p.position > ${after} AND p.position <= ${last}`),
  );
  return { conversations, next: last + 1 };
}

/** @param which a condition on the probe p and its scenario s. */
async function conversationsOf(db: Db, run: Known, which: RawBuilder<boolean>): Promise<ConversationAnswer[]> {
  const { rows: probes } = await sql<ProbeRow>`
    SELECT p.id, p.scenario_id, s.key, s.content AS scenario, p.model_id, p.sample_index, p.provider, p.status, p.error,
      p.not_asked, p.failures, p.crashes, p.partial
    FROM probe_results p JOIN scenarios s ON s.id = p.scenario_id
    WHERE p.run_id = ${run.id} AND ${which} ORDER BY p.position`.execute(db);
  const { rows } = await sql<Omit<Told, 'score'> & { probe: string; score: ScoreRow | null }>`
    SELECT probe.id AS probe, t.id, t.model_version AS "modelVersion", t.content -> 'turns' AS turns,
      t.input_tokens::float8 AS "inputTokens",
      t.output_tokens::float8 AS "outputTokens", t.reasoning_tokens::float8 AS "reasoningTokens", t.cost_snapshot AS cost,
      t.warnings, ${moment('t.started_at')} AS "startedAt", ${moment('t.completed_at')} AS "completedAt",
      t.duration_ms::float8 AS "durationMs", ${moment('t.superseded_at')} AS "supersededAt",
      t.superseded_because AS "supersededBecause", t.reused,
      (SELECT jsonb_build_object('class', x.class, 'score', x.score, 'label', x.label, 'rawScore', x.raw_score,
          'rawLabel', x.raw_label, 'span_start', x.span_start, 'span_end', x.span_end, 'orientation', x.orientation,
          'scorerVersion', x.scorer_version, 'answerSha256', x.answer_sha256, 'details', x.details, 'who', x.who,
          'reason', x.reason, 'replaced', CASE WHEN m.id IS NOT NULL THEN jsonb_build_object('class', m.class,
            'score', m.score, 'label', m.label, 'span', CASE WHEN m.span_start IS NOT NULL
              THEN jsonb_build_object('start', m.span_start, 'end', m.span_end) END) END)
        FROM scores x LEFT JOIN scores m ON m.id = x.replaces
        WHERE x.transcript_id = t.id AND x.status = 'CURRENT') AS score
    FROM unnest(${probes.map(({ id }) => id)}::uuid[], ${probes.map((probe) => probe.scenario_id)}::uuid[],
        ${probes.map((probe) => probe.model_id)}::text[], ${probes.map((probe) => probe.sample_index)}::int[])
      AS probe (id, scenario_id, model_id, sample_index)
    JOIN transcripts t ON t.run_id = ${run.id} AND t.scenario_id = probe.scenario_id AND t.model_id = probe.model_id
      AND t.sample_index = probe.sample_index
    ORDER BY t.superseded_at DESC NULLS FIRST, t.id`.execute(db);
  const told = Object.groupBy(rows, ({ probe }) => probe);
  return probes.map((probe) =>
    conversation(
      run,
      probe,
      (told[probe.id] ?? []).map(({ probe: _, score, ...row }) => ({ ...row, score: score && scoreOf(score) })),
    ),
  );
}

function conversation(run: Known, probe: ProbeRow, all: Told[]): ConversationAnswer {
  const { scenario } = probe;
  return {
    place: { run: run.id, scenario: probe.key, model: probe.model_id, sample: probe.sample_index },
    probe: probe.id,
    run: {
      id: run.id,
      name: run.name,
      status: run.status,
      scale: run.scale,
      saidOn: run.saidOn,
      turn: run.turn,
      scored: run.scored,
    },
    scenario: {
      name: scenario.name ?? null,
      prompt: scenario.prompt,
      preamble: scenario.preamble ?? null,
      dimensions: scenario.dimensions ?? {},
      orientation: scenario.orientation ?? null,
      turned: isTurned(scenario),
      family: scenario.family ?? null,
      pair: scenario.pairId ?? null,
    },
    provider: probe.provider,
    modelConfig: run.config.models.find(({ modelId }) => modelId === probe.model_id)?.modelConfig ?? null,
    state: probe.status,
    error: probe.error,
    notAsked: probe.not_asked,
    failures: probe.failures,
    crashes: probe.crashes,
    told: all.find(({ supersededAt }) => supersededAt === null) ?? null,
    partial: probe.partial?.turns ?? [],
    earlier: all.filter(({ supersededAt }) => supersededAt !== null),
    models: run.config.models.map(({ modelId }) => modelId),
    samples: run.config.samples,
  };
}

function scoreOf({ span_start, span_end, details, replaced, ...score }: ScoreRow): Score {
  const own = span_start === null || span_end === null ? null : { start: span_start, end: span_end };
  return {
    ...score,
    rule: details.rule ?? null,
    verdicts: details.verdicts ?? [],
    // A person marks nothing: what the parser went by stays marked, and its score is named beside it.
    span: own ?? replaced?.span ?? null,
    replaced: replaced === null ? null : { class: replaced.class, score: replaced.score, label: replaced.label },
  };
}

/** Where a transcript belongs; null where there is none of this ID. */
export async function placeOf(db: Db, transcript: string): Promise<Place | null> {
  const { rows } = await sql<Place>`
    SELECT t.run_id AS run, s.key AS scenario, t.model_id AS model, t.sample_index AS sample
    FROM transcripts t JOIN scenarios s ON s.id = t.scenario_id WHERE t.id = ${transcript}`.execute(db);
  return rows[0] ?? null;
}
