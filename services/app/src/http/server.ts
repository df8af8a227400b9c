// Node's HTTP server: its timeouts, and what it says to requests that are not even HTTP.

import type { RequestListener, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { errorBody } from './error-responses.ts';

/** The server, not listening yet. */
export function createHttpServer(app: RequestListener, instanceName: string, log: Logger): Server {
  const server = createServer(
    {
      // Far longer than the proxy keeps an idle connection (1 s), so that it is never this side that closes one while
      // a request is on its way.
      keepAliveTimeout: 65_000,
      // For the head of a request, and for all of it. The proxy sends both at once; only a stuck client needs longer.
      headersTimeout: 10_000,
      requestTimeout: 20_000,
      // Judged by the app, see requireHost.
      requireHostHeader: false,
    },
    app,
  );
  // An expectation that is not known may be ignored (RFC 9110, section 10.1.1). Node would answer 417 on its own.
  server.on('checkExpectation', (req, res) => server.emit('request', req, res));

  const answering = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (req, res) => answering.set(req.socket, res));
  server.on('clientError', (error: Error & { code?: string }, socket: Duplex) => {
    log.debug({ err: { code: error.code, message: error.message } }, 'a request that is not HTTP');
    const headSent =
      answering.get(socket)?.headersSent === true && answering.get(socket)?.writableFinished === false;
    if (socket.writable && !headSent) socket.write(rawAnswer(error.code, instanceName));
    socket.destroy();
  });
  return server;
}

/** There is no request and so no response object: the answer is written by hand, in the form of all others. */
function rawAnswer(code: string | undefined, instanceName: string): string {
  const [status, reason, message] = explain(code);
  const body = JSON.stringify(errorBody(status, message));
  return [
    `HTTP/1.1 ${status} ${reason}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    `X-Served-By: ${instanceName}`,
    '',
    body,
  ].join('\r\n');
}

function explain(code: string | undefined): readonly [status: number, reason: string, message: string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [431, 'Request Header Fields Too Large', 'The headers are too large.'];
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return [413, 'Content Too Large', 'The body is too large.'];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'Request Timeout', 'The request took too long to arrive.'];
    default:
      return [400, 'Bad Request', 'The request is not well-formed HTTP.'];
  }
}
