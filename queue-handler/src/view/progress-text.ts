/** Progress as text for a person. */
import type { FailureCause } from '../runs/failures.js';
import type { ModelProgress, Progress } from '../runs/progress.js';
import type { Wait } from '../runs/waits.js';
import { terminalText } from '../terminal-text.js';
import { cut, shortened, widthOf, wrapped } from './cells.js';
import { PLAIN, type Screen, type Tone, toned } from './screen.js';
import { dollars, forecastOf, type SpendView, type SpentView, spendNotes, spentOn, spentText } from './spend-text.js';
import { type Column, fittingTable } from './table.js';

/** Progress with what else is known of the run. */
export interface Shown extends Progress {
  failures?: FailureCause[];
  spend?: SpendView | null;
}

/** A line of the table: a model, or all of them. */
interface Row extends ModelProgress {
  failures: number;
  /** null where it has not been counted. */
  spent: SpentView | null;
  forecast: number | null;
}

const FEWEST_MODELS = 3;
const NAMED_MODELS = 3;

export function progressText(progress: Shown, screen: Screen = PLAIN): string {
  const under = [
    ...failureLines(progress, screen),
    ...stopLines(progress, screen),
    ...waitLines(progress, screen),
    ...bounded(
      progress.models.flatMap(savings).map((text) => said(text, screen)),
      screen,
      'savings',
    ),
    ...spendNotes(progress.spend ?? null).flatMap((note) => said(note, screen)),
    ...footLines(progress, screen),
  ];
  const head = headline(progress, screen);
  const free = screen.rows === null ? Number.POSITIVE_INFINITY : screen.rows - 1 - head.length - under.length;
  return [...head, ...modelLines(progress, screen, free), ...under].join('\n');
}

/** What was not paid in full. */
function savings({ modelId, cachedShare, reused }: ModelProgress): string[] {
  const lines: string[] = [];
  if (cachedShare !== null && cachedShare > 0) {
    lines.push(`${modelId}: ${(cachedShare * 100).toFixed(1)} % of the input came from the provider's cache`);
  }
  if (reused > 0) {
    const answers = reused === 1 ? '1 answer was' : `${reused} answers were`;
    lines.push(`${modelId}: ${answers} there already, and cost nothing`);
  }
  return lines;
}

/** The name of a run, where it stands, and its ID. */
export function headline(progress: Progress, screen: Screen): string[] {
  const state = stateText(progress);
  const rest = widthOf(state) + widthOf(progress.id) + 4;
  const name = terminalText(progress.name);
  const room = screen.columns - rest;
  const paintedState = toned(state, stateTone(progress), screen);
  const id = toned(progress.id, 'dim', screen);
  if (!screen.shortens || room >= Math.min(widthOf(name), 12)) {
    const shownName = screen.shortens ? shortened(name, room) : name;
    return [`${toned(shownName, 'bold', screen)}  ${paintedState}  ${id}`];
  }
  const beside = screen.columns - widthOf(state) - 2;
  if (beside >= Math.min(widthOf(name), 12)) {
    return [`${toned(shortened(name, beside), 'bold', screen)}  ${paintedState}`, cut(progress.id, screen.columns)];
  }
  return [
    toned(shortened(name, screen.columns), 'bold', screen),
    toned(cut(state, screen.columns), stateTone(progress), screen),
    toned(cut(progress.id, screen.columns), 'dim', screen),
  ];
}

/** `COMPLETED, 36 of 48 failed`. */
export function stateText({ status, models }: Pick<Progress, 'status' | 'models'>): string {
  const total = sum(models, ({ total }) => total);
  const failed = sum(models, failuresIn);
  const cancelled = sum(models, (model) => model.cancelled);
  const counts = [...(failed > 0 ? [`${failed} failed`] : []), ...(cancelled > 0 ? [`${cancelled} cancelled`] : [])];
  return counts.length === 0 ? status : `${status}, ${counts.join(', ').replace(' ', ` of ${total} `)}`;
}

/** What ended without an answer. */
export function failuresIn({ failed }: Pick<ModelProgress, 'failed'>): number {
  return Object.values(failed).reduce((all, probes) => all + probes, 0);
}

/** A time as people say it. */
export function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) {
    return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  }
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

function modelLines(progress: Shown, screen: Screen, free: number): string[] {
  const rows = progress.models.map((model) => rowOf(model, progress.spend ?? null));
  const total = rows.length > 1 ? [totalOf(rows, progress)] : [];
  // Heads, and the line that says how many are not shown.
  const room = Math.max(FEWEST_MODELS, free - 2 - total.length);
  const shown = rows.length <= room + 1 ? rows : mostTelling(rows, room);
  const lines = fittingTable(columnsOf(rows), [...shown, ...total], screen);
  if (shown.length < rows.length) {
    const hidden = rows.filter((row) => !shown.includes(row));
    const done = hidden.filter((row) => row.succeeded === row.total).length;
    const more = `and ${hidden.length} more models, ${done} of them done`;
    lines.splice(1 + shown.length, 0, toned(cut(more, screen.columns), 'dim', screen));
  }
  return lines;
}

