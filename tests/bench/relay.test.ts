import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RoundTrips } from '../../services/bench/src/redis-counts.ts';
import { type Relay, startRelay } from '../../services/bench/src/relay.ts';

const delayMs = 5;

describe('the relay that makes a way longer', () => {
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
    // The quickest of them is the relay's own doing; the others may have waited for a busy machine.
    expect(Math.min(...times)).toBeGreaterThanOrEqual(2 * delayMs);
    expect(Math.min(...times)).toBeLessThan(2 * delayMs + 4);
  });

  test('delays what is sent without waiting but once, and keeps its order', async () => {
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

  test('passes on all that was sent before an end, however much it is', async () => {
    using socket = disposable(await dial(relay.port));
    const sent = Buffer.alloc(4 * 2 ** 20, 'abcdefg');
    const received = buffer(socket);
    socket.end(sent);
    expect((await received).equals(sent)).toBe(true);
  });

  test('breaks the connection where there is nobody to pass on to', async () => {
    await using nowhere = await startRelay({ port: await unusedPort(), delayMs });
    using socket = disposable(await dial(nowhere.port));
    await once(socket.resume(), 'close', { signal: AbortSignal.timeout(5_000) });
  });
});

describe('round trips', () => {
  const connection = {};
  const count = (arrivals: readonly (readonly ['there' | 'back', string])[]) => {
    const trips = new RoundTrips();
    for (const [direction, text] of arrivals) trips.onArrival(connection, direction, Buffer.from(text));
    return trips.count;
  };

  test('are one for what is sent together, and two where the answer is waited for', () => {
    expect(
      count([
        ['there', 'GET'],
        ['there', 'PTTL'],
        ['back', '1'],
        ['back', '2'],
      ]),
    ).toBe(1);
    expect(
      count([
        ['there', 'GET'],
        ['back', '1'],
        ['there', 'EXPIRE'],
        ['back', '2'],
      ]),
    ).toBe(2);
  });

  test('leave out the request whether a connection still lives', () => {
    expect(
      count([
        ['there', '*1\r\n$4\r\nPING\r\n'],
        ['back', '+PONG'],
      ]),
    ).toBe(0);
  });
});

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {}); // told by what did not come
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
