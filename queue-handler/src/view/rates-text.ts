/** What may be asked at this moment, as text for a person. */
import type { ModelRate, ProviderRate } from '../runs/rates.js';
import { terminalText } from '../terminal-text.js';
import { table } from './table.js';

/** Changes that are shown of a model. */
const SHOWN = 8;

const HEADS = ['model', 'in flight', 'may be', 'at most', 'a minute', 'requests left', 'tokens left', 'why'];

export function ratesText(providers: ProviderRate[]): string {
  if (providers.length === 0) {
    return 'no provider was asked yet, and QUEUE_LIMITS_FILE bounds none';
  }
  return providers.map(providerText).join('\n\n');
}

function providerText(provider: ProviderRate): string {
  const { concurrency, requestsPerMinute, inFlight, pausedSeconds, models } = provider;
  const perMinute = requestsPerMinute === undefined ? '' : `, ${requestsPerMinute} requests a minute`;
  const lines = [`${provider.provider}: ${inFlight} in flight, at most ${concurrency}${perMinute}`];
  if (pausedSeconds !== null) {
    lines.push(`  it asked for a pause (Retry-After), for ${pausedSeconds} s more`);
  }
  if (models.length > 0) {
    lines.push(...table([HEADS, ...models.map(row)]).map((line) => `  ${line}`));
  }
  for (const { modelId, history } of models) {
    if (history.length > 0) {
      lines.push(terminalText(`  ${modelId}, the newest first:`));
      lines.push(...history.slice(0, SHOWN).map(({ at, allowed, why }) => `    ${moment(at)}  ${allowed}  ${why}`));
    }
  }
  return lines.join('\n');
}

function row(model: ModelRate): string[] {
  const { report } = model;
  return [
    terminalText(model.modelId),
    String(model.inFlight),
    model.allowed === null ? 'unknown' : String(model.allowed),
    model.concurrency === undefined ? '' : String(model.concurrency),
    model.requestsPerMinute === undefined ? '' : String(model.requestsPerMinute),
    left(report?.requestsLeft, report?.requestsLimit),
    left(report?.tokensLeft, report?.tokensLimit),
    model.why ?? 'no handler at work has asked it',
  ];
}

function left(number: number | undefined, limit: number | undefined): string {
  return number === undefined ? '' : `${number}/${limit}`;
}

function moment(at: string): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}
