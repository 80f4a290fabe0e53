/** The embedded database as Kysely and pg-boss take one. */
import {
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { BossConnection } from '../pgboss.js';
import { type Embedded, StatementError, type Turn } from './embedded.js';

export function embeddedDialect(database: Embedded): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createDriver: () => new EmbeddedDriver(database),
  };
}

/** Statements of the queue's own, each in a turn of its own. */
export function embeddedBoss(database: Embedded): BossConnection {
  return {
    backend: 'pglite',
    db: {
      async executeSql(text, values = []) {
        const turn = await database.turn();
        try {
          return { rows: (await turn.ask(values.length > 0 ? 'query' : 'script', text, values)).rows };
        } catch (error) {
          // A script that failed half-way leaves its transaction open, which would be everybody's.
          await turn.ask('query', 'ROLLBACK', []).catch(() => {});
          throw error;
        } finally {
          turn.end();
        }
      },
    },
  };
}

class EmbeddedConnection implements DatabaseConnection {
  /** A statement of the transaction has failed, so that it can only be rolled back. */
  aborted = false;

  constructor(readonly turn: Turn) {}

  async executeQuery<R>({ sql, parameters }: { sql: string; parameters: readonly unknown[] }): Promise<QueryResult<R>> {
    try {
      const { rows, affected } = await this.turn.ask('query', sql, parameters);
      return { rows: rows as R[], ...(affected === undefined ? {} : { numAffectedRows: BigInt(affected) }) };
    } catch (error) {
      this.aborted = true;
      throw error;
    }
  }

  // biome-ignore lint/correctness/useYield: nothing is streamed from it
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('the embedded database does not stream');
  }
}

class EmbeddedDriver implements Driver {
  constructor(private readonly database: Embedded) {}

  async init(): Promise<void> {}

  async acquireConnection(): Promise<EmbeddedConnection> {
    return new EmbeddedConnection(await this.database.turn());
  }

  async beginTransaction({ turn }: EmbeddedConnection): Promise<void> {
    await turn.ask('query', 'BEGIN', []);
  }

  async commitTransaction({ turn, aborted }: EmbeddedConnection): Promise<void> {
    if (aborted) {
      throw new StatementError({ name: 'Error', message: 'a statement of the transaction has failed', code: '25P02' });
    }
    await turn.ask('query', 'COMMIT', []);
  }

  async rollbackTransaction({ turn }: EmbeddedConnection): Promise<void> {
    await turn.ask('query', 'ROLLBACK', []);
  }

  async releaseConnection({ turn }: EmbeddedConnection): Promise<void> {
    turn.end();
  }

  async destroy(): Promise<void> {
    await this.database.close();
  }
}
