/** stdout, of which it is known whether what was written has gone anywhere. */
import { messageOf } from '../errors.js';

/** What was to be shown could not be written. */
export class OutputError extends Error {
  override name = 'OutputError';
  /** A reader that has seen enough, such as head, is no failure. */
  readonly readerLeft: boolean;

  constructor(cause: NodeJS.ErrnoException) {
    super(`stdout cannot be written (${messageOf(cause)}): what the command was to show is lost or cut short`, {
      cause,
    });
    this.readerLeft = cause.code === 'EPIPE';
  }
}

let broken: OutputError | null = null;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  broken ??= new OutputError(error);
});

/** Write, and wait until it has gone. @throws OutputError where it cannot. */
export async function toStdout(text: string | Uint8Array): Promise<void> {
  refuseBroken();
  await new Promise<void>((done, failed) => {
    process.stdout.write(text, (error) => (error ? failed(new OutputError(error)) : done()));
  });
}

/** When everything has gone that was written. @throws OutputError where it has not. */
export async function written(): Promise<void> {
  await toStdout('');
  // An error is told a moment after the write that it belongs to.
  await new Promise((done) => setImmediate(done));
  refuseBroken();
}

function refuseBroken(): void {
  if (broken !== null) {
    throw broken;
  }
}
