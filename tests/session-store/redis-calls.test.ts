// What becomes of a command: how its failure is named, what the breaker of its node learns, and when it is aborted.

import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { RedisCalls } from '../../services/session-store/src/redis-calls.ts';
import type { CommandOptions } from '../../services/session-store/src/redis-commands.ts';
import { NoServer } from '../../services/session-store/src/redis-errors.ts';
import { NotReplicated } from '../../services/session-store/src/replicated-commands.ts';

const onTimeout = jest.fn();
const onErrorReply = jest.fn();
const onAnsweredAgain = jest.fn();

function callsWith(deadlineMs: number): RedisCalls {
  const breaker = { threshold: 2, firstPauseMs: 100, longestPauseMs: 400, now: Date.now, random: () => 0.5 };
  return new RedisCalls({ deadlineMs, breaker, onTimeout, onErrorReply, onAnsweredAgain });
}

let calls: RedisCalls;
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  calls = callsWith(100);
});
afterEach(() => {
  jest.useRealTimers();
  jest.clearAllMocks();
});

/** Time passes for the timers, and what they leave to an immediate happens. */
async function advance(ms: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(ms);
  await turn();
}

/** A server whose commands are one that answers as the test says. */
function server(node = '') {
  const options: CommandOptions[] = [];
  const client = {
    withCommandOptions: (given: CommandOptions) => {
      options.push(given);
      return 'the commands';
    },
  };
  return { options, target: { client, node } };
}

const never = () => new Promise<never>(() => undefined);

const outcome = (call: Promise<unknown>) => call.catch((error: unknown) => error);

/** How a call ends that gets no answer. */
async function timedOut(call: Promise<unknown>): Promise<unknown> {
  const ended = outcome(call);
  await advance(150);
  return ended;
}

describe.each(['read', 'write'] as const)('A %s', (kind) => {
  test('is sent on the client’s commands and passes on the answer', async () => {
    const { target, options } = server();
    const send = jest.fn(async (_commands: unknown) => 'answer');
    expect(await calls[kind]('read', target, send)).toBe('answer');
    expect(send.mock.calls).toEqual([['the commands']]);
    const abortSignal = kind === 'write' ? { abortSignal: expect.any(AbortSignal) } : {};
    expect(options).toEqual([{ timeout: 0, typeMapping: {}, ...abortSignal }]);
  });

  test.each([
    ['replied', 'not done', new Error('LOADING Redis is loading')],
    ['unreplicated', 'unknown', new NotReplicated('0 of 1')],
    ['offline', 'not done', new Error('The client is offline')],
    ['offline', 'not done', new NoServer()],
    ['lost', 'unknown', new Error('Socket closed unexpectedly')],
  ])('that fails is named: %s, %s', async (reason, done, cause) => {
    const error = await outcome(calls[kind]('destroy', server('node').target, () => Promise.reject(cause)));
    expect(error).toMatchObject({ call: 'destroy', reason, outcome: done, cause });
    expect(onTimeout).not.toHaveBeenCalled();
    expect(onErrorReply.mock.calls).toEqual(reason === 'replied' ? [['node', 'LOADING']] : []);
  });

  test.each([
    ['no connection', new Error('Socket closed unexpectedly'), [['node']]],
    ['a server that loads its data', new Error('LOADING Redis is loading'), [['node']]],
    ['an error of the command', new Error('ERR unknown command'), []],
  ])('tells of the first answer after %s', async (_, cause, told) => {
    const { target } = server('node');
    await outcome(calls[kind]('read', target, () => Promise.reject(cause)));
    for (let n = 0; n < 2; n++) await calls[kind]('read', target, async () => 'answer');
    expect(onAnsweredAgain.mock.calls).toEqual(told);
  });

  test('whose client throws is an error like any other', async () => {
    const client = {
      withCommandOptions: () => {
        throw new Error('The client is closed');
      },
    };
    const error = await outcome(calls[kind]('read', { client, node: '' }, never));
    expect(error).toMatchObject({ reason: 'offline' });
  });

  test('without an answer ends by the deadline, and tells for how long there was none', async () => {
    const { target } = server('node');
    expect(await timedOut(calls[kind]('read', target, never))).toMatchObject({
      call: 'read',
      reason: 'timeout',
      outcome: 'unknown',
    });
    await timedOut(calls[kind]('read', target, never));
    expect(onTimeout.mock.calls).toEqual([
      ['node', 0],
      ['node', 150],
    ]);
    expect(onErrorReply).not.toHaveBeenCalled();
  });
});

