/** An analysis that is made for the one who asks, and not stored. */
import type { Complete } from '../documents/documents.js';
import { runAnalysis } from './worker.js';

export interface LookOptions {
  args?: string[];
  /** Aborted when nobody waits for it any more. */
  gone?: AbortSignal;
}

/** @throws Error where it fails. */
export async function look(job: AsyncIterable<string>, { args, gone }: LookOptions = {}): Promise<Complete> {
  const result = await runAnalysis(job, {
    ...(args && { args }),
    quiet: true,
    onStart: (worker) => {
      const kill = (): void => worker.kill();
      gone?.addEventListener('abort', kill, { once: true });
      void worker.exited.then(() => gone?.removeEventListener('abort', kill));
      if (gone?.aborted) {
        kill();
      }
    },
  });
  if ('error' in result) {
    const { message, output } = result.error as { message?: string; output?: string };
    throw new Error(`the analysis failed: ${[message ?? 'no cause is known', output].filter(Boolean).join(': ')}`);
  }
  return result.analysis;
}
