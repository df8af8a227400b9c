import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { Deadlines, TimeoutError } from '../../services/session-store/src/deadline.ts';

function block(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

const never = () => new Promise<never>(() => undefined);

async function timeoutAfterMs(wait: Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await expect(wait).rejects.toThrow(TimeoutError);
  return performance.now() - startedMs;
}

describe('A deadline', () => {
  test('passes on the result of the work, a value or an error', async () => {
    const deadlines = new Deadlines(5);
    await expect(deadlines.within(1000, Promise.resolve(1))).resolves.toBe(1);
    await expect(deadlines.within(1000, Promise.reject(new RangeError('no')))).rejects.toThrow(RangeError);
  });

  test('ends the wait for work that does not end, not before its time, and tells once', async () => {
    let timeouts = 0;
    const tookMs = await timeoutAfterMs(new Deadlines(5).within(50, never(), () => timeouts++));
    expect(tookMs).toBeGreaterThanOrEqual(50);
    expect(tookMs).toBeLessThan(250);
    expect(timeouts).toBe(1);
  });

  test('is as long for a wait that begins between two ticks', async () => {
    const deadlines = new Deadlines(40);
    const first = timeoutAfterMs(deadlines.within(300, never()));
    await sleep(30);
    expect(await timeoutAfterMs(deadlines.within(80, never()))).toBeGreaterThanOrEqual(80);
    expect(await first).toBeGreaterThanOrEqual(300);
  });

  test('ignores an error that comes after it', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', listen);
    const late = sleep(60).then(() => Promise.reject(new Error('late')));
    await expect(new Deadlines(5).within(20, late)).rejects.toThrow(TimeoutError);
    await sleep(100);
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  test('counts only time in which the process ran: a long computation is not the other side’s silence', async () => {
    const deadlines = new Deadlines(5);
    const begun = performance.now();
    const wait = deadlines.within(
      50,
      sleep(20).then(() => sleep(20, 'answer')),
    );
    await new Promise(setImmediate);
    block(300);
    await expect(wait).resolves.toBe('answer');
    expect(performance.now() - begun).toBeGreaterThan(300);
  });

  test('does not pass while a reply is in the socket, unread', async () => {
    const server = createServer((peer) => peer.on('error', () => undefined).pipe(peer));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TypeError('no TCP address');
    const socket: Socket = connect(address.port, '127.0.0.1');
    await once(socket, 'connect');
    try {
      const echo = once(socket, 'data').then(([data]) => String(data));
      const answer = new Deadlines(5).within(12, echo);
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
