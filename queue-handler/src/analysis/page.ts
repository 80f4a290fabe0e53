/** An analysis as a page for a browser. The worker writes it to a file, which nobody else can read and which does not stay. */
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { type LookOptions, look } from './look.js';
import { privateFolder } from './private-folder.js';

/** The page in pieces. @throws Error where the analysis fails, or its page cannot be written. */
export async function* pageOf(job: AsyncIterable<string>, options: LookOptions): AsyncGenerator<string> {
  const folder = privateFolder();
  try {
    const path = join(folder.path, 'page.html');
    const { warnings } = await look(job, { ...options, args: ['--report', path] });
    if (!existsSync(path)) {
      throw new Error(
        warnings.find((warning) => warning.startsWith('the report was not written')) ?? 'there is no page',
      );
    }
    yield* createReadStream(path, 'utf8');
  } finally {
    folder.remove();
  }
}
