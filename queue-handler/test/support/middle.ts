/** Between a client and a server: passes everything on, until it is told to fall silent as a firewall does that forgot. */
import { createServer, connect as dial, type Socket } from 'node:net';

export class Middle {
  readonly #pairs = new Set<[Socket, Socket]>();
  readonly #server = createServer((near) => this.#join(near));
  #mute = false;

  private constructor(private readonly target: number) {}

  static async to(port: number): Promise<Middle> {
    const middle = new Middle(port);
    await new Promise<void>((done) => middle.#server.listen(0, '127.0.0.1', done));
    return middle;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Every connection that is open stays open, and nothing passes on it any more. New ones are served. */
  forget(): void {
    for (const pair of this.#pairs) {
      for (const socket of pair) {
        socket.unpipe();
        socket.resume();
      }
    }
  }

  /** Nor is anything that connects from now on. */
  mute(): void {
    this.#mute = true;
    this.forget();
  }

  unmute(): void {
    this.#mute = false;
  }

  async close(): Promise<void> {
    for (const [near, far] of this.#pairs) {
      near.destroy();
      far.destroy();
    }
    await new Promise((done) => this.#server.close(done));
  }

  #join(near: Socket): void {
    const far = dial(this.target, '127.0.0.1');
    const pair: [Socket, Socket] = [near, far];
    this.#pairs.add(pair);
    for (const [one, other] of [pair, [far, near] as const]) {
      one.on('error', () => {});
      one.on('close', () => {
        other.destroy();
        this.#pairs.delete(pair);
      });
    }
    if (this.#mute) {
      near.resume();
    } else {
      near.pipe(far);
      far.pipe(near);
    }
  }
}
