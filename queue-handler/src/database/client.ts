/** A connection to a PostgreSQL server that is waited for within bounds, and that gives no password away. */
import pg from 'pg';
import { SESSION, TRANSACTION } from './session.js';
import { timeLimit } from './time-limit.js';
import { timed } from './timed.js';

type Callback = (error: Error | null, result?: unknown) => void;
type Asked = [text: string | { text: string }, values?: unknown[]];

/** The server asked for a password in a way that shows it to everybody who listens. */
export class BarePasswordError extends Error {
  override name = 'BarePasswordError';
}

/** A statement, or the connection itself, was not answered in time. The connection is given up. */
export class SilenceError extends Error {
  override name = 'SilenceError';
  readonly code = 'ETIMEDOUT';
}

const BEGIN = /^\s*(begin|start transaction[^;]*)\s*(?:;|$)/i;

/** What of the library's own client the types do not tell. */
interface Inner {
  connection: { stream: { destroy(error?: Error): void }; emit(event: 'error', error: Error): void };
  processID: number | null;
  getTransactionStatus(): string | null;
}

export class QueueClient extends pg.Client {
  /** A pooler stands between, so that the server's connection may be another one for each transaction. */
  #pooled = false;
  readonly #encrypted: boolean;
  readonly #bareAllowed: boolean;

  constructor(config: pg.ClientConfig & { bareAllowed?: boolean }) {
    super(config);
    this.#encrypted = Boolean(this.ssl);
    this.#bareAllowed = config.bareAllowed ?? false;
    // What ends a connection in use fails its statement; the event besides would end the process where nobody listens.
    this.on('error', () => {});
  }

  // The library's pool gives a callback; without one it is a promise.
  override connect(callback?: (error: never, client: never) => void): never {
    if (callback === undefined) {
      return super.connect() as never;
    }
    super.connect(((error?: Error | null) => {
      if (error) {
        // The library leaves the socket open after a refusal of its own, and the process could not end.
        this.#inner.connection.stream.destroy();
      }
      (callback as (error: Error | null, client: QueueClient) => void)(error ?? null, this);
    }) as (error: Error) => void);
    return undefined as never;
  }

  /** Make the session what the statements rely on. @returns the encoding of the database. */
  async prepare(): Promise<string> {
    return this.#within(timeLimit(), async () => {
      const { rows } = await super.query<{ pid: number; encoding: string }>(
        "SELECT pg_backend_pid() AS pid, current_setting('server_encoding') AS encoding",
      );
      this.#pooled = rows[0]?.pid !== this.#inner.processID;
      if (!this.#pooled) {
        await super.query(SESSION);
      }
      return rows[0]?.encoding ?? '';
    });
  }

  override query(...given: unknown[]): never {
    const callback = typeof given.at(-1) === 'function' ? (given.pop() as Callback) : null;
    const answered = timed(() => this.#within(timeLimit(), () => this.#ask(given as Asked)));
    if (callback === null) {
      return answered as never;
    }
    answered.then(
      (result) => callback(null, result),
      (error) => callback(error),
    );
    return undefined as never;
  }

  get #inner(): Inner {
    return this as unknown as Inner;
  }

  async #ask(given: Asked): Promise<unknown> {
    const direct = super.query.bind(this) as (...asked: Asked) => Promise<unknown>;
    const [first] = given;
    const text = typeof first === 'string' ? first : first.text;
    if (!this.#pooled || this.#inner.getTransactionStatus() !== 'I') {
      return direct(...given);
    }
    if (BEGIN.test(text)) {
      return direct(text.replace(BEGIN, (_, begin: string) => `${begin}; ${TRANSACTION}; `));
    }
    await direct(`BEGIN; ${TRANSACTION}`);
    try {
      const result = await direct(...given);
      await direct('COMMIT');
      return result;
    } catch (error) {
      await direct('ROLLBACK').catch(() => {});
      throw error;
    }
  }

  async #within<T>(milliseconds: number, action: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, failed) => {
      timer = setTimeout(() => {
        const error = new SilenceError(`the database did not answer within ${milliseconds / 1000} s`);
        failed(error);
        // Whatever still comes on this connection could be taken for the answer to something else.
        this.#inner.connection.stream.destroy(error);
      }, milliseconds);
      timer.unref();
    });
    try {
      return await Promise.race([action(), silence]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Called by the library when the server wants the password as it is. */
  protected _handleAuthCleartextPassword(message: unknown): void {
    this.#bare('as it is', () => inherited(this, '_handleAuthCleartextPassword', message));
  }

  /** Called by the library when the server wants a hash that can be guessed from, or be sent again. */
  protected _handleAuthMD5Password(message: unknown): void {
    this.#bare('as an MD5 hash', () => inherited(this, '_handleAuthMD5Password', message));
  }

  #bare(how: string, allowed: () => void): void {
    if (this.#encrypted || this.#bareAllowed) {
      allowed();
      return;
    }
    this.#inner.connection.emit(
      'error',
      new BarePasswordError(
        `the server asks for the password ${how}, and the connection is not encrypted, so the password was not sent; ` +
          'add sslmode=verify-full to DATABASE_URL, or have the server use scram-sha-256 (password_encryption, pg_hba.conf), ' +
          'or, where nobody else can listen, set ALLOW_INSECURE_DATABASE=1',
      ),
    );
  }
}

function inherited(client: QueueClient, method: string, message: unknown): void {
  (pg.Client.prototype as unknown as Record<string, (this: QueueClient, message: unknown) => void>)[method]?.call(
    client,
    message,
  );
}
