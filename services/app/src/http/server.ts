// Node's HTTP server: its timeouts, and its responses to requests that are not even HTTP.

import type { RequestListener, Server, ServerOptions, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { errorBody } from './error-responses.ts';
import { headerLines } from './headers.ts';
import { closeInOrder, isClosing } from './orderly-close.ts';

/**
 * The server, not listening yet.
 * @param classes of requests and responses, see express-classes.ts
 */
export function createHttpServer(
  app: RequestListener,
  instanceName: string,
  log: Logger,
  classes: Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'> = {},
): Server {
  const server = createServer(
    {
      // Far longer than the proxy keeps an idle connection (1 s), so that this side never closes one while a request is
      // on its way.
      keepAliveTimeout: 65_000,
      // For the head of a request, and for all of it. The proxy sends both at once; only a stuck client needs longer.
      headersTimeout: 10_000,
      requestTimeout: 20_000,
      // Node's default, written down because nginx has to refuse less than this (infra/nginx/clients.conf).
      maxHeaderSize: 16_384,
      // Checked by the app, see requireHost.
      requireHostHeader: false,
      ...classes,
    },
    // What comes after a refusal on the same connection is not acted upon: its client was told that it is closed.
    (req, res) => (isClosing(req.socket) ? req.resume() : app(req, res)),
  );
  // An unknown expectation may be ignored (RFC 9110, section 10.1.1). Node on its own would answer 417.
  server.on('checkExpectation', (req, res) => server.emit('request', req, res));

  const headers = headerLines(instanceName);
  const lastResponse = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (req, res) => lastResponse.set(req.socket, res));
  server.on('connection', (socket: Socket) => {
    // How Node closes a connection after its last answer: at once, also when the request was refused before its body came.
    const closeAtOnce = socket.destroySoon.bind(socket);
    socket.destroySoon = () => {
      if (lastResponse.get(socket)?.req.complete === false) closeInOrder(socket);
      else closeAtOnce();
    };
  });
  server.on('clientError', (error: Error & { code?: string }, socket: Duplex) => {
    // Node reports the same request again with each piece of it that comes.
    if (!(socket instanceof Socket) || isClosing(socket)) return;
    log.debug({ err: { code: error.code, message: error.message } }, 'a request that is not HTTP');
    // A second response must not be written into one that is half sent.
    const res = lastResponse.get(socket);
    const isHalfSent = res?.headersSent === true && !res.writableFinished;
    if (!socket.writable || isHalfSent) {
      socket.destroy();
      return;
    }
    closeInOrder(socket, rawResponse(error.code, headers));
    // Its parser has not failed: the rest of the request would be carried out after all.
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') socket.pause();
  });
  return server;
}

/** There is no request: the response is written by hand, in the form of all others. */
function rawResponse(code: string | undefined, headers: readonly string[]): string {
  const [status, reason, message] = statusFor(code);
  const body = JSON.stringify(errorBody(status, message));
  return [
    `HTTP/1.1 ${status} ${reason}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
    '',
    body,
  ].join('\r\n');
}

function statusFor(code: string | undefined): readonly [status: number, reason: string, message: string] {
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
