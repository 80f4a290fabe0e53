/** The columns of a table: the one place from which CSV, Parquet and the list in docs/export.md come. */
import type { Turn } from '../documents/documents.js';
import type { ExportLine, Head } from './line.js';
import { turnsOf } from './line.js';
import { answerColumns, costColumns, providerColumns, settingsColumns } from './turn-columns.js';

/** What a row is: a probe, or one turn of it. */
export type Rows = 'probes' | 'turns';

/** `int` is a whole number of 64 bits, `double` one of 64 bits with a point, `timestamp` a moment in UTC, to the millisecond. */
export type ColumnType = 'string' | 'int' | 'double' | 'bool' | 'timestamp';

export type Cell = string | number | boolean | null;

/** Of which a cell is read. */
export interface Source {
  line: ExportLine;
  /** The turn of the row; null where the row is a probe. */
  turn: Turn | null;
  /** All turns of the row: that one, or those of the probe. */
  turns: readonly Turn[];
}

export interface Column {
  name: string;
  type: ColumnType;
  /** In which tables it is; in both where it is left out. */
  only?: Rows;
  /** For people: what it means, with its unit. */
  meaning: string;
  /** Null where it is not known, and never 0 in its place. */
  read(source: Source): Cell | undefined;
}

const IDS: Column[] = [
  { name: 'run_id', type: 'string', meaning: 'ID of the run', read: ({ line }) => line.runId },
  { name: 'run_name', type: 'string', meaning: 'name of the run', read: ({ line }) => line.runName },
  {
    name: 'probe_id',
    type: 'string',
    meaning: 'ID of the probe: one scenario, asked of one model, once. `score --overrides` takes it',
    read: ({ line }) => line.probeId,
  },
  {
    name: 'transcript_id',
    type: 'string',
    meaning: 'ID of the answered conversation; empty where the probe has none',
    read: ({ line }) => line.transcriptId,
  },
];

const QUESTION: Column[] = [
  { name: 'scenario_id', type: 'string', meaning: 'ID of the scenario', read: ({ line }) => line.scenarioId },
  {
    name: 'scenario_name',
    type: 'string',
    meaning: 'its name; its ID where it has none',
    read: ({ line }) => line.scenario.name,
  },
  {
    name: 'scenario_family',
    type: 'string',
    meaning: 'shared by variants of one dilemma, which are no independent samples',
    read: ({ line }) => line.scenario.family,
  },
  {
    name: 'scenario_pair',
    type: 'string',
    meaning: 'shared by a scenario and its twin in the opposite order',
    read: ({ line }) => line.scenario.pair,
  },
  {
    name: 'orientation',
    type: 'string',
    meaning: '`normal` or `flipped`: the order of its options or of its scale',
    read: ({ line }) => line.scenario.orientation,
  },
];

const ASKED: Column[] = [
  {
    name: 'model_asked',
    type: 'string',
    meaning: 'ID of the model as the run has it',
    read: ({ line }) => line.modelId,
  },
  {
    name: 'model_served',
    type: 'string',
    meaning: 'the model that answered, as the provider names it; in a row of a probe that of its last turn',
    read: ({ turns }) => turns.at(-1)?.providerMetadata?.modelVersion,
  },
  { name: 'provider', type: 'string', meaning: 'who was asked', read: ({ line }) => line.provider },
  {
    name: 'sample',
    type: 'int',
    meaning: 'which of the repetitions, from 0',
    read: ({ line }) => line.sampleIndex,
  },
];

const OUTCOME: Column[] = [
  {
    name: 'status',
    type: 'string',
    meaning: '`SUCCEEDED`, `FAILED`, `CANCELLED`, or `PENDING` and `QUEUED` while it waits',
    read: ({ line }) => line.status,
  },
  {
    name: 'failure_code',
    type: 'string',
    meaning: 'of a failed probe: the class of its failure ([errors.md](errors.md))',
    read: ({ line }) => line.error?.code,
  },
  {
    name: 'failure_reason',
    type: 'string',
    meaning: "the provider's own type or code of the error",
    read: ({ line }) => line.error?.reason,
  },
  {
    name: 'failure_status',
    type: 'int',
    meaning: 'the HTTP status',
    read: ({ line }) => line.error?.statusCode,
  },
  { name: 'failure_message', type: 'string', meaning: 'the cause in words', read: ({ line }) => line.error?.message },
];

const REUSED: Column[] = [
  {
    name: 'reused_from',
    type: 'string',
    meaning: 'ID of the transcript of an earlier run that was taken over; empty where this run asked by itself',
    read: ({ line }) => line.reused?.transcriptId,
  },
];

