import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RoundTripCounter } from '../../services/bench/src/redis/redis-counts.ts';
import { type Direction, type Relay, startRelay } from '../../services/bench/src/redis/relay.ts';

const delayMs = 5;

describe('the relay that adds latency', () => {
  let echo: Server;
  let relay: Relay;

  beforeAll(async () => {
    echo = createServer({ noDelay: true }, (socket) => socket.on('error', () => {}).pipe(socket));
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    relay = await startRelay({ port: portOf(echo), delayMs });
  });
  afterAll(async () => {
    await relay[Symbol.asyncDispose]();
    echo.close();
  });

  test('adds its delay to each direction, and little more', async () => {
    using socket = disposable(await dial(relay.port));
    const times: number[] = [];
    for (let n = 0; n < 30; n++) {
      const beganMs = performance.now();
      socket.write('x');
      await once(socket, 'data');
      times.push(performance.now() - beganMs);
    }
    // The fastest shows the relay itself; the others may have waited for a busy machine.
    expect(Math.min(...times)).toBeGreaterThanOrEqual(2 * delayMs);
    expect(Math.min(...times)).toBeLessThan(2 * delayMs + 4);
  });

  test('delays what is sent without waiting only once, and keeps its order', async () => {
    using socket = disposable(await dial(relay.port));
    const sent = Array.from({ length: 500 }, (_, n) => `${n},`);
    const beganMs = performance.now();
    const received = buffer(socket);
    for (const text of sent) {
      socket.write(text);
      await new Promise((resolve) => setImmediate(resolve)); // each a packet of its own
    }
    socket.end();
    expect((await received).toString()).toBe(sent.join(''));
    expect(performance.now() - beganMs).toBeLessThan(500 * delayMs);
  });

  test('passes on everything that was sent before the end, however much it is', async () => {
    using socket = disposable(await dial(relay.port));
    const sent = Buffer.alloc(4 * 2 ** 20, 'abcdefg');
    const received = buffer(socket);
    socket.end(sent);
    expect((await received).equals(sent)).toBe(true);
  });

  test('breaks the connection when no server listens', async () => {
    await using relayToNowhere = await startRelay({ port: await unusedPort(), delayMs });
    using socket = disposable(await dial(relayToNowhere.port));
    await once(socket.resume(), 'close', { signal: AbortSignal.timeout(5_000) });
  });
});

describe('round trips', () => {
  const connection = {};
  const count = (arrivals: readonly (readonly [Direction, string])[]) => {
    const trips = new RoundTripCounter();
    for (const [direction, text] of arrivals) trips.onArrival(connection, direction, Buffer.from(text));
    return trips.count;
  };

  test('are one for what is sent together, and two where the answer is waited for', () => {
    expect(
      count([
        ['to-server', 'GET'],
        ['to-server', 'PTTL'],
        ['to-client', '1'],
        ['to-client', '2'],
      ]),
    ).toBe(1);
    expect(
      count([
        ['to-server', 'GET'],
        ['to-client', '1'],
        ['to-server', 'EXPIRE'],
        ['to-client', '2'],
      ]),
    ).toBe(2);
  });

  test('do not include the PING that checks whether a connection still works', () => {
    expect(
      count([
        ['to-server', '*1\r\n$4\r\nPING\r\n'],
        ['to-client', '+PONG'],
      ]),
    ).toBe(0);
  });
});

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {}); // the test notices by what does not arrive
  await once(socket, 'connect');
  return socket;
}

function disposable(socket: Socket): Socket & Disposable {
  return Object.assign(socket, { [Symbol.dispose]: () => void socket.destroy() });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('A TCP server has a TCP port');
  return address.port;
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}
