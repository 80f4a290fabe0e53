/** The server behind the application: three files that are anybody's, questions for who has the token, and one change. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ROOT } from '../checkout.js';
import { FolderInUseError } from '../database/folder-lock.js';
import { messageOf, UsageError } from '../errors.js';
import { getLogger } from '../log.js';
import { redact } from '../redaction.js';
import { isQuestion } from './answer.js';
import type { Problem } from './api.js';
import { HEADERS, refusal } from './gate.js';
import { readOverride } from './override.js';
import type { Reply, Source } from './source.js';

export interface Viewer {
  port: number;
  token: string;
  /** With the token, for whoever may look. */
  address: string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const API = '/api/';
const MOST_BODY_BYTES = 64 * 1024;
// A filter stands in the address, with names that may be long and of letters that take nine bytes there.
const MOST_HEADER_BYTES = 256 * 1024;
const WEB = new URL('queue-handler/dist/web/', ROOT);
const FILES: Record<string, { name: string; type: string }> = {
  '/': { name: 'index.html', type: 'text/html; charset=utf-8' },
  '/app.js': { name: 'app.js', type: 'text/javascript; charset=utf-8' },
  '/app.css': { name: 'app.css', type: 'text/css; charset=utf-8' },
  '/icon.svg': { name: 'icon.svg', type: 'image/svg+xml' },
};

const logger = getLogger('view');

/** @param port 0 for any that is free. @throws Error where the port is taken. */
export async function serveViewer(source: Source, port: number): Promise<Viewer> {
  const token = randomBytes(24).toString('base64url');
  let own = port;
  const server = createServer({ maxHeaderSize: MOST_HEADER_BYTES }, (request, response) => {
    respond(source, { request, response, port: own, token }).catch((error) => {
      logger.warn({ err: error }, 'a request failed');
      response.destroy();
    });
  });
  own = await listening(server, port);
  return {
    port: own,
    token,
    address: `http://${HOST}:${own}/#token=${token}`,
    async close() {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listening(server: Server, port: number): Promise<number> {
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(port, HOST, done);
  });
  return (server.address() as AddressInfo).port;
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  port: number;
  token: string;
}

async function respond(source: Source, { request, response, port, token }: Exchange): Promise<void> {
  const { method = '', headers } = request;
  const [path = '', words = ''] = splitOnce(request.url ?? '');
  const isApi = path.startsWith(API);
  const refused = refusal({ method, path, headers }, port, token, isApi);
  if (refused !== null) {
    sendProblem(response, refused.status, refused.error);
    return;
  }
  if (isApi) {
    const { status, body } = await asked(source, request, path.slice(API.length), words);
    send(response, status, 'application/json; charset=utf-8', body);
    return;
  }
  const file = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
  if (file === undefined || (method !== 'GET' && method !== 'HEAD')) {
    sendProblem(response, file === undefined ? 404 : 405, 'there is nothing of this name');
    return;
  }
  send(response, 200, file.type, readFileSync(new URL(file.name, WEB)));
}

async function asked(source: Source, request: IncomingMessage, name: string, words: string): Promise<Reply> {
  try {
    if (name === 'override') {
      return request.method === 'POST'
        ? await source.override(readOverride(await bodyOf(request)))
        : problem(405, 'an override is sent by POST');
    }
    if (!isQuestion(name)) {
      return problem(404, 'there is no such question');
    }
    return request.method === 'GET' ? await source.ask(name, words) : problem(405, 'questions are asked by GET');
  } catch (error) {
    if (!(error instanceof UsageError)) {
      logger.warn({ err: error, question: name }, 'a question was not answered');
    }
    return problem(statusOf(error), redact(messageOf(error)));
  }
}

function statusOf(error: unknown): number {
  // Another process is just opening the database, or leaving it: the page asks again.
  const isBusy = error instanceof FolderInUseError;
  return isBusy ? 503 : error instanceof UsageError ? 400 : 500;
}

/** @throws UsageError where it is no JSON, or too long. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new UsageError('the body must be JSON');
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MOST_BODY_BYTES) {
      throw new UsageError('the body is too long');
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new UsageError('the body must be JSON');
  }
}

function problem(status: number, error: string): Reply {
  return { status, body: JSON.stringify({ error } satisfies Problem) };
}

function sendProblem(response: ServerResponse, status: number, error: string): void {
  send(response, status, 'application/json; charset=utf-8', problem(status, error).body);
}

function send(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  response.writeHead(status, { ...HEADERS, 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

function splitOnce(url: string): string[] {
  const at = url.indexOf('?');
  return at < 0 ? [url] : [url.slice(0, at), url.slice(at + 1)];
}
