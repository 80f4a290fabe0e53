/** What an answer came down to, beside its transcript: in exports, and in the form in which the analysis takes it. */
import { sql } from 'kysely';

export interface Summary {
  /** On the scale in its own order; the name of the option on a nominal one; null where nothing was decided. */
  score: number | string | null;
  class: string;
  /** A score from the opposite order is on the scale's own order already. */
  turnedBack: true;
  [detail: string]: unknown;
}

/** SQL: the current score of the transcript `t`; null where it has none. */
export const summaryOfTranscript = sql<Summary | null>`(
  SELECT jsonb_build_object(
    'score', CASE WHEN c.config -> 'scale' ->> 'kind' = 'options' THEN to_jsonb(x.label) ELSE to_jsonb(x.score) END,
    'class', x.class, 'label', x.label, 'rawScore', x.raw_score, 'rawLabel', x.raw_label, 'turnedBack', true,
    'orientation', x.orientation, 'span', CASE WHEN x.span_start IS NOT NULL
      THEN jsonb_build_object('start', x.span_start, 'end', x.span_end) END,
    'answerSha256', x.answer_sha256, 'scorerVersion', x.scorer_version) || x.details
    || CASE WHEN x.class <> 'manual' THEN '{}'::jsonb ELSE jsonb_build_object(
      'override', jsonb_build_object('who', x.who, 'reason', x.reason),
      'replaced', jsonb_build_object('score', m.score, 'label', m.label, 'class', m.class) || coalesce(m.details, '{}'))
      END
  FROM scores x JOIN scorings c ON c.id = x.scoring_id LEFT JOIN scores m ON m.id = x.replaces
  WHERE x.transcript_id = t.id AND x.status = 'CURRENT')`;
