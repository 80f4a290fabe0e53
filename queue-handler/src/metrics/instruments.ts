/**
 * The numbers of a handler in the form of Prometheus. Labels have a bounded number of values, all of them words of ours:
 * providers that we know, codes of the contract, reasons and states. No run, no model, and nothing that a server said.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { publishedProviders } from '../documents/schemas.js';
import { onMeasured } from '../measured.js';

// Seconds. An answer takes from a moment to the deadline of its job, a statement from less than a millisecond to its limit.
const ANSWER_BUCKETS = [0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640];
const STATEMENT_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];
const ERROR_CODE = /^[A-Z_]{1,30}$/;

export class Instruments {
  readonly registry = new Registry();
  readonly #listening: (() => void)[] = [];
  readonly #providers = new Set(publishedProviders().map(({ name }) => name));

  constructor() {
    this.#hearAttempts();
    this.#hearTurns();
    const statements = this.histogram(
      'database_statement_seconds',
      'Time that the database took for a statement, by whether it was answered',
      ['result'],
      STATEMENT_BUCKETS,
    );
    this.#listening.push(
      onMeasured('statement', ({ seconds, failed }) =>
        statements.observe({ result: failed ? 'failed' : 'answered' }, seconds),
      ),
    );
    // Of the process: CPU, memory, open files, event loop lag, garbage collection, under the names that prom-client gives them.
    collectDefaultMetrics({ register: this.registry });
  }

  /** Count nothing any more. */
  close(): void {
    for (const end of this.#listening) {
      end();
    }
    this.registry.clear();
  }

  gauge<L extends string>(name: string, help: string, labelNames: L[]): Gauge<L> {
    return new Gauge({ name: `probe_queue_${name}`, help, labelNames, registers: [this.registry] });
  }

  counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name: `probe_queue_${name}`, help, labelNames, registers: [this.registry] });
  }

  histogram<L extends string>(name: string, help: string, labelNames: L[], buckets: number[]): Histogram<L> {
    return new Histogram({ name: `probe_queue_${name}`, help, labelNames, buckets, registers: [this.registry] });
  }

  /** A provider by its name; whatever else a row may hold is one value. */
  provider(name: string): string {
    return this.#providers.has(name) ? name : 'other';
  }

  /** The code of a failure, or '' where there is none. */
  code(code: string | null): string {
    return code === null ? '' : ERROR_CODE.test(code) ? code : 'UNKNOWN';
  }

  #hearAttempts(): void {
    const attempts = this.counter(
      'attempts_total',
      'Tries of probes that are over, by what became of them and the code of the failure',
      ['provider', 'end', 'code'],
    );
    const seconds = this.histogram(
      'conversation_seconds',
      'Time of a try, from the word to a worker to the end of the conversation, waits and retries included',
      ['provider', 'end'],
      ANSWER_BUCKETS,
    );
    const dollars = this.counter(
      'dollars_total',
      'US dollars at the prices of the runs: of transcripts that were stored, and of calls of failed tries that brought ' +
        'nothing; turns of unfinished conversations count when their transcript is stored',
      ['provider', 'of'],
    );
    const unpriced = this.counter(
      'unpriced_total',
      'Stored transcripts, and failed tries with calls that brought nothing, whose cost is not known and not in dollars_total',
      ['provider', 'of'],
    );
    this.#listening.push(
      onMeasured('attempt', (attempt) => {
        const provider = this.provider(attempt.provider);
        const { end } = attempt;
        attempts.inc({ provider, end, code: this.code(attempt.code) });
        seconds.observe({ provider, end }, attempt.seconds);
        const of = attempt.code === null ? 'transcripts' : 'failed_calls';
        if (of === 'transcripts' && end === 'unstored') {
          // It is stored, and counted, when the conversation is resumed from its turns.
          return;
        }
        if (attempt.dollars === null) {
          unpriced.inc({ provider, of });
        } else if (attempt.dollars !== undefined) {
          dollars.inc({ provider, of }, attempt.dollars);
        }
      }),
    );
  }

  #hearTurns(): void {
    const seconds = this.histogram(
      'turn_seconds',
      'Time of a turn that was paid for, from the first call for it to its answer, waits and retries included',
      ['provider'],
      ANSWER_BUCKETS,
    );
    const tokens = this.counter(
      'tokens_total',
      'Tokens of turns that were paid for; cached_input is a part of input, and reasoning a part of output',
      ['provider', 'kind'],
    );
    this.#listening.push(
      onMeasured('turn', (turn) => {
        const provider = this.provider(turn.provider);
        seconds.observe({ provider }, turn.seconds);
        const kinds = {
          input: turn.inputTokens,
          cached_input: turn.cachedInputTokens,
          output: turn.outputTokens,
          reasoning: turn.reasoningTokens,
        };
        for (const [kind, number] of Object.entries(kinds)) {
          if (number !== null) {
            tokens.inc({ provider, kind }, number);
          }
        }
      }),
    );
  }
}
