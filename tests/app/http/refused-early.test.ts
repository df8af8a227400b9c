// Requests that are refused while their client still sends: the client gets its answer, and not a broken connection.

import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHttpServer } from '../../../services/app/src/http/server.ts';
import { openLog } from '../../../services/app/src/operations/log.ts';
import type { TestApp } from '../../support/app.ts';
import { startApp } from '../../support/app.ts';
import { malformedRequests } from '../../support/malformed-requests.ts';
import { until } from '../../support/wait.ts';

const opened = new AsyncDisposableStack();
let app: TestApp;
beforeAll(async () => {
  app = opened.use(await startApp());
});
afterAll(() => opened.disposeAsync());

interface Received {
  answer: string;
  /** The code of an error, such as ECONNRESET. */
  error: string | undefined;
  closed: boolean;
}

function open(port = app.port): { socket: Socket; received: Received } {
  const received: Received = { answer: '', error: undefined, closed: false };
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).setEncoding('latin1');
  socket.on('data', (text: string) => {
    received.answer += text;
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    received.error = error.code;
  });
  socket.on('close', () => {
    received.closed = true;
  });
  return { socket, received };
}

/** As a proxy does: the head first, then the body in pieces, whatever has been answered by then. */
async function sendInPieces(head: string, pieces: readonly string[]): Promise<Received> {
  const { socket, received } = open();
  socket.write(head, 'latin1');
  for (const piece of pieces) {
    await sleep(20);
    socket.write(piece);
  }
  await until('the answer has come', () => received.answer.includes('}'));
  socket.end();
  await until('it is closed', () => received.closed);
  return received;
}

const pieces = Array.from({ length: 5 }, () => 'x'.repeat(40_000));

test.each(Object.entries(malformedRequests))('%s', async (_, text) => {
  const [head = ''] = text.split('\r\n\r\n');
  const { answer, error } = await sendInPieces(`${head}\r\n\r\n`, pieces);
  expect(error).toBeUndefined();
  expect(answer.match(/HTTP\/1\.1 4\d\d /g)).toHaveLength(1);
  expect(answer).toMatch(/\{"status":"fail","message":"[^"]+"\}$/);
});

test.each([
  ['another type', 'Content-Type: text/plain', 415],
  ['another site', 'Content-Type: application/json\r\nOrigin: https://evil.example', 403],
])('a body that is not read, of %s, where the connection is to be closed', async (_, header, status) => {
  const head = `POST /api/v1/login HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 200000\r\n${header}`;
  const { answer, error } = await sendInPieces(`${head}\r\n\r\n`, pieces);
  expect(error).toBeUndefined();
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

describe('a client that goes on sending', () => {
  const [malformed = ''] = Object.values(malformedRequests);

  test('is cut off after a second', async () => {
    const { socket, received } = open();
    socket.write(malformed);
    await until('it is answered', () => received.answer.includes('}'));
    const start = performance.now();
    while (!received.closed && performance.now() - start < 5_000) {
      socket.write('x');
      await sleep(20);
    }
    expect(received.closed).toBe(true);
    expect(performance.now() - start).toBeLessThan(2_500);
  });

  test('is cut off after a mebibyte', async () => {
    const { socket, received } = open();
    socket.write(malformed);
    const start = performance.now();
    while (!received.closed && performance.now() - start < 5_000) {
      socket.write('x'.repeat(500_000));
      await sleep(10);
    }
    expect(performance.now() - start).toBeLessThan(700);
  });

  test('gets no second answer, for what would be a request', async () => {
    const { socket, received } = open();
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n');
    await until('it is answered', () => received.answer.includes('}'));
    socket.end('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n');
    await until('it is closed', () => received.closed);
    expect(received.answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});

test('a request that was told that it took too long is not carried out when its rest comes', async () => {
  let carriedOut = 0;
  const server = createHttpServer(() => (carriedOut += 1), 'app-1', openLog('silent', 'app-1'));
  const accepted = once(server, 'connection');
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const { socket, received } = open((server.address() as AddressInfo).port);
    socket.write('POST / HTTP/1.1\r\nHost: a\r\n');
    const [connection] = await accepted;
    // As Node does after its timeout, which is 10 s.
    const error = Object.assign(new Error('took too long'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    server.emit('clientError', error, connection);
    await until('it is answered', () => received.answer.startsWith('HTTP/1.1 408 '));
    socket.end('Content-Length: 0\r\n\r\n');
    await until('it is closed', () => received.closed);
    expect(carriedOut).toBe(0);
  } finally {
    server.close();
  }
});
