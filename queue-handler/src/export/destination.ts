/** Where an export goes: stdout, or a file that is there when it is whole, and not before. */
import { open, rename, rm } from 'node:fs/promises';
import { messageOf, UsageError } from '../errors.js';
import { terminalLines, terminalText } from '../terminal-text.js';

export interface Destination {
  /** Resolves when more may be written. @throws Error where it cannot. */
  write(data: string | Uint8Array): Promise<void>;
  /** All of it has been written. @throws Error where it has not. */
  end(): Promise<void>;
  /** Nothing more comes; what is there is not whole, and goes. */
  abandon(): Promise<void>;
}

/** @throws UsageError where the file cannot be made. */
export async function fileDestination(path: string): Promise<Destination> {
  const part = `${path}.part`;
  const failed = (error: unknown): Error =>
    new Error(`${terminalText(path)} cannot be written: ${messageOf(error)}; there is no export`, { cause: error });
  const file = await open(part, 'w').catch((error) => {
    throw new UsageError(`${terminalText(part)} cannot be made: ${messageOf(error)}`);
  });
  return {
    async write(data) {
      try {
        await file.writeFile(data);
      } catch (error) {
        throw failed(error);
      }
    },
    async end() {
      try {
        await file.sync();
        await file.close();
        await rename(part, path);
      } catch (error) {
        throw failed(error);
      }
    },
    async abandon() {
      await file.close().catch(() => {});
      await rm(part, { force: true });
    },
  };
}

/** @param toStdout resolves when it has gone. @param isTerminal what would steer it is written out. */
export function stdoutDestination(
  toStdout: (data: string | Uint8Array) => Promise<void>,
  isTerminal: boolean,
): Destination {
  return {
    async write(data) {
      const shown = isTerminal && typeof data === 'string' ? terminalLines(data.replaceAll('\r\n', '\n')) : data;
      await toStdout(shown);
    },
    async end() {},
    async abandon() {},
  };
}

const BUFFERED = 64 * 1024;

/** Many short texts, written as few long ones. */
export class TextBuffer {
  #pieces: string[] = [];
  #length = 0;

  constructor(readonly destination: Destination) {}

  async write(text: string): Promise<void> {
    this.#pieces.push(text);
    this.#length += text.length;
    if (this.#length >= BUFFERED) {
      await this.flush();
    }
  }

  async flush(): Promise<void> {
    const text = this.#pieces.join('');
    this.#pieces = [];
    this.#length = 0;
    if (text !== '') {
      await this.destination.write(text);
    }
  }
}
