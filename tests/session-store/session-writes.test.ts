// How writes of one session wait for one another, collide with those of other instances, and end. What Redis answers, and
// how long it takes, is said by each test.

import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { SessionGone } from '../../services/session-store/src/errors.ts';
import type { SessionCalls } from '../../services/session-store/src/session-calls.ts';
import type { LoadedSnapshot } from '../../services/session-store/src/session-origins.ts';
import { SessionWrites } from '../../services/session-store/src/session-writes.ts';
import { type Attempt, ScriptedCalls, stored } from './scripted-calls.ts';
import { cookie, loaded, textOf } from './waiting-write.ts';

const deadlineMs = 100;

let calls: ScriptedCalls;
let writes: SessionWrites;
beforeEach(() => {
  calls = new ScriptedCalls();
  const options = { serializer: JSON, ttl: 1, resolverFor: () => undefined, maxTextLength: 1000, deadlineMs };
  writes = new SessionWrites(options, calls as unknown as SessionCalls);
});
afterEach(() => void jest.restoreAllMocks());

const before = textOf({});

/** A request that adds this key. */
function write(key: string, { waitsForReplicas = false, snapshot = loaded(before) } = {}) {
  const result = writes.write({ snapshot, mineText: textOf({ [key]: 1 }), waitsForReplicas });
  // Each test looks at the ends that matter to it.
  result.catch(() => undefined);
  return result;
}

const keysOf = ({ content }: Attempt) => Object.keys(content);
const allKeys = () => calls.attempts.map(keysOf);
const ofSession = (key: string): LoadedSnapshot => loaded(before, { key });

describe('Writes of one session', () => {
  test('that come while one is under way are written together by the next, on top of its text', async () => {
    const first = write('a');
    const attempt = await calls.attempt(1);
    expect(attempt).toMatchObject({
      call: 'write',
      expected: before,
      content: { a: 1 },
      ttlMs: '60000',
      deadlineMs,
    });
    const others = [write('b'), write('c')];
    await turn();
    expect(calls.attempts).toHaveLength(1);
    attempt.answer(stored);
    expect(await first).toEqual({ merged: false, conflicts: [] });
    const next = await calls.attempt(2);
    expect(next).toMatchObject({ expected: textOf({ a: 1 }), content: { a: 1, b: 1, c: 1 } });
    next.answer(stored);
    const merged = { merged: true, conflicts: [] };
    expect(await Promise.all(others)).toEqual([merged, merged]);
  });

  test('that come one after the other each begin anew', async () => {
    for (const [index, key] of ['a', 'b'].entries()) {
      const written = write(key);
      (await calls.attempt(index + 1)).answer(stored);
      await written;
      await turn();
    }
    expect(calls.attempts.map(({ expected }) => expected)).toEqual([before, before]);
  });

  test('do not wait for those of another session', async () => {
    write('a', { snapshot: ofSession('one') });
    write('b', { snapshot: ofSession('two') });
    await calls.attempt(2);
    expect(allKeys()).toEqual([['a'], ['b']]);
  });

  test('of which none changes anything are not sent', async () => {
    const result = writes.write({ snapshot: loaded(before), mineText: before, waitsForReplicas: false });
    expect(await result).toBe('unchanged');
    expect(calls.attempts).toEqual([]);
  });

  test('are written on top of the last text that was stored, also after one that changed nothing', async () => {
    write('a');
    const attempt = await calls.attempt(1);
    const unchanged = writes.write({ snapshot: loaded(before), mineText: before, waitsForReplicas: false });
    const written = unchanged.then(() => write('b'));
    attempt.answer(stored);
    expect(await unchanged).toBe('unchanged');
    const next = await calls.attempt(2);
    expect(next).toMatchObject({ expected: textOf({ a: 1 }), content: { a: 1, b: 1 } });
    next.answer(stored);
    await written;
  });

  test('wait for replicas where one of them does', async () => {
    write('a');
    const attempt = await calls.attempt(1);
    write('b');
    write('c', { waitsForReplicas: true });
    attempt.answer(stored);
    await calls.attempt(2);
    expect(calls.attempts.map(({ waitsForReplicas }) => waitsForReplicas)).toEqual([false, true]);
  });
});