test('A write is aborted when its deadline passes, which may be another one, and not before', async () => {
  const { target, options } = server();
  const ended = outcome(calls.write('write', target, never, 50));
  await advance(49);
  expect(options[0]?.abortSignal?.aborted).toBe(false);
  await advance(1);
  expect(options[0]?.abortSignal?.aborted).toBe(true);
  expect(await ended).toMatchObject({ reason: 'timeout' });
});

test.each([
  [60, 60],
  [1010, 1025],
])(
  'A deadline of %d ms is kept to a tenth of it, and to 25 ms: it ends after %d ms',
  async (deadlineMs, endMs) => {
    let isEnded = false;
    const ended = outcome(callsWith(deadlineMs).read('read', server().target, never)).then(() => {
      isEnded = true;
    });
    await advance(endMs - 1);
    expect(isEnded).toBe(false);
    await advance(1);
    await ended;
  },
);

test('The clock of the time in which the process ran goes while a call waits', async () => {
  void outcome(calls.read('read', server().target, never));
  await advance(30);
  expect(calls.runningMs).toBe(30);
});

describe('The breaker of a node', () => {
  const ask = (node: string, answer: () => Promise<unknown> = async () => 'answer') =>
    outcome(calls.read('read', server(node).target, answer));
  const refused = expect.objectContaining({ reason: 'refused', outcome: 'not done', call: 'read' });

  /** Two calls without an answer. The pause of 75 ms begins when they end. */
  async function open(node: string): Promise<void> {
    const ended = [ask(node, never), ask(node, never)];
    await advance(100);
    await Promise.all(ended);
  }

  test('opens after calls without an answer, refuses calls to that node, and none to others', async () => {
    await open('one');
    const send = jest.fn(async () => 'answer');
    expect(await ask('one', send)).toEqual(refused);
    expect(send).not.toHaveBeenCalled();
    expect(await ask('two', send)).toBe('answer');
    await advance(75);
    expect(await ask('one', send)).toBe('answer');
  });

  test('lets the readiness check through', async () => {
    await open('one');
    expect(await ask('one')).toEqual(refused);
    expect(await calls.read('ping', server('one').target, async () => 'PONG')).toBe('PONG');
    expect(await ask('one')).toBe('answer');
  });

  test.each([
    ['an error reply', new Error('LOADING Redis is loading')],
    ['a write that is not replicated', new NotReplicated('0 of 1')],
  ])('learns from %s that the node answers', async (_, error) => {
    await timedOut(calls.read('read', server('one').target, never));
    await ask('one', () => Promise.reject(error));
    await timedOut(calls.read('read', server('one').target, never));
    expect(await ask('one')).toBe('answer');
    expect(onTimeout).toHaveBeenLastCalledWith('one', 0);
  });

  test.each([
    ['no connection', new Error('The client is offline')],
    ['a connection that broke', new Error('Socket closed unexpectedly')],
  ])('learns nothing from %s', async (_, error) => {
    for (let call = 0; call < 5; call++) await ask('one', () => Promise.reject(error));
    expect(await ask('one')).toBe('answer');
  });

  test('is forgotten with all others when there are more than a thousand', async () => {
    await open('one');
    for (let node = 1; node < 1000; node++) await ask(`node ${node}`);
    expect(await ask('one')).toEqual(refused);
    await ask('one more');
    expect(await ask('one')).toBe('answer');
  });
});
