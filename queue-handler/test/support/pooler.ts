/**
 * A transaction pooler in little: a client has a server's connection for one transaction and gets the next one's from
 * whichever is free. https://www.postgresql.org/docs/15/protocol-message-formats.html
 */
import { createServer, connect as dial, type Socket } from 'node:net';

const AUTHENTICATION_OK = message('R', Buffer.from([0, 0, 0, 0]));
const READY = message('Z', Buffer.from('I'));

interface Backend {
  socket: Socket;
  onMessage: (type: string, whole: Buffer) => void;
}

export class Pooler {
  readonly #free: Backend[] = [];
  readonly #waiting: ((backend: Backend) => void)[] = [];
  readonly #clients = new Set<Socket>();
  readonly #backends: Backend[] = [];
  readonly #server = createServer((socket) => this.#serve(socket));
  #clientNumber = 900_000;
  /** How often a client got a connection. */
  lent = 0;

  /** @param startup the user and the database of its connections. */
  static async to(port: number, startup: { user: string; database: string }, size = 2): Promise<Pooler> {
    const pooler = new Pooler();
    for (let made = 0; made < size; made += 1) {
      const backend = await login(port, startup);
      pooler.#backends.push(backend);
      pooler.#free.push(backend);
    }
    await new Promise<void>((done) => pooler.#server.listen(0, '127.0.0.1', done));
    return pooler;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    for (const socket of [...this.#clients, ...this.#backends.map((backend) => backend.socket)]) {
      socket.destroy();
    }
    await new Promise((done) => this.#server.close(done));
  }

  #serve(client: Socket): void {
    this.#clients.add(client);
    let backend: Promise<Backend> | null = null;
    let started = false;
    let buffer = Buffer.alloc(0);
    client.on('error', () => {});
    client.on('close', () => this.#clients.delete(client));
    const borrow = (): Promise<Backend> => {
      backend ??= this.#take().then((taken) => {
        this.lent += 1;
        taken.onMessage = (type, whole) => {
          client.write(whole);
          if (type === 'Z' && whole.at(-1) === 0x49) {
            backend = null;
            this.#give(taken);
          }
        };
        return taken;
      });
      return backend;
    };
    client.on('data', (chunk: Buffer) => {
      buffer = Buffer.concat([buffer, chunk]);
      if (!started) {
        if (buffer.length < 4 || buffer.length < buffer.readInt32BE(0)) {
          return;
        }
        buffer = buffer.subarray(buffer.readInt32BE(0));
        started = true;
        this.#clientNumber += 1;
        const key = Buffer.alloc(8);
        key.writeInt32BE(this.#clientNumber, 0);
        client.write(Buffer.concat([AUTHENTICATION_OK, message('K', key), READY]));
      }
      for (const whole of cut(
        () => buffer,
        (rest) => (buffer = rest),
      )) {
        if (String.fromCharCode(whole[0] ?? 0) === 'X') {
          client.end();
        } else {
          void borrow().then(({ socket }) => socket.write(whole));
        }
      }
    });
  }

  async #take(): Promise<Backend> {
    return this.#free.shift() ?? new Promise((done) => this.#waiting.push(done));
  }

  #give(backend: Backend): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#free.push(backend);
    } else {
      next(backend);
    }
  }
}

async function login(port: number, { user, database }: { user: string; database: string }): Promise<Backend> {
  const socket = dial(port, '127.0.0.1');
  const body = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(body.length + 8, 0);
  head.writeInt32BE(196_608, 4);
  const backend: Backend = { socket, onMessage: () => {} };
  let buffer = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (const whole of cut(
      () => buffer,
      (rest) => (buffer = rest),
    )) {
      backend.onMessage(String.fromCharCode(whole[0] ?? 0), whole);
    }
  });
  await new Promise<void>((ready) => {
    backend.onMessage = (type) => type === 'Z' && ready();
    socket.write(Buffer.concat([head, body]));
  });
  return backend;
}

function* cut(get: () => Buffer, set: (rest: Buffer<ArrayBuffer>) => void): Generator<Buffer> {
  for (let buffer = get(); buffer.length >= 5 && buffer.length > buffer.readInt32BE(1); buffer = get()) {
    const length = buffer.readInt32BE(1) + 1;
    set(Buffer.from(buffer.subarray(length)));
    yield buffer.subarray(0, length);
  }
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
