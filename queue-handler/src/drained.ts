/** Waiting until a stream takes more. */
import type { EventEmitter } from 'node:events';

/** When what was written is on its way, or its reader has gone; nothing stays behind on the stream. */
export async function drained(stream: EventEmitter): Promise<void> {
  await new Promise<void>((resolve) => {
    const go = (): void => {
      stream.off('drain', go);
      stream.off('close', go);
      resolve();
    };
    stream.on('drain', go);
    stream.on('close', go);
  });
}
