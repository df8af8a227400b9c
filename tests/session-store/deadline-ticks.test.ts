// How a deadline counts, on a clock and with timers that the test moves.

import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Deadlines, TimeoutError } from '../../services/session-store/src/deadline.ts';

const tickMs = 10;
let nowMs: number;
let deadlines: Deadlines;
beforeEach(() => {
  nowMs = 1000;
  jest.useFakeTimers({ doNotFake: ['performance', 'setImmediate', 'nextTick', 'queueMicrotask'] });
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
  deadlines = new Deadlines(tickMs);
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

/** Time passes for the timers, and what they leave to an immediate happens. */
async function advance(ms: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(ms);
  await turn();
}

/** One tick, of which the process may be late: it is `ms` since the one before. */
async function tick(ms = tickMs): Promise<void> {
  nowMs += ms;
  await advance(tickMs);
}

async function ticks(count: number): Promise<void> {
  for (let done = 0; done < count; done++) await tick();
}

/** A wait and how it ended, `waiting` until then. */
function wait(deadlineMs: number, work: Promise<unknown> = new Promise(() => undefined)) {
  let end: unknown = 'waiting';
  const onTimeout = jest.fn();
  deadlines.within(deadlineMs, work, onTimeout).then(
    (value) => {
      end = value;
    },
    (error: unknown) => {
      end = error;
    },
  );
  return { onTimeout, end: () => end };
}

describe('A wait', () => {
  test('ends with the first tick at which its deadline has passed, and then nothing runs any more', async () => {
    const one = wait(25);
    await ticks(2);
    expect(one.end()).toBe('waiting');
    await tick();
    expect(one.end()).toBeInstanceOf(TimeoutError);
    expect(one.end()).toMatchObject({ name: 'TimeoutError', message: 'no answer within 25 ms' });
    expect(one.onTimeout).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('ends also where nothing is to be done then', async () => {
    const ended = expect(deadlines.within(10, new Promise(() => undefined))).rejects.toThrow(TimeoutError);
    await tick();
    await ended;
  });

  test('ends with the tick at its deadline', async () => {
    const one = wait(20);
    await tick();
    expect(one.end()).toBe('waiting');
    await tick();
    expect(one.end()).toBeInstanceOf(TimeoutError);
  });

  test('does not pay for the part of a tick that was over when it began', async () => {
    wait(1000);
    await ticks(3);
    nowMs += 6;
    const later = wait(20);
    nowMs += 4;
    await advance(tickMs);
    await tick();
    expect(later.end()).toBe('waiting');
    await tick();
    expect(later.end()).toBeInstanceOf(TimeoutError);
  });

  test('is not longer because another begins between two ticks', async () => {
    const first = wait(20);
    nowMs += 6;
    wait(1000);
    nowMs += 4;
    await advance(tickMs);
    await tick();
    expect(first.end()).toBeInstanceOf(TimeoutError);
  });

  test('is not shorter because the one before it ended long ago', async () => {
    wait(5);
    await tick();
    nowMs += 5000;
    const next = wait(20);
    await tick();
    expect(next.end()).toBe('waiting');
  });

  test('counts a late tick as one and a half', async () => {
    const one = wait(36);
    await tick(5000);
    await tick(5000);
    expect(one.end()).toBe('waiting');
    await tick(5000);
    expect(one.end()).toBeInstanceOf(TimeoutError);
  });

  test('ends alone, where others have time left', async () => {
    const [short, long] = [wait(10), wait(30)];
    await tick();
    expect([short.end(), long.end()]).toEqual([expect.any(TimeoutError), 'waiting']);
    await ticks(2);
    expect(long.end()).toBeInstanceOf(TimeoutError);
    expect(long.onTimeout).toHaveBeenCalledTimes(1);
  });

  test('ends alone also where the other began first', async () => {
    const [long, short] = [wait(30), wait(10)];
    await tick();
    expect([short.end(), long.end()]).toEqual([expect.any(TimeoutError), 'waiting']);
  });

  test('ends with a result that was read after the tick at its deadline', async () => {
    const work = Promise.withResolvers<string>();
    const one = wait(10, work.promise);
    nowMs += tickMs;
    jest.advanceTimersByTime(tickMs);
    // Sockets are read before immediates run.
    work.resolve('answer');
    await turn();
    expect(one.end()).toBe('answer');
    expect(one.onTimeout).not.toHaveBeenCalled();
    expect(jest.getTimerCount()).toBe(0);
  });

  test.each([
    ['a result', async () => 'answer', 'answer'],
    ['an error', () => Promise.reject(new RangeError('no')), new RangeError('no')],
  ])('that ends with %s leaves nothing running', async (_, work, end) => {
    const one = wait(20, work());
    await advance(0);
    expect(one.end()).toEqual(end);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('that ended leaves the ticks to the others', async () => {
    const work = Promise.withResolvers<void>();
    const [first, second] = [wait(1000, work.promise), wait(20)];
    work.resolve();
    await ticks(2);
    expect([first.end(), second.end()]).toEqual([undefined, expect.any(TimeoutError)]);
  });
});

describe('The clock of the time in which the process ran', () => {
  test('stands still while nothing waits, and counts a late tick as one and a half', async () => {
    expect(deadlines.runningMs).toBe(0);
    const work = Promise.withResolvers<void>();
    wait(1000, work.promise);
    nowMs += 3;
    expect(deadlines.runningMs).toBe(3);
    nowMs += 7;
    await advance(tickMs);
    expect(deadlines.runningMs).toBe(10);
    await tick(5000);
    expect(deadlines.runningMs).toBe(25);
    nowMs += 4;
    work.resolve();
    await advance(0);
    expect(deadlines.runningMs).toBe(29);
    nowMs += 5000;
    expect(deadlines.runningMs).toBe(29);
  });
});
