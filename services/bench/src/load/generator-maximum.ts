// What the load generator can do at most: measured on a server that answers at once, without reading the request.

import { once } from 'node:events';
import { createServer } from 'node:net';
import type { TestBed } from '../test-bed.ts';
import { measureLoad } from './measure-load.ts';

const body = '{"status":"success","data":{"user":{"id":"1","username":"user-0123456789abcdef"}}}';
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
);

/** Requests per second. A figure of an instance that comes near it is the generator's own, not the instance's. */
export async function measureGeneratorMaximum(
  testBed: TestBed,
  connections: number,
  measureMs: number,
): Promise<number> {
  // A request of the generator comes in one piece, so each piece is one request.
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('data', () => socket.write(answer));
    socket.on('error', () => {}); // the generator has finished and closed the connection
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TypeError('A TCP server has a TCP port');
    const target = { name: 'a server with a fixed answer', origin: `http://127.0.0.1:${address.port}` };
    const request = { method: 'GET', path: '/api/v1/me', headers: {} } as const;
    const pace = { kind: 'closed', connections } as const;
    const { perSecond } = await measureLoad(testBed, target, request, pace, { warmUpMs: 300, measureMs });
    return perSecond;
  } finally {
    server.close();
  }
}
