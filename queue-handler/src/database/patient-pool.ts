/**
 * A pool that opens one more connection only where none of those that it has comes back in a moment: a handler begins with a
 * dozen statements at once, of which each takes a thousandth of a second, and to open a connection takes the server ten.
 */
import pg from 'pg';

/** So many are opened at once. */
const AT_ONCE = 2;
/** Longer than most statements take, or a connection to be opened; shorter than anybody notices. */
export const PATIENCE_MILLISECONDS = 50;

type Callback = (error: Error | undefined, client: pg.PoolClient | undefined, release: () => void) => void;

export class PatientPool extends pg.Pool {
  readonly #woken = new Set<() => void>();

  constructor(config: pg.PoolConfig) {
    super(config);
    // It is told before the connection lies with the others.
    this.on('release', () => setImmediate(() => this.#wake()));
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Callback): void;
  override connect(callback?: Callback): Promise<pg.PoolClient> | undefined {
    const begun = this.#isTight ? this.#moment() : null;
    if (callback === undefined) {
      return begun === null ? super.connect() : begun.then(() => super.connect());
    }
    if (begun === null) {
      super.connect(callback);
    } else {
      void begun.then(() => super.connect(callback));
    }
    return undefined;
  }

  /** Statements that wait for a connection: for a moment, and then in the pool's own queue. */
  get waiting(): number {
    return this.#woken.size + this.waitingCount;
  }

  /** Whether one more would be opened. Of those that lie idle each is promised to one that waits in the pool's own queue. */
  get #isTight(): boolean {
    const lacking = this.waitingCount - this.idleCount;
    return !this.ending && lacking >= 0 && this.totalCount + lacking >= AT_ONCE && this.totalCount < this.options.max;
  }

  async #moment(): Promise<void> {
    let isOver = false;
    let wake: () => void = () => {};
    const timer = setTimeout(() => {
      isOver = true;
      wake();
    }, PATIENCE_MILLISECONDS);
    while (!isOver && this.#isTight) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        this.#woken.add(resolve);
      });
      this.#woken.delete(wake);
    }
    clearTimeout(timer);
  }

  /** The one that has waited longest takes what has come back. */
  #wake(): void {
    const [first] = this.#woken;
    if (first !== undefined) {
      this.#woken.delete(first);
      first();
    }
  }
}
