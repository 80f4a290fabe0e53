/** A wire to a database that can be cut, and that can go silent. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export class Wire {
  readonly #to: URL;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #silent = false;
  #down = false;

  private constructor(to: URL) {
    this.#to = to;
    this.#server = createServer((near) => this.#join(near));
  }

  static async to(url: string): Promise<Wire> {
    const wire = new Wire(new URL(url));
    await new Promise<void>((done) => wire.#server.listen(0, '127.0.0.1', done));
    return wire;
  }

  /** The database, by way of this wire. */
  get url(): string {
    const url = new URL(this.#to);
    url.port = String((this.#server.address() as { port: number }).port);
    return url.href;
  }

  /** Nothing passes any more, and nobody is told. */
  silence(): void {
    this.#silent = true;
    for (const socket of this.#sockets) {
      socket.pause();
    }
  }

  /** What was held up goes on. */
  speak(): void {
    this.#silent = false;
    for (const socket of this.#sockets) {
      socket.resume();
    }
  }

  /** Every connection breaks; new ones can be made. */
  cut(): void {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
  }

  /** Every connection breaks, and new ones do too, until `up`. */
  down(): void {
    this.#down = true;
    this.cut();
  }

  up(): void {
    this.#down = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((done) => this.#server.close(done));
  }

  #join(near: Socket): void {
    if (this.#down) {
      near.destroy();
      return;
    }
    const far = connect(Number(this.#to.port), this.#to.hostname);
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (chunk) => into.write(chunk));
      from.on('end', () => into.end());
      from.on('error', () => into.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        into.destroy();
      });
      if (this.#silent) {
        from.pause();
      }
    }
  }
}
