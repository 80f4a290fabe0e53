/** The embedded database: one connection in this process, and one process at a time. */
import type { PGlite } from '@electric-sql/pglite';
import { type DatabaseConnection, type Dialect, type Driver, PGliteDialect } from 'kysely';

/**
 * Kysely's dialect hands its one connection to whoever asks, so two transactions begun together would share their
 * state. This one hands it out to one at a time.
 */
export function serialPGliteDialect(pglite: PGlite): Dialect {
  const dialect = new PGliteDialect({ pglite });
  return {
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createDriver: () => new OneAtATime(dialect.createDriver()),
  };
}

class OneAtATime implements Driver {
  readonly #driver: Driver;
  readonly #waiting: (() => void)[] = [];
  #busy = false;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#busy) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#busy = true;
    return this.#driver.acquireConnection();
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    await this.#driver.releaseConnection(connection);
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#busy = false;
    } else {
      next();
    }
  }

  init: Driver['init'] = (options) => this.#driver.init(options);
  beginTransaction: Driver['beginTransaction'] = (...args) => this.#driver.beginTransaction(...args);
  commitTransaction: Driver['commitTransaction'] = (...args) => this.#driver.commitTransaction(...args);
  rollbackTransaction: Driver['rollbackTransaction'] = (...args) => this.#driver.rollbackTransaction(...args);
  destroy: Driver['destroy'] = () => this.#driver.destroy();
}