function columnsOf(rows: Row[]): Column<Row>[] {
  const columns: Column<Row>[] = [
    { head: 'model', of: ({ modelId }) => terminalText(modelId), rank: 0 },
    {
      head: 'done',
      of: ({ succeeded, total }) => `${succeeded}/${total}`,
      rank: 0,
      tone: ({ succeeded, total }) => (succeeded === total ? 'green' : null),
    },
    {
      head: 'failed',
      of: ({ failures }) => String(failures),
      rank: 0,
      tone: ({ failures }) => (failures > 0 ? 'red' : null),
    },
  ];
  if (rows.some(({ cancelled }) => cancelled > 0)) {
    columns.push({ head: 'cancelled', of: ({ cancelled }) => String(cancelled), rank: 1 });
  }
  if (rows.some(isOpen)) {
    const open = (of: (row: Row) => string) => (row: Row) => (isOpen(row) ? of(row) : '');
    columns.push(
      { head: 'in flight', of: ({ inFlight }) => String(inFlight), rank: 2 },
      { head: 'waiting', of: ({ waiting }) => String(waiting), rank: 3 },
      { head: 'a minute', of: open(({ perMinute }) => String(perMinute)), rank: 7 },
      { head: 'time left', of: open(({ etaSeconds }) => timeLeft(etaSeconds)), rank: 5 },
    );
  }
  columns.push(
    { head: 'tokens in', of: ({ inputTokens }) => String(inputTokens), rank: 9 },
    { head: 'tokens out', of: ({ outputTokens }) => String(outputTokens), rank: 8 },
    ...spendColumns(rows),
  );
  return columns;
}

function spendColumns(rows: Row[]): Column<Row>[] {
  if (rows.every(({ spent }) => spent === null)) {
    return [];
  }
  const spent: Column<Row> = {
    head: 'dollars',
    of: (row) => (row.spent === null ? '' : spentText(row.spent)),
    rank: 4,
  };
  const forecast: Column<Row> = { head: 'forecast', of: (row) => dollars(row.forecast), rank: 6 };
  return rows.some(isOpen) ? [spent, forecast] : [spent];
}

function rowOf(model: ModelProgress, spend: SpendView | null): Row {
  const spent = spend === null ? null : spentOn(spend, model.modelId);
  return { ...model, failures: failuresIn(model), spent, forecast: spent && forecastOf(model, spent) };
}

function totalOf(rows: Row[], progress: Shown): Row {
  const forecasts = rows.flatMap(({ forecast }) => forecast ?? []);
  const judged = sum(Object.values(progress.spend?.judges ?? {}), ({ known }) => known);
  return {
    modelId: `all ${rows.length} models`,
    provider: '',
    total: sum(rows, ({ total }) => total),
    succeeded: sum(rows, ({ succeeded }) => succeeded),
    waiting: sum(rows, ({ waiting }) => waiting),
    inFlight: sum(rows, ({ inFlight }) => inFlight),
    cancelled: sum(rows, ({ cancelled }) => cancelled),
    failed: {},
    failures: sum(rows, ({ failures }) => failures),
    waits: [],
    perMinute: progress.perMinute,
    etaSeconds: progress.etaSeconds,
    inputTokens: sum(rows, ({ inputTokens }) => inputTokens),
    outputTokens: sum(rows, ({ outputTokens }) => outputTokens),
    cachedShare: null,
    reused: sum(rows, ({ reused }) => reused),
    spent: progress.spend ?? null,
    forecast: forecasts.length === rows.length ? forecasts.reduce((all, one) => all + one, judged) : null,
  };
}

/** Those at which something happens, then those that wait or have failures, in the order of the run. */
function mostTelling(rows: Row[], room: number): Row[] {
  const weight = ({ inFlight, failures, waiting }: Row): number =>
    inFlight > 0 ? 3 : failures > 0 ? 2 : waiting > 0 ? 1 : 0;
  const chosen = new Set([...rows].sort((a, b) => weight(b) - weight(a)).slice(0, room));
  return rows.filter((row) => chosen.has(row));
}

export function failureLines(progress: Shown, screen: Screen): string[] {
  const causes = progress.failures ?? countedFailures(progress.models);
  return bounded(
    causes.map(({ code, probes, models, message }) => {
      const where = progress.models.length > 1 ? ` (${modelsText(models)})` : '';
      return said(`${probes} failed: ${code}${where}${message === '' ? '' : `: ${message}`}`, screen, 'red');
    }),
    screen,
    'causes of failures',
  );
}

