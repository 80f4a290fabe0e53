/** One conversation with everything that is known of it. */
import { sql } from 'kysely';
import type { Db } from '../../database/schema.js';
import type { AttemptError, NotAsked, PartialTranscript, ProbeStatus, StoredScenario } from '../../model.js';
import { isTurned } from '../../scoring/transcripts.js';
import type { ConversationAnswer, Place, Score, Told } from '../api.js';
import { moment } from './moment.js';
import type { Known } from './run.js';

interface ProbeRow {
  id: string;
  scenario_id: string;
  scenario: StoredScenario;
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
  const { rows: probes } = await sql<ProbeRow>`
    SELECT p.id, p.scenario_id, s.content AS scenario, p.provider, p.status, p.error, p.not_asked, p.failures, p.crashes,
      p.partial
    FROM runs r JOIN scenarios s ON s.definition_id = r.definition_id AND s.key = ${place.scenario}
    JOIN probe_results p ON p.run_id = r.id AND p.scenario_id = s.id AND p.model_id = ${place.model}
      AND p.sample_index = ${place.sample}
    WHERE r.id = ${run.id}`.execute(db);
  const [probe] = probes;
  if (probe === undefined) {
    return null;
  }
  const { rows: told } = await sql<Omit<Told, 'score'> & { score: ScoreRow | null }>`
    SELECT t.id, t.model_version AS "modelVersion", t.content -> 'turns' AS turns, t.input_tokens::float8 AS "inputTokens",
      t.output_tokens::float8 AS "outputTokens", t.reasoning_tokens::float8 AS "reasoningTokens", t.cost_snapshot AS cost,
      t.warnings, ${moment('t.started_at')} AS "startedAt", ${moment('t.completed_at')} AS "completedAt",
      t.duration_ms::float8 AS "durationMs", ${moment('t.superseded_at')} AS "supersededAt",
      t.superseded_because AS "supersededBecause",
      (SELECT jsonb_build_object('class', x.class, 'score', x.score, 'label', x.label, 'rawScore', x.raw_score,
          'rawLabel', x.raw_label, 'span_start', x.span_start, 'span_end', x.span_end, 'orientation', x.orientation,
          'scorerVersion', x.scorer_version, 'answerSha256', x.answer_sha256, 'details', x.details, 'who', x.who,
          'reason', x.reason, 'replaced', CASE WHEN m.id IS NOT NULL THEN jsonb_build_object('class', m.class,
            'score', m.score, 'label', m.label, 'span', CASE WHEN m.span_start IS NOT NULL
              THEN jsonb_build_object('start', m.span_start, 'end', m.span_end) END) END)
        FROM scores x LEFT JOIN scores m ON m.id = x.replaces
        WHERE x.transcript_id = t.id AND x.status = 'CURRENT') AS score
    FROM transcripts t
    WHERE t.run_id = ${run.id} AND t.scenario_id = ${probe.scenario_id} AND t.model_id = ${place.model}
      AND t.sample_index = ${place.sample}
    ORDER BY t.superseded_at DESC NULLS FIRST, t.id`.execute(db);
  const all = told.map((row): Told => ({ ...row, score: row.score === null ? null : scoreOf(row.score) }));
  const { scenario } = probe;
  return {
    place,
    probe: probe.id,
    run: { id: run.id, name: run.name, status: run.status, scale: run.scale, turn: run.turn, scored: run.scored },
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
    modelConfig: run.config.models.find(({ modelId }) => modelId === place.model)?.modelConfig ?? null,
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
