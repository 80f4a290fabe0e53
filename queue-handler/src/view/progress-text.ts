/** Progress as text for a person. */

import type { ModelProgress, Progress } from '../runs/progress.js';
import type { Wait } from '../runs/waits.js';
import { terminalText } from '../terminal-text.js';
import { table } from './table.js';

const HEADS = ['model', 'done', 'in flight', 'waiting', 'a minute', 'time left', 'tokens in', 'tokens out', 'failed'];

export function progressText(progress: Progress): string {
  const lines = [`${terminalText(progress.name)}  ${progress.status}  ${progress.id}`];
  lines.push(...table([HEADS, ...progress.models.map(row)]));
  for (const stop of progress.stops) {
    const what = stop.model === null ? stop.provider : `${stop.model} of ${stop.provider}`;
    lines.push(terminalText(`${what} is stopped for this run: ${stop.code}: ${stop.message}`));
  }
  for (const model of progress.models) {
    lines.push(...savingsText(model));
    for (const wait of model.waits) {
      lines.push(terminalText(`${model.modelId}: ${waitText(wait)}`));
    }
  }
  if (progress.models.some(isOpen)) {
    for (const problem of progress.problems) {
      lines.push(terminalText(`a handler takes no jobs: ${problem}`));
    }
    lines.push(`${progress.perMinute} a minute, time left ${timeLeft(progress.etaSeconds)}, ${atWork(progress)}`);
  }
  return lines.join('\n');
}

/** What was not paid in full. */
function savingsText({ modelId, cachedShare, reused }: ModelProgress): string[] {
  const lines: string[] = [];
  if (cachedShare !== null && cachedShare > 0) {
    lines.push(`${modelId}: ${(cachedShare * 100).toFixed(1)} % of the input came from the provider's cache`);
  }
  if (reused > 0) {
    lines.push(
      `${modelId}: ${reused === 1 ? '1 answer was' : `${reused} answers were`} there already, and cost nothing`,
    );
  }
  return lines.map(terminalText);
}

function waitText({ probes, message, until, seconds }: Wait): string {
  const how = probes === 1 ? '1 waits' : `${probes} wait`;
  const when = until === null || seconds === null ? '' : `, until ${until} (${duration(seconds)})`;
  return `${how}: ${message}${when}`;
}

/** A time as people say it. */
export function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) {
    return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  }
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

function row(model: ModelProgress): string[] {
  const failures = Object.entries(model.failed).map(([code, probes]) => terminalText(`${code} ${probes}`));
  return [
    terminalText(model.modelId),
    `${model.succeeded}/${model.total}`,
    String(model.inFlight),
    String(model.waiting),
    isOpen(model) ? String(model.perMinute) : '',
    isOpen(model) ? timeLeft(model.etaSeconds) : '',
    String(model.inputTokens),
    String(model.outputTokens),
    [...failures, ...(model.cancelled > 0 ? [`cancelled ${model.cancelled}`] : [])].join(', '),
  ];
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