/** Without their messages, where only the counts are known. */
function countedFailures(models: ModelProgress[]): FailureCause[] {
  const codes = [...new Set(models.flatMap(({ failed }) => Object.keys(failed)))];
  return codes.map((code) => {
    const own = models.flatMap(({ modelId, failed }) => (failed[code] ? [{ modelId, probes: failed[code] }] : []));
    return { code, probes: own.reduce((all, { probes }) => all + probes, 0), models: own, message: '' };
  });
}

export function stopLines(progress: Progress, screen: Screen): string[] {
  return bounded(
    progress.stops.map(({ provider, model, code, message }) => {
      const what = model === null ? provider : `${model} of ${provider}`;
      return said(`${what} is stopped for this run: ${code}: ${message}`, screen, 'red');
    }),
    screen,
    'stops',
  );
}

/** What waits, once for each reason. */
function waitLines(progress: Progress, screen: Screen): string[] {
  const groups = new Map<string, { wait: Wait; models: { modelId: string; probes: number }[] }>();
  for (const { modelId, waits } of progress.models) {
    for (const wait of waits) {
      const group = groups.get(wait.message);
      if (group === undefined) {
        groups.set(wait.message, { wait: { ...wait }, models: [{ modelId, probes: wait.probes }] });
      } else {
        group.models.push({ modelId, probes: wait.probes });
        group.wait.probes += wait.probes;
        if (wait.seconds !== null && wait.seconds < (group.wait.seconds ?? Number.POSITIVE_INFINITY)) {
          group.wait.seconds = wait.seconds;
          group.wait.until = wait.until;
        }
      }
    }
  }
  return bounded(
    [...groups.values()].map(({ wait, models }) => {
      const [only] = models;
      const who = models.length === 1 ? only?.modelId : `${models.length} models`;
      return said(`${who}: ${waitText(wait)}`, screen, 'yellow');
    }),
    screen,
    'reasons to wait',
  );
}

function waitText({ probes, message, until, seconds }: Wait): string {
  const how = probes === 1 ? '1 waits' : `${probes} wait`;
  // First of all: where the line is cut, this is what is wanted.
  const when = until === null || seconds === null ? '' : ` for ${duration(seconds)}, until ${until}`;
  return `${how}${when}: ${message}`;
}

function footLines(progress: Progress, screen: Screen): string[] {
  if (!progress.models.some(isOpen)) {
    return [];
  }
  return [
    ...progress.problems.flatMap((problem) => said(`a handler takes no jobs: ${problem}`, screen, 'yellow')),
    ...said(`${progress.perMinute} a minute, time left ${timeLeft(progress.etaSeconds)}, ${atWork(progress)}`, screen),
  ];
}

/** Lines of one thing that is said: whole, or where the picture must fit, what of it one line holds. */
export function said(text: string, screen: Screen, tone: Tone | null = null): string[] {
  const plain = terminalText(text);
  if (!screen.shortens) {
    return [toned(plain, tone, screen)];
  }
  const lines = screen.rows === null ? wrapped(plain, screen.columns) : [cut(plain, screen.columns)];
  return lines.map((line) => toned(line, tone, screen));
}

/** A picture that must fit has a line for each, and not more of them than leave room for the models. */
export function bounded(all: string[][], screen: Screen, what: string): string[] {
  const most = screen.rows === null ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor((screen.rows - 10) / 7));
  if (all.length <= most) {
    return all.flat();
  }
  return [...all.slice(0, most).flat(), ...said(`and ${all.length - most} more ${what}`, screen, 'dim')];
}

function modelsText(models: { modelId: string; probes: number }[]): string {
  return models.length > NAMED_MODELS
    ? `${models.length} models`
    : models.map(({ modelId, probes }) => `${modelId} ${probes}`).join(', ');
}

function isOpen(model: ModelProgress): boolean {
  return model.waiting + model.inFlight > 0;
}

function timeLeft(seconds: number | null): string {
  return seconds === null ? 'unknown' : duration(seconds);
}

function atWork(progress: Progress): string {
  switch (progress.handlers) {
    case 0:
      return 'no handler is at work; see: work';
    case 1:
      return '1 handler at work';
    default:
      return `${progress.handlers} handlers at work`;
  }
}

function stateTone({ status, models }: Progress): Tone {
  const hasFailed = models.some((model) => failuresIn(model) > 0);
  switch (status) {
    case 'COMPLETED':
      return hasFailed ? 'yellow' : 'green';
    case 'FAILED':
    case 'CANCELLED':
      return 'red';
    case 'PAUSED':
      return 'yellow';
    default:
      return 'cyan';
  }
}

function sum<T>(rows: T[], of: (row: T) => number): number {
  return rows.reduce((all, row) => all + of(row), 0);
}
