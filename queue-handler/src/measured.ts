/**
 * What is measured, said where it happens and heard by whatever counts it. The names of Node's own diagnostics channels
 * are all that the two sides share; where nobody listens, saying it costs next to nothing.
 */
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { getLogger } from './log.js';
import { onceAMinute } from './news.js';

/** What became of a try: as it was decided, or `unstored` where the ticket was lost or the database did not take it. */
export type AttemptEnd = 'succeeded' | 'failed' | 'retried' | 'given_back' | 'unstored';

interface Measured {
  /** A statement was answered, or was not. */
  statement: { seconds: number; failed: boolean };
  /** A turn was paid for. Tokens are null where they are not known. */
  turn: {
    provider: string;
    /** From the first call for it to its answer. */
    seconds: number;
    inputTokens: number | null;
    /** Reasoning included. */
    outputTokens: number | null;
    reasoningTokens: number | null;
    cachedInputTokens: number | null;
  };
  /** A try of a probe is over. */
  attempt: {
    provider: string;
    end: AttemptEnd;
    /** The error's, or null where there is none. */
    code: string | null;
    /** From the word to a worker to the document of the conversation. */
    seconds: number;
    /** US dollars of the transcript, or of the calls that brought nothing; null: not known; undefined: there is nothing to pay. */
    dollars: number | null | undefined;
  };
}

const logger = getLogger('metrics');

/** Say that something was measured. */
export function measured<K extends keyof Measured>(what: K, value: Measured[K]): void {
  const told = channel(nameOf(what));
  if (told.hasSubscribers) {
    told.publish(value);
  }
}

/** Hear of it from now on. @returns what ends that. */
export function onMeasured<K extends keyof Measured>(what: K, listener: (value: Measured[K]) => void): () => void {
  const isNews = onceAMinute();
  const hear = (value: unknown): void => {
    try {
      listener(value as Measured[K]);
    } catch (error) {
      // The channel would end the process with it, and no number is worth a conversation.
      if (isNews(what)) {
        logger.error({ err: error }, 'something that was measured could not be counted');
      }
    }
  };
  subscribe(nameOf(what), hear);
  return () => {
    unsubscribe(nameOf(what), hear);
  };
}

function nameOf(what: keyof Measured): string {
  return `probe-queue.${what}`;
}
