/** /healthz and /metrics over HTTP, read-only, for who watches a handler. Nothing that is sent here changes anything. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, BlockList, isIP } from 'node:net';
import type { Database } from '../database/connect.js';
import { messageOf, UsageError } from '../errors.js';
import { getLogger } from '../log.js';
import { redact } from '../redaction.js';
import { terminalText } from '../terminal-text.js';
import { Exposition, type Shown } from './exposition.js';

// A scraper asks once in a few seconds, over one connection.
const MOST_CONNECTIONS = 16;
const PATIENCE_MILLISECONDS = 5_000;
const MOST_HEADER_BYTES = 8 * 1024;

const logger = getLogger('metrics');

export interface MetricsServer {
  /** Where it listens. */
  url: string;
  close(): Promise<void>;
}

/** @throws UsageError naming the variable, where there is no place to listen. */
export async function serveMetrics(
  handler: Shown,
  database: Pick<Database, 'db' | 'pools'>,
  { metricsHost: host, metricsPort: port }: { metricsHost: string; metricsPort: number },
): Promise<MetricsServer> {
  const exposition = new Exposition(handler, database);
  const server = createServer(
    { maxHeaderSize: MOST_HEADER_BYTES, requestTimeout: PATIENCE_MILLISECONDS, headersTimeout: PATIENCE_MILLISECONDS },
    (request, response) => {
      answer(request, response, handler, exposition).catch((error) => {
        logger.error({ err: error }, 'a scrape could not be answered');
        response.destroy();
      });
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  try {
    await listening(server, host, port);
  } catch (error) {
    exposition.close();
    throw new UsageError(
      `QUEUE_METRICS_PORT: nothing can listen on port ${port} of ${host} (${messageOf(error)}); choose another, one for ` +
        'each handler of a machine, or unset it',
      { cause: error },
    );
  }
  // It never keeps a process from its end.
  server.unref();
  server.on('error', (error) => logger.error({ err: error }, 'the place of the metrics has an error'));
  const { address, family, port: taken } = server.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`;
  logger.info({ url }, 'metrics and health are served');
  if (!isLoopback(address)) {
    logger.warn({ url }, 'metrics and health can be read from other machines, by everybody who reaches this address');
  }
  return {
    url,
    async close() {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
      exposition.close();
    },
  };
}

async function answer(
  { method, url }: IncomingMessage,
  response: ServerResponse,
  handler: Shown,
  exposition: Exposition,
): Promise<void> {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  const [path] = (url ?? '').split('?');
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
  } else if (path === '/metrics') {
    const text = await exposition.text();
    response.writeHead(200, { 'Content-Type': exposition.contentType }).end(text);
  } else if (path === '/healthz') {
    const { condition } = handler;
    const { status } = condition;
    const told = status === 'failing' ? { status, reason: terminalText(redact(condition.reason)) } : { status };
    response
      .writeHead(status === 'failing' ? 503 : 200, { 'Content-Type': 'application/json' })
      .end(`${JSON.stringify(told)}\n`);
  } else {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('/healthz or /metrics\n');
  }
}

async function listening(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      done();
    });
  });
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

function isLoopback(address: string): boolean {
  return LOOPBACK.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
