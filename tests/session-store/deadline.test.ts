import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { TimeoutError, withinDeadline } from '../../services/session-store/src/deadline.ts';

function block(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

describe('A deadline', () => {
  test('passes on the result of the work, a value or an error', async () => {
    await expect(withinDeadline(1000, Promise.resolve(1))).resolves.toBe(1);
    await expect(withinDeadline(1000, Promise.reject(new RangeError('no')))).rejects.toThrow(RangeError);
  });

  test('ends the wait for work that does not end', async () => {
    let timeouts = 0;
    const startedMs = performance.now();
    const wait = withinDeadline(50, new Promise(() => undefined), () => timeouts++);
    await expect(wait).rejects.toThrow(TimeoutError);
    expect(performance.now() - startedMs).toBeLessThan(250);
    expect(timeouts).toBe(1);
  });

  test('ignores an error that comes after it', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', listen);
    const late = sleep(60).then(() => Promise.reject(new Error('late')));
    await expect(withinDeadline(20, late)).rejects.toThrow(TimeoutError);
    await sleep(100);
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  test('does not expire because the event loop was blocked: a reply that is in the socket is read', async () => {
    const server = createServer((socket) => socket.pipe(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TypeError('no TCP address');
    const socket: Socket = connect(address.port, '127.0.0.1');
    await once(socket, 'connect');
    try {
      const echo = once(socket, 'data').then(([data]) => String(data));
      const answer = withinDeadline(50, echo);
      socket.write('hello');
      await new Promise(setImmediate);
      block(120);
      await expect(answer).resolves.toBe('hello');
    } finally {
      socket.destroy();
      server.close();
    }
  });
});