const SCORES: Column[] = [
  {
    name: 'score',
    type: 'double',
    meaning: 'on the scale in its own order; empty where nothing was decided, and on a scale of options',
    read: ({ line }) => (typeof line.summary?.score === 'number' ? line.summary.score : null),
  },
  {
    name: 'score_label',
    type: 'string',
    meaning: 'the label of that score, or the name of the option',
    read: ({ line }) => text(line.summary?.label),
  },
  {
    name: 'score_class',
    type: 'string',
    meaning: '`exact`, `marked`, `judged` and `manual` are decisions; `ambiguous`, `refusal` and `none` are not',
    read: ({ line }) => line.summary?.class,
  },
  {
    name: 'raw_score',
    type: 'double',
    meaning: 'as the answer says it, before a flipped one was turned back',
    read: ({ line }) => (typeof line.summary?.rawScore === 'number' ? line.summary.rawScore : null),
  },
  {
    name: 'raw_label',
    type: 'string',
    meaning: 'the label as the answer says it',
    read: ({ line }) => text(line.summary?.rawLabel),
  },
  {
    name: 'turned_back',
    type: 'bool',
    meaning: 'whether the score was turned back, because the scenario has the opposite order',
    read: ({ line }) => line.summary && line.summary.orientation === 'flipped',
  },
  {
    name: 'scorer',
    type: 'string',
    meaning: 'who read the decision: `parser`, `judge` or `person`',
    read: ({ line }) => line.summary && (SCORERS[line.summary.class] ?? 'parser'),
  },
  {
    name: 'scorer_version',
    type: 'string',
    meaning: 'version of the parser',
    read: ({ line }) => text(line.summary?.scorerVersion),
  },
];

const SCORERS: Record<string, string> = { judged: 'judge', manual: 'person' };

const VERSIONS: Column[] = [
  {
    name: 'definition_name',
    type: 'string',
    meaning: 'name of the definition whose scenario was asked',
    read: ({ line }) => line.definition?.name,
  },
  { name: 'definition_version', type: 'string', meaning: 'its version', read: ({ line }) => line.definition?.version },
  {
    name: 'earlier_answers',
    type: 'int',
    only: 'probes',
    meaning: 'how many answers were set aside because it was asked again; only JSON Lines have them',
    read: ({ line }) => line.earlier?.length ?? 0,
  },
  {
    name: 'warnings',
    type: 'string',
    only: 'probes',
    meaning: 'JSON: what the worker warned of',
    read: ({ line }) => (line.warnings?.length ? JSON.stringify(line.warnings) : null),
  },
];

/** The columns of every run, in their order; those of its dimensions stand behind `orientation`. */
export const COLUMNS: readonly Column[] = [
  ...IDS,
  ...QUESTION,
  ...ASKED,
  ...OUTCOME,
  ...REUSED,
  ...SCORES,
  ...answerColumns,
  ...settingsColumns,
  ...costColumns,
  ...providerColumns,
  ...VERSIONS,
];

/** The columns of one run. */
export function columnsOf(rows: Rows, { dimensions }: Pick<Head, 'dimensions'>): Column[] {
  const isHere = ({ only }: Column): boolean => only === undefined || only === rows;
  const before = IDS.length + QUESTION.length;
  return [...COLUMNS.slice(0, before), ...dimensionColumns(dimensions), ...COLUMNS.slice(before)].filter(isHere);
}

function dimensionColumns(dimensions: Head['dimensions']): Column[] {
  return dimensions.flatMap(({ name, isNumber, hasLevels }): Column[] => [
    {
      name: `dimension.${name}`,
      type: isNumber ? 'double' : 'string',
      meaning: '',
      read({ line }) {
        const value = line.scenario.dimensions?.[name];
        return value === undefined || isNumber ? value : String(value);
      },
    },
    ...(hasLevels
      ? [
          {
            name: `level.${name}`,
            type: 'string' as const,
            meaning: '',
            read: ({ line }: Source) => line.scenario.levels?.[name],
          },
        ]
      : []),
  ]);
}

/** The rows of a line, each with a cell for each column. */
export function rowsOf(rows: Rows, columns: readonly Column[], line: ExportLine): Cell[][] {
  const turns = turnsOf(line);
  const sources: Source[] =
    rows === 'probes' ? [{ line, turn: null, turns }] : turns.map((turn) => ({ line, turn, turns: [turn] }));
  return sources.map((source) => columns.map(({ read }) => read(source) ?? null));
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
