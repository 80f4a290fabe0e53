/** What becomes of a try, row by row: the outcome, the tries before it, and the decision. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode, ProbeSuccess } from '../src/documents/documents.js';
import type { AttemptError } from '../src/model.js';
import { type Decision, decide, type Tries } from '../src/queue/decide.js';
import { crashed, interrupted, malformed, type Outcome, stuck } from '../src/workers/outcome.js';

const RETRY_LIMIT = 3;

function failure(code: ErrorCode, retryable: boolean, others: Partial<AttemptError> = {}): Outcome {
  return { kind: 'failure', error: { code, message: 'it failed', retryable, details: null, ...others } };
}

function tries(failures: number, crashes = 0): Tries {
  return { failures, crashes, run_config: { retryLimit: RETRY_LIMIT } };
}

function spawnError(code: string): Outcome {
  const cause = Object.assign(new Error(`spawn ${code}`), { code });
  return crashed({ code: null, signal: null, spawnError: cause, stderr: '' });
}

/** A decision in words: what becomes of the probe, and what else it brings about. */
function inWords({ fate, pace, pauseSeconds, suspectsMachine }: Decision): string {
  return [
    fate.action === 'retry' ? `retry (${fate.counts}, ${fate.delaySeconds ?? 'backoff'})` : fate.action,
    ...('stops' in fate && fate.stops !== null ? [`stops the ${fate.stops}`] : []),
    ...(pace === 'same' ? [] : [pace]),
    ...(pauseSeconds === undefined ? [] : [`pause of ${pauseSeconds} s`]),
    ...(suspectsMachine ? ['suspects the machine'] : []),
  ].join(', ');
}

const success: Outcome = { kind: 'success', document: { success: true } as ProbeSuccess };
const died: Outcome = crashed({ code: 1, signal: null, stderr: '' });

const TABLE: [what: string, outcome: Outcome, before: Tries, decision: string][] = [
  ['a transcript', success, tries(0), 'succeed, faster'],
  ['a transcript after failures', success, tries(RETRY_LIMIT, 2), 'succeed, faster'],
  ['a first failure that may pass', failure('SERVER_ERROR', true), tries(0), 'retry (failures, backoff)'],
  ['the last failure that is retried', failure('SERVER_ERROR', true), tries(2), 'retry (failures, backoff)'],
  ['a failure with no try left', failure('SERVER_ERROR', true), tries(RETRY_LIMIT), 'fail'],
  ['a failure that no try can mend', failure('CONTENT_FILTER', false), tries(0), 'fail'],
  ['a failure of a probe whose worker died before', failure('TIMEOUT', true), tries(0, 2), 'retry (failures, backoff)'],
  ['a 429 without a time', failure('RATE_LIMIT', true), tries(0), 'retry (failures, backoff), slower'],
  [
    'a 429 with a time',
    failure('RATE_LIMIT', true, { retryAfterSeconds: 7 }),
    tries(0),
    'retry (failures, 7), slower, pause of 7 s',
  ],
  [
    'a 429 with a time and no try left',
    failure('RATE_LIMIT', true, { retryAfterSeconds: 7 }),
    tries(RETRY_LIMIT),
    'fail, slower, pause of 7 s',
  ],
  ['a 429 that can never succeed', failure('RATE_LIMIT', false, { retryAfterSeconds: 7 }), tries(0), 'fail'],
  [
    'a server that names its time',
    failure('SERVER_ERROR', true, { retryAfterSeconds: 7 }),
    tries(0),
    'retry (failures, 7)',
  ],
  ['a wrong key', failure('AUTH_ERROR', false, { stopsProvider: true }), tries(0), 'fail, stops the provider'],
  ['a model without credit', failure('QUOTA_EXCEEDED', false, { stopsModel: true }), tries(0), 'fail, stops the model'],
  [
    'a failure that stops the provider and the model',
    failure('AUTH_ERROR', false, { stopsProvider: true, stopsModel: true }),
    tries(0),
    'fail, stops the provider',
  ],
  ['a machine that is not set up', failure('CONFIG_ERROR', false), tries(0), 'fail, suspects the machine'],
  ['an interruption', interrupted(), tries(RETRY_LIMIT, 2), 'give back'],
  ['an interpreter that is not there', spawnError('ENOENT'), tries(RETRY_LIMIT, 2), 'give back, suspects the machine'],
  ['a machine without memory for a process', spawnError('ENOMEM'), tries(0), 'retry (failures, backoff)'],
  ['a first crash', died, tries(RETRY_LIMIT), 'retry (crashes, backoff), suspects the machine'],
  ['a second crash', died, tries(0, 1), 'retry (crashes, backoff), suspects the machine'],
  ['a third crash', died, tries(0, 2), 'fail, suspects the machine'],
  ['a worker that does not answer', stuck(1_000), tries(0), 'retry (crashes, backoff), suspects the machine'],
  ['nonsense', malformed('nothing', ''), tries(RETRY_LIMIT), 'retry (crashes, backoff)'],
  ['nonsense after a crash', malformed('nothing', ''), tries(0, 1), 'fail'],
];

for (const [what, outcome, before, decision] of TABLE) {
  test(`${what}: ${decision}`, () => {
    assert.equal(inWords(decide(outcome, before)), decision);
  });
}

test('what is decided carries the error as it was told', () => {
  const outcome = failure('TIMEOUT', true, { requestId: 'r-1' });
  const { fate } = decide(outcome, tries(0));
  assert.equal('error' in fate && fate.error, 'error' in outcome && outcome.error);
});