describe('After a collision with another instance', () => {
  test('it is tried again on top of what is stored, with what has come in the meantime', async () => {
    const first = write('a');
    const attempt = await calls.attempt(1);
    const second = write('b');
    attempt.answer(textOf({ other: 1 }));
    const next = await calls.attempt(2);
    expect(next).toMatchObject({ expected: textOf({ other: 1 }), content: { other: 1, a: 1, b: 1 } });
    next.answer(stored);
    const merged = { merged: true, conflicts: [] };
    expect(await Promise.all([first, second])).toEqual([merged, merged]);
  });

  test.each([
    { collisions: 1, ms: 200.5 },
    { collisions: 9, ms: 100.5 },
  ])('it fails as contended after $collisions of them in $ms ms', async ({ collisions, ms }) => {
    const written = write('a');
    for (let number = 1; number <= collisions; number++) {
      const attempt = await calls.attempt(number);
      calls.runningMs = (ms * number) / collisions;
      attempt.answer(textOf({ number }));
    }
    await expect(written).rejects.toMatchObject({ call: 'write', reason: 'contended' });
    expect(calls.attempts).toHaveLength(collisions);
  });

  test.each([
    { collisions: 1, ms: 200 },
    { collisions: 8, ms: 100.5 },
    { collisions: 30, ms: 100 },
  ])('it is still tried after $collisions of them in $ms ms', async ({ collisions, ms }) => {
    const written = write('a');
    calls.runningMs = 5000;
    for (let number = 1; number <= collisions; number++) {
      const attempt = await calls.attempt(number);
      if (number === 1) calls.runningMs = ms;
      attempt.answer(textOf({ number }));
    }
    (await calls.attempt(collisions + 1)).answer(stored);
    expect(await written).toEqual({ merged: true, conflicts: [] });
  });

  test('an attempt gets what is left of the deadline, and at least half of it', async () => {
    calls.runningMs = 1000;
    write('a');
    for (const [index, elapsedMs] of [30, 50, 80].entries()) {
      const attempt = await calls.attempt(index + 1);
      calls.runningMs = 1000 + elapsedMs;
      attempt.answer(textOf({ index }));
    }
    await calls.attempt(4);
    expect(calls.attempts.map((attempt) => attempt.deadlineMs)).toEqual([100, 70, 50, 50]);
  });
});

describe('An error', () => {
  const failures: readonly [string, (attempt: Attempt) => void, unknown][] = [
    ['of Redis', (attempt) => attempt.fail(new Error('no answer')), new Error('no answer')],
    ['because the session is gone', (attempt) => attempt.answer(null), new SessionGone()],
  ];

  test.each(failures)(
    '%s is that of all writes of the attempt, and not of those that wait',
    async (...failure) => {
      const [, fail, error] = failure;
      write('a');
      (await calls.attempt(1)).answer(textOf({ other: 1 }));
      const failing = await calls.attempt(2);
      const underWay = [write('b'), write('c')];
      failing.answer(textOf({ other: 2 }));
      const attempt = await calls.attempt(3);
      const waiting = write('d', { snapshot: loaded(textOf({ d: 0 })) });
      fail(attempt);
      expect(await Promise.allSettled(underWay)).toEqual(
        Array(2).fill({ status: 'rejected', reason: error }),
      );
      const next = await calls.attempt(4);
      expect(next).toMatchObject({ expected: textOf({ d: 0 }), content: { d: 1 } });
      next.answer(stored);
      expect(await waiting).toEqual({ merged: false, conflicts: [] });
    },
  );
});

describe('The gap for other instances between two writes of this one', () => {
  let clockMs: number;
  beforeEach(() => {
    clockMs = 1000;
    jest.spyOn(performance, 'now').mockImplementation(() => clockMs);
  });

  test.each([
    { tookMs: 20, random: 1, gapMs: 40 },
    { tookMs: 5000, random: 0.5, gapMs: 50 },
  ])(
    'after a write of $tookMs ms and with $random drawn it is $gapMs ms',
    async ({ tookMs, random, gapMs }) => {
      jest.spyOn(Math, 'random').mockReturnValue(random);
      const first = write('a');
      const attempt = await calls.attempt(1);
      write('b');
      clockMs += tookMs;
      // Timers fire in their order, however late a busy machine is.
      const order: string[] = [];
      const is = (name: string) => () => void order.push(name);
      const earlier = sleep(gapMs - 5).then(is('earlier'));
      attempt.answer(stored);
      await first;
      await Promise.all([earlier, calls.attempt(2).then(is('attempt')), sleep(gapMs + 25).then(is('later'))]);
      expect(order).toEqual(['earlier', 'attempt', 'later']);
    },
  );

  test('is not made where nothing waits', async () => {
    const random = jest.spyOn(Math, 'random');
    const first = write('a');
    (await calls.attempt(1)).answer(stored);
    await first;
    await turn();
    expect(random).not.toHaveBeenCalled();
  });
});

test('A text that is too long after a merge is not sent, and is an error of all that were merged', async () => {
  write('a');
  const attempt = await calls.attempt(1);
  const waiting = ['b', 'c'].map((key) =>
    writes.write({
      snapshot: loaded(before),
      mineText: JSON.stringify({ cookie, [key]: 'x'.repeat(500) }),
      waitsForReplicas: false,
    }),
  );
  attempt.answer(stored);
  const tooLarge = { status: 'rejected', reason: expect.objectContaining({ code: 'SESSION_TOO_LARGE' }) };
  expect(await Promise.allSettled(waiting)).toEqual([tooLarge, tooLarge]);
  expect(calls.attempts).toHaveLength(1);
});
