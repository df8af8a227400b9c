// What the load generator could do if answers cost nothing: asked of a server that does not even read the request.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { load } from './load.ts';
import type { TestBed } from './test-bed.ts';

const body = '{"status":"success","data":{"user":{"id":"1","username":"user-0123456789abcdef"}}}';
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
);

/** Requests per second. No figure of an instance means anything that comes near it. */
export async function generatorCeiling(
  testBed: TestBed,
  connections: number,
  measureMs: number,
): Promise<number> {
  // A request of the generator comes in one piece, so each piece is one request.
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('data', () => socket.write(answer));
    socket.on('error', () => {}); // the generator is done and gone
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TypeError('A TCP server has a TCP port');
    const origin = `http://127.0.0.1:${address.port}`;
    const request = { method: 'GET', path: '/api/v1/me', headers: {} } as const;
    const pace = { kind: 'closed', connections } as const;
    const report = await load(testBed, { name: 'a server of canned answers', origin }, request, pace, {
      warmUpMs: 300,
      measureMs,
    });
    return report.perSecond;
  } finally {
    server.close();
  }
}
